"""The output vocabulary: the pieces that a model can write, numbered for its output layer.

A tokenizer serves both sides, but a model writes only pieces that occur in the targets of its
training data. Its output layer has one row for each of them, called a token here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from seqcli.arrays import Int32s, Ints
from seqcli.data.tokenizer import END, UNKNOWN, Tokenizer

# Tokens, not piece ids: the two that every model has.
UNKNOWN_TOKEN, END_TOKEN = 0, 1


class OutputVocabulary:
    """An increasing list of piece ids [V], UNKNOWN and END first; a token is an index into it.

    Raises `ValueError` for any other list, as a damaged file may hold.
    """

    def __init__(self, pieces: Ints) -> None:
        if list(pieces[:2]) != [UNKNOWN, END] or not (np.diff(pieces) > 0).all():
            raise ValueError("the output pieces are not an increasing list that begins with 1, 2")
        self.pieces = pieces
        self._scores: dict[str, float] = {}  # of the pieces, filled on first use

    @classmethod
    def of(cls, targets: Iterable[Sequence[int]]) -> OutputVocabulary:
        """The vocabulary of the pieces that occur in the targets."""
        pieces = {UNKNOWN, END}.union(*targets)
        return cls(np.array(sorted(pieces), dtype=np.int64))

    def encode(self, tokenizer: Tokenizer, text: str) -> list[int]:
        """Text -> tokens, without an end; UNKNOWN_TOKEN where the model cannot write it."""
        tokens = self.to_tokens(tokenizer.encode(text), missing=-1)
        if (tokens < 0).any():
            self._scores = self._scores or tokenizer.scores(self.pieces.tolist())
            tokens = self.to_tokens(tokenizer.encode_within(text, self._scores))
        return list(map(int, tokens))

    def __len__(self) -> int:
        return len(self.pieces)

    def to_tokens(self, ids: Sequence[int] | Ints | Int32s, missing: int = UNKNOWN_TOKEN) -> Ints:
        """Piece ids, of any shape -> tokens; `missing` for a piece that cannot be written."""
        ids = np.asarray(ids)
        tokens = np.searchsorted(self.pieces, ids).clip(max=len(self) - 1)
        return np.where(self.pieces[tokens] == ids, tokens, missing)

    def to_ids(self, tokens: Sequence[int] | Ints | Int32s) -> list[int]:
        """Tokens -> piece ids."""
        return [int(piece) for piece in self.pieces[np.asarray(tokens, dtype=np.int64)]]
