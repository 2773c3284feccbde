"""The pieces that a model can write, numbered for its output layer.

A tokenizer serves both sides, but a model only ever writes pieces that the target side of its
training data has shown. Its output layer has one row for each of those, called a token here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from seqcli.arrays import Int32s, Ints
from seqcli.data.tokenizer import END, UNKNOWN, Tokenizer

# Tokens, not piece ids: the two that every model has.
UNKNOWN_TOKEN, END_TOKEN = 0, 1


class OutputVocabulary:
    """A rising list of piece ids [V], UNKNOWN and END first; a token is an index into it.

    Raises `ValueError` for any other list, as a damaged file may hold.
    """

    def __init__(self, pieces: Ints) -> None:
        if list(pieces[:2]) != [UNKNOWN, END] or not (np.diff(pieces) > 0).all():
            raise ValueError("the writable pieces are not a rising list that begins with 1, 2")
        self.pieces = pieces
        self._scores: dict[str, float] = {}  # of the pieces, once they are needed
        self._tokens = {int(piece): token for token, piece in enumerate(pieces)}

    @classmethod
    def of(cls, targets: Iterable[Sequence[int]]) -> OutputVocabulary:
        """The pieces that occur in the targets."""
        shown = {UNKNOWN, END}.union(*targets)
        return cls(np.array(sorted(shown), dtype=np.int64))

    def encode(self, tokenizer: Tokenizer, text: str) -> list[int]:
        """Text -> tokens, without an end; UNKNOWN_TOKEN where the model cannot write it."""
        ids = tokenizer.encode_target(text)
        if not all(piece in self._tokens for piece in ids):
            self._scores = self._scores or tokenizer.scores(self._tokens)
            ids = tokenizer.encode_target_within(text, self._scores)
        return self.tokens(ids)

    def __len__(self) -> int:
        return len(self.pieces)

    def tokens(self, ids: Iterable[int], missing: int = UNKNOWN_TOKEN) -> list[int]:
        """Piece ids -> tokens; `missing` for a piece that cannot be written."""
        return [self._tokens.get(piece, missing) for piece in ids]

    def to_tokens(self, ids: Int32s) -> Int32s:
        """Piece ids -> tokens, of any shape; UNKNOWN_TOKEN for a piece that cannot be written."""
        tokens = np.searchsorted(self.pieces, ids).clip(max=len(self) - 1)
        return np.where(self.pieces[tokens] == ids, tokens, UNKNOWN_TOKEN).astype(np.int32)

    def ids(self, tokens: Iterable[int]) -> list[int]:
        """Tokens -> piece ids."""
        return [int(self.pieces[token]) for token in tokens]
