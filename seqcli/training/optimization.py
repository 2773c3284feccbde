"""Optimizers by name, and their state as arrays and back."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from seqcli.arrays import Tensors
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


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> Tensors:
    """Copies of what an optimizer keeps for the weights that it has changed, by the number of the
    weight and the name of the slot, such as `3.exp_avg`."""
    return {
        f"{index}.{slot}": value.detach().cpu().numpy().copy()
        for index, slots in optimizer.state_dict()["state"].items()
        for slot, value in slots.items()
        if value is not None  # the optimizer has not used the slot yet
    }


def load_optimizer_tensors(optimizer: torch.optim.Optimizer, tensors: Tensors) -> None:
    """Set the state of an optimizer to arrays from `optimizer_tensors`; without any, to that of a
    new one. Raises `ValueError` for the state of another optimizer."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, array in tensors.items():
        index, slot = name.split(".", 1)
        state.setdefault(int(index), {})[slot] = torch.from_numpy(np.array(array))
    _check_state(optimizer, state)
    optimizer.load_state_dict(
        {"state": state, "param_groups": optimizer.state_dict()["param_groups"]}
    )


def _check_state(
    optimizer: torch.optim.Optimizer, state: Mapping[int, Mapping[str, Tensor]]
) -> None:
    """Raise `ValueError` unless the state is one that this optimizer has: for each weight that it
    has changed the same slots, finite and of the shape of the weight."""
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    for index, slots in state.items():
        if not 0 <= index < len(weights) or slots.keys() != SLOTS[type(optimizer).__name__]:
            raise ValueError("the state of another optimizer")
        for name, values in slots.items():
            shape = () if name == "step" else weights[index].shape
            if values.shape != shape or values.dtype != torch.float32:
                raise ValueError(f"the state {name} of an optimizer has another shape or type")
            if not values.isfinite().all():
                raise ValueError(f"the state {name} of an optimizer is not finite")


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
