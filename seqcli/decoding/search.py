"""Greedy and beam search over anything that has `encode` and `step`.

B sentences, K beams, R = B·K rows (row r belongs to sentence r // K), S source length, V tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Arrays = tuple[Array, ...]
Ints = NDArray[np.int64]


class SearchModel(Protocol):
    """What the search needs of a model. The arrays' meaning is the model's own affair."""

    def encode(self, source: Ints, lengths: Ints) -> tuple[Arrays, Arrays]:
        """Piece ids [B,S], lengths [B] -> memory and first state, arrays of B rows."""
        ...

    def step(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays]:
        """Previous tokens [R], memory of B rows, state of R rows -> log-probabilities [R,V],
        attention weights [R,S] (None for a model without), the next state."""
        ...


@dataclass(frozen=True)
class Hypothesis:
    """A translation as tokens, the end token included if it was reached.

    `score` is the log-probability over the length (tokens) to the power of the length penalty.
    `weights` [T,S] are the attention at each token; padding of the batch is cut off.
    """

    tokens: tuple[int, ...]
    log_probability: float
    score: float
    weights: Array | None
    stopped_by: Literal["eos", "limit"]


class _Step(NamedTuple):
    """One step: for each row that goes on, its row in the step before and the token it wrote."""

    parents: Ints
    tokens: Ints
    weights: Array | None  # [R,S] of all rows of the step before


class _Ended(NamedTuple):
    """A hypothesis that is over: its last token, written at `step` by a row of the step before."""

    score: float
    log_probability: float
    step: int
    parent: int
    token: int


def beam_search(
    model: SearchModel,
    source: Ints,
    lengths: Ints,
    *,
    end: int,
    beam: int,
    max_lengths: Sequence[int],
    length_penalty: float = 1.0,
    forbidden: Sequence[int] = (),
) -> list[list[Hypothesis]]:
    """The best hypotheses of each sentence, best first: [B,S], [B] -> B lists of 1 to K.

    A hypothesis that writes `end` leaves the beam, and K live ones go on. A sentence is done when K
    have ended and none alive is better than the worst of them, or at its own limit of tokens; what
    is alive at the limit counts only if nothing has ended. `forbidden` tokens are never written.
    """
    memory, state = model.encode(source, lengths)
    state = tuple(part.repeat(beam, axis=0) for part in state)
    sentences = np.arange(len(source))
    # The beams of a sentence start alike, so only the first of them may speak.
    scores = np.full((len(source), beam), -np.inf, dtype=np.float32)
    scores[:, 0] = 0.0
    previous = np.full(len(source) * beam, end, dtype=np.int64)
    limits = np.asarray(max_lengths)
    ended: list[list[_Ended]] = [[] for _ in sentences]
    history: list[_Step] = []
    while len(sentences):
        length = len(history) + 1
        norm = length**length_penalty
        log_probabilities, weights, state = model.step(previous, memory, state)
        log_probabilities[:, list(forbidden)] = -np.inf
        found = _best(scores, log_probabilities, 2 * beam)
        for place, rank in np.argwhere(found.tokens[:, :beam] == end):
            _keep(ended[sentences[place]], found, place, rank, len(history), norm, beam)
        found = _without(found, end, beam)
        going_on = np.zeros(len(sentences), dtype=bool)
        for place, sentence in enumerate(sentences):
            if length < limits[sentence]:
                best_alive = float(found.scores[place, 0]) / norm
                going_on[place] = _may_improve(ended[sentence], best_alive, beam)
            elif not ended[sentence]:
                _keep(ended[sentence], found, place, 0, len(history), norm, beam)
        # Beams never leave their sentence: the memory changes only when a sentence is done.
        parents, previous = found.parents[going_on].ravel(), found.tokens[going_on].ravel()
        history.append(_Step(parents, previous, weights))
        state = tuple(part[parents] for part in state)
        scores = found.scores[going_on]
        if not going_on.all():
            memory = tuple(part[going_on] for part in memory)
            sentences = sentences[going_on]
    return [
        [_trace(history, each, end, int(length)) for each in sorted(of_one, reverse=True)]
        for of_one, length in zip(ended, lengths, strict=True)
    ]


class _Candidates(NamedTuple):
    """Continuations of each sentence, best first: [B,N]. A parent is a row of the step before."""

    scores: NDArray[np.float32]
    parents: Ints
    tokens: Ints


def _best(scores: Array, log_probabilities: Array, count: int) -> _Candidates:
    """The best continuations over all beams of a sentence: [B,K], [R,V] -> Candidates [B,count].

    Twice the beam is enough: even if every row ends, a full beam of live ones remains.
    """
    sentences, beam = scores.shape
    vocabulary = log_probabilities.shape[1]
    totals = (scores.reshape(-1, 1) + log_probabilities).reshape(sentences, beam * vocabulary)
    assert count <= beam * vocabulary, "a vocabulary has at least two tokens"
    chosen = np.argpartition(-totals, count - 1, axis=1)[:, :count]
    # Equal scores keep the order of their index, so that a result never hangs on the partition.
    chosen.sort(axis=1)
    values = np.take_along_axis(totals, chosen, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    chosen = np.take_along_axis(chosen, order, axis=1)
    first_rows = np.arange(0, sentences * beam, beam)[:, None]
    return _Candidates(
        np.take_along_axis(values, order, axis=1),
        first_rows + chosen // vocabulary,
        chosen % vocabulary,
    )


def _without(found: _Candidates, end: int, beam: int) -> _Candidates:
    """The best `beam` of them that do not end: Candidates [B,2K] -> [B,K]."""
    scores = np.where(found.tokens == end, np.float32(-np.inf), found.scores)
    alive = np.argsort(-scores, axis=1, kind="stable")[:, :beam]
    return _Candidates(
        np.take_along_axis(scores, alive, axis=1),
        np.take_along_axis(found.parents, alive, axis=1),
        np.take_along_axis(found.tokens, alive, axis=1),
    )


def _keep(
    ended: list[_Ended],
    found: _Candidates,
    place: int,
    rank: int,
    step: int,
    norm: float,
    beam: int,
) -> None:
    """Put one candidate among the ended hypotheses of its sentence, of which `beam` are kept."""
    total = float(found.scores[place, rank])
    if total == -np.inf:
        return
    parent, token = int(found.parents[place, rank]), int(found.tokens[place, rank])
    ended.append(_Ended(total / norm, total, step, parent, token))
    ended.sort(reverse=True)
    del ended[beam:]


def _may_improve(ended: list[_Ended], best_alive: float, beam: int) -> bool:
    """Whether going on can still change the `beam` best hypotheses of a sentence."""
    if best_alive == -np.inf:
        return False
    return len(ended) < beam or best_alive > ended[-1].score


def _trace(history: list[_Step], last: _Ended, end: int, source_length: int) -> Hypothesis:
    """Walk back from the last token to the first."""
    tokens, row = [last.token], last.parent
    looks = [history[last.step].weights]
    rows = [row]
    for step in reversed(history[: last.step]):
        tokens.append(int(step.tokens[row]))
        row = int(step.parents[row])
        rows.append(row)
        looks.append(step.weights)
    weights = [
        look[row, :source_length] for look, row in zip(looks, rows, strict=True) if look is not None
    ]
    return Hypothesis(
        tokens=tuple(reversed(tokens)),
        log_probability=last.log_probability,
        score=last.score,
        weights=np.stack(weights[::-1]) if weights else None,
        stopped_by="eos" if last.token == end else "limit",
    )
