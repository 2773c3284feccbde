"""The words of a target, as tokens: where they begin and end."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from seqcli.arrays import Bools, Int32s, Ints
from seqcli.data.text import is_unspaced
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN

_PRIME = (1 << 31) - 1
_FACTORS = np.array([pow(48271, place + 1, _PRIME) for place in range(32)])


class TokenWord(NamedTuple):
    """A word of a target: the index of its first token and that after its last, its text, and where
    that begins in the pieces of its tokens."""

    first: int
    end: int
    text: str
    offset: int


class WordStarts:
    """Tells the tokens that begin a word, given the pieces of all tokens [V] (▁ is a space).

    A word begins with a token that has a letter or a digit, at the beginning of the text, after
    anything else than these, and everywhere in a script without spaces.
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = pieces
        self._has_word = np.array([any(map(str.isalnum, piece)) for piece in pieces])
        self._has_word[[UNKNOWN_TOKEN, END_TOKEN]] = False
        self._begins = np.array([_separates(piece[:1]) for piece in pieces])
        self._separates = np.array([_separates(piece[-1:]) for piece in pieces])

    def __call__(self, tokens: Ints | Int32s) -> Bools:
        """Whether each token begins a word: [..., T] -> [..., T]."""
        starts = self._begins[tokens]
        starts[..., :1] = True
        starts[..., 1:] |= self._separates[tokens[..., :-1]]
        return np.asarray(starts & self._has_word[tokens])

    def codes(self, tokens: Ints) -> Ints:
        """For each token a number of its word, which is the same for equal words: [R,T] -> [R,T].
        What has no letter and no digit is by itself."""
        word = np.cumsum(self(tokens), axis=1)
        in_word = np.where(self._has_word[tokens], word, 0)
        columns = np.arange(tokens.shape[1])
        first = np.zeros((len(tokens), tokens.shape[1] + 1), dtype=np.int64)
        rows = np.arange(len(tokens))[:, None]
        np.maximum.at(first, (rows, word), np.where(self(tokens), columns, 0))
        # A sum of pieces with a factor for each place. It is a hash: others may rarely be equal.
        factors = _FACTORS[np.minimum(columns - first[rows, word], len(_FACTORS) - 1)]
        sums = np.zeros_like(first)
        np.add.at(sums, (rows, in_word), (tokens + 1) * factors)
        codes = np.where(in_word > 0, sums[rows, in_word], (tokens + 1) * _FACTORS[0])
        return np.asarray(codes % _PRIME)

    def words(self, tokens: Sequence[int]) -> list[TokenWord]:
        """The words of a target [T], in order. What follows a word up to the next one belongs to
        it, but not to its text."""
        array = np.array(tokens, dtype=np.int64)
        starts = np.flatnonzero(self(array)).tolist()
        apart = np.flatnonzero(self._begins[array]).tolist()
        found = []
        # (A target of nothing but spaces has no start.)
        for first, after in pairwise([*starts, len(tokens)]):
            end = next((i for i in apart if first < i < after), after)
            text = "".join(self.pieces[token] for token in tokens[first:end])
            bare = bare_word(text)
            found.append(TokenWord(first, end, bare, text.index(bare)))
        return found


def bare_word(text: str) -> str:
    """A word without what is before its first letter, digit or mark, and after its last."""
    inside = [i for i, character in enumerate(text) if not _is_outside(character)]
    return text[inside[0] : inside[-1] + 1] if inside else ""


def _separates(character: str) -> bool:
    """Whether a word may begin after, or with, this character, which is none of a word in a script
    with spaces; also for no character."""
    return not character or _is_outside(character) or is_unspaced(character)


def _is_outside(character: str) -> bool:
    """Whether it is no letter, digit or mark."""
    return unicodedata.category(character)[0] not in "LNM"


def find_word(text: str, word: str, near: int) -> tuple[int, int]:
    """[start, end) of a word in a text, of those places that are there the nearest; (0, 0) if it is
    not there."""
    best = None
    start = text.find(word)
    while start >= 0:
        if best is None or abs(start - near) < abs(best - near):
            best = start
        start = text.find(word, start + 1)
    return (0, 0) if best is None else (best, best + len(word))
