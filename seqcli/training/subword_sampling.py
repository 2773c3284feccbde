"""Subword regularization: the pieces of the training texts are drawn anew in each epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqcli.data.batching import Example, PackedExamples
from seqcli.data.pairs import Pair
from seqcli.data.tokenizer import END, SAMPLING_ALPHA, UNKNOWN, Tokenizer
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.training.prepare import MAX_PIECES, PreparedData


class SubwordSampler:
    """Draws the pieces of training pairs, for an epoch at a time.

    A text has its most probable pieces, those of `examples`; or with the probability `share` pieces
    that are drawn from all of its segmentations, if they are known, if they can be written, and if
    they are not too many. What is drawn depends only on the seed and the epoch.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        output_vocabulary: OutputVocabulary,
        pairs: Sequence[Pair],
        examples: PackedExamples,
        share: float,
        alpha: float,
        seed: int,
    ) -> None:
        """`examples` are the encoded `pairs`, in the same order."""
        self.tokenizer = tokenizer
        self.output_vocabulary = output_vocabulary
        self.pairs = pairs
        self.examples = examples
        self.share = share
        self.alpha = alpha
        self.seed = seed

    @classmethod
    def of(cls, data: PreparedData) -> SubwordSampler | None:
        """For the data of a training; None if its settings have no such noise."""
        share, kind = data.settings.model.subword_sampling, data.settings.tokenizer.pieces
        if not share:
            return None
        seed = data.settings.training.seed
        parts = data.tokenizer, data.output_vocabulary, data.pairs, data.examples
        return cls(*parts, share, SAMPLING_ALPHA[kind], seed)

    def __call__(self, epoch: int) -> PackedExamples:
        """The examples of an epoch, in the same order."""
        generator = np.random.default_rng([self.seed, epoch, 24])
        sources = self._draw([pair.source for pair in self.pairs], generator)
        targets = self._draw([pair.target for pair in self.pairs], generator)
        tokens = {
            i: self.output_vocabulary.to_tokens(ids, missing=-1).tolist()
            for i, ids in targets.items()
        }
        targets = {i: row for i, row in tokens.items() if min(row) >= 0}
        return PackedExamples.of(
            Example(sources.get(i, example.source), targets.get(i, example.target))
            for i, example in enumerate(self.examples)
        )

    def _draw(self, texts: Sequence[str], generator: np.random.Generator) -> dict[int, list[int]]:
        """The ids of some of the texts, with an end, by the index of the text."""
        chosen = np.flatnonzero(generator.random(len(texts)) < self.share).tolist()
        seed = int(generator.integers(2**32))
        drawn = self.tokenizer.sample([texts[i] for i in chosen], self.alpha, seed)
        return {
            i: [*ids, END]
            for i, ids in zip(chosen, drawn, strict=True)
            if len(ids) < MAX_PIECES and UNKNOWN not in ids
        }
