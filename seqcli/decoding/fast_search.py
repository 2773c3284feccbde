"""Searches that compute less: what several rows continue once, and of the output layer a part.

In each sentence, what a search calls tokens may be columns: first the common tokens, which may
stand in any translation, then those that are listed for the sentence. B sentences, K beams,
R = B·K rows, F common tokens, L listed tokens of a sentence, E the size of embeddings, V tokens of
the output vocabulary, S source length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from seqcli.arrays import Array, Arrays, Ints
from seqcli.data.shortlist import Shortlist
from seqcli.data.source_ids import split_ids
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.decoding.fast_step import (
    LISTED_BIASES,
    LISTED_WEIGHTS,
    PARENTS,
    step_with_lists,
    step_with_parents,
)
from seqcli.decoding.hypotheses import Hypothesis
from seqcli.decoding.onnx_model import OnnxSearchModel
from seqcli.decoding.search import SearchModel, SearchRequest
from seqcli.storage.graph_messages import Model

# The first tokens, among them the end and the symbols, are always common, so that each has the
# column of its own number.
RESERVED = 64

Found = list[list[Hypothesis]]
Search = Callable[[SearchModel, SearchRequest], Found]
OpenModel = Callable[[Model, Sequence[str]], OnnxSearchModel]


class FastSearch:
    """A model for searches, whose results are those of the model.

    `step` is the graph of the step, in fp32 or int8; `open_model` opens the model with another
    step, given with the names of its further inputs.
    """

    def __init__(self, open_model: OpenModel, step: bytes) -> None:
        self.model = open_model(step_with_parents(step), [PARENTS])

    def fits(self, request: SearchRequest) -> bool:
        """Whether a request can be searched for."""
        del request
        return True

    def __call__(self, search: Search, request: SearchRequest) -> Found:
        """What a search of the model finds for a request that fits."""
        return search(_SharedSteps(self.model), request)


class ShortlistSearch(FastSearch):
    """The same where only the shortlisted tokens of each sentence are scored.

    `pieces` is the number of source pieces, `reserved` that of the tokens that are always common.
    `smoothing` is the label smoothing ε that the network was trained with: it has learned to give
    each token a probability of at least about ε/V, so the tokens that are left out share about
    ε (V - N)/V, where N are scored, and the probabilities of these are reduced by that share.
    """

    def __init__(
        self,
        open_model: OpenModel,
        step: bytes,
        shortlist: Shortlist,
        vocabulary: OutputVocabulary,
        pieces: int,
        smoothing: float,
        reserved: int = RESERVED,
    ) -> None:
        self._reserved = min(reserved, len(vocabulary))
        frequent = vocabulary.to_tokens(shortlist.common)
        self._common = np.union1d(np.arange(self._reserved), frequent)
        graph, self._output = step_with_lists(step, self._common)
        self.model = open_model(graph, [LISTED_WEIGHTS, LISTED_BIASES, PARENTS])
        self._pieces = pieces
        self._smoothing = smoothing
        # The tokens of piece i are _tokens[_ends[i] : _ends[i + 1]]; itself is among them, as names
        # and numbers stay what they are.
        causes = np.concatenate([shortlist.causes, np.arange(pieces)])
        tokens = vocabulary.to_tokens(np.concatenate([shortlist.pieces, np.arange(pieces)]))
        kept = ~np.isin(tokens, self._common)
        order = np.argsort(causes[kept], kind="stable")
        self._tokens = tokens[kept][order]
        self._ends = np.searchsorted(causes[kept][order], np.arange(pieces + 1)).tolist()

    def fits(self, request: SearchRequest) -> bool:
        """Whether all tokens that a request names are always common, and it has no prefixes."""
        named = (request.end, *request.forbidden, *request.counted)
        return not request.prefixes and max(named) < self._reserved

    def __call__(self, search: Search, request: SearchRequest) -> Found:
        listed = self.listed(request.source, request.lengths)
        steps = _ListedSteps(self.model, self._shortlists(listed), listed, self._common)
        found = search(steps, request)
        size = len(self._output.biases)
        left_out = size - len(self._common) - (listed > 0).sum(axis=1)
        log_shares = np.log1p(-self._smoothing * left_out / size)
        return [
            [self._as_tokens(each, row, float(share), request) for each in hypotheses]
            for hypotheses, row, share in zip(found, listed, log_shares, strict=True)
        ]

    def listed(self, source: Ints, lengths: Ints) -> Ints:
        """The tokens of each sentence without the common ones, in order, and 0 as padding:
        [B,S], [B] -> [B,L]. L is 1 or more."""
        ends, tokens = self._ends, self._tokens
        ids, _ = split_ids(source, self._pieces)
        rows = [
            np.unique(np.concatenate([tokens[ends[i] : ends[i + 1]] for i in set(row[:length])]))
            for row, length in zip(ids.tolist(), lengths.tolist(), strict=True)
        ]
        listed = np.zeros((len(rows), max(1, *map(len, rows))), dtype=np.int64)
        for row, found in zip(listed, rows, strict=True):
            row[: len(found)] = found
        return listed

    def _shortlists(self, listed: Ints) -> Arrays:
        """What the step needs of the listed tokens [B,L]: weights [B,E,L], biases [B,1,L]."""
        weights, biases = self._output
        values = np.where(listed > 0, biases[listed], np.float32(-np.inf))
        return np.ascontiguousarray(weights[listed].transpose(0, 2, 1)), values[:, None]

    def _as_tokens(
        self, hypothesis: Hypothesis, listed: Ints, log_share: float, request: SearchRequest
    ) -> Hypothesis:
        """A hypothesis of columns as one of tokens, with the listed ones [L] of its sentence, and
        the logarithm of the share of the probability that the scored tokens have."""
        count = len(hypothesis.tokens)
        tokens = np.concatenate([self._common, listed])[list(hypothesis.tokens)]
        shift = count * log_share
        return replace(
            hypothesis,
            tokens=tuple(tokens.tolist()),
            log_probability=hypothesis.log_probability + shift,
            score=hypothesis.score + shift / request.constraints.norm(count),
            log_probabilities=tuple(value + log_share for value in hypothesis.log_probabilities),
        )


class _SharedSteps:
    """A `SearchModel` whose state are the rows of the step before that each row continues: what
    several continue is computed once. It serves one search."""

    def __init__(self, model: OnnxSearchModel) -> None:
        self._model = model
        self._state: Arrays = ()  # of the rows of the last step

    def encode(self, source: Ints, lengths: Ints) -> tuple[Arrays, Arrays]:
        memory, self._state = self._model.encode(source, lengths)
        return memory, (np.arange(len(source)),)

    def step(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays]:
        (rows,) = state
        kept, parents = np.unique(rows, return_inverse=True)
        log_probabilities, weights, self._state = self._model.step(
            previous, (*memory, parents), tuple(part[kept] for part in self._state)
        )
        return log_probabilities, weights, (np.arange(len(rows)),)


class _ListedSteps(_SharedSteps):
    """The same with columns for tokens. Its memory is that of the model with the shortlists of the
    sentences, of which the last array are the listed tokens [B,L]."""

    def __init__(
        self, model: OnnxSearchModel, shortlists: Arrays, listed: Ints, common: Ints
    ) -> None:
        super().__init__(model)
        self._shortlists = (*shortlists, listed)
        self._common = common

    def encode(self, source: Ints, lengths: Ints) -> tuple[Arrays, Arrays]:
        memory, rows = super().encode(source, lengths)
        return (*memory, *self._shortlists), rows

    def step(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays]:
        *memory_of_model, listed = memory
        return super().step(self._tokens(previous, listed), tuple(memory_of_model), state)

    def _tokens(self, columns: Ints, listed: Ints) -> Ints:
        """The tokens in columns [R] of sentences with these listed ones [B,L]."""
        count = len(self._common)
        sentences = np.arange(len(columns)) // (len(columns) // len(listed))
        others = listed[sentences, np.maximum(columns - count, 0)]
        return np.where(columns < count, self._common[np.minimum(columns, count - 1)], others)
