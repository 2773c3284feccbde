"""A source word by word, as it is heard while someone still speaks or types.

What is read of a word depends on no word after it, so a translation may begin before the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from seqcli.data.normalization import normalize, normalize_source
from seqcli.data.patterns import compiled
from seqcli.data.source_text import CarryingReader, Mark, SourceText, drop_surrogates, with_items
from seqcli.data.words import word_parts

# What may begin an item of several words: a tag, code, a placeholder. Such an item is heard as one
# word, and as plain words if it has not ended after so many.
_SIGNS = "<`{"
_OPEN_TAG = r"</?\p{L}(?![^<>\s]*://)[^<>]*+\Z"
PATTERNS = {"openTag": _OPEN_TAG}  # by the names that they have in the scripts of a page
MAX_OPEN_WORDS = 30
MAX_KEPT = 10_000  # words


def heard_words(text: str, *, ended: bool = True) -> list[str]:
    """The words that have been heard of a text, each with the white space before it.

    They are those of `split_words`, and items of several words. Unless the text has `ended`, an
    item that may still go on has not been heard.
    """
    parts = word_parts(text.rstrip()) if text.strip() else []
    if not any(sign in text for sign in _SIGNS):
        return parts
    words: list[str] = []
    open_parts: list[str] = []
    for part in parts:
        open_parts.append(part)
        if len(open_parts) > MAX_OPEN_WORDS or not _is_open("".join(open_parts)):
            words.append("".join(open_parts))
            open_parts = []
    if ended and open_parts:
        words.append("".join(open_parts))
    return words


def _is_open(text: str) -> bool:
    return (
        text.count("{") > text.count("}")
        or text.count("`") % 2 == 1
        or compiled(_OPEN_TAG).search(text) is not None
    )


@dataclass(frozen=True)
class WordByWordReader:
    """Reads each word of a source by itself, as `reader` does."""

    reader: CarryingReader
    _read: dict[tuple[str, int], SourceText] = field(default_factory=dict, compare=False)

    @property
    def symbols(self) -> str:
        return self.reader.symbols

    def read(self, text: str) -> SourceText:
        """What the model reads of a source, with the place where each word ends.

        It tells whether the source `is_foreign` as a whole, which cannot be known before the end.
        """
        text = normalize(drop_surrogates(text))
        source = self.read_words(heard_words(text))
        if not self.reader.read(text).is_foreign:
            return source
        return SourceText(text, unknown=source.unknown, is_foreign=True)

    def read_words(self, words: Sequence[str]) -> SourceText:
        """What the model reads of words that have been heard."""
        text, ends, items_before = "", [], 0
        parts: list[SourceText] = []
        marks: list[Mark] = []
        for word in words:
            part = self._read_word(word, items_before)
            items_before += len(part.items)
            if part.text:
                text += _space(text, word, part.text) + part.text
            begin = len(text) - len(part.text)
            marks += [mark._replace(place=begin + mark.place) for mark in part.marks]
            ends.append(len(text))
            parts.append(part)
        items = tuple(item for part in parts for item in part.items)
        carried = tuple(item for part in parts for item in part.carried)
        return SourceText(
            text,
            items,
            tuple(marks),
            tuple(word for part in parts for word in part.unknown),
            "".join(sorted(set().union(*(part.dropped for part in parts)))),
            written=() if carried == items else carried,
            ends=tuple(ends),
        )

    def _read_word(self, word: str, items_before: int) -> SourceText:
        """A word, which is kept: a growing line is read again with each of its words."""
        key = (word, items_before % max(1, len(self.symbols)))
        if key not in self._read:
            if len(self._read) >= MAX_KEPT:
                self._read.clear()
            self._read[key] = self.reader.read_word(*key)
        return self._read[key]

    def normalize(self, text: str) -> str:
        return with_items(self.read_words(heard_words(normalize(drop_surrogates(text)))))


def _space(before: str, word: str, text: str) -> str:
    """What is between a text and the next word: a space, or nothing where the source has none and
    within Chinese and Japanese."""
    if not before or not word[0].isspace():
        return ""
    return " " * (len(normalize_source(f"{before[-1]} {text[0]}")) > len("ab"))
