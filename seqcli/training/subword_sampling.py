"""Subword regularization: the pieces of the training texts are drawn anew in each epoch."""

from __future__ import annotations

import numpy as np

from seqcli.arrays import Int32s, Ints
from seqcli.data.batching import PackedExamples
from seqcli.data.segmentations import Segmentations
from seqcli.data.tokenizer import UNKNOWN
from seqcli.training.prepare import MAX_PIECES, PreparedData


class SubwordSampler:
    """Draws the pieces of training pairs, for an epoch at a time.

    A text has its most probable pieces, or with a probability, the share of the settings, pieces
    that are drawn, if they can be read or written and if they are not too many. What is drawn
    depends only on the seed and the epoch.
    """

    def __init__(self, data: PreparedData) -> None:
        self.share = data.settings.model.subword_sampling
        self.seed = data.settings.training.seed
        self.output_vocabulary = data.output_vocabulary
        readable = np.ones(len(data.tokenizer), dtype=np.bool_)
        writable = np.zeros(len(data.tokenizer), dtype=np.bool_)
        writable[data.output_vocabulary.pieces] = True
        readable[UNKNOWN] = writable[UNKNOWN] = False
        sources, targets = zip(*data.pairs, strict=True)
        self.sources = Segmentations(data.tokenizer, sources, readable)
        self.targets = Segmentations(data.tokenizer, targets, writable)

    @classmethod
    def of(cls, data: PreparedData) -> SubwordSampler | None:
        """For the data of a training; None if its settings have no such noise."""
        return cls(data) if data.settings.model.subword_sampling else None

    def __call__(self, epoch: int) -> PackedExamples:
        """The examples of an epoch, in the order of the pairs."""
        generator = np.random.default_rng([self.seed, epoch, 24])
        source_ids, source_ends = self._draw(self.sources, generator)
        target_ids, target_ends = self._draw(self.targets, generator)
        tokens = self.output_vocabulary.to_tokens(target_ids).astype(np.int32)
        return PackedExamples(source_ids, source_ends, tokens, target_ends)

    def _draw(self, texts: Segmentations, generator: np.random.Generator) -> tuple[Int32s, Ints]:
        chosen = generator.random(len(texts)) < self.share
        return texts.draw(chosen, generator, MAX_PIECES)
