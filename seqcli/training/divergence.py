"""What a run does when its training diverges: it goes back to its best network, and learns slower.

The best network, or the random one that the run began with, is known without a further copy of the
weights, and is the same after `--resume`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NoReturn, TypeVar

from torch import nn

from seqcli.errors import DivergedError, UserError
from seqcli.model.network import REMEDY
from seqcli.training.events import Event, WentBack
from seqcli.training.recorder import Recorder
from seqcli.training.trainer import Trainer
from seqcli.training.weights import load_network_tensors, network_tensors

MAX_SKIPPED = 5  # updates in a row
MAX_RETURNS = 3

AnyEvent = TypeVar("AnyEvent", bound=Event)


def has_diverged(trainer: Trainer) -> bool:
    """Whether `MAX_SKIPPED` updates in a row were skipped, or an update has made a weight (or the
    norm of all weights) infinite or NaN."""
    if trainer.position.skipped_in_row >= MAX_SKIPPED:
        return True
    return not math.isfinite(nn.utils.get_total_norm(trainer.network.parameters()))


def or_go_back(
    measure: Callable[[], AnyEvent], trainer: Trainer, recorder: Recorder
) -> AnyEvent | WentBack:
    """The event of measuring the network; if that shows that it has diverged, of `go_back`."""
    try:
        return measure()
    except DivergedError:
        return go_back(trainer, recorder)


def go_back(trainer: Trainer, recorder: Recorder) -> WentBack:
    """Set the network to the best so far (before an evaluation, to the one that the run began
    with), with a new optimizer, half the learning rate and a new warm-up.

    The order of the batches and the number of updates go on. After `MAX_RETURNS`, or if no update
    is left and no network was scored, the best network is saved and a `UserError` raised.
    """
    position, network, best = trainer.position, trainer.network, recorder.best.weights
    position.returns += 1
    position.returned_at = position.update
    position.skipped_in_row = 0
    if best is None:
        load_network_tensors(network, network_tensors(recorder.new_network()))
    else:
        load_network_tensors(network, best)
    trainer.optimizer.state.clear()
    trainer.synchronize()
    if position.returns > MAX_RETURNS or (best is None and trainer.schedule.finished()):
        _give_up(trainer, recorder)
    rate = trainer.config.learning_rate / 2**position.returns
    return WentBack(position.update, rate, to_beginning=best is None)


def _give_up(trainer: Trainer, recorder: Recorder) -> NoReturn:
    rate = trainer.config.learning_rate / 2 ** (trainer.position.returns - 1)
    diverged = f"the training has diverged, at last with a learning rate of {rate:g}"
    if recorder.best.weights is None:
        raise UserError(f"{diverged}, before a network was scored, so none is saved: {REMEDY}")
    try:
        recorder.save()
    except UserError as error:
        raise UserError(f"{diverged}, and its best network is not saved: {error}") from error
    raise UserError(f"{diverged}: {recorder.folder} has its best network so far; {REMEDY}")
