"""Several models that speak as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from seqcli.arrays import Array, Arrays, Ints
from seqcli.data.tokenizer import END
from seqcli.decoding.search import SearchModel


class Ensemble:
    """A model whose next token has the mean of its members' probabilities, and that looks where
    they look on average.

    `columns` [V] of a member say which of its own tokens each token of the ensemble is, -1 for
    none: what a member cannot write has no chance with it, and is unknown to it afterwards.
    """

    def __init__(self, members: Sequence[SearchModel], columns: Sequence[Ints]) -> None:
        self.members = members
        self.columns = columns
        short = np.array([[END]]), np.array([1])
        self._sizes = [[len(part) for part in member.encode(*short)] for member in members]

    def encode(self, source: Ints, lengths: Ints) -> tuple[Arrays, Arrays]:
        num_states, states = zip(*(m.encode(source, lengths) for m in self.members), strict=True)
        return _joined(num_states), _joined(states)

    def step(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays]:
        said, looks, following = [], [], []
        for member, own, (of_memory, of_state) in zip(
            self.members, self.columns, self._sizes, strict=True
        ):
            log_probabilities, weights, next_state = member.step(
                np.maximum(own[previous], 0), memory[:of_memory], state[:of_state]
            )
            memory, state = memory[of_memory:], state[of_state:]
            said.append(np.where(own < 0, -np.inf, log_probabilities[:, own]))
            looks.append(weights)
            following.append(next_state)
        mean = np.logaddexp.reduce(said) - np.log(len(said))
        attending = [weights for weights in looks if weights is not None]
        return (
            mean.astype(np.float32),
            np.mean(attending, axis=0) if attending else None,
            _joined(following),
        )


def _joined(parts: Iterable[Arrays]) -> Arrays:
    return tuple(array for part in parts for array in part)
