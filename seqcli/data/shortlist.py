"""The shortlist of a model: for each source piece, the target pieces that may translate it.

A search that scores these, and the most frequent pieces, which may stand in any translation, spares
most of the output layer (the candidate lists of Jean, Cho, Memisevic & Bengio 2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from seqcli.arrays import Int32s, Ints
from seqcli.data.batching import PackedExamples
from seqcli.data.ibm_model1 import TranslationTable

MAX_BYTES = 1 << 26  # as a file
# A source piece has at most so many translations, none of them less probable than this.
MAX_TRANSLATIONS, MIN_PROBABILITY = 100, 0.0001
COMMON = 2048  # target pieces, the most frequent ones, that may stand in any translation
# Cells of `TranslationTable`, of about 40 bytes each: of more, an even selection of pairs is
# learned from.
MAX_CELLS = 8_000_000


@dataclass(frozen=True, eq=False)
class Shortlist:
    """The translations of P source pieces: those of piece i are `pieces[ends[i] : ends[i + 1]]`.

    `ends` is [P+1]; `pieces` and `common`, which may stand in any translation, are piece ids.
    Raises `ValueError` for arrays that do not belong together.
    """

    ends: Int32s
    pieces: Int32s
    common: Int32s

    def __post_init__(self) -> None:
        parts = (self.ends, self.pieces, self.common)
        if any(part.dtype != np.int32 or part.ndim != 1 for part in parts) or not len(self.ends):
            raise ValueError("arrays of another type or shape")
        falls = (self.ends[1:] < self.ends[:-1]).any()
        if self.ends[0] or self.ends[-1] != len(self.pieces) or falls:
            raise ValueError("places that are not of its pieces")
        if any((part < 0).any() for part in parts):
            raise ValueError("a piece that is none")

    @classmethod
    def learn(cls, examples: PackedExamples, sources: Ints, output: Ints) -> Shortlist:
        """The shortlist of the pairs of a training.

        `sources` are the piece ids of `examples.sources`; `output` [V] is the piece of each token
        of the targets. Which pieces translate a piece is learned by IBM Model 1.
        """
        lengths, written = np.diff(examples.source_ends), np.diff(examples.target_ends)
        chosen = _selected((lengths + 1) * written)
        table = TranslationTable(
            _tokens_of(sources, lengths, chosen), lengths[chosen],
            _tokens_of(examples.targets, written, chosen), written[chosen],
        )  # fmt: skip
        kept = (table.causes > 0) & (table.probabilities >= MIN_PROBABILITY)
        causes, tokens = table.causes[kept], table.written[kept]
        order = np.lexsort((tokens, -table.probabilities[kept], causes))
        causes, tokens = causes[order], tokens[order]
        is_probable = np.arange(len(causes)) - np.searchsorted(causes, causes) < MAX_TRANSLATIONS
        causes, tokens = causes[is_probable], tokens[is_probable]
        counts = np.bincount(examples.targets, minlength=len(output))
        frequent = np.argsort(-counts, kind="stable")[:COMMON]
        return cls._of(causes, output[tokens], output[frequent])

    def joined(self, other: Shortlist) -> Shortlist:
        """What either has: the translations of each piece, and the common pieces."""
        both = [np.column_stack([each.causes, each.pieces]) for each in (self, other)]
        causes, pieces = np.unique(np.concatenate(both), axis=0).T
        return self._of(causes, pieces, np.concatenate([self.common, other.common]))

    @classmethod
    def _of(cls, causes: Ints, pieces: Ints, common: Ints) -> Shortlist:
        """The shortlist of source pieces, in order, each with one of its translations."""
        ends = np.searchsorted(causes, np.arange(int(causes.max(initial=-1)) + 2))
        return cls(*(part.astype(np.int32) for part in (ends, pieces, np.unique(common))))

    @property
    def causes(self) -> Ints:
        """The source piece of each of `pieces`."""
        return np.repeat(np.arange(len(self.ends) - 1), np.diff(self.ends))

    def to_bytes(self) -> bytes:
        """The shortlist as a safetensors file."""
        return save({"ends": self.ends, "pieces": self.pieces, "common": self.common})

    @classmethod
    def from_bytes(cls, content: bytes) -> Shortlist:
        """Raises `ValueError` for content that is no shortlist."""
        try:
            return cls(**load(content))
        except (SafetensorError, KeyError, TypeError) as error:
            raise ValueError("it is no shortlist") from error


def _selected(cells: Ints) -> Ints:
    """The indices of all pairs, or of evenly spaced ones that have about `MAX_CELLS` cells."""
    step = max(1, -(-int(cells.sum()) // MAX_CELLS))
    return np.arange(0, len(cells), step)


def _tokens_of(tokens: Int32s | Ints, lengths: Ints, chosen: Ints) -> Ints:
    """The tokens of the chosen texts among all texts of these lengths."""
    is_chosen = np.zeros(len(lengths), dtype=bool)
    is_chosen[chosen] = True
    return np.asarray(tokens[np.repeat(is_chosen, lengths)], dtype=np.int64)
