"""Continuations of hypotheses: the best over all beams of a sentence, or one sampled for each beam.

B sentences, K beams, R = B·K rows, N candidates of a sentence, V tokens of the output vocabulary.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqcli.arrays import Array, Ints


class Candidates(NamedTuple):
    """Continuations of each sentence, best first: [B,N]. A parent is a row of the step before."""

    scores: NDArray[np.float32]
    parents: Ints
    tokens: Ints


def best_continuations(scores: Array, log_probabilities: Array, beam: int) -> Candidates:
    """The best continuations over all beams of a sentence: [B,K], [R,V] -> Candidates [B,N].

    N is twice the beam, or all there are. That is enough: even if every row ends, a full beam of
    live hypotheses remains. Selecting the best of K·V is slow, so the tokens are first divided into
    groups: the N best tokens are in the N groups with the best maxima.
    """
    sentences, beams = scores.shape
    rows, vocabulary = log_probabilities.shape
    count = min(2 * beam, beams * vocabulary)
    groups = min(vocabulary, max(count, int((2 * vocabulary) ** 0.5)))
    maxima = _group_maxima(log_probabilities, groups).reshape(sentences, beams, groups)
    maxima += scores[:, :, None]
    chosen = np.argpartition(maxima.reshape(sentences, -1), -count, axis=1)[:, -count:]
    beam_of, group = np.divmod(chosen, groups)
    row_of = beam_of + np.arange(0, rows, beams)[:, None]
    tokens = group[:, :, None] + np.arange(0, vocabulary, groups)  # [B,N,group size]
    missing = tokens >= vocabulary
    tokens[missing] = 0  # a row of score -inf takes its step too, so its token must exist
    totals = log_probabilities[row_of[:, :, None], tokens]
    totals[missing] = -np.inf
    totals += scores[np.arange(sentences)[:, None], beam_of][:, :, None]
    parents = np.broadcast_to(row_of[:, :, None], tokens.shape)
    flat = (sentences, -1)
    candidates = Candidates(totals.reshape(flat), parents.reshape(flat), tokens.reshape(flat))
    return _sorted(candidates, count)


def sampled_continuations(
    scores: Array, log_probabilities: Array, uniform: Array, temperature: float
) -> Candidates:
    """One sampled continuation of each beam: [B,K], [R,V], numbers from 0 to 1 [B,K] -> [B,K].

    Token v has probability p(v)^(1/temperature), normalized to a sum of 1. Its score is its plain
    log-probability, and NaN where any log-probability of its row is NaN.
    """
    rows = np.arange(len(log_probabilities))
    tempered = log_probabilities.astype(np.float64) / temperature
    peaks = tempered.max(axis=1, keepdims=True)
    cumulative = np.exp(tempered - np.where(peaks == -np.inf, 0.0, peaks)).cumsum(axis=1)
    thresholds = uniform.reshape(-1, 1) * cumulative[:, -1:]
    tokens = np.minimum((cumulative <= thresholds).sum(axis=1), log_probabilities.shape[1] - 1)
    sampled = np.where(np.isnan(thresholds[:, 0]), np.nan, log_probabilities[rows, tokens])
    totals = (scores + sampled.reshape(scores.shape)).astype(scores.dtype)
    return Candidates(totals, rows.reshape(scores.shape), tokens.reshape(scores.shape))


def live_candidates(
    candidates: Candidates, end: int, beam: int, *, by_score: bool = True
) -> Candidates:
    """The best `beam` candidates that do not end, or the first ones, padded with scores of -inf:
    [B,N] -> [B,beam]."""
    scores = np.where(candidates.tokens == end, np.float32(-np.inf), candidates.scores)
    key = -scores if by_score else scores == -np.inf
    order = np.argsort(key, axis=1, kind="stable")[:, :beam]
    live = take(candidates._replace(scores=scores), order)
    padding = [(0, 0), (0, beam - order.shape[1])]
    if padding[1][1] == 0:
        return live
    return Candidates(
        np.pad(live.scores, padding, constant_values=-np.inf),
        np.pad(live.parents, padding, mode="edge"),
        np.pad(live.tokens, padding, mode="edge"),
    )


def _group_maxima(log_probabilities: Array, groups: int) -> Array:
    """The maximum of each group; token v is in group v modulo `groups`: [R,V] -> [R,groups]."""
    rows, vocabulary = log_probabilities.shape
    last = (vocabulary - 1) // groups * groups
    maxima = np.full((rows, groups), -np.inf, dtype=log_probabilities.dtype)
    maxima[:, : vocabulary - last] = log_probabilities[:, last:]
    if last:
        before = log_probabilities[:, :last].reshape(rows, -1, groups)
        np.maximum(maxima, before.max(axis=1), out=maxima)
    return maxima


def _sorted(candidates: Candidates, count: int) -> Candidates:
    """The best `count`, best first; equal scores in the order of row and token."""
    best = take(candidates, np.argpartition(candidates.scores, -count, axis=1)[:, -count:])
    return take(best, np.lexsort((best.tokens, best.parents, -best.scores), axis=1))


def take(candidates: Candidates, places: Ints) -> Candidates:
    """The candidates at some places of each sentence: [B,N], [B,M] -> [B,M]."""
    sentences = np.arange(len(places))[:, None]
    return Candidates(
        candidates.scores[sentences, places],
        candidates.parents[sentences, places],
        candidates.tokens[sentences, places],
    )
