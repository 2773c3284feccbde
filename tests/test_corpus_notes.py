"""Odd corpora: what is said about them, and that none ends in a traceback."""

import random
from pathlib import Path

import pytest
from conftest import SMALL, copy_pairs, write_pairs

from seqcli.config import CorpusConfig
from seqcli.corpus_check.training_notes import training_notes
from seqcli.data.corpus import CorpusFiles
from seqcli.data.pairs import Pair
from seqcli.data.scripts import main_script
from seqcli.errors import UserError
from seqcli.training.events import Ended, Prepared
from seqcli.training.prepare import MAX_PIECES, TrainRequest
from seqcli.training.train import train

SAMPLE, PARTS = Path(__file__).parents[1] / "sample_data", ("train", "dev")
PAIRS = [Pair(*line.split("\t")) for line in dict.fromkeys(copy_pairs(900))]
CHINESE = [Pair(f"sentence {i} of many", f"第{i}句话") for i in range(600)]


def notes(train, dev=None, **settings):
    return training_notes(train, train[:20] if dev is None else dev, CorpusConfig(**settings))


def test_an_ordinary_corpus_has_no_note():
    assert notes(PAIRS) == notes(CHINESE) == []
    assert notes(CHINESE, source_language="en", target_language="zh-Hans") == []


@pytest.mark.parametrize("count", [1, 499, 500])
def test_a_small_corpus_is_told(count):
    said = notes(PAIRS[:count])
    assert [f"{count} training pair" in note and "thousands" in note for note in said] == (
        [True] if count < 500 else []
    )


def test_targets_that_are_their_sources_are_told():
    same = [Pair(source, source) for source, _ in PAIRS]
    (note,) = notes(same)
    assert f"{len(PAIRS)} of {len(PAIRS)} pairs the target is the source" in note
    (note,) = notes([*same[:200], *PAIRS[200:]])
    assert "104 of 577 pairs the target is the source, untranslated" in note
    assert notes([*same[:20], *PAIRS[20:]]) == []


def test_texts_of_punctuation_alone_are_told():
    (note,) = notes([Pair("?" * i, "!" * i) for i in range(1, 501)])
    assert "500 of 500 pairs a side has neither letters nor digits" in note
    assert notes([Pair(str(i), str(i + 1)) for i in range(600)]) == []


def test_pairs_with_swapped_sides_are_told():
    mixed = [*CHINESE[:580], *(pair.reversed() for pair in CHINESE[580:])]
    (note,) = notes(mixed)
    assert "20 of 600 pairs the sides are swapped" in note
    assert "第580句话" in note


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_side_in_another_script_is_told(side):
    odd = [[f"это {i} по-русски", "第一"] for i in range(40)]
    if side == "target":
        odd = [[f"sentence {i} of many", russian] for i, (russian, _) in enumerate(odd)]
    (note,) = notes([*CHINESE[40:], *(Pair(*each) for each in odd)])
    assert "40 of 600 pairs a side is not in its usual script, such as " in note
    assert "'это 0 по-русски'" in note
    assert f"(the {side} is in Cyrillic letters)" in note


def test_texts_with_long_foreign_names_are_no_note():
    named = [Pair(f"Montgomery buys {i}", f"Montgomery买{i}个") for i in range(200)]
    assert notes(CHINESE + named) == []


def test_a_word_of_the_usual_script_does_not_hide_another_language():
    russian = [Pair(f"это номер {i} телефона Apple", f"第{i}号苹果") for i in range(200)]
    (note,) = notes(CHINESE[:400] + russian)
    assert "200 of 600 pairs a side is not in its usual script" in note
    assert "(the source is in Cyrillic letters)" in note


def test_the_sample_has_no_note():
    sample = [
        [Pair(*line.split("\t")) for line in text.splitlines()]
        for text in (SAMPLE.joinpath(f"{part}.en-zh.tsv").read_text("utf-8") for part in PARTS)
    ]
    assert notes(*sample) == []


def test_a_few_foreign_names_are_no_note():
    names = [Pair(f"Tom {i}", f"Tom {i}") for i in range(10)]
    assert notes([*CHINESE[:590], *names]) == []


def test_a_language_in_another_script_is_told():
    said = notes([pair.reversed() for pair in CHINESE], source_language="en", target_language="zh")
    assert len(said) == 1
    assert "most targets are in Latin letters, not in Han or kana as --to zh says" in said[0]


@pytest.mark.parametrize("pairs", [PAIRS, CHINESE])
def test_swapped_sides_of_dev_are_told(pairs):
    pairs = pairs[:]
    random.Random(1).shuffle(pairs)
    dev, rest = pairs[:30], pairs[30:]
    assert notes(rest, dev) == []
    (note,) = notes(rest, [pair.reversed() for pair in dev])
    assert "the sides of dev are swapped" in note


@pytest.mark.parametrize(
    ("text", "script"),
    [("Hello, мир", "Latin"), ("日本のカナ", "Han or kana"), ("12 !", ""), ("ελλάδα", "Greek")],
)
def test_the_script_of_a_text_is_that_of_most_letters(text, script):
    assert main_script(text) == script


def run(tmp_path, lines, dev=None, **settings):
    """The notes of a training on the lines, which must end well; or the error."""
    files, dev_files = (
        CorpusFiles(pairs=(write_pairs(tmp_path / name, each),)) if each else CorpusFiles()
        for name, each in (("train.tsv", lines), ("dev.tsv", dev))
    )
    tiny = SMALL | {"embedding": 8, "hidden": 8, "attention_size": 4, "updates": 2}
    request = TrainRequest(
        tmp_path / "model",
        files,
        dev_files,
        overrides=tiny | {"evaluations": 1} | settings,
        confidence=False,
        overwrite=True,
    )
    try:
        events = list(train(request))
    except UserError as error:
        assert "\n" not in str(error)
        return str(error)
    assert isinstance(events[-1], Ended)
    (prepared,) = [event for event in events if isinstance(event, Prepared)]
    return "\n".join(prepared.notes)


DEV = ["ba do\tBA DO", "ki\tKI"]


@pytest.mark.parametrize(
    ("lines", "dev", "said"),
    [
        (["ba\tBA"], None, "1 usable pair, and none that can be held out"),
        (["ba\tBA"], DEV, "1 training pair: enough to try"),
        (["ba\tBA", "do\tDO"], None, "1 training pair: enough to try"),
        (["ba do\tBA DO"] * 20, DEV, "1 training pair: enough to try"),
        (["ba\tba"] * 3, ["ba\tba"], "the target is the source"),
        ([f"{line.split()[0]}\t{line.split()[0]}" for line in DEV * 9], None, "target is the sou"),
        ([f"{'?' * i}\t{'!' * i}" for i in range(1, 30)], None, "neither letters nor digits"),
        ([f"{i}\t{i + 1}" for i in range(1, 60)], None, "57 training pairs: enough to try"),
        (["\tBA", "do\t", "\t"], None, "3 lines were read, and none is a usable pair"),
        (["BA\tba", "DO KI\tdo ki"], DEV, "the sides of dev are swapped"),
    ],
)
def test_an_odd_corpus_trains_or_is_refused_in_one_line(tmp_path, lines, dev, said):
    assert said in run(tmp_path, lines, dev)


@pytest.mark.parametrize("tokens", [3_000, pytest.param(50_000, marks=pytest.mark.slow)])
def test_a_very_long_line_is_left_out_and_told(tmp_path, tokens):
    sentences, word = f"{'ba ' * tokens}\t{'BA ' * tokens}", f"{'k' * 20 * tokens}\tK"
    run(tmp_path, [*copy_pairs(30), sentences, word], DEV)  # dropped, as over 500 characters
    settings = {"max_characters": 1_000_000, "max_ratio": 1e9}
    said = run(tmp_path, [*copy_pairs(30), sentences, word], DEV, **settings)
    assert f"left out 2 pairs with a side of over {MAX_PIECES:,} pieces" in said
    only = run(tmp_path, [sentences], DEV, **settings)
    assert f"every pair has a side of over {MAX_PIECES:,} pieces" in only
