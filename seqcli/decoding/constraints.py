"""Constraints of a search: penalties, limits, forced prefixes, forbidden repetitions.

Works on scores and tokens alone, without the model. R rows, S source length, T tokens written so
far, V tokens of the output vocabulary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from seqcli.arrays import Array, Ints

# A loop is a block of at most MAX_BLOCK tokens, repeated MIN_ROUNDS times or more and MIN_LOOP
# tokens or more in all. A translation that ends in one is taken to repeat itself for ever.
MIN_ROUNDS = 3
MIN_LOOP = 12
MAX_BLOCK = 20


@dataclass(frozen=True)
class Constraints:
    """The rules of a search.

    `length_penalty` and `coverage_penalty` are alpha and beta of Wu et al. 2016, equation 14;
    `length_norm` is the base of alpha: the length ("power"), or that of the paper ("wu").
    `min_length` tokens are written before the end; no n-gram of `no_repeat_ngram` tokens is written
    twice (0: no constraint); `repetition_guard` cuts off a hypothesis that repeats itself up to its
    limit.
    """

    length_penalty: float = 1.0
    length_norm: str = "power"
    coverage_penalty: float = 0.0
    min_length: int = 0
    no_repeat_ngram: int = 0
    repetition_guard: bool = True

    def norm(self, length: int) -> float:
        """The divisor of the log-probability of `length` tokens; no tokens count as one."""
        base = (5 + length) / 6 if self.length_norm == "wu" else max(1, length)
        return float(base**self.length_penalty)


def coverage_score(coverage: Array) -> float:
    """Sum of log(min(attention received, 1)) over the source pieces: [S] -> at most 0.

    Wu et al. 2016, equation 14; 0 where every piece has received attention of 1 or more.
    """
    return float(np.log(np.clip(coverage, 1e-10, 1.0)).sum())


def repeated_ngrams(written: Ints, size: int) -> tuple[Ints, Ints]:
    """Tokens that would complete an n-gram of that size a second time: [R,T] -> rows, tokens."""
    if size < 1 or written.shape[1] < size:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing
    ngrams = sliding_window_view(written, size, axis=1)
    begun = written[:, written.shape[1] - size + 1 :]
    rows, places = np.nonzero((ngrams[:, :, :-1] == begun[:, None]).all(axis=2))
    return rows, ngrams[rows, places, -1]


def ends_in_loop(tokens: Ints) -> bool:
    """Whether a sequence [T] ends in a loop."""
    for block in range(1, min(MAX_BLOCK, len(tokens) // MIN_ROUNDS) + 1):
        span = max(MIN_LOOP, MIN_ROUNDS * block)
        tail = tokens[-span:]
        if span <= len(tokens) and (tail[block:] == tail[:-block]).all():
            return True
    return False


def length_without_loop(tokens: Sequence[int]) -> int:
    """The number of tokens up to where the loop at the end of a sequence is first recognized; all
    of them if the sequence does not end in a loop."""
    array, length = np.asarray(tokens, dtype=np.int64), len(tokens)
    if ends_in_loop(array):
        while ends_in_loop(array[: length - 1]):
            length -= 1
    return length


def has_loop(ids: Sequence[int]) -> bool:
    """Whether a sequence has a loop anywhere."""
    if len(ids) < MIN_LOOP or max(Counter(ids).values()) < MIN_ROUNDS:
        return False
    array = np.asarray(ids)
    for block in range(1, min(MAX_BLOCK, len(ids) // MIN_ROUNDS) + 1):
        differs = np.flatnonzero(array[block:] != array[:-block])
        same = np.diff(differs, prepend=-1, append=len(ids) - block) - 1
        if same.max() >= max(MIN_LOOP, MIN_ROUNDS * block) - block:
            return True
    return False


def force_tokens(log_probabilities: Array, forced: Ints) -> None:
    """Forbid each row all tokens but its forced one, which keeps its log-probability: [R,V], [R];
    -1 forces nothing. In place."""
    (rows,) = np.nonzero(forced >= 0)
    values = log_probabilities[rows, forced[rows]]
    log_probabilities[rows] = -np.inf
    log_probabilities[rows, forced[rows]] = values
