"""The network that a run begins with."""

from __future__ import annotations

import torch

from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.prepare import PreparedData


def make_network(data: PreparedData, device: torch.device) -> Seq2Seq:
    """A network with random weights that depend only on the seed, which is set for PyTorch."""
    settings = data.settings
    torch.manual_seed(settings.training.seed)
    output_pieces = torch.from_numpy(data.output_vocabulary.pieces)
    return Seq2Seq(settings.model, len(data.tokenizer), output_pieces).to(device)
