"""Log-probabilities of given translations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqcli.arrays import Array, Ints
from seqcli.data.batching import pad
from seqcli.decoding.search import SearchModel


def token_log_probabilities(
    model: SearchModel, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]], end: int
) -> list[Array]:
    """Log-probability of each target token, given the source and the tokens before it: one [T] for
    each pair.

    Sources are piece ids, targets are tokens; both include their ends.
    """
    source, lengths = pad(sources)
    target, target_lengths = pad(targets)
    memory, state = model.encode(source, lengths)
    rows = np.arange(len(source))
    previous: Ints = np.full(len(source), end, dtype=np.int64)
    scores = np.zeros(target.shape, dtype=np.float32)
    for step in range(target.shape[1]):
        log_probabilities, _, state = model.step(previous, memory, state)
        previous = target[:, step]
        scores[:, step] = log_probabilities[rows, previous]
    return [row[:length] for row, length in zip(scores, target_lengths, strict=True)]
