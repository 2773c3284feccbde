"""Hypotheses of a search: as it keeps them while it runs, and as it returns them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from seqcli.arrays import Array, Ints

StoppedBy = Literal["eos", "limit", "repetition"]


@dataclass(frozen=True)
class Hypothesis:
    """A translation as tokens.

    The last token is the end, except where the rules left no way to it and where a repetition was
    cut off. `score` is what the search ranks by: the log-probability over the length norm, plus the
    coverage penalty. `weights` [T,S] are the attention at each token; padding of the batch is cut
    off.
    """

    tokens: tuple[int, ...]
    log_probability: float
    score: float
    weights: Array | None
    stopped_by: StoppedBy


class SearchStep(NamedTuple):
    """One step of the search for the rows that go on: for each its row in the step before, the
    token it wrote, and the log-probability of all its tokens, each [R]."""

    parents: Ints
    tokens: Ints
    totals: Array
    weights: Array | None  # [R,S] of all rows of the step before


class FinishedHypothesis(NamedTuple):
    """A hypothesis that is over: the first `length` tokens of a row, with or without an end.

    `row` is a row of the step that wrote the last of these tokens; of the start, if there is none.
    """

    score: float
    log_probability: float
    length: int
    row: int
    with_end: bool
    stopped_by: StoppedBy


def trace(
    history: Sequence[SearchStep], finished: FinishedHypothesis, end: int, source_length: int
) -> Hypothesis:
    """The hypothesis, read from its last token back to its first."""
    tokens, looks, row = [], [], finished.row
    if finished.with_end:
        tokens.append(end)
        looks.append((history[finished.length].weights, row))
    for step in reversed(history[: finished.length]):
        tokens.append(int(step.tokens[row]))
        row = int(step.parents[row])
        looks.append((step.weights, row))
    weights = [look[row, :source_length] for look, row in reversed(looks) if look is not None]
    attends = history[0].weights is not None
    return Hypothesis(
        tokens=tuple(reversed(tokens)),
        log_probability=finished.log_probability,
        score=finished.score,
        weights=np.reshape(weights, (len(tokens), source_length)) if attends else None,
        stopped_by=finished.stopped_by,
    )


def row_before(history: Sequence[SearchStep], finished: FinishedHypothesis, length: int) -> int:
    """The row in which the hypothesis had `length` tokens, at most all of them."""
    row = finished.row
    for step in reversed(history[length : finished.length]):
        row = int(step.parents[row])
    return row
