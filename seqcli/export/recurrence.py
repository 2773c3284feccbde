"""A layer of the encoder as one ONNX operator."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from seqcli.export.graph import Graph
from seqcli.export.trace import Symbol, make_symbol
from seqcli.model.cells import Cell


def bidirectional(
    graph: Graph, inputs: Tensor, lengths: str, forward: Cell, backward: Cell
) -> tuple[Tensor, Tensor]:
    """Inputs [S,B,I] -> states [S,B,H], the last states of both directions [B,H].

    Raises `NotImplementedError` for a cell without an operator.
    """
    if not forward.onnx_operator:
        raise NotImplementedError(
            f"{type(forward).__name__} has no onnx_operator: name the operator that computes it"
        )
    cells, half = (forward, backward), forward.hidden_size
    weights = [
        graph.constant(torch.stack(pair)) for pair in zip(*map(_weights, cells), strict=True)
    ]
    peepholes = []
    if forward.onnx_peepholes:
        rows = [cell.get_parameter("peephole")[list(cell.onnx_peepholes)] for cell in cells]
        # The empty inputs are first states; the operator takes zeros.
        peepholes = ["", "", graph.constant(torch.stack(rows).flatten(1))]
    outputs = graph.add_many(
        forward.onnx_operator,
        2,
        cast(Symbol, inputs).value,
        *weights,
        lengths,
        *peepholes,
        hidden_size=half,
        direction="bidirectional",
    )
    states = make_symbol(graph, outputs[0], ["S", 2, "B", half]).transpose(1, 2)
    summary = make_symbol(graph, outputs[1], [2, "B", half]).transpose(0, 1)
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
