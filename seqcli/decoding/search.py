"""Greedy and beam search over anything that has `encode` and `step`.

B sentences, K beams, R = B·K rows (row r belongs to sentence r // K), S source length, V tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from seqcli.arrays import Array, Arrays, Bools, Ints
from seqcli.decoding.candidates import (
    Candidates,
    best_continuations,
    drawn_continuations,
    not_ending,
)
from seqcli.decoding.constraints import (
    Constraints,
    before_loop,
    coverage,
    force,
    has_loop,
    repeating,
)
from seqcli.decoding.hypotheses import (
    FinishedHypothesis,
    Hypothesis,
    SearchStep,
    StoppedBy,
    row_before,
    trace,
)
from seqcli.errors import UserError

NO_CONSTRAINTS = Constraints()


class SearchModel(Protocol):
    """What the search needs of a model. The arrays' meaning is the model's own affair."""

    def encode(self, source: Ints, lengths: Ints) -> tuple[Arrays, Arrays]:
        """Piece ids [B,S], lengths [B] -> memory and first state, arrays of B rows."""
        ...

    def step(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays]:
        """Previous tokens [R], memory of B rows, state of R rows -> log-probabilities [R,V],
        attention weights [R,S] (None for a model without), the next state. The search changes
        the log-probabilities in place."""
        ...


@dataclass(frozen=True)
class SearchRequest:
    """What is asked of a search, apart from the model: B sentences and what binds them.

    `source` [B,S], `lengths` [B]; a hypothesis ends with `end`, before which there are as many
    tokens as its sentence's limit (1 or more) at most. `forbidden` tokens are never written; each
    sentence begins with its prefix, if there are any.
    """

    source: Ints
    lengths: Ints
    end: int
    limits: Sequence[int]
    forbidden: Sequence[int] = ()
    prefixes: Sequence[Sequence[int]] = ()
    constraints: Constraints = NO_CONSTRAINTS


def beam_search(
    model: SearchModel, request: SearchRequest, *, beam: int, nbest: int = 1
) -> list[list[Hypothesis]]:
    """The best hypotheses of each sentence, best first: B lists of 1 to `nbest`.

    A hypothesis that writes the end leaves the beam, and K live ones go on. A sentence is done when
    `nbest` have ended and none alive can still come to stand above the worst of them, at its
    limit, or where the rules leave no way on; a beam of one is done at its first end. At the limit
    the end is written after what is still alive (`stopped_by="limit"`), so that scores compare;
    such hypotheses rank after those that ended by themselves.

    Raises `UserError` for a model whose log-probabilities are not numbers.
    """
    return [_distinct(found) for found in run_search(model, Search(request, beam, nbest))]


def _distinct(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Each once, best first: repetitions, when cut, may be the same, or change places."""
    ranked = sorted(hypotheses, key=lambda each: (each.stopped_by != "eos", -each.score))
    found: dict[tuple[int, ...], Hypothesis] = {}
    for each in ranked:
        found.setdefault(each.tokens, each)
    return list(found.values())


def sample(
    model: SearchModel, request: SearchRequest, *, count: int, temperature: float, seed: int
) -> list[list[Hypothesis]]:
    """`count` hypotheses of each sentence, each token drawn by its probability; in the order of
    `beam_search`, and fewer where the rules leave some no way on.

    What is drawn hangs on the seed and the sentence alone, not on its neighbours.
    """
    return run_search(model, _Sampling(request, count, temperature, seed))


def run_search(model: SearchModel, search: Search) -> list[list[Hypothesis]]:
    """Search to the end; the best hypotheses of each sentence."""
    request = search.request
    memory, state = model.encode(request.source, request.lengths)
    state = tuple(part.repeat(search.scores.shape[1], axis=0) for part in state)
    while len(search.sentences):
        log_probabilities, weights, state = model.step(search.previous, memory, state)
        going_on = search.advance(log_probabilities, weights)
        # Beams never leave their sentence: the memory changes only when a sentence is done.
        state = tuple(part[search.parents] for part in state)
        if not going_on.all():
            memory = tuple(part[going_on] for part in memory)
    return [search.best(sentence) for sentence in range(len(request.source))]


class Search:
    """What a search knows between two steps; rows are the beams of the sentences that go on.

    `previous` [R] are the tokens that the last step wrote, `parents` [R] the rows of the step
    before that it wrote them after, `written` [R,T] all tokens so far, kept where a rule asks.
    """

    def __init__(self, request: SearchRequest, beam: int, nbest: int, first: int = 1) -> None:
        # The beams of a sentence would start alike, so there is one row for them in the first step.
        count, rows = len(request.source), len(request.source) * first
        self.request, self.constraints, self.beam, self.nbest = (
            request,
            request.constraints,
            beam,
            min(nbest, beam),
        )
        self.limits = np.asarray(request.limits)
        assert (self.limits > 0).all(), "a translation has room for a token"
        self.norms = np.array([self.constraints.norm(limit + 1) for limit in request.limits])
        self.sentences = np.arange(count)
        self.scores = np.zeros((count, first), dtype=np.float32)
        self.previous = np.full(rows, request.end, dtype=np.int64)
        self.parents = np.arange(rows)
        self.written = np.zeros((rows, 0), dtype=np.int64)
        self.covered = np.zeros(request.source.shape, dtype=np.float32).repeat(first, axis=0)
        self.history: list[SearchStep] = []
        self.ended: list[list[FinishedHypothesis]] = [[] for _ in range(count)]
        self.unended: list[list[FinishedHypothesis]] = [[] for _ in range(count)]

    def advance(self, log_probabilities: Array, weights: Array | None) -> Bools:
        """One step of all rows: [R,V], [R,S] -> which of the sentences go on."""
        self._constrain(log_probabilities)
        covered = self.covered if weights is None else self.covered + weights
        found = self._choose(log_probabilities)
        if np.isnan(found.scores).any():
            raise UserError(
                "the model's probabilities are not numbers (NaN): its weights are damaged; "
                "copy the model folder again, or train it again"
            )
        self._finish_ended(found, log_probabilities, covered)
        found = not_ending(found, self.request.end, self.beam)
        going_on = (self.limits[self.sentences] > len(self.history)) & self._may_improve(found)
        rows = going_on.repeat(self.beam)
        self.parents, self.previous = found.parents.ravel()[rows], found.tokens.ravel()[rows]
        if self.constraints.no_repeat:
            self.written = np.column_stack([self.written[self.parents], self.previous])
        self.covered = covered[self.parents]
        self.scores = found.scores[going_on]
        self.sentences = self.sentences[going_on]
        self.history.append(SearchStep(self.parents, self.previous, self.scores.ravel(), weights))
        return np.asarray(going_on)

    def best(self, sentence: int) -> list[Hypothesis]:
        """The best that a sentence has come to: 1 to `nbest`."""
        hypotheses = []
        for finished in self.results(sentence):
            length = int(self.request.lengths[sentence])
            hypothesis = trace(self.history, finished, self.request.end, length)
            if finished.stopped_by == "limit" and self._is_guarded(sentence):
                hypothesis = self._without_repetition(sentence, finished, hypothesis)
            hypotheses.append(hypothesis)
        return hypotheses

    def results(self, sentence: int) -> list[FinishedHypothesis]:
        """What is wanted of the hypotheses that are over, best first."""
        return (self.ended[sentence] + self.unended[sentence])[: self.nbest]

    def _choose(self, log_probabilities: Array) -> Candidates:
        return best_continuations(self.scores, log_probabilities, self.beam)

    def _constrain(self, log_probabilities: Array) -> None:
        """Take from each row what the rules forbid it."""
        step = len(self.history)
        log_probabilities[:, list(self.request.forbidden)] = -np.inf
        if step < self.constraints.minimum:
            log_probabilities[:, self.request.end] = -np.inf
        forced = np.full(len(log_probabilities), -1)
        if self.request.prefixes:
            own = [self.request.prefixes[int(sentence)] for sentence in self.sentences]
            forced = np.array([p[step] if step < len(p) else -1 for p in own])
            forced = forced.repeat(self.scores.shape[1])
            force(log_probabilities, forced)
        if self.constraints.no_repeat:
            rows, tokens = repeating(self.written, self.constraints.no_repeat)
            free = forced[rows] < 0  # a prefix may repeat itself
            log_probabilities[rows[free], tokens[free]] = -np.inf

    def _finish_ended(self, found: Candidates, log_probabilities: Array, covered: Array) -> None:
        """Put away the rows that end, and those that can go no further."""
        ending = (found.tokens == self.request.end) & np.isfinite(found.scores)
        ended = set()
        for place, rank in np.argwhere(ending[:, : self.beam]):
            row, total = int(found.parents[place, rank]), float(found.scores[place, rank])
            ended.add(row)
            self._finish_row(place, row, total, covered, "eos", with_end=True)
        # The step after the limit has room for the end alone.
        over = self.limits[self.sentences] <= len(self.history)
        stuck = over | ~np.isfinite(found.scores).any(axis=1)
        for place, beam in np.argwhere(stuck[:, None] & np.isfinite(self.scores)):
            row, total = int(place) * self.scores.shape[1] + int(beam), self.scores[place, beam]
            if row not in ended:
                end = float(total + log_probabilities[row, self.request.end])
                if np.isfinite(end):
                    self._finish_row(place, row, end, covered, "limit", with_end=True)
                else:
                    self._finish_row(
                        place, row, float(total), self.covered, "limit", with_end=False
                    )

    def _finish_row(
        self,
        place: int,
        row: int,
        total: float,
        covered: Array,
        reason: StoppedBy,
        *,
        with_end: bool,
    ) -> None:
        """Record a row of a sentence as finished, with or without an end."""
        sentence, length = int(self.sentences[place]), len(self.history)
        score = self._score(sentence, total, length + with_end, covered[row])
        self._finish(sentence, FinishedHypothesis(score, total, length, row, with_end, reason))

    def _finish(self, sentence: int, finished: FinishedHypothesis) -> None:
        """Keep a hypothesis that is over; of each sentence as many as the beam are kept."""
        kept = self.ended if finished.stopped_by == "eos" else self.unended
        kept[sentence].append(finished)
        kept[sentence].sort(reverse=True)
        del kept[sentence][self.beam :]

    def _score(self, sentence: int, total: float, tokens: int, covered: Array) -> float:
        """What a hypothesis of so many tokens is ranked by: [S] of attention received."""
        score = total / self.constraints.norm(tokens)
        if self.constraints.coverage_penalty:
            received = covered[: self.request.lengths[sentence]]
            score += self.constraints.coverage_penalty * coverage(received)
        return score

    def _may_improve(self, alive: Candidates) -> Bools:
        """Whether a live hypothesis of each sentence can still rank among the wanted ones: [B].

        Log-probabilities only fall, so none can come to more than it has now over the largest norm
        that it may reach: that of its limit and the end.
        """
        ended = [self.ended[sentence] for sentence in self.sentences]
        if self.beam == 1:  # there is one way, and it is over at its first end
            least = [np.inf if own else -np.inf for own in ended]
        else:
            last = self.nbest - 1
            least = [own[last].score if len(own) > last else -np.inf for own in ended]
        best = alive.scores.max(axis=1) / self.norms[self.sentences]
        # (-inf is not above -inf: nothing is alive.)
        return np.asarray(best > np.array(least))

    def _is_guarded(self, sentence: int) -> bool:
        """Where the source or a prefix says a thing over and over, so may the translation."""
        source = self.request.source[sentence, : self.request.lengths[sentence]].tolist()
        prefix = self.request.prefixes[sentence] if self.request.prefixes else ()
        return self.constraints.guard and not has_loop(source) and not has_loop(prefix)

    def _without_repetition(
        self, sentence: int, finished: FinishedHypothesis, hypothesis: Hypothesis
    ) -> Hypothesis:
        """A hypothesis that ran to its limit, without the rounds of a loop that it ends in."""
        kept = before_loop(hypothesis.tokens[: finished.length])
        if kept == finished.length:
            return hypothesis
        row = row_before(self.history, finished, kept)
        total = float(self.history[kept - 1].totals[row])
        weights = None if hypothesis.weights is None else hypothesis.weights[:kept]
        covered = np.zeros(0) if weights is None else weights.sum(axis=0)
        score = self._score(sentence, total, kept, covered)
        return Hypothesis(hypothesis.tokens[:kept], total, score, weights, "repetition")


class _Sampling(Search):
    """The same with a draw in place of a choice: every beam goes its own way to its end."""

    def __init__(self, request: SearchRequest, count: int, temperature: float, seed: int) -> None:
        super().__init__(request, count, count, first=count)
        self.temperature = temperature
        sources = zip(request.source, request.lengths, strict=True)
        self.draws = [np.random.default_rng([seed, *source[:n]]) for source, n in sources]

    def _choose(self, log_probabilities: Array) -> Candidates:
        uniform = np.stack([self.draws[sentence].random(self.beam) for sentence in self.sentences])
        return drawn_continuations(self.scores, log_probabilities, uniform, self.temperature)
