"""What `make demo` promises. Slow: it trains the whole sample."""

import json
from pathlib import Path

import pytest
from conftest import CommandLine

SAMPLE_DATA = Path(__file__).resolve().parent.parent / "sample_data"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    seqcli = CommandLine(tmp_path_factory.mktemp("demo"), timeout=600)
    seqcli("train", "--quiet")
    return seqcli


def test_sentences_that_were_never_seen(trained):
    assert trained("translate", "i love beijing").out == "我爱北京\n"
    assert trained("translate", "i love beijing tian an men").out == "我爱北京天安门\n"


def test_people_may_type_as_they_like(trained):
    for typed in ("I love Beijing.", "I LOVE BEIJING", "i love beijing!", " I  love Beijing "):
        assert trained("translate", typed).out == "我爱北京\n"


def scores_of(trained, name):
    return json.loads(trained("eval", SAMPLE_DATA / name, "--json").out)


def test_exact_match_on_the_test_set(trained):
    assert scores_of(trained, "test.en-zh.tsv")["exact_match"] >= 0.98


def test_sentences_longer_than_any_of_training(trained):
    # 42 BLEU without joined pairs; about 94 with them, a few points more or less from run to run.
    scores = scores_of(trained, "test-long.en-zh.tsv")
    assert scores["bleu"] >= 85
    assert 0.93 <= scores["length_ratio"] <= 1.05


def test_sentences_with_words_that_no_training_pair_has(trained):
    assert scores_of(trained, "test-open.en-zh.tsv")["exact_match"] >= 0.6


@pytest.mark.parametrize(
    ("typed", "translation"),
    [
        ("my name is anna", "我叫anna"),
        ("My name is Zerlina", "我叫Zerlina"),
        ("he has 3 cats", "他有3只猫"),
        ("i love pizza", "我爱pizza"),
        ("i love beijing. he has 3 cats.", "我爱北京 他有3只猫"),
        ("<b>i love</b> {city}", "<b>我爱</b>{city}"),
    ],
)
def test_what_no_training_pair_has_is_carried_over(trained, typed, translation):
    assert trained("translate", typed).out == f"{translation}\n"


@pytest.mark.parametrize("item", ["b@example.com", "https://example.com/a?b=1", "`x = 1`", "#now"])
def test_items_are_carried_over_once_or_the_line_is_flagged(trained, item):
    run = trained("translate", f"i love {item}")
    assert run.out.count(item) == 1 or "is not in the translation" in run.err
