"""What may shape a search beside the model: penalties, limits, forbidden repetitions.

Scores in, scores out; nothing here knows where the scores come from. R rows, S source length, T
tokens written so far, V tokens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from seqcli.arrays import Array, Ints

# A translation that ends in a block of at most LONGEST_BLOCK tokens said LEAST_ROUNDS times or
# more, LEAST_LOOP tokens or more in all, is taken to repeat itself for ever.
LEAST_ROUNDS = 3
LEAST_LOOP = 12
LONGEST_BLOCK = 20


@dataclass(frozen=True)
class Constraints:
    """The rules of a search.

    `length_penalty` and `coverage_penalty` are alpha and beta of Wu et al. 2016, equation 14;
    `length_norm` says what alpha is the power of: the length ("power"), or as there ("wu").
    `minimum` tokens are written before the end; no run of `no_repeat` tokens comes twice (0: may);
    `guard` cuts off a hypothesis that has repeated itself up to its limit.
    """

    length_penalty: float = 1.0
    length_norm: str = "power"
    coverage_penalty: float = 0.0
    minimum: int = 0
    no_repeat: int = 0
    guard: bool = True

    def norm(self, length: int) -> float:
        """What the log-probability of so many tokens is divided by; none count as one."""
        base = (5 + length) / 6 if self.length_norm == "wu" else max(1, length)
        return float(base**self.length_penalty)


def coverage(covered: Array) -> float:
    """Sum of log(min(attention received, 1)) over the source: [S] -> at most 0.

    Wu et al. 2016, equation 14; 0 where every piece has been looked at in full.
    """
    return float(np.log(np.clip(covered, 1e-10, 1.0)).sum())


def repeating(written: Ints, run: int) -> tuple[Ints, Ints]:
    """Tokens that would complete a run of tokens a second time: [R,T] -> rows, tokens."""
    if run < 1 or written.shape[1] < run:
        nowhere = np.zeros(0, dtype=np.int64)
        return nowhere, nowhere
    runs = sliding_window_view(written, run, axis=1)
    begun = written[:, written.shape[1] - run + 1 :]
    rows, places = np.nonzero((runs[:, :, :-1] == begun[:, None]).all(axis=2))
    return rows, runs[rows, places, -1]


def ends_in_loop(tokens: Ints) -> bool:
    """Whether a sequence [T] ends in a block said over and over."""
    for block in range(1, min(LONGEST_BLOCK, len(tokens) // LEAST_ROUNDS) + 1):
        span = max(LEAST_LOOP, LEAST_ROUNDS * block)
        tail = tokens[-span:]
        if span <= len(tokens) and (tail[block:] == tail[:-block]).all():
            return True
    return False


def before_loop(tokens: Sequence[int]) -> int:
    """How many tokens to keep of a sequence that ends in a loop: up to where the loop can first be
    told. All of a sequence that ends in none."""
    array, kept = np.asarray(tokens, dtype=np.int64), len(tokens)
    if ends_in_loop(array):
        while ends_in_loop(array[: kept - 1]):
            kept -= 1
    return kept


def has_loop(ids: Sequence[int]) -> bool:
    """Whether a loop, as `ends_in_loop` knows it, stands anywhere in a sequence."""
    if len(ids) < LEAST_LOOP or max(Counter(ids).values()) < LEAST_ROUNDS:
        return False
    array = np.asarray(ids)
    for block in range(1, min(LONGEST_BLOCK, len(ids) // LEAST_ROUNDS) + 1):
        differs = np.flatnonzero(array[block:] != array[:-block])
        same = np.diff(differs, prepend=-1, append=len(ids) - block) - 1
        if same.max() >= max(LEAST_LOOP, LEAST_ROUNDS * block) - block:
            return True
    return False


def force(log_probabilities: Array, forced: Ints) -> None:
    """Leave each row its forced token alone, as probable as it is: [R,V], [R]; -1 leaves all."""
    (rows,) = np.nonzero(forced >= 0)
    kept = log_probabilities[rows, forced[rows]]
    log_probabilities[rows] = -np.inf
    log_probabilities[rows, forced[rows]] = kept
