"""The bundled corpus: made again byte for byte, split cleanly, and fair to score by exact match."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from seqcli.data.pairs import Pair as SentencePair
from seqcli.data.word_list import WordList
from seqcli.training.recipe import SMALL

FOLDER = Path(__file__).resolve().parent.parent / "sample_data"
OLD_PAIRS = 8912  # of train, from patterns.py; daily talk follows them
SIZES = {
    "train": range(OLD_PAIRS + 1000, SMALL),  # with more, training would take another recipe
    "dev": [300],
    "test": [300],
    "test-long": [200],
    "test-open": [150],
}
LATIN = re.compile(r"[a-z0-9][a-z0-9.,:@-]*( [a-z]+)?")
FAMOUS = [("i love beijing", "我爱北京"), ("i love beijing tian an men", "我爱北京天安门")]

Pair = tuple[str, str]


def read(name: str) -> list[Pair]:
    lines = (FOLDER / f"{name}.en-zh.tsv").read_text(encoding="utf-8").split("\n")
    assert lines.pop() == ""
    pairs = [tuple(line.split("\t")) for line in lines]
    return [(english, chinese) for english, chinese in pairs]


@pytest.fixture(scope="module")
def corpus() -> dict[str, list[Pair]]:
    return {name: read(name) for name in SIZES}


def test_generating_again_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    spec = importlib.util.spec_from_file_location("sample_generate", FOLDER / "generate.py")
    assert spec and spec.loader
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    generate.main(tmp_path)
    for name in SIZES:
        made = tmp_path / f"{name}.en-zh.tsv"
        assert made.read_bytes() == (FOLDER / made.name).read_bytes()


def test_sizes(corpus: dict[str, list[Pair]]) -> None:
    for name, sizes in SIZES.items():
        assert len(corpus[name]) in sizes


def test_no_sentence_of_either_language_occurs_twice(corpus: dict[str, list[Pair]]) -> None:
    """So no split overlaps another, and each language is a function of the other."""
    pairs = [pair for part in corpus.values() for pair in part]
    assert len({english for english, _ in pairs}) == len(pairs)
    assert len({chinese for _, chinese in pairs}) == len(pairs)


@pytest.mark.parametrize("name", ["dev", "test", "test-long"])
def test_every_word_and_character_occurs_in_train(corpus: dict[str, list[Pair]], name: str) -> None:
    words = {word for english, _ in corpus["train"] for word in english.split(" ")}
    characters = {character for _, chinese in corpus["train"] for character in chinese}
    for english, chinese in corpus[name]:
        assert set(english.split(" ")) <= words
        assert set(chinese) <= characters


def test_famous_sentences_are_in_test_only(corpus: dict[str, list[Pair]]) -> None:
    for pair in FAMOUS:
        assert [name for name, pairs in corpus.items() if pair in pairs] == ["test"]


def test_lengths(corpus: dict[str, list[Pair]]) -> None:
    def lengths(name: str) -> list[int]:
        return [len(english.split(" ")) for english, _ in corpus[name]]

    assert max(lengths("train")) <= 14
    assert min(lengths("test-long")) >= 15
    assert max(lengths("test-long")) <= 30


def test_open_test_has_a_number_or_an_unseen_word_in_every_sentence(
    corpus: dict[str, list[Pair]],
) -> None:
    """It stands in the Chinese too; all other words and characters occur in train."""
    words = {word for english, _ in corpus["train"] for word in plain_words(english)}
    characters = {character for _, chinese in corpus["train"] for character in chinese}
    assert sum(1 for en, _ in corpus["test-open"] if plain_words(en) - words) >= 100
    for english, chinese in corpus["test-open"]:
        carried = {word for word in plain_words(english) - words if not word.isdigit()}
        carried |= set(re.findall(r"[0-9]+", english))
        assert carried
        assert all(word in chinese for word in carried)
        assert {c for c in chinese if not c.isascii()} <= characters


def test_daily_talk_carries_over_what_is_latin_in_chinese(corpus: dict[str, list[Pair]]) -> None:
    """Most of its pairs have a number or a name on both sides."""
    daily = corpus["train"][OLD_PAIRS:]
    with_latin = [pair for pair in daily if LATIN.search(pair[1])]
    assert len(with_latin) >= 0.4 * len(daily)
    for english, chinese in (*with_latin, *corpus["test-open"]):
        assert all(found[0] in english for found in LATIN.finditer(chinese))


def test_names_that_are_carried_over_are_rare(corpus: dict[str, list[Pair]]) -> None:
    """Else a model would take them for words of its own (`seqcli.data.word_list`)."""
    names = WordList.of([SentencePair(*pair) for pair in corpus["train"]]).names
    copied = {
        word
        for _, chinese in corpus["train"]
        if "@" not in chinese
        for word in re.findall(r"[a-z]+", chinese)
    }
    assert copied <= names


def plain_words(english: str) -> set[str]:
    """The words of a sentence, without a possessive ending."""
    return set(re.findall(r"[\w']+?(?='s\b|[^\w']|$)", english))


def test_sentences_are_plain(corpus: dict[str, list[Pair]]) -> None:
    """Lower-case words without punctuation; no spaces or end marks in Chinese."""
    for name in ("dev", "test", "test-long", "train"):
        for english, chinese in corpus[name][:OLD_PAIRS]:
            assert english == " ".join(english.split()).lower()
            assert set(english) <= set("abcdefghijklmnopqrstuvwxyz' ")
            assert all("一" <= character <= "鿿" or character == "，" for character in chinese)
            assert chinese[-1] != "，"
    for english, chinese in (*corpus["train"][OLD_PAIRS:], *corpus["test-open"]):
        assert english == " ".join(english.split()).lower()
        assert all("一" <= c <= "鿿" or c == "，" for c in LATIN.sub("", chinese))
        assert chinese[-1] != "，"
