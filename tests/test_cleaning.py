import random

import pytest

from seqcli.config import CorpusConfig
from seqcli.data.cleaning import clean
from seqcli.data.pairs import Pair
from seqcli.data.splitting import hold_out
from seqcli.errors import UserError

PAIRS = [Pair("a cat", "一只猫"), Pair("a dog", "一只狗")]


def test_dropped_pairs_are_counted_with_an_example():
    pairs = [
        *PAIRS,
        PAIRS[0],
        Pair("", "x"),
        Pair("x", ""),
        Pair("y" * 501, "y"),
        Pair("z" * 150, "z"),
    ]
    kept, report = clean(pairs, CorpusConfig())
    assert kept == PAIRS
    assert (report.read, report.kept) == (7, 2)
    assert report.dropped == {
        "exact duplicate": 1,
        "empty side": 2,
        "over 500 characters": 1,
        "one side over 10 times the other": 1,
    }
    assert report.examples["empty side"] == Pair("", "x")
    assert report.examples["exact duplicate"] == PAIRS[0]


def test_held_out_sentences_do_not_occur_in_the_rest():
    draw = random.Random(3)
    pairs = list({Pair(f"s{draw.randrange(800)}", f"t{draw.randrange(800)}") for _ in range(1000)})
    train, dev, strict = hold_out(pairs, 1000, seed=1)
    assert strict
    assert sorted(train + dev) == sorted(pairs)
    assert len(dev) == len(pairs) // 20
    assert not {p.source for p in dev} & {p.source for p in train}
    assert not {p.target for p in dev} & {p.target for p in train}
    assert hold_out(pairs, 1000, seed=1)[1] == dev
    assert hold_out(pairs, 1000, seed=2)[1] != dev


def test_of_labels_only_sources_are_kept_apart():
    train, dev, strict = hold_out([Pair(f"s{i}", "yes") for i in range(100)], 1000, seed=1)
    assert not strict
    assert not {p.source for p in dev} & {p.source for p in train}


def test_paraphrases_are_held_out_together():
    pairs = [Pair(f"s{i}", f"T{i // 3}") for i in range(300)]
    train, dev, strict = hold_out(pairs, 15, seed=1)
    assert strict
    assert len(dev) == 15
    assert not {p.target for p in dev} & {p.target for p in train}


def test_sentences_that_are_equal_when_normalized_stay_together():
    pairs = [Pair(word, f"t{i}") for i, word in enumerate(["Hello", "hello", "HELLO"] * 20)]
    _, dev, strict = hold_out([*pairs, *(Pair(f"s{i}", f"u{i}") for i in range(40))], 5, seed=1)
    assert strict
    assert not any(pair.source.lower() == "hello" for pair in dev)


def test_of_two_groups_the_one_that_fits_is_held_out():
    pairs = [Pair("same", f"t{i}") for i in range(39)] + [Pair("other", "one")]
    train, dev, strict = hold_out(pairs, 1000, seed=1)
    assert (train, dev, strict) == (pairs[:-1], pairs[-1:], True)


def test_too_few_pairs_to_hold_any_out():
    with pytest.raises(UserError, match=r"^1 usable pair, .*--dev"):
        hold_out([Pair("a", "b")], 1000, seed=1)
