"""Greedy and beam search over anything that has `encode` and `step`.

B sentences, K beams, R = B·K rows (row r belongs to sentence r // K), S source length, V tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from seqcli.decoding.candidates import (
    Candidates,
    best_continuations,
    drawn_continuations,
    not_ending,
)
from seqcli.decoding.rules import (
    Rules,
    coverage,
    force,
    has_loop,
    loops,
    repeating,
)

Array = NDArray[Any]
Arrays = tuple[Array, ...]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NO_RULES = Rules()

StoppedBy = Literal["eos", "limit", "repetition"]


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
class Hypothesis:
    """A translation as tokens, the end token included if it was reached.

    `score` is what the search ranks by: the log-probability over the length norm, plus the coverage
    penalty. `weights` [T,S] are the attention at each token; padding of the batch is cut off.
    """

    tokens: tuple[int, ...]
    log_probability: float
    score: float
    weights: Array | None
    stopped_by: StoppedBy


class _Step(NamedTuple):
    """One step: for each row that goes on, its row in the step before and the token it wrote."""

    parents: Ints
    tokens: Ints
    weights: Array | None  # [R,S] of all rows of the step before


class Stopped(NamedTuple):
    """A hypothesis that is over: its last token, written at `step` by a row of the step before."""

    score: float
    log_probability: float
    step: int
    parent: int
    token: int
    stopped_by: StoppedBy


@dataclass(frozen=True)
class Task:
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
    rules: Rules = NO_RULES


def beam_search(
    model: SearchModel, task: Task, *, beam: int, wanted: int = 1
) -> list[list[Hypothesis]]:
    """The best hypotheses of each sentence, best first: B lists of 1 to `wanted`.

    A hypothesis that writes the end leaves the beam, and K live ones go on. A sentence is done when
    K have ended and none alive stands above the worst of them, at its limit, or where the rules
    leave no way on; what did not come to its end counts only where nothing did.
    """
    return run(model, Search(task, beam), wanted)


def sample(
    model: SearchModel, task: Task, *, count: int, temperature: float, seed: int
) -> list[list[Hypothesis]]:
    """`count` hypotheses of each sentence, each token drawn by its probability; best first, and
    fewer where the rules leave some no way on.

    What is drawn hangs on the seed and the sentence alone, not on its neighbours.
    """
    return run(model, _Sampling(task, count, temperature, seed), count)


def run(model: SearchModel, search: Search, wanted: int) -> list[list[Hypothesis]]:
    """Search to the end; the best `wanted` hypotheses of each sentence."""
    task = search.task
    memory, state = model.encode(task.source, task.lengths)
    state = tuple(part.repeat(search.scores.shape[1], axis=0) for part in state)
    while len(search.sentences):
        log_probabilities, weights, state = model.step(search.previous, memory, state)
        going_on = search.take(log_probabilities, weights)
        # Beams never leave their sentence: the memory changes only when a sentence is done.
        state = tuple(part[search.parents] for part in state)
        if not going_on.all():
            memory = tuple(part[going_on] for part in memory)
    return [search.best(sentence, wanted) for sentence in range(len(task.source))]


class Search:
    """What a search knows between two steps; rows are the beams of the sentences that go on.

    `previous` [R] are the tokens that the last step wrote, `parents` [R] the rows of the step
    before that it wrote them after, `written` [R,T] all tokens so far.
    """

    def __init__(self, task: Task, beam: int, first: int = 1) -> None:
        # The beams of a sentence would start alike, so there is one row for them in the first step.
        count, rows = len(task.source), len(task.source) * first
        self.task, self.rules, self.beam = task, task.rules, beam
        self.limits = np.asarray(task.limits)
        assert (self.limits > 0).all(), "a translation has room for a token"
        self.guarded = np.array([self._is_guarded(sentence) for sentence in range(count)])
        self.sentences = np.arange(count)
        self.scores = np.zeros((count, first), dtype=np.float32)
        self.previous = np.full(rows, task.end, dtype=np.int64)
        self.parents = np.arange(rows)
        self.written = np.zeros((rows, 0), dtype=np.int64)
        self.covered = np.zeros(task.source.shape, dtype=np.float32).repeat(first, axis=0)
        self.history: list[_Step] = []
        self.ended: list[list[Stopped]] = [[] for _ in range(count)]
        self.unended: list[list[Stopped]] = [[] for _ in range(count)]

    def take(self, log_probabilities: Array, weights: Array | None) -> Bools:
        """One step of all rows: [R,V], [R,S] -> which of the sentences go on."""
        self._constrain(log_probabilities)
        covered = self.covered if weights is None else self.covered + weights
        found = self._choose(log_probabilities)
        # The step beyond the limit has room for the end alone.
        over = self.limits[self.sentences] <= len(self.history)
        ending = (found.tokens == self.task.end) & np.isfinite(found.scores)
        ending = ending[:, : self.beam]
        self._stop(found, ending, "eos", covered)
        stuck = over | ~np.isfinite(found.scores).any(axis=1)
        if stuck.any():
            self._stop_rows(stuck, except_for=found.parents[:, : self.beam][ending])
        found = not_ending(found, self.task.end, self.beam)
        parents, tokens = found.parents.ravel(), found.tokens.ravel()
        written = np.concatenate([self.written[parents], tokens[:, None]], axis=1)
        looping = loops(written).reshape(found.tokens.shape)
        looping &= (self.guarded[self.sentences] & ~over)[:, None]
        self._stop(found, looping, "repetition", covered)
        found.scores[looping] = -np.inf
        going_on = ~over & self._may_improve(found.scores.max(axis=1))
        rows = going_on.repeat(self.beam)
        self.parents, self.previous, self.written = parents[rows], tokens[rows], written[rows]
        self.covered = covered[self.parents]
        self.scores = found.scores[going_on]
        self.sentences = self.sentences[going_on]
        self.history.append(_Step(self.parents, self.previous, weights))
        return np.asarray(going_on)

    def _is_guarded(self, sentence: int) -> bool:
        """Where the source or a prefix says a thing over and over, so may the translation."""
        source = self.task.source[sentence, : self.task.lengths[sentence]].tolist()
        prefix = self.task.prefixes[sentence] if self.task.prefixes else ()
        return self.rules.guard and not has_loop(source) and not has_loop(prefix)

    def _choose(self, log_probabilities: Array) -> Candidates:
        return best_continuations(self.scores, log_probabilities, self.beam)

    def best(self, sentence: int, wanted: int) -> list[Hypothesis]:
        """The best that a sentence has come to."""
        stopped = self._results(sentence)
        return [self._trace(each, int(self.task.lengths[sentence])) for each in stopped[:wanted]]

    def _results(self, sentence: int) -> list[Stopped]:
        return self.ended[sentence] or self.unended[sentence]

    def _constrain(self, log_probabilities: Array) -> None:
        """Take from each row what the rules forbid it."""
        step = len(self.history)
        log_probabilities[:, list(self.task.forbidden)] = -np.inf
        if step < self.rules.minimum:
            log_probabilities[:, self.task.end] = -np.inf
        forced = np.full(len(log_probabilities), -1)
        if self.task.prefixes:
            own = [self.task.prefixes[int(sentence)] for sentence in self.sentences]
            forced = np.array([p[step] if step < len(p) else -1 for p in own])
            forced = forced.repeat(self.scores.shape[1])
            force(log_probabilities, forced)
        if self.rules.no_repeat:
            rows, tokens = repeating(self.written, self.rules.no_repeat)
            free = forced[rows] < 0  # a prefix may repeat itself
            log_probabilities[rows[free], tokens[free]] = -np.inf

    def _stop(self, found: Candidates, chosen: Bools, reason: StoppedBy, covered: Array) -> None:
        """Put the chosen candidates [B,N] away."""
        step = len(self.history)
        for place, rank in np.argwhere(chosen & np.isfinite(found.scores[:, : chosen.shape[1]])):
            row, token = int(found.parents[place, rank]), int(found.tokens[place, rank])
            total = float(found.scores[place, rank])
            score = self._score(total, step, covered[row], place)
            self._put_away(place, Stopped(score, total, step, row, token, reason))

    def _stop_rows(self, stuck: Bools, except_for: Ints) -> None:
        """Put away, as they are, the live rows of stuck sentences [B] that did not just end."""
        step = len(self.history) - 1
        for place, beam in np.argwhere(stuck[:, None] & np.isfinite(self.scores)):
            row = int(place) * self.scores.shape[1] + int(beam)
            if row not in except_for:
                parent, token = int(self.parents[row]), int(self.previous[row])
                total = float(self.scores[place, beam])
                score = self._score(total, step, self.covered[row], place)
                self._put_away(place, Stopped(score, total, step, parent, token, "limit"))

    def _score(self, total: float, step: int, covered: Array, place: int) -> float:
        """What a hypothesis is ranked by if it is over at a step: [S] of attention received."""
        score = total / self.rules.norm(step + 1)
        if self.rules.coverage_penalty:
            length = self.task.lengths[self.sentences[place]]
            score += self.rules.coverage_penalty * coverage(covered[:length])
        return score

    def _put_away(self, place: int, stopped: Stopped) -> None:
        """Keep a hypothesis that is over; of each sentence as many as the beam are kept."""
        kept = self.ended if stopped.stopped_by == "eos" else self.unended
        own = kept[self.sentences[place]]
        own.append(stopped)
        own.sort(reverse=True)
        del own[self.beam :]

    def _may_improve(self, best_alive: Array) -> Bools:
        """Whether the best alive stands above the worst of a beam that has ended: [B] -> [B]."""
        norm = self.rules.norm(len(self.history) + 1)
        worst = [
            self.ended[sentence][-1].score if len(self.ended[sentence]) == self.beam else -np.inf
            for sentence in self.sentences
        ]
        # (-inf is not above -inf: nothing is alive.)
        return np.asarray(best_alive / norm > np.array(worst))

    def _trace(self, last: Stopped, source_length: int) -> Hypothesis:
        """Walk back from the last token to the first."""
        tokens, row = [last.token], last.parent
        looks = [(self.history[last.step].weights, row)]
        for step in reversed(self.history[: last.step]):
            tokens.append(int(step.tokens[row]))
            row = int(step.parents[row])
            looks.append((step.weights, row))
        weights = [look[row, :source_length] for look, row in looks if look is not None]
        return Hypothesis(
            tokens=tuple(reversed(tokens)),
            log_probability=last.log_probability,
            score=last.score,
            weights=np.stack(weights[::-1]) if weights else None,
            stopped_by=last.stopped_by,
        )


class _Sampling(Search):
    """The same with a draw in place of a choice: every beam goes its own way to its end."""

    def __init__(self, task: Task, count: int, temperature: float, seed: int) -> None:
        super().__init__(task, count, first=count)
        self.temperature = temperature
        sources = zip(task.source, task.lengths, strict=True)
        self.draws = [np.random.default_rng([seed, *source[:n]]) for source, n in sources]

    def _choose(self, log_probabilities: Array) -> Candidates:
        uniform = np.stack([self.draws[sentence].random(self.beam) for sentence in self.sentences])
        return drawn_continuations(self.scores, log_probabilities, uniform, self.temperature)

    def _results(self, sentence: int) -> list[Stopped]:
        return sorted(self.ended[sentence] + self.unended[sentence], reverse=True)
