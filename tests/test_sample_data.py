"""The bundled corpus: made again byte for byte, split cleanly, and fair to score by exact match."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "sample_data"
SIZES = {"train": range(7000, 9001), "dev": [300], "test": [300], "test-long": [200]}
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


def test_sentences_are_plain(corpus: dict[str, list[Pair]]) -> None:
    """Lower-case words without punctuation; no spaces or end marks in Chinese."""
    for pairs in corpus.values():
        for english, chinese in pairs:
            assert english == " ".join(english.split()).lower()
            assert set(english) <= set("abcdefghijklmnopqrstuvwxyz' ")
            assert all("一" <= character <= "鿿" or character == "，" for character in chinese)
            assert chinese[-1] != "，"
