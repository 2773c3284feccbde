"""The training loop: a generator of updates. It prints nothing and saves nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import nn

from seqcli.arrays import Bools, Ints
from seqcli.data.batching import Batch, PackedExamples, collate, epoch_batches
from seqcli.training.gradients import Gradients


class Draw(Protocol):
    """Which examples an epoch has, and which of them are old."""

    def __call__(self, epoch: int) -> Ints:
        """The indices of the examples of an epoch, which depend on nothing else."""
        ...

    def are_old(self, indices: Ints) -> Bools:
        """Whether the network has learned these examples before."""
        ...


# What is told of an update before it is made: its batch, its number and its learning rate.
Announce = Callable[[Batch, int, float], None]


@dataclass
class Position:
    """The progress of a run: everything but tensors that `--resume` needs."""

    update: int = 0  # updates made
    epoch: int = 0  # epochs completed
    batch: int = 0  # batches of this epoch done
    total: int | None = None  # updates of the whole run; None until a budget in minutes is fixed
    evaluations: int = 0  # of the whole run; 0: the number in the settings
    seconds: float = 0.0  # of the run, up to the last evaluation or checkpoint
    learning_seconds: float = 0.0  # of the updates alone
    best: float | None = None  # dev score
    best_loss: float = 0.0  # dev loss at the best score
    evaluations_since_best: int = 0
    loss: float = 0.0  # nats, summed since the last evaluation
    tokens: int = 0  # target tokens since the last evaluation
    all_tokens: int = 0  # target tokens of the run
    skipped: int = 0  # updates of the run that were skipped
    skipped_in_row: int = 0  # the last updates, as far as they were all skipped
    returns: int = 0  # times that the run went back to its best network
    returned_at: int = 0  # the updates made when it last did


class UpdateResult(NamedTuple):
    """One update: the sum of -log p (nats) over its target tokens, and its learning rate."""

    nll: float
    tokens: int
    rate: float


def learn(
    gradients: Gradients,
    optimizer: torch.optim.Optimizer,
    examples: PackedExamples,
    position: Position,
    rate: Callable[[int], float],
    draw: Draw | None = None,
    encode: Callable[[int], PackedExamples] | None = None,
    announce: Announce | None = None,
) -> Iterator[UpdateResult]:
    """Yields one result per update, without end; continues at `position` and moves it.

    `rate` gives the learning rate of an update, counted from 0. The order of the batches depends
    only on the seed and the epoch, and so do the examples that `draw` gives it. `encode` gives the
    examples of an epoch, in the same order, if they are encoded anew. `announce` is called before
    each update. An update is skipped, and changes no weight, if the loss or its gradient is not
    finite.
    """
    config = gradients.config
    while True:
        generator = np.random.default_rng([config.seed, position.epoch])
        drawn = None if draw is None else draw(position.epoch)
        if encode is not None:
            examples = encode(position.epoch)
        batches = epoch_batches(examples, config.batch_tokens, generator, drawn)
        for indices in batches[position.batch :]:
            learning_rate = rate(position.update)
            batch = collate([examples[i] for i in indices])
            if draw is not None:
                batch = batch._replace(old=draw.are_old(indices))
            if announce is not None:
                announce(batch, position.update, learning_rate)
            nll, done = make_update(gradients, optimizer, batch, position.update, learning_rate)
            result = UpdateResult(nll, int(batch.target_lengths.sum()), learning_rate)
            _advance(position, result, skipped=not done)
            yield result
        position.epoch += 1
        position.batch = 0


def make_update(
    gradients: Gradients,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    update: int,
    rate: float,
) -> tuple[float, bool]:
    """Make an update, and return the sum of -log p, and whether weights were changed."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    nll = gradients(batch, update)
    # (With a limit of infinity, the norm is measured and the gradient is not changed.)
    norm = nn.utils.clip_grad_norm_(gradients.parameters, gradients.config.clip or math.inf)
    finite = math.isfinite(nll) and math.isfinite(norm)
    if finite:
        optimizer.step()
    return nll, finite


def _advance(position: Position, result: UpdateResult, *, skipped: bool) -> None:
    position.update += 1
    position.batch += 1
    position.all_tokens += result.tokens
    if skipped:
        position.skipped += 1
        position.skipped_in_row += 1
    else:
        position.skipped_in_row = 0
        position.loss += result.nll
        position.tokens += result.tokens
