"""Ways to go on: the best of all tokens after all beams of a sentence, or one drawn for each."""

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
    live ones remains. To sort out the best of K·V takes long, so tokens are looked at in groups
    first: the N best of all stand in the N groups that have the best leaders.
    """
    sentences, beams = scores.shape
    rows, vocabulary = log_probabilities.shape
    count = min(2 * beam, beams * vocabulary)
    groups = min(vocabulary, max(count, int((2 * vocabulary) ** 0.5)))
    leaders = _leaders(log_probabilities, groups).reshape(sentences, beams, groups)
    leaders += scores[:, :, None]
    chosen = np.argpartition(leaders.reshape(sentences, -1), -count, axis=1)[:, -count:]
    own, group = np.divmod(chosen, groups)
    rows_of_own = own + np.arange(0, rows, beams)[:, None]
    tokens = group[:, :, None] + np.arange(0, vocabulary, groups)  # [B,N,depth]
    missing = tokens >= vocabulary
    tokens[missing] = 0  # a row that is dead takes its step too, so its token must exist
    totals = log_probabilities[rows_of_own[:, :, None], tokens]
    totals[missing] = -np.inf
    totals += scores[np.arange(sentences)[:, None], own][:, :, None]
    parents = np.broadcast_to(rows_of_own[:, :, None], tokens.shape)
    flat = (sentences, -1)
    found = Candidates(totals.reshape(flat), parents.reshape(flat), tokens.reshape(flat))
    return _sorted(found, count)


def drawn_continuations(
    scores: Array, log_probabilities: Array, uniform: Array, temperature: float
) -> Candidates:
    """One continuation of each beam, drawn: [B,K], [R,V], numbers from 0 to 1 [B,K] -> [B,K].

    Token v has the chance p(v)^(1/temperature), scaled to a sum of 1; its score is its plain
    log-probability all the same, and NaN where any log-probability of its row is.
    """
    rows = np.arange(len(log_probabilities))
    tempered = log_probabilities.astype(np.float64) / temperature
    peaks = tempered.max(axis=1, keepdims=True)
    heights = np.exp(tempered - np.where(peaks == -np.inf, 0.0, peaks)).cumsum(axis=1)
    marks = uniform.reshape(-1, 1) * heights[:, -1:]
    tokens = np.minimum((heights <= marks).sum(axis=1), log_probabilities.shape[1] - 1)
    drawn = np.where(np.isnan(marks[:, 0]), np.nan, log_probabilities[rows, tokens])
    totals = (scores + drawn.reshape(scores.shape)).astype(scores.dtype)
    return Candidates(totals, rows.reshape(scores.shape), tokens.reshape(scores.shape))


def not_ending(found: Candidates, end: int, beam: int) -> Candidates:
    """The best `beam` of them that do not end, filled up with dead ones: [B,N] -> [B,beam]."""
    scores = np.where(found.tokens == end, np.float32(-np.inf), found.scores)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :beam]
    alive = _take(found._replace(scores=scores), order)
    missing = [(0, 0), (0, beam - order.shape[1])]
    if missing[1][1] == 0:
        return alive
    return Candidates(
        np.pad(alive.scores, missing, constant_values=-np.inf),
        np.pad(alive.parents, missing, mode="edge"),
        np.pad(alive.tokens, missing, mode="edge"),
    )


def _leaders(log_probabilities: Array, groups: int) -> Array:
    """The best of each group, where token v is in group v modulo `groups`: [R,V] -> [R,groups]."""
    rows, vocabulary = log_probabilities.shape
    last = (vocabulary - 1) // groups * groups
    leaders = np.full((rows, groups), -np.inf, dtype=log_probabilities.dtype)
    leaders[:, : vocabulary - last] = log_probabilities[:, last:]
    if last:
        before = log_probabilities[:, :last].reshape(rows, -1, groups)
        np.maximum(leaders, before.max(axis=1), out=leaders)
    return leaders


def _sorted(found: Candidates, count: int) -> Candidates:
    """The best `count` in falling order; equal scores in the order of row and token."""
    best = _take(found, np.argpartition(found.scores, -count, axis=1)[:, -count:])
    return _take(best, np.lexsort((best.tokens, best.parents, -best.scores), axis=1))


def _take(found: Candidates, places: Ints) -> Candidates:
    sentences = np.arange(len(places))[:, None]
    return Candidates(
        found.scores[sentences, places],
        found.parents[sentences, places],
        found.tokens[sentences, places],
    )
