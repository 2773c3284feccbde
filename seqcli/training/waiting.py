"""How much of each source has been heard when its target is written, in training."""

from __future__ import annotations

import numpy as np

from seqcli.arrays import Ints
from seqcli.data.batching import Batch
from seqcli.data.source_ids import split_ids
from seqcli.data.word_counter import WordCounter
from seqcli.training.network import NetworkData

# Share of the batches for which the whole source is heard before the target is written.
SHARE_WHOLE = 0.25


class Waiting:
    """Draws a number of words k for each batch: the decoder waits for k words of the source, and
    then hears one more before each word of the target that it writes.

    So it learns to translate with any k (Elbayad, Besacier & Verbeek 2020, section 3.3). What has
    been heard before target word t are the first min(k + t - 1, |x|) words of the source (Ma et al.
    2019, section 3.2).

    Whether a piece continues its word or the next one begins must be told before a further word is
    heard. So half of the pieces that begin a word are predicted with what had been heard before.
    """

    def __init__(self, source: WordCounter, target: WordCounter, pieces: int, seed: int) -> None:
        self.source = source
        self.target = target
        self.pieces = pieces  # of the tokenizer
        self.seed = seed

    @classmethod
    def of(cls, data: NetworkData) -> Waiting | None:
        """For the data of a simultaneous network; None for another."""
        if not data.settings.model.simultaneous:
            return None
        return cls(
            WordCounter.of_source(data.tokenizer),
            WordCounter.of_target(data.tokenizer, data.output_vocabulary),
            len(data.tokenizer),
            data.settings.training.seed,
        )

    def draw(self, batch: Batch, update: int) -> int:
        """The k of a batch: uniform from 1 to the words of the longest source, or in a share of the
        batches all of them. It depends on nothing but the batch, the seed and the update."""
        words = int(self._last_words(batch).max())
        generator = np.random.default_rng([self.seed, update, 19])
        return words if generator.random() < SHARE_WHOLE else int(generator.integers(1, words + 1))

    def heard(self, batch: Batch, wait: int, update: int) -> Ints:
        """The number of source pieces that have been heard at each target token: [T,B]."""
        last = self._last_words(batch)
        words = self.target.numbers(batch.target)
        is_early = words.ends_word & ((np.arange(batch.target.shape[1]) + update) % 2 == 0)
        heard_words = wait + words.first - 1 - is_early
        heard_words = np.minimum(heard_words, last.max(axis=1, keepdims=True))
        is_heard = (last[:, None] <= heard_words[:, :, None]) & (last > 0)[:, None]
        return np.asarray(is_heard.sum(axis=2).T)

    def _last_words(self, batch: Batch) -> Ints:
        """The number of the last word of each source piece [B,S], 0 on padding."""
        pieces, _ = split_ids(batch.source, self.pieces)
        last = self.source.numbers(pieces).last
        return np.where(np.arange(last.shape[1]) < batch.source_lengths[:, None], last, 0)
