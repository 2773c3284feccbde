"""Source ids that name a piece and a word.

A model with word vectors reads at each position of a source a piece, and the vector of the word
that the piece belongs to. Both are one number, so that sources stay rows of integers everywhere
else: piece + number of pieces · word. The words are numbered from 1; 0 is none. Where only the
vector is read, the piece is padding, whose embedding is 0.
"""

from __future__ import annotations

from typing import Any, TypeVar

LARGEST_ID = 2**31 - 1  # ids are kept as 32-bit integers

Ids = TypeVar("Ids")


def join_id(piece: int, word: int, pieces: int) -> int:
    """The id of a piece of a word, for a tokenizer with so many pieces."""
    return piece + pieces * word


def split_ids(ids: Ids, pieces: int) -> tuple[Ids, Ids]:
    """The pieces and the words of ids: an integer, an array or a tensor."""
    numbers: Any = ids
    return numbers % pieces, numbers // pieces
