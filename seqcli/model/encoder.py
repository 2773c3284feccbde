"""The encoder: reads the source in both directions."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from seqcli.model.cells import CELLS, Cell, run_cell
from seqcli.model.dropout import NO_DROPOUT, Dropout


class Encoder(nn.Module):
    """Bidirectional recurrent layers, each direction with half of the hidden units."""

    def __init__(self, input_size: int, hidden: int, layers: int, cell: str) -> None:
        super().__init__()
        sizes = [input_size] + [hidden] * (layers - 1)
        self.forwards = nn.ModuleList(CELLS[cell](size, hidden // 2) for size in sizes)
        self.backwards = nn.ModuleList(CELLS[cell](size, hidden // 2) for size in sizes)

    def forward(
        self, inputs: Tensor, lengths: Tensor, dropout: Dropout = NO_DROPOUT
    ) -> tuple[Tensor, Tensor]:
        """Vectors of pieces [S,B,E], lengths [B] -> states [S,B,H], the last state [B,H].

        The last state is what each direction shows when it has read the whole sentence. States on
        padding mean nothing and touch no others: the backward direction reads each row reversed
        within its own length.
        """
        states = inputs
        mirror = _mirror(lengths, inputs.shape[0])
        for layer, (onward, back) in enumerate(zip(self.forwards, self.backwards, strict=True)):
            if layer:
                states = dropout(states)
            read = run_cell(cast(Cell, onward), states)
            reread = _reorder(run_cell(cast(Cell, back), _reorder(states, mirror)), mirror)
            states = torch.cat([read, reread], dim=2)
        rows = torch.arange(lengths.shape[0], device=lengths.device)
        return states, torch.cat([read[lengths - 1, rows], reread[0]], dim=1)


def _mirror(lengths: Tensor, longest: int) -> Tensor:
    """Indices [S,B] that turn each row round within its length and leave its padding in place."""
    positions = torch.arange(longest, device=lengths.device).unsqueeze(1)
    return torch.where(positions < lengths, lengths - 1 - positions, positions)


def _reorder(states: Tensor, order: Tensor) -> Tensor:
    return states.gather(0, order.unsqueeze(2).expand_as(states))
