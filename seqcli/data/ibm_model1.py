"""IBM Model 1 (Brown et al. 1993, section 4.1): how probable each token of a text is as the
translation of each token of another, learned from pairs of texts by expectation maximization.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqcli.arrays import Array, Ints

ITERATIONS = 5


class TranslationTable:
    """The probabilities p(written | cause) of the pairs of tokens that occur together.

    Cause 0 is the empty word, a cause of every text. The N entries are in the order of cause and
    written token: `causes`, `written` and `probabilities`, each [N].
    """

    def __init__(
        self, causes: Ints, cause_lengths: Ints, written: Ints, written_lengths: Ints
    ) -> None:
        """Learn from P pairs of texts, one after another in flat arrays of token numbers, with the
        lengths [P] of the texts. Causes are numbered from 1."""
        # One group of cells for each token that is written, with a cell for each possible cause.
        pairs = np.repeat(np.arange(len(written_lengths)), written_lengths)
        sizes = np.asarray(cause_lengths)[pairs] + 1  # of the groups
        groups = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        # The first cell of a group is that of the empty word.
        firsts = np.cumsum(sizes) - sizes
        starts = (np.cumsum(cause_lengths) - cause_lengths)[pairs]
        places = np.arange(len(groups)) + np.repeat(starts - firsts - 1, sizes)
        keys = np.asarray(causes)[np.maximum(places, 0)] if len(causes) else places
        del places
        keys[firsts] = 0
        self._stride = int(np.max(written, initial=0)) + 1
        keys *= self._stride
        keys += np.asarray(written)[groups]
        self._keys, entries = np.unique(keys, return_inverse=True)
        del keys
        self.causes, self.written = np.divmod(self._keys, self._stride)
        probabilities = np.ones(len(self._keys))
        for _ in range(ITERATIONS):
            posteriors = probabilities[entries]
            posteriors /= np.bincount(groups, posteriors, len(sizes))[groups]
            counts = np.bincount(entries, posteriors, len(self._keys))
            probabilities = counts / np.bincount(self.causes, counts)[self.causes]
        self.probabilities = probabilities

    @classmethod
    def of(
        cls, causes: Sequence[Sequence[int]], written: Sequence[Sequence[int]]
    ) -> TranslationTable:
        """Learn from lists of tokens; a pair with an empty side tells nothing."""
        pairs = [(a, b) for a, b in zip(causes, written, strict=True) if a and b]

        def flat(side: int) -> tuple[Ints, Ints]:
            texts = [pair[side] for pair in pairs]
            tokens = [token for text in texts for token in text]
            return np.array(tokens, dtype=np.int64), np.array([*map(len, texts)], dtype=np.int64)

        return cls(*flat(0), *flat(1))

    def posteriors(self, causes: Sequence[int], written: Sequence[int]) -> Array:
        """The probability of each cause for each written token, the empty word left out: tokens,
        -1 for a new one -> [written, causes]."""
        keys = np.array([0, *causes])[None, :] * self._stride + np.array(written)[:, None]
        known = (np.array([0, *causes])[None, :] >= 0) & (np.array(written)[:, None] >= 0)
        known &= np.array(written)[:, None] < self._stride
        places = np.searchsorted(self._keys, keys).clip(max=max(0, len(self._keys) - 1))
        if not len(self._keys):
            return np.zeros((len(written), len(causes)))
        known &= self._keys[places] == keys
        values = np.where(known, self.probabilities[places], 0.0)
        posteriors: Array = values / np.maximum(values.sum(axis=1, keepdims=True), 1e-12)
        return posteriors[:, 1:]
