"""Texts in pieces that are drawn at random: subword regularization (Kudo 2018)."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np

from seqcli.arrays import Array, Bools, Int32s, Ints
from seqcli.data.tokenizer import END, Tokenizer

# A word is cut in one of its most probable segmentations, so many of them (l of Kudo 2018, section
# 3.2), in proportion to their probability to this power (α of equation 8).
SEGMENTATIONS, ALPHA = 32, 0.4


class Segmentations:
    """The segmentations of texts, of which one can be drawn for each text.

    A text is a sequence of words, which are cut independently; each word has its best segmentation,
    and further ones whose pieces are all `allowed` [pieces].
    """

    def __init__(self, tokenizer: Tokenizer, texts: Sequence[str], allowed: Bools) -> None:
        numbers: dict[str, int] = {}
        rows = [
            [numbers.setdefault(word, len(numbers) + 1) for word in tokenizer.words(text)]
            for text in texts
        ]
        # Word 0 is the end, which each text has.
        self._words = np.array([word for row in rows for word in (*row, 0)], dtype=np.int64)
        self._text_ends = np.cumsum([0, *(len(row) + 1 for row in rows)])
        # The segmentations of all words in order; those of word w are the numbers from begins[w].
        # That which a uniform draw u chooses is the first whose limit is over w + u.
        pieces, piece_ends = array("i", [END]), array("q", [0, 1])
        limits, begins = array("d", [1.0]), array("q", [0, 1])
        for number, word in enumerate(numbers, start=1):
            first, *others = tokenizer.segmentations(word, SEGMENTATIONS)
            kept = [first, *(each for each in others if allowed[each.ids].all())]
            log_probabilities = np.array([each.log_probability for each in kept])
            weights = np.exp(ALPHA * (log_probabilities - log_probabilities.max()))
            for each in kept:
                pieces.extend(each.ids)
                piece_ends.append(len(pieces))
            limits.extend(number + np.cumsum(weights / weights.sum()))
            limits[-1] = number + 1.0  # (without rounding errors)
            begins.append(len(limits))
        self._pieces = np.frombuffer(pieces, dtype=np.int32)
        self._piece_ends = np.frombuffer(piece_ends, dtype=np.int64)
        self._limits = np.frombuffer(limits, dtype=np.float64)
        self._begins = np.frombuffer(begins, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._text_ends) - 1

    def draw(
        self, chosen: Bools, generator: np.random.Generator, longest: int
    ) -> tuple[Int32s, Ints]:
        """The ids of all texts, one after another, each with an end, and where they end [texts+1].

        The words of a `chosen` text [texts] are in pieces that are drawn, if these are no more than
        `longest`; those of another in the best ones.
        """
        uniform = generator.random(len(self._words))
        values, ends = self._cut(chosen, uniform)
        fits = np.diff(ends) <= longest
        return (values, ends) if fits.all() else self._cut(chosen & fits, uniform)

    def _cut(self, chosen: Bools, uniform: Array) -> tuple[Int32s, Ints]:
        """The texts with the segmentations that the draws choose, and where they end."""
        is_drawn = np.repeat(chosen, np.diff(self._text_ends))
        places = self._words + np.where(is_drawn, uniform, 0.0)
        numbers = np.searchsorted(self._limits, places, side="right")
        # (The sum of a word and a draw may be rounded up to the next word.)
        numbers = np.minimum(numbers, self._begins[self._words + 1] - 1)
        sizes = np.diff(self._piece_ends)[numbers]
        ends = np.concatenate([[0], np.cumsum(sizes)])
        indices = np.arange(ends[-1]) + np.repeat(self._piece_ends[numbers] - ends[:-1], sizes)
        return self._pieces[indices], ends[self._text_ends]
