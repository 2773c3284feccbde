"""The words of a text that a vector may belong to."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import NamedTuple

from seqcli.data.words import Word, find_words

# A word of a file may consist of several: "don't", "well-known", or characters of a script without
# spaces.
MAX_PARTS = 4
_JOINTS = ("", "'", "-", ".")


class Unit(NamedTuple):
    """A part of a text at [start, end): a word, or several without a space between them."""

    text: str
    start: int
    end: int


def candidates(text: str) -> Iterator[Unit]:
    """All parts of a normalized text that may be a word of a file of vectors."""
    words = find_words(text)
    for first in range(len(words)):
        yield from _beginning_at(text, words, first)


def find_units(text: str, known: Container[str]) -> Iterator[Unit]:
    """The parts of a normalized text that are known, from left to right; of several that begin at
    the same place, the longest."""
    end = 0
    words = find_words(text)
    for first, word in enumerate(words):
        if word.start >= end:
            found = [unit for unit in _beginning_at(text, words, first) if unit.text in known]
            if found:
                end = found[-1].end
                yield found[-1]


def is_unit(text: str) -> bool:
    """Whether a text may be found as one unit, and has a letter."""
    units = list(_beginning_at(text, words, 0)) if (words := find_words(text)) else []
    return any(unit.text == text for unit in units) and any(map(str.isalpha, text))


def _beginning_at(text: str, words: list[Word], first: int) -> Iterator[Unit]:
    start = words[first].start
    for last in range(first, min(first + MAX_PARTS, len(words))):
        if last > first and text[words[last - 1].end : words[last].start] not in _JOINTS:
            break
        yield Unit(text[start : words[last].end], start, words[last].end)
