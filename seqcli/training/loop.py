"""The training loop: a generator of updates. It prints nothing and saves nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from seqcli.config import TrainingConfig
from seqcli.data.batching import Batch, Example, collate, epoch_batches
from seqcli.data.vocabulary import END_TOKEN
from seqcli.errors import UserError
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.loss import Loss, cross_entropy


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


class Learned(NamedTuple):
    """One update: the sum of -log p (nats) over its tokens, and its rate."""

    surprise: float
    tokens: int
    rate: float


def batch_loss(network: Seq2Seq, batch: Batch, smoothing: float) -> Loss:
    """Sums over the batch's target tokens, padding left out before the output layer."""
    device = network.writable.device
    source, source_lengths, target, target_lengths = (
        torch.from_numpy(part).to(device) for part in batch
    )
    target = target.T.contiguous()
    read = network.read(source, source_lengths, target, END_TOKEN)
    positions = torch.arange(target.shape[0], device=device).unsqueeze(1)
    kept = (positions < target_lengths).flatten().nonzero().squeeze(1)
    logits = network.logits(read.flatten(0, 1).index_select(0, kept))
    return cross_entropy(logits, target.flatten().index_select(0, kept), smoothing)


def learn(
    network: Seq2Seq,
    optimizer: torch.optim.Optimizer,
    examples: Sequence[Example],
    config: TrainingConfig,
    position: Position,
    rate: Callable[[int], float],
) -> Iterator[Learned]:
    """Update after update without end; `position` moves along and may be one to go on from.

    Each epoch's order depends on the seed and the epoch alone.
    """
    while True:
        generator = np.random.default_rng([config.seed, position.epoch])
        batches = epoch_batches(examples, config.batch_tokens, generator)
        for indices in batches[position.batch :]:
            now = rate(position.update)
            batch = collate([examples[i] for i in indices])
            surprise = _update(network, optimizer, batch, config, now)
            position.update += 1
            position.batch += 1
            tokens = int(batch.target_lengths.sum())
            position.loss += surprise
            position.tokens += tokens
            position.all_tokens += tokens
            yield Learned(surprise, tokens, now)
        position.epoch += 1
        position.batch = 0


def _update(
    network: Seq2Seq,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    config: TrainingConfig,
    rate: float,
) -> float:
    network.train()
    for group in optimizer.param_groups:
        group["lr"] = rate
    loss = batch_loss(network, batch, config.label_smoothing)
    optimizer.zero_grad(set_to_none=True)
    (loss.objective / int(batch.target_lengths.sum())).backward()  # type: ignore[no-untyped-call]
    if config.clip:
        nn.utils.clip_grad_norm_(network.parameters(), config.clip)
    optimizer.step()
    surprise = float(loss.surprise)
    if not math.isfinite(surprise):
        raise UserError(
            "the loss is no longer a number: start again with a lower --learning-rate"
            + ("" if config.clip else " or with --clip 1")
        )
    return surprise
