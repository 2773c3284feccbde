import pytest
from conftest import WORDS
from fakes import END, PrefixModel

from seqcli.bundle import open_bundle, translating_parts
from seqcli.config import SearchConfig
from seqcli.data.pairs import Pair
from seqcli.decoding.runtime import load_translator
from seqcli.decoding.scoring import token_log_probabilities


def test_each_token_is_scored_after_those_before_it():
    model = PrefixModel(vocabulary=6)
    sources = [[3, 4, 5], [7], [9, 8]]
    targets = [[2, 3, END], [END], [5, 5, 4, 2, END]]
    found = token_log_probabilities(model, sources, targets, END)
    for source, target, scores in zip(sources, targets, found, strict=True):
        expected = [model.draw(source, target[:i])[0][t] for i, t in enumerate(target)]
        assert list(scores) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_a_translation_scores_what_the_search_said(copy_model, precision):
    bundle = open_bundle(copy_model, translating_parts(precision))
    translator = load_translator(bundle, SearchConfig(), 2)
    texts = [" ".join(WORDS[i : i + 3]) for i in range(6)] + WORDS
    translations = [best[0] for best in translator.translate(texts)]
    scored = translator.score([Pair(t.source, t.text) for t in translations])
    for translation, each in zip(translations, scored, strict=True):
        assert each.log_probability == pytest.approx(translation.log_probability, abs=1e-4)
        assert each.target_pieces == translation.target_pieces
        assert each.per_piece == pytest.approx(translation.score, abs=1e-5)


def test_a_wrong_target_is_less_probable_and_an_impossible_one_is_counted(copy_model):
    translator = load_translator(open_bundle(copy_model), SearchConfig())
    right, wrong, strange, empty = translator.score(
        [Pair("ba do", "BA DO"), Pair("ba do", "KI MU"), Pair("ba do", "☃"), Pair("", "")]
    )
    assert right.per_piece > -0.5 > wrong.per_piece
    assert right.unknown == 0 < strange.unknown
    assert len(empty.log_probabilities) == 1


def test_of_a_long_target_the_beginning_is_scored(copy_model):
    translator = load_translator(open_bundle(copy_model), SearchConfig(max_source_pieces=4))
    long, short, within = translator.score(
        [Pair("ba do", "BA DO " * 3), Pair("ba do", "BA DO"), Pair("ba do", "BA")]
    )
    assert (long.cut, short.cut, within.cut) == (True, False, False)
    assert len(long.log_probabilities) == len(long.target_pieces) == 4
    assert long.log_probabilities[:2] == pytest.approx(short.log_probabilities[:2])
