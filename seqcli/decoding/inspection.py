"""Inspection of a translation: the steps of the decoder, the influence of each source word, and the
tree of the search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from seqcli.arrays import Array, Arrays
from seqcli.config import WHOLE, ModelConfig
from seqcli.data.source_ids import split_ids
from seqcli.data.tokenizer import UNKNOWN
from seqcli.data.vocabulary import END_TOKEN
from seqcli.data.words import find_words
from seqcli.decoding.decoder_steps import (
    DecoderStep,
    HeardSources,
    SentenceDecoder,
    json_numbers,
    named_numbers,
)
from seqcli.decoding.heard_sentences import HeardSentence
from seqcli.decoding.hearing import as_heard, encode_heard, make_hearing
from seqcli.decoding.onnx_model import OnnxSearchModel
from seqcli.decoding.translation import Translation
from seqcli.decoding.translator import Translator
from seqcli.decoding.tree import Branch, search_tree, simultaneous_search_tree, tree_list
from seqcli.decoding.why import Why, WordReason
from seqcli.decoding.words import group_pieces
from seqcli.errors import UserError
from seqcli.wording import shortened

WORDS_PER_BATCH = 32  # source words whose influence is computed at once


@dataclass(frozen=True)
class Inspection:
    """A translation, its T decoder steps and the tree of its search. W source words.

    `start` is the state before the first step, `memory` [S,H] what the encoder holds of each source
    piece. `word_pieces` are the indices of the source pieces of each word. `unknown` [W]: whether a
    word was in no training source, or has pieces that the model does not know. `influence` [T+1,W]
    is how far the cell's state moves, at the start and after each step, if the word is replaced by
    unknown pieces, relative to the norm of the state.
    `continuation` are the steps that would have followed if the end had been forbidden; empty if
    the translation did not end by itself. `nearest` is the training pair nearest to each word; None
    without an index.
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
    nearest: tuple[WordReason, ...] | None = None

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
            "start": named_numbers(self.start),
            "memory": json_numbers(self.memory),
            "steps": [step.to_dict() for step in self.steps],
            "continuation": [step.to_dict() for step in self.continuation],
            "words": list(self.words),
            "word_pieces": list(map(list, self.word_pieces)),
            "unknown": list(self.unknown),
            "influence": json_numbers(self.influence),
            "tree": tree_list(self.tree),
            "given": 0,
        } | ({} if self.nearest is None else {"nearest": [w.to_dict() for w in self.nearest]})


def inspect(translator: Translator, text: str, why: Why | None = None) -> Inspection:
    """Translate a text and inspect the translation, with training pairs if there is a `why`. Raises
    `UserError` for a blank text."""
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
    request, beam = translator.search.request([encoded]), translator.config.beam
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
    decoder = SentenceDecoder(model, piece_of, source, heard)
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
        nearest=None if why is None else tuple(why.words(encoded, steps, 1)),
    )


def _is_among(word: str, unknown: Sequence[str]) -> bool:
    """Whether a word, as it is spelled in its pieces, has one of the unknown words."""
    lower = {each.lower() for each in unknown}
    return any(part.text.lower() in lower for part in find_words(word))


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
    heard_sources = HeardSources(model, sources, [step.heard for step in steps])
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
