"""Words of a text."""

from __future__ import annotations

import re
from typing import NamedTuple

from seqcli.data.patterns import compiled
from seqcli.data.text import is_unspaced

# A character of a script without spaces, with its marks, or a run of letters and digits, with
# their marks.
UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = (
    rf"[{UNSPACED}--\P{{L}}]\p{{M}}*"
    rf"|[[\p{{L}}\p{{N}}]--[{UNSPACED}]--[ʹʻʼ]][[\p{{L}}\p{{M}}\p{{N}}]--[{UNSPACED}]--[ʹʻʼ]]*"
)
_ASCII_WORD = re.compile("[A-Za-z0-9]+")  # the same for ASCII text
_RUN = re.compile(r"\S+")
PATTERNS = {"word": _WORD}  # by the names that they have in the scripts of a page


class Word(NamedTuple):
    """A word of a text, at [start, end); a character, if its script is written without spaces."""

    text: str
    start: int
    end: int

    @property
    def folded(self) -> str:
        """The word without differences of case."""
        return self.text.lower()

    @property
    def unspaced(self) -> bool:
        """Whether it belongs to a script without spaces."""
        return is_unspaced(self.text[0])


def find_words(text: str) -> list[Word]:
    """The words of a text in order: runs of letters and digits, without punctuation."""
    pattern = _ASCII_WORD if text.isascii() else compiled(_WORD)
    return [Word(match[0], match.start(), match.end()) for match in pattern.finditer(text)]


def split_words(text: str) -> list[str]:
    """The words of a text, in order, with their punctuation; in scripts without spaces each
    character is a word.

    A character is what people see as one: a grapheme cluster (Unicode Standard Annex 29).
    """
    return list(filter(None, map(str.strip, word_parts(text))))


def word_parts(text: str) -> list[str]:
    """The text in parts, which make the whole text when joined: each word of `split_words` with
    the white space before it, the last one also with that after it."""
    cuts: list[int] = []
    end = 0  # of the characters before the next white space
    for run in _RUN.finditer(text):
        word_is_open = False  # whether the next character may continue the word
        for character in compiled(r"\X").finditer(run[0]) if not run[0].isascii() else [run]:
            unspaced = is_unspaced(character[0][0])
            if character.start() == 0 or character is run:
                cuts.append(end)
            elif unspaced or not word_is_open:
                cuts.append(run.start() + character.start())
            word_is_open = not unspaced
        end = run.end()
    ends = [*cuts[1:], len(text)]
    return [text[start:end] for start, end in zip(cuts or [0], ends, strict=True)]
