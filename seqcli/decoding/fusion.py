"""Shallow fusion: a language model has a say in the search (Gulcehre et al. 2015, section 4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from seqcli.arrays import Array, Arrays, Ints
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN
from seqcli.decoding.hypotheses import Hypothesis
from seqcli.decoding.scoring import token_log_probabilities
from seqcli.decoding.search import SearchModel

if TYPE_CHECKING:
    from seqcli.decoding.simultaneous import SimultaneousModel

# Where a search needs a source, and a language model reads none.
NO_SOURCE = (0,)


class TargetLanguageModel:
    """A language model over the tokens of a translator: a search model that reads no source.

    `columns` [V] maps each token of the translator to that of the language model, -1 for one that
    this does not have, such as a symbol for a carried item. It is read as unknown, and scored as
    the mean token would be: by the expected log-probability Σ p log p.
    """

    def __init__(self, model: SearchModel, columns: Ints) -> None:
        self.model = model
        self._tokens = np.where(columns < 0, UNKNOWN_TOKEN, columns)
        self._missing = np.flatnonzero(columns < 0)

    def encode(self, source: Ints, lengths: Ints) -> tuple[Arrays, Arrays]:
        return self.model.encode(source, lengths)

    def step(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays]:
        own, _, state = self.model.step(self._tokens[previous], memory, state)
        log_probabilities = own[:, self._tokens]
        if len(self._missing):
            expected = (np.exp(own) * own).sum(axis=1, keepdims=True)
            log_probabilities[:, self._missing] = expected
        return log_probabilities, None, state

    def score(self, targets: Sequence[Sequence[int]]) -> list[Array]:
        """The log-probability of each token, given those before it: one [T] for each target."""
        return token_log_probabilities(self, [NO_SOURCE] * len(targets), targets, END_TOKEN)


class FusedModel:
    """A search model whose scores are log p(y | x) + `weight` · log q(y), token by token, where q
    is the language model."""

    def __init__(
        self, model: SearchModel, language_model: TargetLanguageModel, weight: float
    ) -> None:
        self.model = model
        self.language_model = language_model
        self.weight = weight
        _, state = language_model.encode(np.array([NO_SOURCE]), np.array([len(NO_SOURCE)]))
        self._state_size = len(state)

    def encode(self, source: Ints, lengths: Ints) -> tuple[Arrays, Arrays]:
        memory, state = self.model.encode(source, lengths)
        _, language_state = self.language_model.encode(source, lengths)
        return memory, (*state, *language_state)

    def hear(self, memory: Arrays, heard: Ints) -> Arrays:
        """The memory as far as `heard` [B] pieces, of a model that reads one way."""
        return cast("SimultaneousModel", self.model).hear(memory, heard)

    def step(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays]:
        size = len(state) - self._state_size
        scores, weights, next_state = self.model.step(previous, memory, state[:size])
        language_scores, _, language_state = self.language_model.step(previous, (), state[size:])
        return scores + self.weight * language_scores, weights, (*next_state, *language_state)

    def tell_apart(self, hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
        """Hypotheses of a search over this model, with the log-probabilities of the translator and
        those of the language model, by which they were found, told apart."""
        found = self.language_model.score([hypothesis.tokens for hypothesis in hypotheses])
        apart = []
        for hypothesis, scores in zip(hypotheses, found, strict=True):
            own = np.array(hypothesis.log_probabilities) - self.weight * scores
            apart.append(
                replace(
                    hypothesis,
                    log_probability=float(own.sum()),
                    log_probabilities=tuple(own.tolist()),
                    language_log_probability=float(scores.sum()),
                )
            )
        return apart
