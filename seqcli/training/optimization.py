"""Optimizers by name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import nn

from seqcli.config import TrainingConfig

# What an optimizer keeps for each weight, by its class.
SLOTS = {
    "Adam": {"step", "exp_avg", "exp_avg_sq"},
    "RMSprop": {"step", "square_avg"},
    "SGD": {"momentum_buffer"},
}

COMPILER_CACHE = "TORCHINDUCTOR_CACHE_DIR"


def make_optimizer(
    parameters: Iterable[nn.Parameter], config: TrainingConfig
) -> torch.optim.Optimizer:
    """Adam (Kingma & Ba 2015), RMSprop (Hinton 2012), SGD with Nesterov momentum (Sutskever et al.
    2013), or plain SGD."""
    with _no_compiler_cache():
        return _make_optimizer(parameters, config)


def _make_optimizer(
    parameters: Iterable[nn.Parameter], config: TrainingConfig
) -> torch.optim.Optimizer:
    if config.optimizer == "adam":
        return torch.optim.Adam(parameters, lr=config.learning_rate, fused=True)
    if config.optimizer == "rmsprop":
        return torch.optim.RMSprop(parameters, lr=config.learning_rate)
    nesterov = config.optimizer == "nesterov"
    momentum = 0.9 if nesterov else 0.0
    return torch.optim.SGD(
        parameters, lr=config.learning_rate, momentum=momentum, nesterov=nesterov
    )


@contextmanager
def _no_compiler_cache() -> Iterator[None]:
    """Use an existing folder as the cache of PyTorch's compiler.

    The first optimizer of a process loads the compiler, which otherwise looks up the user's name
    and creates a cache folder of that name. Nothing is compiled here.
    """
    if COMPILER_CACHE in os.environ:
        yield
        return
    os.environ[COMPILER_CACHE] = tempfile.gettempdir()
    try:
        yield
    finally:
        del os.environ[COMPILER_CACHE]
