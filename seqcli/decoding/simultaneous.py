"""Simultaneous translation: a search that writes while words of the source are still to come.

Wait-k: target word t is written when the first g(t) = min(k + t - 1, |x|) words of the source have
been heard (Ma et al. 2019, equation 10). Words are those that people see, so a piece that begins a
word waits for the word that g allows it, and the pieces that continue it are written with what had
been heard then. What is written stays written: the search is greedy until the whole source has been
heard, and goes on with a beam.

B sentences, K beams, R = B·K rows, W source words, V tokens of the output vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import NamedTuple, Protocol

import numpy as np

from seqcli.arrays import Array, Arrays, Bools, Ints
from seqcli.config import WHOLE
from seqcli.data.word_counter import CLOSED, WordCounter
from seqcli.decoding.candidates import Candidates
from seqcli.decoding.hypotheses import Hypothesis, distinct
from seqcli.decoding.search import Search, SearchModel, SearchRequest

# Of a word with so many pieces, no more are written before the whole source has been heard.
LONGEST_WORD = 50
# What a translation may still have, when the whole source has been heard, beyond its limit.
MARGIN = 10
_NO_LIMIT = 1 << 30


def words_to_wait(wait: str, words: int) -> int:
    """k for a source of so many words: a number, a share such as 1/2 (rounded up), or all."""
    if wait == WHOLE:
        return words
    if "/" in wait:
        return max(1, ceil(Fraction(wait) * words))
    return int(wait)


class SimultaneousModel(SearchModel, Protocol):
    """A model whose encoder reads one way: its memory of a source has that of each beginning."""

    def hear(self, memory: Arrays, heard: Ints) -> Arrays:
        """The memory of B sentences as far as `heard` [B] of their pieces have been heard."""
        ...


@dataclass(frozen=True)
class Hearing:
    """How the sources of a search are heard.

    For each sentence, `pieces` [W] is the number of pieces that have been heard after each word (1
    or more), and `counts` [W,N] how often each of N counted tokens has; `waits` are the k. Where
    the source has not `ended`, more words may follow. With `has_limit` the limits of the request
    hold for the whole translation, else they are those of one with the whole source.
    """

    pieces: Sequence[Ints]
    counts: Sequence[Ints]
    waits: Sequence[int]
    ended: bool = True
    has_limit: bool = False


class Written(NamedTuple):
    """Tokens [T], their attention weights [T,S], and the words heard when each was written [T]."""

    tokens: tuple[int, ...]
    weights: Array | None
    heard: tuple[int, ...]


def simultaneous_search(
    model: SimultaneousModel,
    request: SearchRequest,
    hearing: Hearing,
    counter: WordCounter,
    *,
    beam: int,
    nbest: int = 1,
) -> list[list[Hypothesis]]:
    """Like `beam_search`, for sources that are heard word by word.

    `counter` counts the words of target tokens.
    """
    search = SimultaneousSearch(request, hearing, counter, beam, nbest)
    search.run(model)
    return [distinct(search.best(sentence)) for sentence in range(len(request.source))]


class SimultaneousSearch(Search):
    """A search whose sentences hear a word where their next token needs it.

    `heard` [B] is the number of words heard, `words_written` [B] that of words begun, for all
    sentences, also those done. `delays` are for each sentence the numbers of words that had been
    heard when each token was written. `is_waiting` tells whether a step needs a word that has not
    come yet.
    """

    def __init__(
        self, request: SearchRequest, hearing: Hearing, counter: WordCounter, beam: int, nbest: int
    ) -> None:
        super().__init__(request, beam, nbest)
        count = len(request.source)
        self.counter = counter
        self.words_written = np.zeros(count, dtype=np.int64)
        self.word_pieces = np.zeros(count, dtype=np.int64)  # of the last word
        self.word_states = np.full(count, CLOSED)
        self.must_begin = np.zeros(count, dtype=bool)  # whether the next token begins a word
        self.delays: list[list[int]] = [[] for _ in range(count)]
        self.is_waiting = False
        self.hearing = hearing
        self.heard = np.minimum(hearing.waits, list(map(len, hearing.pieces)))
        self.limits = self.limits.copy()
        self._set_limits(range(count))

    def run(self, model: SimultaneousModel) -> None:
        """Search until all sentences are done, whose sources have ended."""
        memory, state = self.encode(model)
        while len(self.sentences):
            memory, state = self.advance_with(model, memory, state)

    def hear(self, request: SearchRequest, hearing: Hearing) -> None:
        """Go on with a source that has more words; there is one sentence."""
        wider = request.source.shape[1] - self.request.source.shape[1]
        padding = ((0, 0), (0, max(0, wider)))
        self.history = [
            step if step.weights is None else step._replace(weights=np.pad(step.weights, padding))
            for step in self.history
        ]
        self.coverage = np.pad(self.coverage, padding)
        if request.counts is not None:
            before = 0 if self.request.counts is None else self.request.counts
            self.counted = np.asarray(request.counted, dtype=np.int64)
            if not self.missing.shape[1]:
                self.missing = np.zeros((len(self.missing), len(self.counted)), dtype=np.int64)
            self.missing = self.missing + (request.counts - before)
        self.request, self.hearing, self.is_waiting = request, hearing, False
        self._set_limits([0])

    def encode(self, model: SimultaneousModel) -> tuple[Arrays, Arrays]:
        """The memory of the sources, and the state made from what is heard first."""
        memory, _ = model.encode(self.request.source, self.request.lengths)
        heard = self._heard_pieces()
        _, state = model.encode(self.request.source[:, : heard.max()], heard)
        return memory, state

    def advance_with(
        self, model: SimultaneousModel, memory: Arrays, state: Arrays
    ) -> tuple[Arrays, Arrays]:
        """One token for each active sentence, and the words that are heard before it; the memory
        and the state after it. Nothing is written if a word is needed that has not come
        (`is_waiting`)."""
        self._hear_words(self.word_states[self.sentences] == CLOSED)
        if self.is_waiting:
            return memory, state
        results = model.step(self.previous, model.hear(memory, self._heard_pieces()), state)
        self._constrain(results[0])
        while self._hear_words(self._begins_word(results[0]), self._ends(results[0])):
            if self.is_waiting:
                return memory, state
            results = model.step(self.previous, model.hear(memory, self._heard_pieces()), state)
            self._constrain(results[0])
        active = self.advance(*results[:2])
        if not active.all():
            memory = tuple(part[active] for part in memory)
        return memory, tuple(part[self.parents] for part in results[2])

    def advance(self, log_probabilities: Array, weights: Array | None) -> Bools:
        for sentence in self.sentences:
            self.delays[sentence].append(int(self.heard[sentence]))
        active = super().advance(log_probabilities, weights)
        tokens, sentences = self.previous[:: self.beam], self.sentences
        states = self.word_states[sentences]
        begun = self.counter.begun[states, tokens]
        self.words_written[sentences] += begun
        self.word_pieces[sentences] = np.where(begun > 0, 1, self.word_pieces[sentences] + 1)
        self.word_states[sentences] = self.counter.following[states, tokens]
        self.must_begin[sentences] = False
        return active

    def best(self, sentence: int) -> list[Hypothesis]:
        delays = self.delays[sentence]
        return [
            replace(hypothesis, heard=tuple(delays[: len(hypothesis.tokens)]))
            for hypothesis in super().best(sentence)
        ]

    def written_so_far(self) -> Written:
        """What the one sentence has written, while words of it are still to come."""
        if not len(self.sentences):  # at a limit
            (best, *_) = distinct(self.best(0))
            return Written(best.tokens, best.weights, best.heard)
        rows = [step.weights[0] for step in self.history if step.weights is not None]
        return Written(
            tuple(int(step.tokens[0]) for step in self.history),
            np.reshape(rows, (len(rows), self.request.source.shape[1])),
            tuple(self.delays[0]),
        )

    def _is_hearing(self) -> Bools:
        """Whether words of each active sentence are still to come: [B]."""
        pieces = self.hearing.pieces
        words = np.array([len(pieces[s]) for s in self.sentences.tolist()], dtype=np.int64)
        return (self.heard[self.sentences] < words) | (not self.hearing.ended)

    def _heard_pieces(self) -> Ints:
        """The number of pieces heard of each active sentence."""
        pieces = [self.hearing.pieces[s][self.heard[s] - 1] for s in self.sentences.tolist()]
        return np.array(pieces, dtype=np.int64)

    def _ends(self, log_probabilities: Array) -> Bools:
        """Whether the best token of each active sentence is the end: [R,V] -> [B]."""
        best = log_probabilities[:: self.scores.shape[1]].argmax(axis=1)
        return np.asarray(best == self.request.end)

    def _begins_word(self, log_probabilities: Array) -> Bools:
        """Whether the best token of each active sentence begins a word: [R,V] -> [B]. Of a sentence
        with words to come, only the first row is alive."""
        best = log_probabilities[:: self.scores.shape[1]].argmax(axis=1)
        return np.asarray(self.counter.begun[self.word_states[self.sentences], best] > 0)

    def _hear_words(self, begins: Bools, ends: Bools | None = None) -> bool:
        """Hear the words that are needed; whether there are any.

        Of an active sentence whose next token `begins` a word [B], those that this word waits for;
        of one that `ends` [B], one more.
        """
        wanted = np.asarray(self.hearing.waits)[self.sentences] + self.words_written[self.sentences]
        if ends is not None:
            wanted = np.where(ends, np.maximum(wanted, self.heard[self.sentences] + 1), wanted)
        needs = begins & self._is_hearing() & (wanted > self.heard[self.sentences])
        for sentence, word in zip(self.sentences[needs], wanted[needs], strict=True):
            available = len(self.hearing.pieces[sentence])
            self.is_waiting |= word > available and not self.hearing.ended
            self.heard[sentence] = min(word, available)
            self.must_begin[sentence] = True
        self._set_limits(self.sentences[needs])
        return bool(needs.any())

    def _set_limits(self, sentences: Sequence[int] | Ints) -> None:
        """Set the limits, those of sentences with words to come to none."""
        if self.hearing.has_limit:
            return
        for sentence in sentences:
            is_whole = self.hearing.ended and (
                self.heard[sentence] == len(self.hearing.pieces[sentence])
            )
            limit = max(self.request.limits[sentence], len(self.history) + MARGIN)
            self.limits[sentence] = limit if is_whole else _NO_LIMIT
            self.norms[sentence] = self.constraints.norm(limit + 1)

    def _constrain(self, log_probabilities: Array) -> None:
        super()._constrain(log_probabilities)
        beams = self.scores.shape[1]
        is_hearing = self._is_hearing()
        is_long = self.word_pieces[self.sentences] >= LONGEST_WORD
        must_begin = self.must_begin[self.sentences] | (is_hearing & is_long)
        for i in np.flatnonzero(is_hearing | must_begin):
            sentence, rows = self.sentences[i], slice(i * beams, (i + 1) * beams)
            if must_begin[i]:
                begun = self.counter.begun[self.word_states[sentence]]
                log_probabilities[rows, begun == 0] = -np.inf
            if is_hearing[i] and len(self.counted):
                counts = self.hearing.counts[sentence]
                to_come = counts[-1] - counts[self.heard[sentence] - 1]
                unheard = self.missing[rows] <= to_come
                log_probabilities[rows, self.counted] = np.where(
                    unheard, -np.inf, log_probabilities[rows][:, self.counted]
                )

    def _choose(self, log_probabilities: Array) -> Candidates:
        candidates = super()._choose(log_probabilities)
        scores = candidates.scores.copy()
        scores[self._is_hearing(), 1:] = -np.inf
        return candidates._replace(scores=scores)
