"""The recurrent cells: what the memory is, and how one step changes it.

A cell's work falls in two parts. `project` takes what depends on the inputs alone, and can do it
for all steps at once; `unroll` then gives the steps of a sequence, which add what depends on the
memory. One more cell is one more class here and one more line in `CELLS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqcli.model.unrolled import Product, unrolled

State = tuple[Tensor, ...]  # each [R,H]; the first is what the cell shows to the outside
# One step whose inputs are known: the state, and feedback [R,F] if any -> the next state.
Step = Callable[[State, Tensor | None], State]


class Cell(Protocol):
    """Recurrence from I inputs to H units.

    It may have F units of feedback, a further input that is known only at its step, such as the
    context that attention has found.
    """

    hidden_size: int
    memories: int  # how many vectors the state holds

    def project(self, inputs: Tensor) -> Tensor:
        """The inputs' share of all gates, bias included: [...,I] -> [...,G·H]."""
        ...

    def unroll(self, projected: Tensor) -> Iterator[Step]:
        """The steps of a sequence [T,R,G·H], to be taken in their order, each once."""
        ...


class LSTM(nn.Module):
    """Long short-term memory with a forget gate (Gers, Schmidhuber & Cummins 2000).

    i, f, o = σ(W [x; feedback; h] + b), g = tanh(W [x; feedback; h] + b),
    c' = f ⊙ c + i ⊙ g,  h' = o ⊙ tanh(c'). The state is (h, c). Gates are stored in the order
    i, f, g, o, as in `torch.nn.LSTMCell`, with one bias instead of two.
    """

    memories = 2
    gates = 4

    def __init__(self, input_size: int, hidden_size: int, feedback_size: int = 0) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.inputs = nn.Parameter(torch.empty(self.gates * hidden_size, input_size))
        self.recurrent = nn.Parameter(
            torch.empty(self.gates * hidden_size, feedback_size + hidden_size)
        )
        self.bias = nn.Parameter(torch.zeros(self.gates * hidden_size))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Glorot for what comes in, orthogonal for what comes round, and an open forget gate.

        Orthogonal: Saxe et al. 2014. Forget bias of 1: Jozefowicz et al. 2015.
        """
        for gate in range(self.gates):
            rows = slice(gate * self.hidden_size, (gate + 1) * self.hidden_size)
            nn.init.xavier_uniform_(self.inputs.data[rows])
            nn.init.xavier_uniform_(self.recurrent.data[rows, : -self.hidden_size])
            nn.init.orthogonal_(self.recurrent.data[rows, -self.hidden_size :])
        self.bias.data[self.hidden_size : 2 * self.hidden_size] = 1.0

    def project(self, inputs: Tensor) -> Tensor:
        return functional.linear(inputs, self.inputs, self.bias)

    def unroll(self, projected: Tensor) -> Iterator[Step]:
        for gates_of in unrolled(self.recurrent, projected):
            yield partial(self._step, gates_of)

    def _step(self, gates_of: Product, state: State, feedback: Tensor | None) -> State:
        hidden, cell = state
        gates = gates_of(hidden if feedback is None else torch.cat([feedback, hidden], dim=1))
        size = self.hidden_size
        # Few splits: the gradient of each is one more pass over memory.
        both, candidate, out = torch.split(gates, [2 * size, size, size], dim=1)
        into, forget = torch.sigmoid(both).chunk(2, dim=1)
        cell = forget * cell + into * torch.tanh(candidate)
        return torch.sigmoid(out) * torch.tanh(cell), cell


CELLS: dict[str, type[LSTM]] = {"lstm": LSTM}


def initial_state(cell: Cell, hidden: Tensor) -> State:
    """The state that shows `hidden` [R,H] and remembers nothing else."""
    return (hidden, *(torch.zeros_like(hidden) for _ in range(cell.memories - 1)))


def run(cell: Cell, inputs: Tensor) -> Tensor:
    """A whole sequence from an empty memory: [S,B,I] -> what the cell shows [S,B,H]."""
    state = initial_state(cell, inputs.new_zeros(inputs.shape[1], cell.hidden_size))
    shown = []
    for step in cell.unroll(cell.project(inputs)):
        state = step(state, None)
        shown.append(state[0])
    return torch.stack(shown)
