"""Optimisers by name."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from seqcli.config import TrainingConfig


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
