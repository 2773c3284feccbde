"""Inspection of a translation: the decoder's weights, states, gates and candidates at each step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from seqcli.arrays import Array, Arrays, Ints
from seqcli.config import WHOLE, ModelConfig
from seqcli.data.source_ids import split_ids
from seqcli.data.tokenizer import UNKNOWN
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN
from seqcli.data.words import find_words
from seqcli.decoding.heard_sentences import HeardSentence
from seqcli.decoding.hearing import as_heard, encode_heard, make_hearing
from seqcli.decoding.runtime import OnnxSearchModel
from seqcli.decoding.translation import Translation
from seqcli.decoding.translator import Translator
from seqcli.decoding.tree import Branch, search_tree, simultaneous_search_tree, tree_list
from seqcli.decoding.words import group_pieces
from seqcli.errors import UserError
from seqcli.wording import shortened

CANDIDATES = 5
CONTINUATION_LENGTH = 8  # pieces
WORDS_PER_BATCH = 32  # source words whose influence is computed at once


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
    state after the step:
    "hidden" [H], for an LSTM "cell" [H], and "context" [H] for a model that has one. `gates` are
    the gates [H] and the "candidate" [H] that they let in; empty for a cell without gates.
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
            "weights": None if self.weights is None else _numbers(self.weights),
            "heard": self.heard,
            "state": _named_numbers(self.state),
            "gates": _named_numbers(self.gates),
        }


@dataclass(frozen=True)
class Inspection:
    """A translation, its T decoder steps and the tree of its search. W source words.

    `start` is the state before the first step, `memory` [S,H] what the encoder holds of each source
    piece. `word_pieces` are the indices of the source pieces of each word. `unknown` [W]: whether a
    word was in no training source, or has pieces that the model does not know. `influence` [T+1,W]
    is how far the cell's state moves, at the start and after each step, if the word is replaced by
    unknown pieces, relative to the norm of the state.
    `continuation` are the steps that would have followed if the end had been forbidden; empty if
    the translation did not end by itself.
    """

    translation: Translation
    start: dict[str, Array]
    memory: Array
    steps: tuple[DecoderStep, ...]
    words: tuple[str, ...]
    word_pieces: tuple[tuple[int, ...], ...]
    unknown: tuple[bool, ...]
    influence: Array
    continuation: tuple[DecoderStep, ...]
    tree: tuple[Branch, ...]

    @property
    def main_state(self) -> str:
        """The part of the state that carries information from step to step: "cell" or "hidden"."""
        return "cell" if "cell" in self.start else "hidden"

    def to_dict(self, model: ModelConfig) -> dict[str, Any]:
        """The values that a page draws: `Inspection` in seqcli/web/types.js.

        They are rounded to what can be seen, so that the page stays small.
        """
        translation = self.translation
        return {
            "model": {"cell": model.cell, "hidden": model.hidden, "attention": model.attention},
            "translation": {
                **translation.to_dict(),
                "log_probabilities": [round(x, 6) for x in translation.log_probabilities],
                "tokens": [step.token for step in self.steps],
            },
            "main_state": self.main_state,
            "start": _named_numbers(self.start),
            "memory": _numbers(self.memory),
            "steps": [step.to_dict() for step in self.steps],
            "continuation": [step.to_dict() for step in self.continuation],
            "words": list(self.words),
            "word_pieces": list(map(list, self.word_pieces)),
            "unknown": list(self.unknown),
            "influence": _numbers(self.influence),
            "tree": tree_list(self.tree),
            "given": 0,
        }


def _numbers(values: Array) -> list[Any]:
    """Values as JSON, with four decimals."""
    # (Rounded as doubles: rounded single-precision values would be printed with all digits.)
    numbers: list[Any] = values.astype(np.float64).round(4).tolist()
    return numbers


def _named_numbers(parts: Mapping[str, Array]) -> dict[str, list[Any]]:
    return {name: _numbers(values) for name, values in parts.items()}


def inspect(translator: Translator, text: str) -> Inspection:
    """Translate a text and inspect the translation. Raises `UserError` for a blank text."""
    model, processor = translator.model, translator.processor
    assert isinstance(model, OnnxSearchModel), "one model can be inspected, not an ensemble"
    waits = translator.config.wait != WHOLE
    if waits:
        encoded = encode_heard(processor, HeardSentence(as_heard(text), followed=False))
    else:
        encoded = processor.encode_source(text)
    if encoded.is_empty:
        raise UserError(
            f"the model knows no word of {shortened(text.strip())!r}: there is nothing to translate"
            if encoded.source.is_foreign
            else "there is nothing to translate: name a text"
        )
    source = encoded.ids
    request, beam = translator.search_request([encoded]), translator.config.beam
    piece_of = partial(processor.piece_name, encoded)
    if waits:
        hearing = make_hearing(processor, translator.config, [encoded], request)
        counter = processor.target_words
        best, tree = simultaneous_search_tree(
            model, request, hearing, counter, beam=beam, piece_of=piece_of
        )
    else:
        best, tree = search_tree(model, request, beam=beam, piece_of=piece_of)
    heard = [encoded.heard[number - 1] for number in best.heard] or [len(source)] * len(best.tokens)
    decoder = _SentenceDecoder(model, piece_of, source, heard)
    translation = translator.to_translation(text, encoded, best)
    words = group_pieces(translation.source_pieces[:-1])
    steps = list(decoder.forced_steps(best.tokens))
    influence = _influence(model, source, words, steps)
    ended = best.stopped_by == "eos"
    return Inspection(
        translation=translation,
        start=decoder.named(decoder.initial_state),
        memory=decoder.memory,
        steps=tuple(
            _with_influence(step, without)
            for step, without in zip(steps, influence.without, strict=True)
        ),
        words=tuple("".join(translation.source_pieces[i] for i in word) for word in words),
        word_pieces=tuple(map(tuple, words)),
        unknown=tuple(
            any(split_ids(source[i], len(processor.tokenizer))[0] == UNKNOWN for i in word)
            or _is_among("".join(encoded.pieces[i] for i in word), translation.unknown)
            for word in words
        ),
        influence=influence.distances,
        continuation=tuple(decoder.continuation(best.tokens[:-1])) if ended else (),
        tree=tree,
    )


def _is_among(word: str, unknown: Sequence[str]) -> bool:
    """Whether a word, as it is spelled in its pieces, has one of the unknown words."""
    lower = {each.lower() for each in unknown}
    return any(part.text.lower() in lower for part in find_words(word))


class _StepOutput(NamedTuple):
    """What a step gives: log-probabilities [V], weights [S], the next state, the cell's gates."""

    log_probabilities: Array
    weights: Array | None
    state: Arrays
    gates: dict[str, Array]


class _HeardSources:
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


class _SentenceDecoder:
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
        self.source = _HeardSources(model, np.array([source]), heard)
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


class _Influence(NamedTuple):
    """What changes if a source word is unknown: how far the cell's state moves, [T+1,W], and for
    each step the log-probabilities of its candidates [W,candidates]."""

    distances: Array
    without: list[Array]


def _influence(
    model: OnnxSearchModel,
    source: Sequence[int],
    words: list[list[int]],
    steps: Sequence[DecoderStep],
) -> _Influence:
    """What changes at each step, which writes the same piece, if a word is unknown."""
    parts = [
        _influence_of(model, source, words[first : first + WORDS_PER_BATCH], steps)
        for first in range(0, len(words), WORDS_PER_BATCH)
    ]
    without = zip(*(part.without for part in parts), strict=True)
    return _Influence(
        np.concatenate([part.distances for part in parts], axis=1),
        list(map(np.concatenate, without)),
    )


def _influence_of(
    model: OnnxSearchModel,
    source: Sequence[int],
    words: list[list[int]],
    steps: Sequence[DecoderStep],
) -> _Influence:
    """The same for words that fit in one batch, whose last row has all words."""
    sources = np.array([source] * (len(words) + 1))
    for row, word in enumerate(words):
        sources[row, word] = UNKNOWN
    heard_sources = _HeardSources(model, sources, [step.heard for step in steps])
    state = heard_sources.initial_state
    distances, without = [_relative_distances(model.state_names, state)], []
    previous = END_TOKEN
    for number, step in enumerate(steps):
        scores, _, state = model.step(
            np.full(len(sources), previous), heard_sources.memory_at(number), state
        )
        distances.append(_relative_distances(model.state_names, state))
        without.append(scores[:-1, [candidate.token for candidate in step.candidates]])
        previous = step.token
    return _Influence(np.stack(distances), without)


def _with_influence(step: DecoderStep, without: Array) -> DecoderStep:
    """The step whose candidates know their log-probabilities without each word,
    [W,candidates]."""
    candidates = (
        candidate._replace(without=tuple(scores))
        for candidate, scores in zip(step.candidates, without.T.tolist(), strict=True)
    )
    return replace(step, candidates=tuple(candidates))


def _relative_distances(names: Sequence[str], state: Arrays) -> Array:
    """Distance of the cell's state in each row but the last from that in the last, relative to the
    norm of the last: parts of [W+1,H] -> [W]."""
    parts = [part for name, part in zip(names, state, strict=True) if name != "context"]
    vectors = np.concatenate(parts, axis=1)
    distances = np.linalg.norm(vectors[:-1] - vectors[-1], axis=1)
    return np.asarray(distances / max(float(np.linalg.norm(vectors[-1])), 1e-12))
