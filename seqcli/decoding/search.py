"""Greedy and beam search over any model with `encode` and `step`.

B sentences, K beams, R = B·K rows (row r belongs to sentence r // K), S source length, V tokens of
the output vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from seqcli.arrays import Array, Arrays, Bools, Ints
from seqcli.decoding.candidates import Candidates, best_continuations, live_candidates
from seqcli.decoding.constraints import (
    Constraints,
    coverage_score,
    force_tokens,
    has_loop,
    length_without_loop,
    repeated_ngrams,
)
from seqcli.decoding.hypotheses import (
    FinishedHypothesis,
    Hypothesis,
    SearchStep,
    StoppedBy,
    distinct,
    row_at_length,
    trace,
)
from seqcli.errors import UserError

NO_CONSTRAINTS = Constraints()


class SearchModel(Protocol):
    """What the search needs of a model. Only the model interprets its memory and state."""

    def encode(self, source: Ints, lengths: Ints) -> tuple[Arrays, Arrays]:
        """Piece ids [B,S], lengths [B] -> memory and initial state, arrays of B rows."""
        ...

    def step(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays]:
        """Previous tokens [R], memory of B rows, state of R rows -> log-probabilities [R,V],
        attention weights [R,S] (None for a model without attention), the next state. The search
        changes the log-probabilities in place."""
        ...


@dataclass(frozen=True)
class SearchRequest:
    """The input of a search: B source sentences and the constraints on their translations.

    `source` [B,S] and `lengths` [B] are the padded sentences. A hypothesis has at most its
    sentence's limit (1 or more) of tokens before `end`. `forbidden` tokens are never written. Each
    hypothesis begins with the prefix of its sentence, if there are prefixes. Of the tokens in
    `counted`, it has at most as many as `counts` [B, len(counted)] allows to its sentence; one that
    has fewer ranks below those that have all.
    """

    source: Ints
    lengths: Ints
    end: int
    limits: Sequence[int]
    forbidden: Sequence[int] = ()
    prefixes: Sequence[Sequence[int]] = ()
    counted: Sequence[int] = ()
    counts: Ints | None = None
    constraints: Constraints = NO_CONSTRAINTS


def beam_search(
    model: SearchModel, request: SearchRequest, *, beam: int, nbest: int = 1
) -> list[list[Hypothesis]]:
    """The best hypotheses of each sentence, best first: B lists of 1 to `nbest`.

    A hypothesis that writes the end leaves the beam, and K live ones remain. The search of a
    sentence stops when `nbest` hypotheses have ended and no live one can rank above the worst of
    them, at the limit, or when the constraints allow no further token; with a beam of one, at the
    first end. At the limit the end is appended to the live hypotheses (`stopped_by="limit"`), so
    that scores are comparable; they rank after those that ended by themselves.

    Raises `UserError` if log-probabilities of the model are NaN.
    """
    return [distinct(found) for found in run_search(model, Search(request, beam, nbest))]


def run_search(model: SearchModel, search: Search) -> list[list[Hypothesis]]:
    """Search until all sentences are done; the best hypotheses of each sentence."""
    request = search.request
    memory, state = model.encode(request.source, request.lengths)
    state = tuple(part.repeat(search.scores.shape[1], axis=0) for part in state)
    while len(search.sentences):
        log_probabilities, weights, state = model.step(search.previous, memory, state)
        active = search.advance(log_probabilities, weights)
        # Beams never leave their sentence: the memory changes only when a sentence is done.
        state = tuple(part[search.parents] for part in state)
        if not active.all():
            memory = tuple(part[active] for part in memory)
    return [search.best(sentence) for sentence in range(len(request.source))]


class Search:
    """The state of a search between two steps.

    Only the active sentences, those not done yet, have rows: `sentences` are their indices,
    `scores` [B,K] the log-probabilities of their beams. `previous` [R] are the tokens that the last
    step wrote, `parents` [R] the rows of the step before that they continue. `coverage` [R,S] is
    the sum of the attention weights so far; `written` [R,T] are all tokens so far, if a constraint
    needs them; `missing` [R,len(counted)] is how many of each counted token a row may still write.
    """

    def __init__(
        self, request: SearchRequest, beam: int, nbest: int, initial_beams: int = 1
    ) -> None:
        # All beams of a sentence would be equal in the first step, so it has one row for them.
        count, rows = len(request.source), len(request.source) * initial_beams
        self.request = request
        self.constraints = request.constraints
        self.beam = beam
        self.nbest = min(nbest, beam)
        self.limits = np.asarray(request.limits)
        assert (self.limits > 0).all(), "a translation has room for a token"
        self.norms = np.array([self.constraints.norm(limit + 1) for limit in request.limits])
        self.sentences = np.arange(count)
        self.scores = np.zeros((count, initial_beams), dtype=np.float32)
        self.previous = np.full(rows, request.end, dtype=np.int64)
        self.parents = np.arange(rows)
        self.written = np.zeros((rows, 0), dtype=np.int64)
        coverage = np.zeros(request.source.shape, dtype=np.float32)
        self.coverage = coverage.repeat(initial_beams, axis=0)
        counts = np.zeros((count, 0), dtype=np.int64) if request.counts is None else request.counts
        self.missing = counts.repeat(initial_beams, axis=0)
        self.counted = np.asarray(request.counted, dtype=np.int64)
        self.history: list[SearchStep] = []
        self.ended: list[list[FinishedHypothesis]] = [[] for _ in range(count)]
        self.truncated: list[list[FinishedHypothesis]] = [[] for _ in range(count)]

    def advance(self, log_probabilities: Array, weights: Array | None) -> Bools:
        """One step of all rows: [R,V], [R,S] -> which sentences remain active [B]."""
        self._constrain(log_probabilities)
        coverage = self.coverage if weights is None else self.coverage + weights
        candidates = self._choose(log_probabilities)
        if np.isnan(candidates.scores).any():
            raise UserError(
                "the model's probabilities are not numbers (NaN): its weights are damaged; "
                "copy the model folder again, or train it again"
            )
        ended_rows = self._finish_ended(candidates, coverage)
        self._finish_truncated(candidates, ended_rows, log_probabilities, coverage)
        live = self._live(candidates)
        active = (self.limits[self.sentences] > len(self.history)) & self._may_improve(live)
        rows = active.repeat(self.beam)
        self.parents, self.previous = live.parents.ravel()[rows], live.tokens.ravel()[rows]
        if self.constraints.no_repeat_ngram:
            self.written = np.column_stack([self.written[self.parents], self.previous])
        self.missing = self.missing[self.parents] - (self.previous[:, None] == self.counted)
        self.coverage = coverage[self.parents]
        self.scores = live.scores[active]
        self.sentences = self.sentences[active]
        self.history.append(SearchStep(self.parents, self.previous, self.scores.ravel(), weights))
        return np.asarray(active)

    def best(self, sentence: int) -> list[Hypothesis]:
        """The best hypotheses of a sentence: 1 to `nbest`, best first."""
        hypotheses = []
        for finished in self.best_finished(sentence):
            length = int(self.request.lengths[sentence])
            hypothesis = trace(self.history, finished, self.request.end, length)
            if finished.stopped_by == "limit" and self._is_guarded(sentence):
                hypothesis = self._without_loop(sentence, finished, hypothesis)
            hypotheses.append(hypothesis)
        return hypotheses

    def best_finished(self, sentence: int) -> list[FinishedHypothesis]:
        """The best finished hypotheses of a sentence, those that ended by themselves first."""
        return (self.ended[sentence] + self.truncated[sentence])[: self.nbest]

    def _choose(self, log_probabilities: Array) -> Candidates:
        return best_continuations(self.scores, log_probabilities, self.beam)

    def _live(self, candidates: Candidates) -> Candidates:
        return live_candidates(candidates, self.request.end, self.beam)

    def _constrain(self, log_probabilities: Array) -> None:
        """Set the log-probabilities [R,V] of the tokens that the constraints forbid to -inf."""
        step = len(self.history)
        log_probabilities[:, list(self.request.forbidden)] = -np.inf
        if step < self.constraints.min_length:
            log_probabilities[:, self.request.end] = -np.inf
        forced = np.full(len(log_probabilities), -1)
        if self.request.prefixes:
            prefixes = [self.request.prefixes[int(sentence)] for sentence in self.sentences]
            forced = np.array([p[step] if step < len(p) else -1 for p in prefixes])
            forced = forced.repeat(self.scores.shape[1])
            force_tokens(log_probabilities, forced)
        if self.constraints.no_repeat_ngram:
            rows, tokens = repeated_ngrams(self.written, self.constraints.no_repeat_ngram)
            free = forced[rows] < 0  # a prefix may repeat itself
            log_probabilities[rows[free], tokens[free]] = -np.inf
        if len(self.counted):
            rows, columns = np.nonzero((self.missing <= 0) & (forced < 0)[:, None])
            log_probabilities[rows, self.counted[columns]] = -np.inf

    def _finish_ended(self, candidates: Candidates, coverage: Array) -> set[int]:
        """Record the hypotheses that write the end at this step; their rows."""
        ending = (candidates.tokens == self.request.end) & np.isfinite(candidates.scores)
        ended_rows = set()
        for index, rank in np.argwhere(ending[:, : self.beam]):
            row, total = int(candidates.parents[index, rank]), float(candidates.scores[index, rank])
            ended_rows.add(row)
            self._finish_row(index, row, total, coverage, "eos", with_end=True)
        return ended_rows

    def _finish_truncated(
        self,
        candidates: Candidates,
        ended_rows: set[int],
        log_probabilities: Array,
        coverage: Array,
    ) -> None:
        """Record the hypotheses that stop at their limit, or that no token may continue."""
        # The step after the limit has room for the end alone.
        at_limit = self.limits[self.sentences] <= len(self.history)
        stopped = at_limit | ~np.isfinite(candidates.scores).any(axis=1)
        for index, beam in np.argwhere(stopped[:, None] & np.isfinite(self.scores)):
            row, total = int(index) * self.scores.shape[1] + int(beam), self.scores[index, beam]
            if row in ended_rows:
                continue
            with_end = float(total + log_probabilities[row, self.request.end])
            if np.isfinite(with_end):
                self._finish_row(index, row, with_end, coverage, "limit", with_end=True)
            else:
                self._finish_row(index, row, float(total), self.coverage, "limit", with_end=False)

    def _finish_row(
        self,
        index: int,
        row: int,
        total: float,
        coverage: Array,
        stopped_by: StoppedBy,
        *,
        with_end: bool,
    ) -> None:
        """Record a row of the active sentence `index` as finished, with or without an end."""
        sentence, length = int(self.sentences[index]), len(self.history)
        score = self._score(sentence, total, length + with_end, coverage[row])
        self._finish(
            sentence,
            FinishedHypothesis(
                -self._lacking(row), score, total, length, row, with_end, stopped_by
            ),
        )

    def _lacking(self, row: int) -> int:
        """The number of counted tokens that a row should have and does not."""
        return sum(count for count in self.missing[row].tolist() if count > 0)

    def _finish(self, sentence: int, finished: FinishedHypothesis) -> None:
        """Keep a finished hypothesis if it is among the best of its sentence and kind (at most
        `beam`)."""
        kind = self.ended if finished.stopped_by == "eos" else self.truncated
        kind[sentence].append(finished)
        kind[sentence].sort(reverse=True)
        del kind[sentence][self.beam :]

    def _score(self, sentence: int, total: float, length: int, coverage: Array) -> float:
        """The score that ranks a hypothesis of `length` tokens, given its coverage [S]."""
        score = total / self.constraints.norm(length)
        if self.constraints.coverage_penalty:
            unpadded = coverage[: self.request.lengths[sentence]]
            score += self.constraints.coverage_penalty * coverage_score(unpadded)
        return score

    def _may_improve(self, live: Candidates) -> Bools:
        """Whether a live hypothesis of each active sentence can still be among its `nbest`: [B].

        Log-probabilities only fall, so the score of a hypothesis is at most its present
        log-probability over the largest norm that it may reach: that of its limit and the end.
        """
        ended = [self.ended[sentence] for sentence in self.sentences]
        if self.beam == 1:  # the only hypothesis is finished at its first end
            worst = [np.inf if hypotheses else -np.inf for hypotheses in ended]
        else:
            last = self.nbest - 1
            # One that lacks a counted token may be followed by one that has all.
            worst = [
                each[last].score if len(each) > last and not each[last].completeness else -np.inf
                for each in ended
            ]
        best = live.scores.max(axis=1) / self._largest_norms()
        # (-inf is not above -inf: no hypothesis is live.)
        return np.asarray(best > np.array(worst))

    def _largest_norms(self) -> Array:
        """The largest norm that a live hypothesis of each active sentence may reach: [B]."""
        norms: Array = self.norms[self.sentences]
        return norms

    def _is_guarded(self, sentence: int) -> bool:
        """Whether loops are cut off: not if the source or the prefix of the sentence has one."""
        source = self.request.source[sentence, : self.request.lengths[sentence]].tolist()
        prefix = self.request.prefixes[sentence] if self.request.prefixes else ()
        return self.constraints.repetition_guard and not has_loop(source) and not has_loop(prefix)

    def _without_loop(
        self, sentence: int, finished: FinishedHypothesis, hypothesis: Hypothesis
    ) -> Hypothesis:
        """A hypothesis that reached its limit, without the repetitions of the loop at its end."""
        length = length_without_loop(hypothesis.tokens[: finished.length])
        if length == finished.length:
            return hypothesis
        row = row_at_length(self.history, finished, length)
        total = float(self.history[length - 1].totals[row])
        weights = None if hypothesis.weights is None else hypothesis.weights[:length]
        coverage = np.zeros(0) if weights is None else weights.sum(axis=0)
        score = self._score(sentence, total, length, coverage)
        cut = np.asarray(hypothesis.tokens[length : finished.length])
        return replace(
            hypothesis,
            tokens=hypothesis.tokens[:length],
            log_probability=total,
            score=score,
            weights=weights,
            stopped_by="repetition",
            log_probabilities=hypothesis.log_probabilities[:length],
            lacking=hypothesis.lacking + int(np.isin(cut, self.counted).sum()),
        )
