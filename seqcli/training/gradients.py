"""The gradient of a batch, computed in shards: data parallelism on the threads of a process.

Most operators of a recurrent step are too small to be split among threads. So the sentences of a
batch are split instead: each thread runs the forward and backward pass of its shard, and the
gradients of the shards are summed, always in the same order. A shard for which there is not enough
memory is computed in two halves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from seqcli.arrays import Ints
from seqcli.config import TrainingConfig
from seqcli.data.batching import Batch, split_batch
from seqcli.data.vocabulary import END_TOKEN
from seqcli.errors import MemoryShortError
from seqcli.memory import is_out_of_memory
from seqcli.model.dropout import NO_DROPOUT, Dropout
from seqcli.model.network import Network
from seqcli.training.heap import trim_heap
from seqcli.training.loss import Loss, LossFunction, make_loss
from seqcli.training.waiting import Waiting

# Matrix products with few rows are slower per row, so more shards than this do not pay.
MAX_SHARDS = 4

# The sum of -log p of a part of a batch, and its part of the gradient for each parameter.
PartResult = tuple[float, Sequence[Tensor | None]]

# A function with the arguments of `batch_loss`.
Measure = Callable[[Network, Batch, LossFunction, Dropout, Ints | None], Loss]


class Exchange(Protocol):
    """Adds up what the processes of a training compute of a batch of `all_shards`, of which this
    process has those from `first_shard` on."""

    @property
    def all_shards(self) -> int: ...

    @property
    def first_shard(self) -> int: ...

    def __call__(
        self, nlls: Sequence[float], gradients: Sequence[Tensor | None]
    ) -> tuple[list[float], list[Tensor | None]]:
        """The sums of -log p of this process's shards, and the sum of their gradients -> those of
        all processes."""
        ...


def useful_shards(threads: int) -> int:
    """The number of shards for a number of threads; the threads are divided among the shards."""
    return min(threads, MAX_SHARDS)


def batch_loss(
    network: Network,
    batch: Batch,
    loss: LossFunction,
    dropout: Dropout = NO_DROPOUT,
    heard: Ints | None = None,
) -> Loss:
    """Sums over the target tokens of a batch.

    `heard` [T,B] is how much of each source a simultaneous network has heard at each token.
    """
    logits, tokens, _ = token_logits(network, batch, dropout, heard)
    return loss(logits, tokens)


def token_logits(
    network: Network, batch: Batch, dropout: Dropout, heard: Ints | None
) -> tuple[Tensor, Tensor, Tensor]:
    """The logits [N,V] of all target tokens of a batch, these tokens [N], and their rows in the
    batch [N]; padding is removed before the output layer. The arguments are as in `batch_loss`."""
    device = network.output_pieces.device
    source, source_lengths, target, target_lengths = (
        torch.from_numpy(part).to(device) for part in batch[:4]
    )
    target = target.T.contiguous()
    pieces_heard = None if heard is None else torch.from_numpy(heard).to(device)
    vectors = network.readouts(source, source_lengths, target, END_TOKEN, dropout, pieces_heard)
    positions = torch.arange(target.shape[0], device=device).unsqueeze(1)
    unpadded = (positions < target_lengths).flatten().nonzero().squeeze(1)
    logits = network.logits(vectors.flatten(0, 1).index_select(0, unpadded))
    tokens = target.flatten().index_select(0, unpadded)
    return logits, tokens, unpadded % target.shape[1]


def no_room(batch: Batch) -> MemoryShortError:
    """The error for a batch of one pair for which there is not enough memory."""
    return MemoryShortError(
        f"not enough memory for a pair of {batch.source.shape[1]:,} and {batch.target.shape[1]:,} "
        "pieces: leave out long pairs with --max-characters"
    )


class Gradients:
    """Computes the gradient of a batch for a network's weights, in `shards` parallel threads.

    `waiting` says how much of the sources a simultaneous network hears; None: all. `measure` gives
    the loss of a batch, if it is another than `batch_loss`. `exchange` is for a batch of which
    other processes compute further shards.
    """

    def __init__(
        self,
        network: Network,
        config: TrainingConfig,
        shards: int,
        waiting: Waiting | None = None,
        measure: Measure | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        self.network = network
        self.measure = measure
        self.exchange = exchange
        self.waiting = waiting
        self.parameters = list(network.parameters())
        self.config = config
        self.loss = make_loss(config)
        self.shards = shards
        self.pool = ThreadPoolExecutor(shards) if shards > 1 else None
        self.halved = False  # whether there was ever not enough memory for a shard

    def __call__(self, batch: Batch, update: int) -> float:
        """Set `grad` of each parameter to the gradient of the mean loss per target token, and
        return the sum of -log p (nats).

        Dropout depends only on the seed, the update and the shard, or the part of it. Raises
        `MemoryShortError` if there is not enough memory for one sentence.
        """
        tokens = int(batch.target_lengths.sum())
        shards = split_batch(batch, self.exchange.all_shards if self.exchange else self.shards)
        first = self.exchange.first_shard if self.exchange else 0
        wait = self.waiting.draw(batch, update) if self.waiting else 0
        own = list(enumerate(shards))[first : first + self.shards]
        arguments = [(shard, tokens, wait, (update, i)) for i, shard in own]
        if self.pool is None:
            results = [self._shard_gradients(*each) for each in arguments]
        else:
            tasks = [self.pool.submit(self._shard_gradients, *each) for each in arguments]
            results = [task.result() for task in tasks]
        nlls = [nll for nll, _ in results]
        # (There are more processes than sentences if this one has no shard.)
        parts = zip(*(gradients for _, gradients in results), strict=True)
        sums = [_sum(each) for each in parts] or [None] * len(self.parameters)
        if self.exchange is not None:
            nlls, sums = self.exchange(nlls, sums)
        for parameter, gradient in zip(self.parameters, sums, strict=True):
            parameter.grad = gradient
        return float(sum(nlls))

    def _shard_gradients(
        self, batch: Batch, tokens: int, wait: int, place: tuple[int, ...]
    ) -> PartResult:
        """The gradient of a shard, or of a part of it; `place` is the update, the shard, the half,
        the half of the half, …"""
        try:
            return self._whole_gradients(batch, tokens, wait, place)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
        # Here, after the block, the error no longer holds the tensors of the first attempt.
        self.halved = True
        trim_heap()
        if len(batch.target_lengths) == 1:
            raise no_room(batch)
        parts = [
            self._shard_gradients(half, tokens, wait, (*place, i))
            for i, half in enumerate(split_batch(batch, 2), start=1)
        ]
        nlls, gradients = zip(*parts, strict=True)
        return sum(nlls), [_sum(each) for each in zip(*gradients, strict=True)]

    def _whole_gradients(
        self, batch: Batch, tokens: int, wait: int, place: tuple[int, ...]
    ) -> PartResult:
        heard = self.waiting.heard(batch, wait, place[0]) if self.waiting else None
        measure = self.measure or batch_loss
        loss = measure(self.network, batch, self.loss, self._dropout(*place), heard)
        gradients = torch.autograd.grad(loss.objective / tokens, self.parameters, allow_unused=True)
        return float(loss.nll), gradients

    def _dropout(self, *place: int) -> Dropout:
        model = self.network.config
        (seed,) = np.random.SeedSequence([self.config.seed, *place]).generate_state(1)
        generator = torch.Generator(self.network.output_pieces.device).manual_seed(int(seed))
        return Dropout(model.dropout, model.word_dropout, generator)


def _sum(gradients: Sequence[Tensor | None]) -> Tensor | None:
    """The sum of those that are not None, which is the gradient of a weight without influence."""
    tensors = [gradient for gradient in gradients if gradient is not None]
    return reduce(torch.add, tensors) if tensors else None
