"""How a translation came about: what the decoder saw, did and kept at each step of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from seqcli.arrays import Array, Arrays
from seqcli.data.text import is_unspaced
from seqcli.data.tokenizer import UNKNOWN
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN
from seqcli.decoding.runtime import OnnxSearchModel
from seqcli.decoding.translation import Translation
from seqcli.decoding.translator import Translator
from seqcli.decoding.tree import Branch, search_tree
from seqcli.errors import UserError

CANDIDATES = 5
BEYOND_THE_END = 8  # pieces that are looked at when the end is ignored
WORDS_AT_ONCE = 32  # that are left out side by side


class Candidate(NamedTuple):
    """A piece that could have been written, and its probability."""

    piece: str
    probability: float


@dataclass(frozen=True)
class DecoderStep:
    """One step of the decoder, which writes a piece. H units, S source pieces.

    `probability` is that of the piece, `end` that of the end of the sentence; `weights` [S] are
    those of attention, None without it. `state` is what the step left: "hidden" [H], for an LSTM
    "cell" [H], and "context" [H], where there is one. `gates` are the gates [H], and the
    "candidate" [H] that they let in; a cell without gates has none.
    """

    piece: str
    probability: float
    end: float
    candidates: tuple[Candidate, ...]
    weights: Array | None
    state: dict[str, Array]
    gates: dict[str, Array]


@dataclass(frozen=True)
class Inspection:
    """A translation, T steps of it, and what it could have been. W source words, of which some may
    have been `unknown` anyway.

    `start` is the state before the first step. `influence` [T+1,W] is how much each word still
    counts, at the start and after each step: how far the cell's memory moves if the word has been
    unknown, as a share of its length. `ignored` is what would have followed, had the end not been
    one; nothing where the translation did not end by itself.
    """

    translation: Translation
    start: dict[str, Array]
    steps: tuple[DecoderStep, ...]
    words: tuple[str, ...]
    unknown: tuple[bool, ...]
    influence: Array
    ignored: tuple[DecoderStep, ...]
    tree: tuple[Branch, ...]

    @property
    def memory(self) -> str:
        """Which part of the state is what the cell keeps to itself."""
        return "cell" if "cell" in self.start else "hidden"


def inspect(translator: Translator, text: str) -> Inspection:
    """Translate a text, and look at how. Raises `UserError` if there is nothing to translate."""
    model = translator.model
    assert isinstance(model, OnnxSearchModel), "one model is looked into, not several"
    pieces = translator.encode_source(text)
    if not pieces:
        raise UserError("there is nothing to translate: name a text")
    source = translator.to_ids(pieces)
    decoder = _Decoder(translator, model, source)
    beam = translator.config.beam
    best, tree = search_tree(
        model, translator.search_request([source]), beam=beam, piece_of=decoder.piece_of
    )
    translation = translator.to_translation(text, pieces, best)
    steps = tuple(decoder.follow(best.tokens))
    words = _words(translation.source_pieces[:-1])
    return Inspection(
        translation=translation,
        start=decoder.named(decoder.first),
        steps=steps,
        words=tuple("".join(translation.source_pieces[i] for i in word) for word in words),
        unknown=tuple(any(source[i] == UNKNOWN for i in word) for word in words),
        influence=_influence(model, source, words, best.tokens),
        ignored=tuple(decoder.beyond(best.tokens[:-1])) if best.stopped_by == "eos" else (),
        tree=tree,
    )


class _StepOutput(NamedTuple):
    """What a step gives: probabilities [V], weights [S], the next state, the inside of the cell."""

    probabilities: Array
    weights: Array | None
    state: Arrays
    gates: dict[str, Array]


class _Decoder:
    """The decoder at work on one sentence."""

    def __init__(
        self, translator: Translator, model: OnnxSearchModel, source: Sequence[int]
    ) -> None:
        self.translator, self.model = translator, model
        self.memory, self.first = model.encode(np.array([source]), np.array([len(source)]))

    def piece_of(self, token: int) -> str:
        (piece,) = self.translator.tokenizer.pieces(self.translator.output_vocabulary.ids([token]))
        return piece

    def named(self, state: Arrays) -> dict[str, Array]:
        return {name: part[0] for name, part in zip(self.model.state_names, state, strict=True)}

    def follow(self, tokens: Sequence[int]) -> Iterator[DecoderStep]:
        """The steps that write the given tokens."""
        output = self._see(END_TOKEN, self.first)
        for token in tokens:
            yield self._step(output, token)
            output = self._see(token, output.state)

    def beyond(self, tokens: Sequence[int]) -> Iterator[DecoderStep]:
        """What is likeliest after the given tokens, again and again, with no end."""
        output = self._see(END_TOKEN, self.first)
        for token in tokens:
            output = self._see(token, output.state)
        for _ in range(BEYOND_THE_END):
            allowed = output.probabilities.copy()
            allowed[[END_TOKEN, UNKNOWN_TOKEN]] = 0
            likeliest = int(allowed.argmax())
            yield self._step(output, likeliest)
            output = self._see(likeliest, output.state)

    def _see(self, previous: int, state: Arrays) -> _StepOutput:
        log_probabilities, weights, following, gates = self.model.step_with_gates(
            np.array([previous]), self.memory, state
        )
        return _StepOutput(
            np.exp(log_probabilities[0]),
            None if weights is None else weights[0],
            following,
            {name: part[0] for name, part in gates.items()},
        )

    def _step(self, output: _StepOutput, token: int) -> DecoderStep:
        probabilities = output.probabilities
        best = np.argsort(-probabilities, kind="stable")[:CANDIDATES]
        return DecoderStep(
            piece=self.piece_of(token),
            probability=float(probabilities[token]),
            end=float(probabilities[END_TOKEN]),
            candidates=tuple(Candidate(self.piece_of(i), float(probabilities[i])) for i in best),
            weights=output.weights,
            state=self.named(output.state),
            gates=output.gates,
        )


def _words(pieces: Sequence[str]) -> list[list[int]]:
    """Which pieces make up each word; of a script without spaces, each piece is one."""
    words: list[list[int]] = []
    for i, piece in enumerate(pieces):
        begins = piece.startswith("▁") or is_unspaced(piece[0])
        after_space = i > 0 and pieces[i - 1] == "▁"
        if not words or (not after_space and (begins or is_unspaced(pieces[i - 1][-1]))):
            words.append([])
        words[-1].append(i)
    return words


def _influence(
    model: OnnxSearchModel, source: Sequence[int], words: list[list[int]], tokens: Sequence[int]
) -> Array:
    """How far the memory moves at each step if a word is unknown, by its length: [T+1,W]."""
    found = []
    for first in range(0, len(words), WORDS_AT_ONCE):
        some = words[first : first + WORDS_AT_ONCE]
        sources = np.array([source] * (len(some) + 1))
        for row, word in enumerate(some):
            sources[row, word] = UNKNOWN
        memory, state = model.encode(sources, np.full(len(sources), len(source)))
        rows = [_moved(model.state_names, state)]
        for token in (END_TOKEN, *tokens[:-1]):
            _, _, state = model.step(np.full(len(sources), token), memory, state)
            rows.append(_moved(model.state_names, state))
        found.append(np.stack(rows))
    return np.concatenate(found, axis=1)


def _moved(names: Sequence[str], state: Arrays) -> Array:
    """How far the cell's state in each row but the last is from that in the last: [W+1,…] -> [W].

    As a share of the length of the last.
    """
    kept = [part for name, part in zip(names, state, strict=True) if name != "context"]
    vectors = np.concatenate(kept, axis=1)
    distances = np.linalg.norm(vectors[:-1] - vectors[-1], axis=1)
    return np.asarray(distances / max(float(np.linalg.norm(vectors[-1])), 1e-12))
