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
