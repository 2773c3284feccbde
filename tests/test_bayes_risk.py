from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics.chrf import CHRF

from seqcli.bundle import open_bundle
from seqcli.config import SearchConfig
from seqcli.decoding.bayes_risk import by_expected_chrf, chrf_matrix
from seqcli.decoding.runtime import load_translator
from seqcli.decoding.translation import Translation
from seqcli.errors import UserError

TEXTS = st.lists(st.text("ab c", max_size=12), min_size=1, max_size=5)


@given(TEXTS)
def test_the_matrix_has_the_sentence_chrf_of_sacrebleu(texts):
    metric = CHRF()
    expected = [[metric.sentence_score(a, [b]).score / 100 for b in texts] for a in texts]
    np.testing.assert_allclose(chrf_matrix(texts), expected, atol=1e-6)


def translation(text, log_probability=-1.0, **changes):
    return replace(
        Translation(
            source="x",
            text=text,
            score=log_probability,
            log_probability=log_probability,
            source_pieces=("x", "</s>"),
            target_pieces=(text, "</s>"),
            attention=None,
            stopped_by="eos",
        ),
        **changes,
    )


def texts_of(translations):
    return [each.text for each in translations]


@given(st.lists(st.tuples(st.text("ab c", max_size=12), st.floats(-9, 0)), min_size=1, max_size=6))
def test_the_first_has_the_highest_expected_chrf(rows):
    nbest = [translation(*row) for row in rows]
    metric = CHRF()
    weights = [np.exp(each.log_probability / 2) for each in nbest]

    def expected(one):
        scores = [metric.sentence_score(one.text, [each.text]).score for each in nbest]
        return np.average(scores, weights=weights)

    order = by_expected_chrf(nbest, drawn=False)
    assert sorted(order, key=id) == sorted(nbest, key=id)
    values = [expected(each) for each in order]
    np.testing.assert_allclose(values, sorted(values, reverse=True), atol=1e-3)


def test_samples_weigh_the_same():
    nbest = [translation("a dog runs", -1.0)] + [translation("the cat sat", -50.0)] * 2
    assert by_expected_chrf(nbest, drawn=False)[0].text == "a dog runs"
    assert by_expected_chrf(nbest, drawn=True)[0].text == "the cat sat"


def test_a_language_model_has_a_say_in_the_weights():
    nbest = [
        translation("a dog runs", -1.0, language_log_probability=-9.0),
        translation("the cat sat", -2.0, language_log_probability=-3.0),
    ]
    assert by_expected_chrf(nbest, 0.1, drawn=False)[0].text == "a dog runs"
    assert by_expected_chrf(nbest, 0.2, drawn=False)[0].text == "the cat sat"


@pytest.mark.parametrize("flaw", [{"missing": ("7",)}, {"stopped_by": "limit"}])
def test_what_is_flawed_stays_behind(flaw):
    flawed = [translation("the cat sat", **flaw)] * 3
    assert (
        by_expected_chrf([*flawed, translation("a dog runs")], drawn=False)[0].text == "a dog runs"
    )
    assert by_expected_chrf(flawed, drawn=False) == flawed


def test_the_translator_chooses_among_the_candidates(copy_model):
    bundle = open_bundle(copy_model)
    texts = ["ba do ki", "mu mu so", "tu pe"]
    plain = load_translator(bundle, SearchConfig(beam=8, nbest=8)).translate(texts)
    chosen = load_translator(bundle, SearchConfig(beam=2, mbr=8, nbest=3)).translate(texts)
    for nbest, best in zip(plain, chosen, strict=True):
        assert texts_of(best) == texts_of(by_expected_chrf(nbest, drawn=False))[:3]
    drawn = load_translator(bundle, SearchConfig(sample=True, mbr=8, seed=3)).translate(texts)
    samples = load_translator(bundle, SearchConfig(sample=True, nbest=8, seed=3)).translate(texts)
    for nbest, best in zip(samples, drawn, strict=True):
        assert texts_of(best) == texts_of(by_expected_chrf(nbest, drawn=True))[:1]


def test_the_hypothesis_of_the_chosen_translation_is_known(copy_model):
    translator = load_translator(open_bundle(copy_model), SearchConfig(beam=2, mbr=8))
    text = "ba do ki"
    source = translator.processor.encode_source(text)
    likely_last = translator.hypotheses([source])[0][::-1]
    nbest, chosen = translator._ranked(text, source, likely_last, 0)
    assert chosen is not likely_last[0]
    assert nbest[0].log_probability == chosen.log_probability


def test_words_that_are_heard_have_no_such_choice():
    with pytest.raises(UserError, match="--mbr compares whole translations"):
        SearchConfig(mbr=4, wait="3")
