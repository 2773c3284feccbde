"""A model folder as a translator on torch."""

from __future__ import annotations

import torch

from seqcli.bundle import Bundle
from seqcli.config import SearchConfig
from seqcli.data.vocabulary import Writable
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError
from seqcli.model.seq2seq import Seq2Seq
from seqcli.model.stepper import TorchSearchModel
from seqcli.training.checkpoint import load_network_tensors


def load_translator(bundle: Bundle, config: SearchConfig, device: str = "auto") -> Translator:
    """The translator in an opened model folder, on torch."""
    writable = bundle.weights["writable"]
    network = Seq2Seq(
        bundle.settings.model, len(bundle.tokenizer), torch.from_numpy(writable.copy())
    )
    load_network_tensors(network, bundle.weights)
    return Translator(
        TorchSearchModel(network.to(pick_device(device))),
        bundle.tokenizer,
        Writable(writable),
        bundle.settings.length_ratio,
        bundle.settings.punctuation,
        config,
    )


def pick_device(name: str) -> torch.device:
    """`auto` is CUDA where there is one, else the CPU; `cuda:1` is the second card."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    known = ["cpu", "cuda", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise UserError("this machine has no CUDA device that PyTorch can use: leave out --device")
    if name not in known:
        raise UserError(f"device is one of auto, {', '.join(known)}, not {name!r}")
    return torch.device(name)
