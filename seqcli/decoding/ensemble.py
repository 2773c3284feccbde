"""Several models as one: the mean of their probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from seqcli.arrays import Array, Arrays, Ints
from seqcli.data.tokenizer import END
from seqcli.decoding.search import SearchModel

if TYPE_CHECKING:
    from seqcli.decoding.simultaneous import SimultaneousModel


class Ensemble:
    """A model whose probabilities and attention weights are the means of those of its members.

    `columns` [V] of a member map each token of the ensemble to the member's own token, -1 for none:
    a token that a member does not have has probability 0 for it, and is unknown to it as the
    previous token.
    """

    def __init__(self, members: Sequence[SearchModel], columns: Sequence[Ints]) -> None:
        self.members = members
        self.columns = columns
        # Numbers of arrays in the memory and state of each member, from a source of one piece.
        source, lengths = np.array([[END]]), np.array([1])
        self._sizes = [[len(part) for part in m.encode(source, lengths)] for m in members]

    def encode(self, source: Ints, lengths: Ints) -> tuple[Arrays, Arrays]:
        memories, states = zip(*(m.encode(source, lengths) for m in self.members), strict=True)
        return _joined(memories), _joined(states)

    def hear(self, memory: Arrays, heard: Ints) -> Arrays:
        """The memory as far as `heard` [B] pieces, of models that read one way."""
        parts = []
        for member, (size, _) in zip(self.members, self._sizes, strict=True):
            parts.append(cast("SimultaneousModel", member).hear(memory[:size], heard))
            memory = memory[size:]
        return _joined(parts)

    def step(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays]:
        scores, member_weights, next_states = [], [], []
        for member, columns, (memory_size, state_size) in zip(
            self.members, self.columns, self._sizes, strict=True
        ):
            log_probabilities, weights, next_state = member.step(
                np.maximum(columns[previous], 0), memory[:memory_size], state[:state_size]
            )
            memory, state = memory[memory_size:], state[state_size:]
            scores.append(np.where(columns < 0, -np.inf, log_probabilities[:, columns]))
            if weights is not None:
                member_weights.append(weights)
            next_states.append(next_state)
        mean = np.logaddexp.reduce(scores) - np.log(len(scores))
        return (
            mean.astype(np.float32),
            np.mean(member_weights, axis=0) if member_weights else None,
            _joined(next_states),
        )


def _joined(parts: Iterable[Arrays]) -> Arrays:
    return tuple(array for part in parts for array in part)
