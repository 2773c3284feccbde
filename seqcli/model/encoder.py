"""The bidirectional encoder."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from seqcli.model.cells import CELLS, Cell, run_cell
from seqcli.model.dropout import NO_DROPOUT, Dropout


class Encoder(nn.Module):
    """Bidirectional recurrent layers; each direction has half of the hidden units."""

    def __init__(self, input_size: int, hidden: int, layers: int, cell: str) -> None:
        super().__init__()
        sizes = [input_size] + [hidden] * (layers - 1)
        self.forwards = nn.ModuleList(CELLS[cell](size, hidden // 2) for size in sizes)
        self.backwards = nn.ModuleList(CELLS[cell](size, hidden // 2) for size in sizes)

    def forward(
        self, inputs: Tensor, lengths: Tensor, dropout: Dropout = NO_DROPOUT
    ) -> tuple[Tensor, Tensor]:
        """Embeddings [S,B,E], lengths [B] -> states [S,B,H], summary [B,H].

        The summary joins the last hidden state of each direction in the last layer. States on
        padding are undefined and affect no others: the backward direction reads each row reversed
        within its own length.
        """
        states = inputs
        reversal = _reversal(lengths, inputs.shape[0])
        for layer, cells in enumerate(zip(self.forwards, self.backwards, strict=True)):
            if layer:
                states = dropout(states)
            forward, backward = (cast(Cell, cell) for cell in cells)
            ahead = run_cell(forward, states)
            back = _reorder(run_cell(backward, _reorder(states, reversal)), reversal)
            states = torch.cat([ahead, back], dim=2)
        rows = torch.arange(lengths.shape[0], device=lengths.device)
        return states, torch.cat([ahead[lengths - 1, rows], back[0]], dim=1)


def _reversal(lengths: Tensor, longest: int) -> Tensor:
    """Indices [S,B] that reverse each row within its length and leave its padding in place."""
    positions = torch.arange(longest, device=lengths.device).unsqueeze(1)
    return torch.where(positions < lengths, lengths - 1 - positions, positions)


def _reorder(states: Tensor, order: Tensor) -> Tensor:
    return states.gather(0, order.unsqueeze(2).expand_as(states))
