"""The task files: made again byte for byte, split cleanly, and right."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from seqcli.config import TokenizerConfig
from seqcli.data import tokenizer
from seqcli.data.pairs import Pair

FOLDER = Path(__file__).resolve().parent.parent / "sample_data" / "tasks"
NAMES = ["adding", "tagging", "mood", "numbers-en", "numbers-zh"]


def read(name: str) -> list[tuple[str, str]]:
    lines = (FOLDER / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [(source, target) for source, target in (line.split("\t") for line in lines)]


def test_generating_again_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    spec = importlib.util.spec_from_file_location("tasks_generate", FOLDER / "generate.py")
    assert spec and spec.loader
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    generate.main(tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in FOLDER.glob("*.tsv")}


@pytest.mark.parametrize("name", NAMES)
def test_no_source_stands_in_two_files(name: str) -> None:
    sources = [source for part in ("train", "dev", "test") for source, _ in read(f"{name}.{part}")]
    assert len(set(sources)) == len(sources)


@pytest.mark.parametrize("name", NAMES)
def test_test_asks_for_nothing_that_train_has_not_shown(name: str) -> None:
    train, test = read(f"{name}.train"), read(f"{name}.dev") + read(f"{name}.test")
    for side in (0, 1):
        split = list if name == "numbers-zh" else str.split
        shown = {word for pair in train for word in split(pair[side])}
        assert {word for pair in test for word in split(pair[side])} <= shown


@pytest.mark.parametrize("part", ["train", "dev", "test", "test-long"])
def test_sums_are_right(part: str) -> None:
    lengths = set()
    for source, target in read(f"adding.{part}"):
        columns = [symbol.split("+") for symbol in source.split(" ")]
        first, second = (int("".join(row[i] for row in columns)[::-1], 2) for i in (0, 1))
        assert int(target.replace(" ", "")[::-1], 2) == first + second
        assert len(target.split(" ")) == len(columns)
        lengths.add(len(columns) - 1)
    allowed = range(9, 17) if part == "test-long" else range(3, 9)
    assert lengths <= set(allowed)
    assert max(lengths) == allowed[-1]


_SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
fifteen sixteen seventeen eighteen nineteen"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
ENGLISH = {name: value for value, name in enumerate(_SMALL.split())}
ENGLISH |= {name: 10 * value for value, name in enumerate(_TENS.split(), start=2)}


def heard(words: str) -> int:
    """The number that English words say, read from left to right."""
    thousands = rest = 0
    for word in words.replace(" and ", " ").split():
        if word == "thousand":
            thousands, rest = 1000 * rest, 0
        else:
            rest = 100 * rest if word == "hundred" else rest + ENGLISH[word]
    return thousands + rest


def read_aloud(characters: str) -> int:
    """The number that Chinese characters say."""
    total, digit = 0, 0
    for character in characters:
        unit = {"万": 10_000, "千": 1000, "百": 100, "十": 10}.get(character)
        if unit:
            total += unit * (digit or 1)
            digit = 0
        else:
            digit = 2 if character == "两" else "零一二三四五六七八九".index(character)
    return total + digit


@pytest.mark.parametrize(("name", "meaning"), [("numbers-en", heard), ("numbers-zh", read_aloud)])
def test_numbers_are_said_right(name, meaning) -> None:
    for source, target in read(f"{name}.train"):
        assert meaning(target) == int(source.replace(" ", "")), (source, target)
    written = [target for _, target in read(f"{name}.train")]
    assert len(set(written)) == len(written)


def test_chinese_zeros_stand_where_digits_are_skipped() -> None:
    for source, target in read("numbers-zh.train"):
        digits = source.replace(" ", "")
        assert target.count("零") == len(re.findall("0+(?=[1-9])", digits)) or digits == "0"


def test_every_word_has_a_tag_and_many_words_have_several() -> None:
    tags: dict[str, set[str]] = {}
    for source, target in read("tagging.train"):
        for word, tag in zip(source.split(" "), target.split(" "), strict=True):
            tags.setdefault(word, set()).add(tag)
    assert sum(len(own) > 1 for own in tags.values()) >= 20


def test_moods_are_balanced_and_words_alone_do_not_tell() -> None:
    pairs = read("mood.train")
    praise = {source for source, target in pairs if target == "praise"}
    assert {target for _, target in pairs} == {"praise", "complaint"}
    assert 0.45 < len(praise) / len(pairs) < 0.55
    for word in ("good", "bad", "not", "never", "better", "wonderful", "boring"):
        with_word = [source in praise for source, _ in pairs if word in source.split()]
        assert 0.2 < sum(with_word) / len(with_word) < 0.8, word


@pytest.mark.parametrize("name", NAMES)
def test_one_symbol_is_one_piece(name: str) -> None:
    """With the pieces that a bare `seqcli train` makes; Chinese characters are symbols each."""
    pairs = [Pair(*pair) for pair in read(f"{name}.train")]
    pieces = tokenizer.build(pairs, TokenizerConfig())
    symbols = {word for pair in pairs for word in pair.source.split()}
    assert {word for word in symbols if len(pieces.encode(word)) > 1} == set()
    for target in {pair.target for pair in pairs}:
        count = len(target) if name == "numbers-zh" else len(target.split())
        assert len(pieces.encode(target)) == count, pieces.segment(target)
