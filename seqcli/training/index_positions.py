"""The positions of training targets that an index keeps, and the projection of their states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqcli.arrays import Array, Ints
from seqcli.pair_index.index import MAX_POSITIONS, Projection

# The projection is fitted to so many states, of the first batches.
STATES_TO_FIT = 8_000
DIMENSIONS = 64
# Directions in which the states hardly differ are not stretched to the length of the others: this
# share of the largest variance is added to each.
RIDGE = 0.01
# A peak of attention below this is no sign that a word translates the source word there.
CLEAR_PEAK = 0.5
# The positions are thinned out when there are so many times more than are kept.
KEPT_FOR_NOW = 4


class Positions(NamedTuple):
    """M positions: example, place in its target, token, the code of the source word at the peak of
    attention (-1 without attention) and this peak, each [M], and the states before them [M,F]."""

    examples: Ints
    places: Ints
    tokens: Ints
    source_words: Ints
    peaks: Array
    states: Array

    def take(self, which: Ints) -> Positions:
        return Positions(*(part[which] for part in self))

    @classmethod
    def joined(cls, parts: Sequence[Positions]) -> Positions:
        return cls(*map(np.concatenate, zip(*parts, strict=True)))


class Collected:
    """The positions so far. Once there are enough to fit the projection, their states are
    projected; once there are too many, they are thinned out."""

    def __init__(self, generator: np.random.Generator) -> None:
        self.generator = generator
        self.parts: list[Positions] = []
        self.priorities: list[Array] = []
        self.projection: Projection | None = None

    def add(self, positions: Positions) -> None:
        """Add the positions of a batch."""
        self.priorities.append(self.generator.random(len(positions.places)))
        if self.projection is not None:
            positions = _projected(positions, self.projection)
        self.parts.append(positions)
        count = sum(map(len, self.priorities))
        if self.projection is None and count >= STATES_TO_FIT:
            self._fit()
        if count > KEPT_FOR_NOW * MAX_POSITIONS:
            self._thin_out()

    def result(self) -> tuple[Positions, Projection]:
        """The positions that are kept, in the order of the examples, and the projection of their
        states."""
        projection = self.projection or self._fit()
        self._thin_out()
        (positions,) = self.parts
        return positions.take(np.lexsort((positions.places, positions.examples))), projection

    def _fit(self) -> Projection:
        states = np.concatenate([part.states for part in self.parts])
        self.projection = projection = fit_projection(states)
        self.parts = [_projected(part, projection) for part in self.parts]
        return projection

    def _thin_out(self) -> None:
        positions, priorities = Positions.joined(self.parts), np.concatenate(self.priorities)
        # Of a source word, each translation comes before any comes again.
        again = rank_within(positions.source_words << 32 | positions.tokens, priorities)
        order = (positions.peaks < CLEAR_PEAK) * len(again) + again + priorities
        kept = rare_first(self._groups(positions), order, MAX_POSITIONS)
        self.parts, self.priorities = [positions.take(kept)], [priorities[kept]]

    def _groups(self, positions: Positions) -> Ints:
        attends = (positions.source_words >= 0).any()
        return positions.source_words if attends else positions.tokens


def _projected(positions: Positions, projection: Projection) -> Positions:
    return positions._replace(states=projection(positions.states).astype(np.float16))


def fit_projection(states: Array, dimensions: int = DIMENSIONS) -> Projection:
    """The projection of states [M,F] on their first principal components, in each of which they
    then differ about equally."""
    states = states.astype(np.float32)
    mean = states.mean(axis=0) if len(states) else np.zeros(states.shape[1], np.float32)
    centred = states - mean
    values, vectors = np.linalg.eigh(centred.T @ centred)
    first = slice(-1, -1 - dimensions, -1)
    scales = np.sqrt(np.maximum(values[first], 0.0) + RIDGE * max(values[-1], 1e-12))
    return Projection(mean, np.ascontiguousarray(vectors[:, first] / scales, dtype=np.float32))


def rank_within(groups: Ints, priorities: Array) -> Ints:
    """The rank of each of N positions by its priority [N] within its group [N], from 0."""
    order = np.lexsort((priorities, groups))
    _, first, sizes = np.unique(groups[order], return_index=True, return_counts=True)
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order)) - np.repeat(first, sizes)
    return ranks


def rare_first(groups: Ints, priorities: Array, limit: int) -> Ints:
    """The indices of at most `limit` of N positions, ascending, given their groups [N]: as many of
    each group as there is room for, those of the lowest priorities [N]."""
    if len(groups) <= limit:
        return np.arange(len(groups))
    ranks = rank_within(groups, priorities)
    _, sizes = np.unique(groups, return_counts=True)
    low, high = 0, limit  # there is room for so many of each group, and perhaps for so many
    while low < high:
        middle = (low + high + 1) // 2
        fits = np.minimum(sizes, middle).sum() <= limit
        low, high = (middle, high) if fits else (low, middle - 1)
    more = np.flatnonzero(ranks == low)
    more = more[np.argsort(priorities[more])][: limit - int(np.minimum(sizes, low).sum())]
    return np.sort(np.concatenate([np.flatnonzero(ranks < low), more]))
