"""Optimisers, the learning rate over a run, and how long a run is."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import nn

from seqcli.config import TrainingConfig

# The rate is held for this share of a run before it decays. A budget in minutes is measured within
# its first tenth, so whatever the measurement says, the rate has been constant until then.
HOLD = 0.2
MEASURED = 0.1
# Machines slow down more often than they speed up: this share of the time left is planned with.
CAUTION = 0.97


def make_optimizer(
    parameters: Iterable[nn.Parameter], config: TrainingConfig
) -> torch.optim.Optimizer:
    """Adam (Kingma & Ba 2015), RMSprop (Hinton 2012), SGD with Nesterov momentum (Sutskever et al.
    2013), or SGD as it is."""
    if config.optimizer == "adam":
        return torch.optim.Adam(parameters, lr=config.learning_rate, fused=True)
    if config.optimizer == "rmsprop":
        return torch.optim.RMSprop(parameters, lr=config.learning_rate)
    nesterov = config.optimizer == "nesterov"
    momentum = 0.9 if nesterov else 0.0
    return torch.optim.SGD(
        parameters, lr=config.learning_rate, momentum=momentum, nesterov=nesterov
    )


def rate_at(update: int, total: int | None, config: TrainingConfig) -> float:
    """The learning rate of an update (counted from 0) in a run of `total` updates.

    It rises over the warm-up, stays until a fifth of the run is done, and falls to nothing at the
    end. An unknown total is a run in its first fifth.
    """
    rate = config.learning_rate * min(1.0, (update + 1) / max(1, config.warmup))
    if total is None or config.decay == "none":
        return rate
    done = (update - HOLD * total) / (total - HOLD * total)
    if done <= 0:
        return rate
    left = max(0.0, 1.0 - done)
    return rate * (0.5 * (1 - math.cos(math.pi * left)) if config.decay == "cosine" else left)


def affordable_evaluations(seconds_left: float, seconds_each: float, wished: int) -> int:
    """As many evaluations as wished, but at least one and no more than fill a tenth of the time."""
    return max(1, min(wished, int(seconds_left / 10 / max(seconds_each, 1e-9))))


def frozen_total(update: int, seconds_per_update: float, seconds_left: float) -> int:
    """The updates of a run that has done some and has `seconds_left` to learn.

    Never so few that the rate should have begun to fall before `update`.
    """
    affordable = update + int(max(0.0, seconds_left) * CAUTION / seconds_per_update)
    return max(affordable, math.ceil(update / HOLD))


def evaluation_points(total: int, evaluations: int) -> list[int]:
    """After which updates a run is evaluated: evenly from the end of the constant part on."""
    first = HOLD * total
    points = {round(first + (total - first) * i / evaluations) for i in range(1, evaluations + 1)}
    return sorted(points - {0} | {total})
