"""Learns the shortlist of a translator from its training pairs."""

from __future__ import annotations

import numpy as np

from seqcli.data.batching import PackedExamples
from seqcli.data.shortlist import COMMON, MAX_CELLS, Shortlist
from seqcli.data.source_ids import split_ids
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.training.prepare import PreparedData
from seqcli.vectors.word_vectors import WordVectors

# A smaller output vocabulary is scored as a whole, which takes little time.
MIN_TOKENS = 2 * COMMON
MAX_PAIRS = 300_000
SECONDS_PER_CELL = 0.4e-6  # of a table of translations


def needs_shortlist(vocabulary: OutputVocabulary, vectors: WordVectors | None) -> bool:
    """Whether a translator gets a shortlist: not if its words are read as vectors alone, which have
    no pieces that translations could be listed for."""
    return len(vocabulary) >= MIN_TOKENS and not (vectors is not None and vectors.replaces_pieces)


def make_shortlist(data: PreparedData) -> Shortlist:
    """The shortlist of the training pairs; of very many, of some, evenly spaced."""
    examples = data.examples
    if len(examples) > MAX_PAIRS:
        step = -(-len(examples) // MAX_PAIRS)
        examples = PackedExamples.of(examples[i] for i in range(0, len(examples), step))
    sources, _ = split_ids(examples.sources.astype(np.int64), len(data.tokenizer))
    return Shortlist.learn(examples, sources, data.output_vocabulary.pieces)


def shortlist_seconds(data: PreparedData) -> float:
    """About the time that `make_shortlist` takes."""
    examples = data.examples
    cells = (np.diff(examples.source_ends) + 1) * np.diff(examples.target_ends)
    return SECONDS_PER_CELL * min(int(cells.sum()), MAX_CELLS)
