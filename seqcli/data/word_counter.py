"""Counts words in sequences of pieces: the words of `split_words`, as they are written.

A piece may continue a word, begin one, or hold several (of a script without spaces). Which of them
it does depends on the piece before it: a comma continues a word of letters, and is a word of its
own after a Han character.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from seqcli.arrays import Bools, Ints
from seqcli.data.patterns import compiled
from seqcli.data.text import is_unspaced
from seqcli.data.tokenizer import END, PAD, SPECIAL_PIECES, UNKNOWN, Tokenizer
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN, OutputVocabulary

# What may follow: a new word; more of an open word; the characters of a word that a space began.
CLOSED, OPEN, BEGUN = 0, 1, 2
_STATES = 3


class WordNumbers(NamedTuple):
    """The words of pieces [B,L], numbered from 1: the first word that begins in each piece, or the
    one that it continues; the last word of each piece; and whether a piece ends a word that it
    might have continued."""

    first: Ints
    last: Ints
    ends_word: Bools


class WordCounter:
    """Counts the words that pieces begin.

    `begun` [3,N] is the number of words that each of N pieces begins in each state, `following`
    [3,N] the state after it.
    """

    def __init__(self, pieces: Iterable[str]) -> None:
        tables = np.array([[_read(state, piece) for state in range(_STATES)] for piece in pieces])
        self.begun, self.following = (tables[:, :, i].T.copy() for i in (0, 1))

    @classmethod
    def of_source(cls, tokenizer: Tokenizer) -> WordCounter:
        """For the ids of a source's pieces. The end is part of the last word."""
        pieces = tokenizer.pieces(range(SPECIAL_PIECES, len(tokenizer)))
        # (Padding is the piece of a word of which the model reads the vector alone.)
        special = {PAD: "▁.", UNKNOWN: ".", END: ""}
        return cls([*(special[i] for i in range(SPECIAL_PIECES)), *pieces])

    @classmethod
    def of_target(cls, tokenizer: Tokenizer, vocabulary: OutputVocabulary) -> WordCounter:
        """For the tokens of a target. The end counts as a word."""
        pieces = tokenizer.pieces(vocabulary.to_ids(range(len(vocabulary))))
        pieces[UNKNOWN_TOKEN], pieces[END_TOKEN] = ".", "▁."
        return cls(pieces)

    def numbers(self, ids: Ints) -> WordNumbers:
        """The numbers of the words of padded sequences [B,L]."""
        first, last, ends_word = np.empty_like(ids), np.empty_like(ids), np.empty(ids.shape, bool)
        count = np.zeros(len(ids), dtype=np.int64)
        state = np.full(len(ids), CLOSED)
        for place in range(ids.shape[1]):
            column = ids[:, place]
            begun = self.begun[state, column]
            first[:, place] = count + (begun > 0)
            ends_word[:, place] = (begun > 0) & (state == OPEN)
            count += begun
            last[:, place] = count
            state = self.following[state, column]
        return WordNumbers(first.clip(min=1), last.clip(min=1), ends_word)


def _read(state: int, piece: Sequence[str]) -> tuple[int, int]:
    """The number of words that a piece begins in a state, and the state after it."""
    begun = 0
    for character in piece:
        if character == "▁" or character.isspace():
            begun += state != BEGUN
            state = BEGUN
        elif state != BEGUN and _extends(character):
            continue
        elif is_unspaced(character):
            begun += state != BEGUN
            state = CLOSED
        else:
            begun += state == CLOSED
            state = OPEN
    return begun, state


def _extends(character: str) -> bool:
    """Whether it is part of the character before it, as a vowel sign is."""
    match = compiled(r"\X").match("ก" + character)
    return match is not None and match.end() > 1
