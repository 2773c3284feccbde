"""Log-probabilities of given translations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqcli.arrays import Array, Ints
from seqcli.data.batching import pad
from seqcli.data.pairs import Pair
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN
from seqcli.decoding.batches import BatchRunner
from seqcli.decoding.search import SearchModel
from seqcli.decoding.text_processor import TextProcessor
from seqcli.decoding.translation import ScoredPair


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


def score_pairs(
    model: SearchModel,
    processor: TextProcessor,
    batches: BatchRunner,
    pairs: Sequence[Pair],
    max_pieces: int,
) -> list[ScoredPair]:
    """The log-probability of each pair's target, given its source; of each side, the first
    `max_pieces` pieces are read."""
    encoded = [processor.encode_pair(pair) for pair in pairs]
    sources = [source for source, _ in encoded]
    # (A line of a million pieces is no sentence, and would take hours.)
    whole = [len(tokens) <= max_pieces + 1 for _, tokens in encoded]  # with the end
    targets = [t if w else t[:max_pieces] for (_, t), w in zip(encoded, whole, strict=True)]
    results: list[ScoredPair | None] = [None for _ in pairs]

    def work(batch: Sequence[int]) -> None:
        scores = token_log_probabilities(
            model, [sources[i].ids for i in batch], [targets[i] for i in batch], END_TOKEN
        )
        for i, log_probabilities in zip(batch, scores, strict=True):
            results[i] = ScoredPair(
                pairs[i],
                processor.decode(sources[i], targets[i], None).pieces,
                tuple(map(float, log_probabilities)),
                targets[i].count(UNKNOWN_TOKEN),
                sources[i].cut or not whole[i],
            )

    sizes = [max(len(s.ids), len(t)) for s, t in zip(sources, targets, strict=True)]
    batches.run(work, sizes, beam=1)
    return [scored for scored in results if scored is not None]
