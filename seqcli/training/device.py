"""The device that a network is trained on."""

from __future__ import annotations

import torch

from seqcli.errors import UserError


def pick_device(name: str) -> torch.device:
    """The device of a name: `auto` (CUDA if there is one, else the CPU), `cpu`, `cuda`, or `cuda:1`
    for the second GPU. Raises `UserError` for any other, and for CUDA where there is none."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    known = ["cpu", "cuda", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise UserError("this machine has no CUDA device that PyTorch can use: leave out --device")
    if name not in known:
        raise UserError(f"device is one of auto, {', '.join(known)}, not {name!r}")
    return torch.device(name)
