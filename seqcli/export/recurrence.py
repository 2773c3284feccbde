"""The recurrent cells as ONNX: a whole sequence as one operator, and one step written out."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from seqcli.export.graph import Graph
from seqcli.model.cells import GRU, LSTM, RNN, Cell, Peephole, SimpleLSTM

# Which of our blocks comes where in the operator of ONNX; an LSTM's are i, o, f, g there.
ORDER = {"LSTM": (0, 3, 1, 2), "GRU": (0, 1, 2), "RNN": (0,)}


class Stepped(NamedTuple):
    """A step: the next state (its first part is what the cell shows), and by name the gates, and
    the candidate that they let in."""

    state: list[str]
    gates: dict[str, str]


def bidirectional(
    graph: Graph, inputs: str, lengths: str, onward: Cell, back: Cell
) -> tuple[str, str]:
    """Two cells as one operator: [S,B,I] -> states [S,B,H], what they show last [2,B,H/2]."""
    operator = _operator(onward)
    sides = [_weights(cell, operator) for cell in (onward, back)]
    weights = [graph.constant(torch.stack(both)) for both in zip(*sides, strict=True)]
    more = []
    if isinstance(onward, Peephole) and isinstance(back, Peephole):
        # ONNX looks through i, o, f; no first states are given.
        looks = [cell.peephole[[0, 2, 1]].flatten() for cell in (onward, back)]
        more = ["", "", graph.constant(torch.stack(looks))]
    states, ends = graph.add_many(
        operator,
        2,
        inputs,
        *weights,
        lengths,
        *more,
        hidden_size=onward.hidden_size,
        direction="bidirectional",
    )
    states = graph.add("Transpose", states, perm=[0, 2, 1, 3])
    return graph.add("Reshape", states, graph.integers(0, 0, -1)), ends


def _operator(cell: Cell) -> str:
    if isinstance(cell, LSTM):
        return "LSTM"
    return "GRU" if isinstance(cell, GRU) else "RNN"


def _weights(cell: Cell, operator: str) -> tuple[Tensor, Tensor, Tensor]:
    """W, R and B of a cell without feedback; where nothing comes round, R is zero."""
    shown = cell.recurrent if cell.is_recurrent else torch.zeros(len(cell.bias), cell.hidden_size)

    def ordered(part: Tensor) -> Tensor:
        blocks = part.chunk(cell.blocks)
        return torch.cat([blocks[i] for i in ORDER[operator]])

    bias = ordered(cell.bias)
    return ordered(cell.inputs), ordered(shown), torch.cat([bias, torch.zeros_like(bias)])


def start(cell: Cell, hidden: str, nothing: str) -> list[str]:
    """The state of `Cell.start`, given what begins it and zeros of its shape."""
    if isinstance(cell, SimpleLSTM):
        return [hidden, hidden]
    return [hidden, nothing][: cell.num_states]


def step(graph: Graph, cell: Cell, projected: str, state: list[str], fed: str) -> Stepped:
    """The step of a cell whose inputs' share of all blocks [R,G·H] is known.

    `fed` is the feedback [R,F]; an empty name where there is none.
    """
    if isinstance(cell, GRU):
        return _gru(graph, cell, projected, state[0], fed)
    blocks = _blocks(graph, cell, projected, state[0], fed)
    if isinstance(cell, RNN):
        return Stepped([graph.add("Tanh", blocks)], {})
    assert isinstance(cell, LSTM)
    return _lstm(graph, cell, blocks, state[1])


def _blocks(graph: Graph, cell: Cell, projected: str, shown: str, fed: str) -> str:
    returning = [name for name in (fed, shown if cell.is_recurrent else "") if name]
    if not returning:
        return projected
    together = graph.add("Concat", *returning, axis=1) if len(returning) > 1 else returning[0]
    return graph.add("Add", projected, graph.linear(together, cell.recurrent))


def _lstm(graph: Graph, cell: LSTM, blocks: str, old: str) -> Stepped:
    into, forget, candidate, out = graph.add_many("Split", 4, blocks, axis=1)
    see = list(cell.peephole) if isinstance(cell, Peephole) else [None] * 3

    def gate(block: str, look: Tensor | None, at: str) -> str:
        if look is not None:
            block = graph.add("Add", block, graph.add("Mul", at, graph.constant(look)))
        return graph.add("Sigmoid", block)

    into, forget = gate(into, see[0], old), gate(forget, see[1], old)
    candidate = graph.add("Tanh", candidate)
    new = graph.add("Mul", into, candidate)
    memory = graph.add("Add", graph.add("Mul", forget, old), new)
    out = gate(out, see[2], memory)
    shown = graph.add("Mul", out, graph.add("Tanh", memory))
    gates = {"input": into, "forget": forget, "output": out, "candidate": candidate}
    return Stepped([shown, memory], gates)


def _gru(graph: Graph, cell: GRU, projected: str, shown: str, fed: str) -> Stepped:
    size = cell.hidden_size
    known = graph.add_many("Split", 2, projected, graph.integers(2 * size, size), axis=1)

    def blocks(known: str, weight: Tensor, returning: str) -> str:
        together = graph.add("Concat", fed, returning, axis=1) if fed else returning
        return graph.add("Add", known, graph.linear(together, weight))

    squashed = graph.add("Sigmoid", blocks(known[0], cell.recurrent[: 2 * size], shown))
    update, reset = graph.add_many("Split", 2, squashed, axis=1)
    returning = graph.add("Mul", reset, shown)
    candidate = graph.add("Tanh", blocks(known[1], cell.recurrent[2 * size :], returning))
    kept = graph.add("Mul", update, graph.add("Sub", shown, candidate))
    gates = {"update": update, "reset": reset, "candidate": candidate}
    return Stepped([graph.add("Add", candidate, kept)], gates)
