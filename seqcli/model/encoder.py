"""The encoders: bidirectional, and one-way for simultaneous translation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import torch
from torch import Tensor, nn

from seqcli.config import ModelConfig
from seqcli.model.cells import CELLS, Cell, run_cell
from seqcli.model.dropout import NO_DROPOUT, Dropout


class Encoder(nn.Module):
    """Base: recurrent layers that read a source."""

    def forward(
        self, inputs: Tensor, lengths: Tensor, dropout: Dropout = NO_DROPOUT
    ) -> tuple[Tensor, Tensor]:
        """Embeddings [S,B,E], lengths [B] -> states [S,B,H], summary [B,H].

        States on padding affect no others.
        """
        raise NotImplementedError

    def layers(self) -> Iterator[tuple[Cell, ...]]:
        """The cells of each layer, one for each direction."""
        raise NotImplementedError


class OneWayEncoder(Encoder):
    """Layers that read from left to right: a state depends on no later input.

    The summary is the last layer's state at the end of `lengths`, which may be less than what there
    is: the states beyond are computed as well.
    """

    def __init__(self, input_size: int, hidden: int, layers: int, cell: str) -> None:
        super().__init__()
        sizes = [input_size] + [hidden] * (layers - 1)
        self.forwards = nn.ModuleList(CELLS[cell](size, hidden) for size in sizes)

    def forward(
        self, inputs: Tensor, lengths: Tensor, dropout: Dropout = NO_DROPOUT
    ) -> tuple[Tensor, Tensor]:
        states = inputs
        for layer, (cell,) in enumerate(self.layers()):
            states = run_cell(cell, dropout(states) if layer else states)
        rows = torch.arange(lengths.shape[0], device=lengths.device)
        return states, states[lengths - 1, rows]

    def layers(self) -> Iterator[tuple[Cell]]:
        return ((cast(Cell, cell),) for cell in self.forwards)


class BidirectionalEncoder(Encoder):
    """Bidirectional layers; each direction has half of the hidden units.

    The summary joins the last hidden state of each direction in the last layer. States on padding
    are undefined; the backward direction reads each row reversed within its own length.
    """

    def __init__(self, input_size: int, hidden: int, layers: int, cell: str) -> None:
        super().__init__()
        sizes = [input_size] + [hidden] * (layers - 1)
        self.forwards = nn.ModuleList(CELLS[cell](size, hidden // 2) for size in sizes)
        self.backwards = nn.ModuleList(CELLS[cell](size, hidden // 2) for size in sizes)

    def forward(
        self, inputs: Tensor, lengths: Tensor, dropout: Dropout = NO_DROPOUT
    ) -> tuple[Tensor, Tensor]:
        states = inputs
        reversal = _reversal(lengths, inputs.shape[0])
        for layer, (forward, backward) in enumerate(self.layers()):
            if layer:
                states = dropout(states)
            ahead = run_cell(forward, states)
            back = _reorder(run_cell(backward, _reorder(states, reversal)), reversal)
            states = torch.cat([ahead, back], dim=2)
        rows = torch.arange(lengths.shape[0], device=lengths.device)
        return states, torch.cat([ahead[lengths - 1, rows], back[0]], dim=1)

    def layers(self) -> Iterator[tuple[Cell, Cell]]:
        directions = zip(self.forwards, self.backwards, strict=True)
        return ((cast(Cell, forward), cast(Cell, backward)) for forward, backward in directions)


def make_encoder(config: ModelConfig) -> Encoder:
    """The encoder that the settings name."""
    kind = OneWayEncoder if config.simultaneous else BidirectionalEncoder
    return kind(config.embedding, config.hidden, config.encoder_layers, config.cell)


def _reversal(lengths: Tensor, longest: int) -> Tensor:
    """Indices [S,B] that reverse each row within its length and leave its padding in place."""
    positions = torch.arange(longest, device=lengths.device).unsqueeze(1)
    return torch.where(positions < lengths, lengths - 1 - positions, positions)


def _reorder(states: Tensor, order: Tensor) -> Tensor:
    return states.gather(0, order.unsqueeze(2).expand_as(states))
