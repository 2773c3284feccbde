"""Trains a network: updates out, nothing evaluated, printed or saved."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np
import torch

from seqcli.config import TrainingConfig
from seqcli.data.batching import Batch, PackedExamples, epoch_batches
from seqcli.model.network import Network
from seqcli.training.events import Updated
from seqcli.training.gradients import Gradients, Measure
from seqcli.training.loop import Draw, Position, UpdateResult, learn
from seqcli.training.optimization import make_optimizer
from seqcli.training.schedule import Schedule
from seqcli.training.waiting import Waiting

# Processors of different kinds round differently, so the processes of a training would drift apart
# if they were not given the same weights now and then.
UPDATES_BETWEEN_LOADS = 100


class Workers(Protocol):
    """Other processes, which make each update too and compute a part of its gradient."""

    def gradients(self, alone: Gradients) -> Gradients:
        """What computes with them the gradients that one process would compute alone."""
        ...

    def load(self, network: Network, optimizer: torch.optim.Optimizer) -> None:
        """Give them the weights and the optimizer's state."""
        ...

    def update(self, batch: Batch, update: int, rate: float) -> None:
        """Tell them to make an update. The gradients of the same batch must be computed next."""
        ...


class Trainer:
    """A network and everything that changes its weights.

    `examples` have output tokens as targets. The run continues at `position`, which moves with
    every update. Each batch is split into `shards`. `started` is when the work on this run began,
    by `time.monotonic()`. `waiting` is for a simultaneous network; `draw` gives the examples of an
    epoch if it has not every one of them once, `encode` all of them as they are encoded in an
    epoch, and `measure` the loss of a batch if it is another.
    """

    def __init__(
        self,
        network: Network,
        examples: PackedExamples,
        config: TrainingConfig,
        position: Position,
        shards: int,
        started: float,
        waiting: Waiting | None = None,
        draw: Draw | None = None,
        encode: Callable[[int], PackedExamples] | None = None,
        measure: Measure | None = None,
    ) -> None:
        self.network = network
        self.examples = examples
        self.config = config
        self.position = position
        self.started = started - position.seconds
        self.shards = shards
        self.gradients = Gradients(network, config, shards, waiting, measure)
        self.optimizer = make_optimizer(network.parameters(), config)
        # The number of batches of one epoch; others may have one or two more or less.
        generator = np.random.default_rng(config.seed)
        drawn = None if draw is None else draw(0)
        first = examples if encode is None else encode(0)
        self.batches = len(epoch_batches(first, config.batch_tokens, generator, drawn))
        self._epoch_tokens = len(first.targets)
        self.draw = draw
        self.encode = encode
        self.schedule = Schedule(config, position, self.batches)
        self.workers: Workers | None = None

    def share(self, workers: Workers) -> None:
        """Make the updates together with other processes."""
        self.workers = workers
        self.gradients = workers.gradients(self.gradients)

    def synchronize(self) -> None:
        """Give the other processes, if there are any, the weights and the optimizer's state."""
        if self.workers is not None:
            self.workers.load(self.network, self.optimizer)

    def updates(self) -> Iterator[Updated]:
        """Yields an event after each update until the budget is spent.

        `position.learning_seconds` counts only the time of the updates, not that of the caller.
        """
        self.synchronize()
        results = learn(
            self.gradients,
            self.optimizer,
            self.examples,
            self.position,
            self.schedule.rate,
            self.draw,
            self.encode,
            self._announce if self.workers else None,
        )
        while not self.schedule.finished():
            begin = time.monotonic()
            result = next(results)
            self.position.learning_seconds += time.monotonic() - begin
            yield self._updated(result)

    def epochs(self) -> float:
        """How often the updates so far have had each example, on average."""
        return self.position.all_tokens / self._epoch_tokens

    def seconds(self) -> float:
        """The time that the run has taken so far, before it was resumed too."""
        return time.monotonic() - self.started

    def _announce(self, batch: Batch, update: int, rate: float) -> None:
        """Tell the other processes to make an update."""
        assert self.workers is not None
        if update % UPDATES_BETWEEN_LOADS == UPDATES_BETWEEN_LOADS - 1:
            self.synchronize()
        self.workers.update(batch, update, rate)

    def _updated(self, result: UpdateResult) -> Updated:
        seconds = self.seconds()
        return Updated(
            update=self.position.update,
            total=self.position.total,
            epoch=self.position.epoch,
            loss=result.nll,
            tokens=result.tokens,
            rate=result.rate,
            seconds=seconds,
            seconds_left=self.schedule.seconds_left(seconds),
            skipped=self.position.skipped_in_row > 0,
        )
