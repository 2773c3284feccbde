"""The training loop: a generator of updates. It prints nothing and saves nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from seqcli.data.batching import Batch, Packed, collate, epoch_batches
from seqcli.errors import UserError
from seqcli.model.seq2seq import REMEDY
from seqcli.training.gradients import Gradients


@dataclass
class Position:
    """Where a run stands: all that `--resume` needs besides tensors. Seconds are of this run."""

    update: int = 0
    epoch: int = 0
    batch: int = 0
    total: int | None = None
    evaluations: int = 0  # 0: as many as the settings say
    seconds: float = 0.0
    learning_seconds: float = 0.0
    best: float | None = None
    best_loss: float = math.inf
    evaluations_since_best: int = 0
    loss: float = 0.0  # since the last evaluation
    tokens: int = 0
    all_tokens: int = 0


class UpdateResult(NamedTuple):
    """One update: the sum of -log p (nats) over its tokens, and its rate."""

    nll: float
    tokens: int
    rate: float


def learn(
    gradients: Gradients,
    optimizer: torch.optim.Optimizer,
    examples: Packed,
    position: Position,
    rate: Callable[[int], float],
) -> Iterator[UpdateResult]:
    """Update after update without end; `position` moves along and may be one to go on from.

    Each epoch's order depends on the seed and the epoch alone.
    """
    config = gradients.config
    while True:
        generator = np.random.default_rng([config.seed, position.epoch])
        batches = epoch_batches(examples, config.batch_tokens, generator)
        for indices in batches[position.batch :]:
            now = rate(position.update)
            batch = collate([examples[i] for i in indices])
            nll = _update(gradients, optimizer, batch, position.update, now)
            position.update += 1
            position.batch += 1
            tokens = int(batch.target_lengths.sum())
            position.loss += nll
            position.tokens += tokens
            position.all_tokens += tokens
            yield UpdateResult(nll, tokens, now)
        position.epoch += 1
        position.batch = 0


def _update(
    gradients: Gradients,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    update: int,
    rate: float,
) -> float:
    for group in optimizer.param_groups:
        group["lr"] = rate
    nll = gradients(batch, update)
    # (Without a limit, the norm is measured and the gradient stays as it is.)
    norm = nn.utils.clip_grad_norm_(gradients.parameters, gradients.config.clip or math.inf)
    if not (math.isfinite(nll) and math.isfinite(norm)):
        raise UserError(f"the loss or its gradient is no longer a finite number: {REMEDY}")
    optimizer.step()
    return nll
