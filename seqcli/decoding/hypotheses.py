"""Hypotheses of a search: as the search keeps them, and as it returns them."""

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

    The last token is the end, except where the constraints allowed no end and where a repetition
    was cut off. `score` is what the search ranks by: the log-probability over the length norm, plus
    the coverage penalty. `weights` [T,S] are the attention weights at each token, without the
    padding of the batch; None for a model without attention. `lacking` is the number of counted
    tokens that it should have and does not. `log_probabilities` are those of the tokens; their sum
    is `log_probability`. `language_log_probability` is that of the language model which was fused
    into the search, None without one. `heard` are the numbers of source words that had been heard
    when each token was written; empty if it was all of them.
    """

    tokens: tuple[int, ...]
    log_probability: float
    score: float
    weights: Array | None
    stopped_by: StoppedBy
    lacking: int = 0
    log_probabilities: tuple[float, ...] = ()
    heard: tuple[int, ...] = ()
    language_log_probability: float | None = None


class SearchStep(NamedTuple):
    """One step of the search, for the rows that remain: the row in the step before, the token
    written, and the log-probability of all tokens so far, each [R]."""

    parents: Ints
    tokens: Ints
    totals: Array
    weights: Array | None  # [R,S] for all rows of the step before


class FinishedHypothesis(NamedTuple):
    """A finished hypothesis: the first `length` tokens of a row, with or without an end.

    `row` is a row of the step that wrote the last of these tokens; of the start, if there is none.
    Finished hypotheses are ordered by their `completeness` (minus the number of counted tokens that
    they lack), then by their score.
    """

    completeness: int
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
    tokens, totals, step_weights, row = [], [], [], finished.row
    if finished.with_end:
        tokens.append(end)
        totals.append(finished.log_probability)
        step_weights.append((history[finished.length].weights, row))
    for step in reversed(history[: finished.length]):
        tokens.append(int(step.tokens[row]))
        totals.append(float(step.totals[row]))
        row = int(step.parents[row])
        step_weights.append((step.weights, row))
    weights = [
        array[row, :source_length] for array, row in reversed(step_weights) if array is not None
    ]
    attends = history[0].weights is not None
    return Hypothesis(
        tokens=tuple(reversed(tokens)),
        log_probability=finished.log_probability,
        score=finished.score,
        weights=np.reshape(weights, (len(tokens), source_length)) if attends else None,
        stopped_by=finished.stopped_by,
        lacking=-finished.completeness,
        log_probabilities=tuple(np.diff(totals[::-1], prepend=0.0).tolist()),
    )


def row_at_length(history: Sequence[SearchStep], finished: FinishedHypothesis, length: int) -> int:
    """The row in which the hypothesis had its first `length` tokens (at most all of them)."""
    row = finished.row
    for step in reversed(history[length : finished.length]):
        row = int(step.parents[row])
    return row


def distinct(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Distinct hypotheses, best first: cutting repetitions may make two equal, or swap ranks."""
    ranked = sorted(
        hypotheses, key=lambda each: (each.stopped_by != "eos", each.lacking, -each.score)
    )
    different: dict[tuple[int, ...], Hypothesis] = {}
    for hypothesis in ranked:
        different.setdefault(hypothesis.tokens, hypothesis)
    return list(different.values())
