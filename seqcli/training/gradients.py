"""The gradients of a batch, each thread working on its share of the sentences.

Most operators of a recurrent step are too small to be split among threads; whole sentences are not.
So the sentences are dealt out, every thread goes forwards and backwards through its share alone,
and the shares' gradients are summed, always in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import reduce

import numpy as np
import torch
from torch import Tensor

from seqcli.config import TrainingConfig
from seqcli.data.batching import Batch, split_batch
from seqcli.data.vocabulary import END_TOKEN
from seqcli.model.dropout import NO_DROPOUT, Dropout
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.loss import Loss, LossFunction, make_loss

# Products of few rows run below the full rate, so there is a limit to useful shares.
MAX_SHARDS = 4


def useful_shards(threads: int) -> int:
    """How many shares suit a number of threads; each has its part of them for its operators."""
    return min(threads, MAX_SHARDS)


def batch_loss(
    network: Seq2Seq, batch: Batch, loss: LossFunction, dropout: Dropout = NO_DROPOUT
) -> Loss:
    """Sums over the batch's target tokens, padding left out before the output layer."""
    device = network.output_pieces.device
    source, source_lengths, target, target_lengths = (
        torch.from_numpy(part).to(device) for part in batch
    )
    target = target.T.contiguous()
    vectors = network.output_vectors(source, source_lengths, target, END_TOKEN, dropout)
    positions = torch.arange(target.shape[0], device=device).unsqueeze(1)
    kept = (positions < target_lengths).flatten().nonzero().squeeze(1)
    logits = network.logits(vectors.flatten(0, 1).index_select(0, kept))
    return loss(logits, target.flatten().index_select(0, kept))


class Gradients:
    """Works out what a batch asks of a network's weights, in so many shares at once."""

    def __init__(self, network: Seq2Seq, config: TrainingConfig, shards: int) -> None:
        self.network = network
        self.parameters = list(network.parameters())
        self.config = config
        self.loss = make_loss(config)
        self.shards = shards
        self.pool = ThreadPoolExecutor(shards) if shards > 1 else None

    def __call__(self, batch: Batch, update: int) -> float:
        """Put the gradient of the mean loss of a token where the optimiser looks for it, and give
        the sum of -log p (nats).

        What dropout silences hangs on the seed, the update and the share.
        """
        tokens = int(batch.target_lengths.sum())
        parts = split_batch(batch, self.shards)
        work = [(part, tokens, self._dropout(update, i)) for i, part in enumerate(parts)]
        if self.pool is None:
            done = [self._shard(*each) for each in work]
        else:
            tasks = [self.pool.submit(self._shard, *each) for each in work]
            done = [task.result() for task in tasks]
        for parameter, *gradients in zip(self.parameters, *(each for _, each in done), strict=True):
            parameter.grad = _sum(gradients)
        return sum(nll for nll, _ in done)

    def _shard(
        self, batch: Batch, tokens: int, dropout: Dropout
    ) -> tuple[float, Sequence[Tensor | None]]:
        loss = batch_loss(self.network, batch, self.loss, dropout)
        gradients = torch.autograd.grad(loss.objective / tokens, self.parameters, allow_unused=True)
        return float(loss.nll), gradients

    def _dropout(self, update: int, shard: int) -> Dropout:
        model = self.network.config
        (seed,) = np.random.SeedSequence([self.config.seed, update, shard]).generate_state(1)
        generator = torch.Generator(self.network.output_pieces.device).manual_seed(int(seed))
        return Dropout(model.dropout, model.word_dropout, generator)


def _sum(gradients: Sequence[Tensor | None]) -> Tensor | None:
    """The sum of those that are there: None stands where a weight has no part in the loss."""
    given = [gradient for gradient in gradients if gradient is not None]
    return reduce(torch.add, given) if given else None
