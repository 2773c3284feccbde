"""The steps of a decoder that writes the translation of one sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from seqcli.arrays import Array, Arrays, Ints
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN
from seqcli.decoding.onnx_model import OnnxSearchModel

CANDIDATES = 5
CONTINUATION_LENGTH = 8  # pieces


class Candidate(NamedTuple):
    """A piece that could have been written, its token, and its probability.

    `without` [W] are its log-probabilities if a source word were unknown, for each word; empty in a
    continuation.
    """

    piece: str
    token: int
    log_probability: float
    without: tuple[float, ...] = ()

    @property
    def probability(self) -> float:
        return math.exp(self.log_probability)

    def to_dict(self) -> dict[str, Any]:
        return {
            "piece": self.piece,
            "token": self.token,
            "probability": round(self.probability, 6),
            "log_probability": round(self.log_probability, 6),
            "without": [round(value, 6) for value in self.without],
        }


@dataclass(frozen=True)
class DecoderStep:
    """One step of the decoder, which writes a piece. H units, S source pieces.

    `probability` is that of the piece, `end` that of the end of the sentence; `candidates` are the
    most probable pieces, most probable first, and the one that is written; `weights` [S] are the
    attention weights, None for a model without attention. `heard` is the number of source pieces
    that had been heard, S unless the translation began before the source's end. `state` is the
    state after the step: "hidden" [H], for an LSTM "cell" [H], and "context" [H] for a model that
    has one. `gates` are the gates [H] and the "candidate" [H] that they let in; empty for a cell
    without gates.
    """

    piece: str
    token: int
    probability: float
    end: float
    candidates: tuple[Candidate, ...]
    weights: Array | None
    heard: int
    state: dict[str, Array]
    gates: dict[str, Array]

    def to_dict(self) -> dict[str, Any]:
        return {
            "piece": self.piece,
            "token": self.token,
            "probability": round(self.probability, 6),
            "end": round(self.end, 6),
            "candidates": [candidate.to_dict() for candidate in self.candidates],
            "weights": None if self.weights is None else json_numbers(self.weights),
            "heard": self.heard,
            "state": named_numbers(self.state),
            "gates": named_numbers(self.gates),
        }


def json_numbers(values: Array) -> list[Any]:
    """Values as JSON, with four decimals."""
    # (Rounded as doubles: rounded single-precision values would be printed with all digits.)
    numbers: list[Any] = values.astype(np.float64).round(4).tolist()
    return numbers


def named_numbers(parts: Mapping[str, Array]) -> dict[str, list[Any]]:
    """The same of several arrays."""
    return {name: json_numbers(values) for name, values in parts.items()}


class _StepOutput(NamedTuple):
    """What a step gives: log-probabilities [V], weights [S], the next state, the cell's gates."""

    log_probabilities: Array
    weights: Array | None
    state: Arrays
    gates: dict[str, Array]


class HeardSources:
    """Sources of one length S, as a model hears them: `heard` pieces at each step."""

    def __init__(self, model: OnnxSearchModel, sources: Ints, heard: Sequence[int]) -> None:
        self.model, self.heard = model, heard
        self.rows, self.length = sources.shape
        lengths = np.full(self.rows, self.length)
        self.memory, self.initial_state = model.encode(sources, lengths)
        if heard[0] < self.length:
            _, self.initial_state = model.encode(sources[:, : heard[0]], lengths * 0 + heard[0])

    def memory_at(self, step: int) -> Arrays:
        """What a step attends to; a step after the last hears all."""
        heard = self.heard[step] if step < len(self.heard) else self.length
        if heard == self.length:
            return self.memory
        return self.model.hear(self.memory, np.full(self.rows, heard))


class SentenceDecoder:
    """The decoder of a model, for one source sentence, of which `heard` pieces have been heard at
    each step."""

    def __init__(
        self,
        model: OnnxSearchModel,
        piece_of: Callable[[int], str],
        source: Sequence[int],
        heard: Sequence[int],
    ) -> None:
        self.model, self.piece_of, self.heard = model, piece_of, heard
        self.source = HeardSources(model, np.array([source]), heard)
        self.initial_state = self.source.initial_state
        self.memory = model.values_of(self.source.memory)[0]

    def named(self, state: Arrays) -> dict[str, Array]:
        """The parts of a state of one row, by name."""
        return {name: part[0] for name, part in zip(self.model.state_names, state, strict=True)}

    def forced_steps(self, tokens: Sequence[int]) -> Iterator[DecoderStep]:
        """The steps that write the given tokens."""
        output = self._run(0, END_TOKEN, self.initial_state)
        for step, token in enumerate(tokens):
            yield self._step(output, token, self.heard[step])
            output = self._run(step + 1, token, output.state)

    def continuation(self, tokens: Sequence[int]) -> Iterator[DecoderStep]:
        """The steps of greedy decoding after the given tokens, with the end forbidden."""
        output = self._run(0, END_TOKEN, self.initial_state)
        for step, token in enumerate(tokens, start=1):
            output = self._run(step, token, output.state)
        for step in range(len(tokens) + 1, len(tokens) + 1 + CONTINUATION_LENGTH):
            allowed = output.log_probabilities.copy()
            allowed[[END_TOKEN, UNKNOWN_TOKEN]] = -np.inf
            token = int(allowed.argmax())
            yield self._step(output, token, self.source.length)
            output = self._run(step, token, output.state)

    def _run(self, step: int, previous: int, state: Arrays) -> _StepOutput:
        log_probabilities, weights, next_state, gates = self.model.step_with_gates(
            np.array([previous]), self.source.memory_at(step), state
        )
        return _StepOutput(
            log_probabilities[0],
            None if weights is None else weights[0],
            next_state,
            {name: part[0] for name, part in gates.items()},
        )

    def _step(self, output: _StepOutput, token: int, heard: int) -> DecoderStep:
        scores = output.log_probabilities
        best = list(map(int, np.argsort(-scores, kind="stable")[:CANDIDATES]))
        shown = best if token in best else [*best, token]
        return DecoderStep(
            piece=self.piece_of(token),
            token=token,
            probability=float(np.exp(scores[token])),
            end=float(np.exp(scores[END_TOKEN])),
            candidates=tuple(Candidate(self.piece_of(i), i, float(scores[i])) for i in shown),
            weights=output.weights,
            heard=heard,
            state=self.named(output.state),
            gates=output.gates,
        )
