"""Trains a network: updates out, nothing evaluated, printed or saved."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from seqcli.config import TrainingConfig
from seqcli.data.batching import PackedExamples, epoch_batches
from seqcli.model.network import Network
from seqcli.training.events import Updated
from seqcli.training.gradients import Gradients, Measure
from seqcli.training.loop import Draw, Position, UpdateResult, learn
from seqcli.training.optimization import make_optimizer
from seqcli.training.schedule import Schedule
from seqcli.training.waiting import Waiting


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

    def updates(self) -> Iterator[Updated]:
        """Yields an event after each update until the budget is spent.

        `position.learning_seconds` counts only the time of the updates, not that of the caller.
        """
        results = learn(
            self.gradients,
            self.optimizer,
            self.examples,
            self.position,
            self.schedule.rate,
            self.draw,
            self.encode,
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
