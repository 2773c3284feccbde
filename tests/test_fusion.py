"""Shallow fusion: the search over a translator and a language model together."""

from __future__ import annotations

import json
import random
import shutil

import numpy as np
import pytest
from conftest import copy_pairs, write_pairs
from fakes import END, PrefixModel
from hypothesis import given
from hypothesis import strategies as st

import seqcli
from seqcli.bundle import open_bundle
from seqcli.config import SearchConfig
from seqcli.data.pairs import make_pair
from seqcli.data.vocabulary import END_TOKEN
from seqcli.decoding.fusion import FusedModel, TargetLanguageModel
from seqcli.decoding.runtime import load_translator
from seqcli.decoding.search import SearchRequest, beam_search
from seqcli.errors import UserError
from seqcli.language_model.folder import open_language_model
from seqcli.language_model.fusion import fuse
from seqcli.language_model.runtime import OnnxLanguageModel

VOCABULARY = 5


class PrefixLanguageModel(PrefixModel):
    """The same without a source."""

    def encode(self, source, lengths):
        return (), super().encode(source, lengths)[1]

    def step(self, previous, memory, state):
        assert memory == ()
        source = np.zeros((len(previous), 1), dtype=np.int64)
        log_probabilities, _, state = super().step(previous, (source,), state)
        return log_probabilities, None, state


def fused(weight, columns=None):
    columns = np.arange(VOCABULARY) if columns is None else np.array(columns)
    language_model = PrefixLanguageModel(max(columns) + 1)
    return FusedModel(PrefixModel(VOCABULARY), TargetLanguageModel(language_model, columns), weight)


def request(sources, limit=3):
    lengths = np.array([len(source) for source in sources])
    padded = np.zeros((len(sources), lengths.max()), dtype=np.int64)
    for row, source in zip(padded, sources, strict=True):
        row[: len(source)] = source
    return SearchRequest(padded, lengths, END, limits=[limit] * len(sources))


sources = st.lists(st.lists(st.integers(3, 9), min_size=1, max_size=3), min_size=1, max_size=3)


@given(sources, st.floats(0.05, 2.0))
def test_a_wide_beam_finds_the_best_by_the_weighted_sum(sentences, weight):
    """Against all translations of up to three tokens."""
    model = fused(weight)
    found = beam_search(model, request(sentences, limit=2), beam=100, nbest=3)
    for source, nbest in zip(sentences, found, strict=True):
        totals = {
            tokens: total + weight * model.language_model.model.log_probability([0], tokens)
            for tokens, total in model.model.every_translation(source, longest=3)
        }
        best = max(total / len(tokens) for tokens, total in totals.items())
        assert nbest[0].score == pytest.approx(best, abs=1e-4)
        for each in nbest:
            assert each.log_probability == pytest.approx(totals[each.tokens], abs=1e-4)


@given(sources, st.floats(0.05, 2.0))
def test_both_models_are_told_apart(sentences, weight):
    model = fused(weight)
    found = beam_search(model, request(sentences), beam=4, nbest=2)
    for source, nbest in zip(sentences, found, strict=True):
        for before, after in zip(nbest, model.tell_apart(nbest), strict=True):
            language = model.language_model.model.log_probability([0], after.tokens)
            own = model.model.log_probability(source, after.tokens)
            assert after.language_log_probability == pytest.approx(language, abs=1e-4)
            assert after.log_probability == pytest.approx(own, abs=1e-4)
            assert sum(after.log_probabilities) == pytest.approx(own, abs=1e-4)
            assert (after.tokens, after.score) == (before.tokens, before.score)


def test_tokens_have_other_numbers_in_the_language_model():
    columns = [0, 1, 6, 3, 8]
    language_model = TargetLanguageModel(PrefixLanguageModel(9), np.array(columns))
    (scores,) = language_model.score([[2, 4, END]])
    plain = PrefixLanguageModel(9)
    for i, token in enumerate([6, 8, END]):
        expected, _ = plain.draw([0], [6, 8][:i])
        assert scores[i] == pytest.approx(expected[token], abs=1e-5)


def test_a_token_that_the_language_model_lacks_counts_as_the_mean_one():
    """As -H, the expected log-probability; the next token is read after an unknown one."""
    language_model = TargetLanguageModel(PrefixLanguageModel(6), np.array([0, 1, -1, 3, 4]))
    (scores,) = language_model.score([[2, 3]])
    plain = PrefixLanguageModel(6)
    first, _ = plain.draw([0], [])
    assert scores[0] == pytest.approx((np.exp(first) * first).sum(), abs=1e-5)
    after_unknown, _ = plain.draw([0], [0])
    assert scores[1] == pytest.approx(after_unknown[3], abs=1e-5)


@pytest.fixture(scope="module")
def language_folder(tmp_path_factory, copy_model):
    """A language model of the target side of the copy task, with the pieces of its translator."""
    folder = tmp_path_factory.mktemp("fusion")
    text = folder / "text.txt"
    text.write_text("\n".join(line.split("\t")[1] for line in copy_pairs(500)) + "\n")
    seqcli.train_language_model(
        text,
        model=folder / "lm",
        tokenizer=copy_model,
        threads=1,
        updates=60,
        evaluations=1,
        embedding=16,
        hidden=24,
        batch_tokens=200,
        learning_rate=0.01,
    )
    return folder / "lm"


def of_language_model(translation):
    """Its log-probability by the language model, which took part."""
    assert translation.language_log_probability is not None
    return translation.language_log_probability


TEXTS = ["ba do ki", "mu. pe so? tu", "ra", "ki ki ki do so", "xyzzy ba 17"]


@pytest.mark.parametrize("settings", [{}, {"beam": 1}, {"nbest": 3}, {"sample": True, "nbest": 2}])
def test_the_score_of_a_translation_is_the_sum_of_both(language_folder, copy_model, settings):
    """In a batch and alone, with each model's own scorer."""
    weight = 0.3
    config = SearchConfig(language_weight=weight, split=False, **settings)
    bundle = open_language_model(language_folder)
    translator = fuse(load_translator(open_bundle(copy_model), config, 1), bundle)
    alone = [translator.translate(text)[0] for text in TEXTS]
    scorer = seqcli.load_language_model(language_folder)
    compared = 0
    for nbest, single in zip(translator.translate(TEXTS), alone, strict=True):
        assert [each.text for each in nbest] == [each.text for each in single]
        for each, other in zip(nbest, single, strict=True):
            assert each.score == pytest.approx(other.score, abs=1e-5)
            total = each.log_probability + weight * of_language_model(each)
            assert each.score == pytest.approx(total / len(each.target_pieces), abs=1e-4)
            assert sum(each.log_probabilities) == pytest.approx(each.log_probability, abs=1e-4)
            if each.copies or each.stopped_by != "eos":
                continue  # its text is not what the models wrote
            compared += 1
            (pair,) = translator.score([make_pair(each.source, each.text)])
            (text,) = scorer.score([each.text])
            if pair.target_pieces == each.target_pieces:
                assert pair.log_probability == pytest.approx(each.log_probability, abs=1e-3)
                language = sum(text.log_probabilities)
                assert language == pytest.approx(of_language_model(each), abs=1e-3)
    assert compared >= 4


def test_a_weight_of_0_changes_nothing(language_folder, copy_model):
    plain = seqcli.load(copy_model, threads=1)
    without = seqcli.load(
        copy_model, threads=1, language_model=language_folder, language_weight=0.0
    )
    both = zip(plain.translate_batch(TEXTS), without.translate_batch(TEXTS), strict=True)
    for one, other in both:
        assert (one.text, one.score) == (other.text, other.score)
        assert other.language_log_probability is None


def test_sentences_of_a_line_are_summed(language_folder, copy_model):
    model = seqcli.load(copy_model, threads=1, language_model=language_folder)
    whole = model.translate("Ba do. Ki mu.")
    assert len(whole.sentences) == 2
    parts = [of_language_model(each) for each in whole.sentences]
    assert whole.language_log_probability == pytest.approx(sum(parts))
    assert whole.to_dict()["language_log_probability"] == pytest.approx(sum(parts), abs=1e-5)


def test_an_interpreter_writes_with_a_language_model(simultaneous_model, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("\n".join(line.split("\t")[1] for line in copy_pairs(200)) + "\n")
    seqcli.train_language_model(
        text,
        model=tmp_path / "lm",
        tokenizer=simultaneous_model,
        threads=1,
        updates=10,
        embedding=16,
        hidden=24,
    )
    model = seqcli.load(
        simultaneous_model, threads=1, language_model=tmp_path / "lm", wait="2", beam=1
    )
    interpreter = model.interpreter()
    interpreter.hear("ba do ki")
    _, translation = interpreter.end("ba do ki")
    whole = model.translate("ba do ki")
    assert translation.text == whole.text
    expected = pytest.approx(of_language_model(whole), abs=1e-4)
    assert of_language_model(translation) == expected


def test_other_pieces_are_refused(copy_model, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("".join(f"{line}\n" for line in copy_pairs(100)))
    seqcli.train_language_model(text, model=tmp_path / "lm", threads=1, updates=2)
    with pytest.raises(UserError, match="other pieces than the translator"):
        seqcli.load(copy_model, language_model=tmp_path / "lm")
    with pytest.raises(UserError, match="needs a language_model"):
        seqcli.load(copy_model, language_weight=0.1)


def test_the_command_line_fuses_and_tunes(seqcli_process, language_folder, copy_model, tmp_path):
    folder = shutil.copytree(copy_model, tmp_path / "m")
    options = ["--model", folder, "--language-model", language_folder]
    weight = ["--language-weight", "0.25"]
    done = seqcli_process("translate", *options, *weight, "--format", "json", "ba do")
    values = json.loads(done.out)
    total = values["log_probability"] + 0.25 * values["language_log_probability"]
    assert values["score"] == pytest.approx(total / len(values["target_pieces"]), abs=1e-4)
    assert values["translation"] == "BA DO"
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    dev = tmp_path / "dev.tsv"
    dev.write_text("".join(f"{line}\n" for line in copy_pairs(12, seed=4, longest=3)))
    tune = ["eval", *options, dev, "--tune-language-weight"]
    lines = seqcli_process(*tune, "--format", "json").out.splitlines()
    rows = [json.loads(line) for line in lines]
    assert rows[0]["language_weight"] == 0 and sum(row["best"] for row in rows) == 1
    (best,) = [row for row in rows if row["best"]]
    metric = "chrf" if best["bleu"] is None else "bleu"
    assert best[metric] == max(row[metric] for row in rows)
    shown = " ".join(seqcli_process(*tune).out.split())
    assert f"Use it with --language-weight {best['language_weight']:g};" in shown or (
        best["language_weight"] == 0 and "helps with none" in shown
    )
    assert before == {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["translate", "--language-weight", "0.1", "ba"], "needs a language model"),
        (["eval", "--tune-language-weight", "dev.tsv"], "needs a language model"),
        (["translate", "--language-model", "nowhere", "ba"], "holds no model"),
        (["translate", "--language-model", "{copy_model}", "ba"], "holds a translator"),
    ],
)
def test_wrong_uses_are_one_line(seqcli_process, copy_model, arguments, message):
    named = [each.format(copy_model=copy_model) for each in arguments]
    done = seqcli_process(*named, "--model", copy_model, code=2)
    assert message in done.err and done.err.count("\n") == 1


def test_a_carried_item_counts_as_the_mean_piece(tmp_path):
    """The language model has the pieces of symbols too, but has never seen them in a text."""
    draw = random.Random(1)
    words = ["".join(draw.choices("abdegiklmnorstu", k=5)) for _ in range(400)]
    lines = [" ".join(draw.sample(words, 4)) for _ in range(600)]
    pairs = write_pairs(tmp_path / "pairs.tsv", [f"{line}.\t{line.upper()}." for line in lines])
    small = {"threads": 1, "updates": 1, "evaluations": 1, "embedding": 16, "hidden": 16}
    seqcli.train(pairs, model=tmp_path / "m", **small)  # type: ignore[arg-type]
    seqcli.train_language_model(
        pairs,
        model=tmp_path / "lm",
        tokenizer=tmp_path / "m",
        **small,  # type: ignore[arg-type]
    )
    bundle = open_language_model(tmp_path / "lm")
    translator = fuse(load_translator(open_bundle(tmp_path / "m"), SearchConfig(), 1), bundle)
    symbol, *_ = translator.processor.all_symbol_tokens
    assert translator.language_model is not None
    (scores,) = translator.language_model.score([[symbol, END_TOKEN]])
    model = OnnxLanguageModel.of(bundle)
    first, _, _ = model.step(np.array([END_TOKEN]), (), model.start(1))
    assert scores[0] == pytest.approx(float((np.exp(first) * first).sum()), abs=1e-4)
    symbol_of_text = bundle.output_vocabulary.to_tokens(
        [translator.processor.output_vocabulary.pieces[symbol]], missing=-1
    )
    assert symbol_of_text[0] >= 0 and scores[0] != pytest.approx(float(first[0, symbol_of_text[0]]))
