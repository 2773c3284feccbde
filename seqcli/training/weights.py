"""The weights of a network as arrays, and back."""

from __future__ import annotations

import numpy as np
import torch

from seqcli.arrays import Tensors
from seqcli.errors import UserError
from seqcli.model.network import Network


def network_tensors(network: Network) -> Tensors:
    """Copies of the weights, by name; tied weights are there once."""
    tensors: Tensors = {}
    seen: set[int] = set()
    for name, tensor in network.state_dict(keep_vars=True).items():
        if id(tensor) not in seen:
            seen.add(id(tensor))
            tensors[name] = tensor.detach().cpu().numpy().copy()
    return tensors


def load_network_tensors(network: Network, tensors: Tensors) -> None:
    """Set the weights to arrays from `network_tensors`; of tied tables, one is enough.

    Raises `UserError` for weights that do not fit the network, and for weights that are not finite.
    """
    restored = {name: torch.from_numpy(np.array(array)) for name, array in tensors.items()}
    check_shapes(network, tensors)
    network.load_state_dict(restored, strict=False)  # (tied weights are there once)
    network.check_finite()


def check_shapes(network: Network, tensors: Tensors) -> None:
    """Raise `UserError` unless the arrays are those of the network."""
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    if wrong := (expected.keys() - network.tied_tables - tensors.keys()) | (
        tensors.keys() - expected.keys()
    ):
        names = ", ".join(sorted(wrong)[:3])
        raise UserError(f"the weights do not fit the model's settings: {names}")
    for name, array in tensors.items():
        if array.shape != expected[name] or array.dtype.kind != "f":
            raise UserError(
                f"the weights do not fit the model's settings: {name} has the shape {array.shape}, "
                f"not {expected[name]}; if another version of seqcli made this folder, train it "
                "again"
            )
