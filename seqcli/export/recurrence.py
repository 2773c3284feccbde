"""A layer of the encoder as one ONNX operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor

from seqcli.export.graph import Graph
from seqcli.export.trace import Symbol, make_symbol
from seqcli.model.cells import Cell


def layer(
    graph: Graph, inputs: Tensor, lengths: str, cells: Sequence[Cell]
) -> tuple[Tensor, Tensor]:
    """Inputs [S,B,I] -> states [S,B,H], the last states of all directions [B,H].

    `cells` are those of the directions: forward, or forward and backward. States beyond the lengths
    are 0. Raises `NotImplementedError` for a cell without an operator.
    """
    first, size, directions = cells[0], cells[0].hidden_size, len(cells)
    if not first.onnx_operator:
        raise NotImplementedError(
            f"{type(first).__name__} has no onnx_operator: name the operator that computes it"
        )
    weights = [
        graph.constant(torch.stack(pair)) for pair in zip(*map(_weights, cells), strict=True)
    ]
    peepholes = []
    if first.onnx_peepholes:
        rows = [cell.get_parameter("peephole")[list(cell.onnx_peepholes)] for cell in cells]
        # The empty inputs are first states; the operator takes zeros.
        peepholes = ["", "", graph.constant(torch.stack(rows).flatten(1))]
    outputs = graph.add_many(
        first.onnx_operator,
        2,
        cast(Symbol, inputs).value,
        *weights,
        lengths,
        *peepholes,
        hidden_size=size,
        direction="bidirectional" if directions == 2 else "forward",
    )
    states = make_symbol(graph, outputs[0], ["S", directions, "B", size]).transpose(1, 2)
    summary = make_symbol(graph, outputs[1], [directions, "B", size]).transpose(0, 1)
    return states.flatten(2, 3), summary.flatten(1, 2)


def _weights(cell: Cell) -> tuple[Tensor, Tensor, Tensor]:
    """The operator's W [G·H,I], R [G·H,H] and B [2·G·H] for a cell without feedback."""
    shape = len(cell.bias), cell.hidden_size
    recurrent = cell.recurrent if cell.is_recurrent else torch.zeros(shape)

    def ordered(blocks: Tensor) -> Tensor:
        parts = blocks.chunk(cell.num_blocks)
        return torch.cat([parts[i] for i in cell.onnx_blocks])

    bias = ordered(cell.bias)
    return ordered(cell.inputs), ordered(recurrent), torch.cat([bias, torch.zeros_like(bias)])
