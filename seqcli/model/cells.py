"""The recurrent cells: what the memory is, and how one step changes it.

A cell's work falls in two parts. `project` takes what depends on the inputs alone, and can do it
for all steps at once; `step` adds what depends on the memory. One more cell is one more class here
and one more line in `CELLS`.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqcli.model.unrolled import Product, unrolled

State = tuple[Tensor, ...]  # each [R,H]; the first is what the cell shows to the outside


class Cell(Protocol):
    """One step of recurrence, from I inputs to H units.

    `feedback` is the size of a further input that is known only at its step, such as the context
    that attention has found.
    """

    hidden_size: int
    memories: int  # how many vectors the state holds

    def project(self, inputs: Tensor) -> Tensor:
        """The inputs' share of all gates, bias included: [...,I] -> [...,G·H]."""
        ...

    def product(self) -> Product:
        """The memory's product for one sequence; hand it to every `step` of that sequence."""
        ...

    def step(
        self, projected: Tensor, state: State, product: Product, feedback: Tensor | None = None
    ) -> State:
        """[R,G·H], state and feedback [R,F] -> the next state."""
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

    def product(self) -> Product:
        return unrolled(self.recurrent)

    def step(
        self, projected: Tensor, state: State, product: Product, feedback: Tensor | None = None
    ) -> State:
        hidden, cell = state
        remembered = hidden if feedback is None else torch.cat([feedback, hidden], dim=1)
        gates = projected + product(remembered)
        # One sigmoid over i, f and o would need them side by side; g sits between.
        squashed = torch.sigmoid(gates)
        size = self.hidden_size
        into, forget, _, out = torch.split(squashed, size, dim=1)
        candidate = torch.tanh(gates.narrow(1, 2 * size, size))
        cell = forget * cell + into * candidate
        return out * torch.tanh(cell), cell


CELLS: dict[str, type[LSTM]] = {"lstm": LSTM}


def initial_state(cell: Cell, hidden: Tensor) -> State:
    """The state that shows `hidden` [R,H] and remembers nothing else."""
    return (hidden, *(torch.zeros_like(hidden) for _ in range(cell.memories - 1)))


def run(cell: Cell, inputs: Tensor) -> Tensor:
    """A whole sequence from an empty memory: [S,B,I] -> what the cell shows [S,B,H]."""
    projected = cell.project(inputs)
    product = cell.product()
    state = initial_state(cell, inputs.new_zeros(inputs.shape[1], cell.hidden_size))
    shown = []
    for step_input in projected.unbind(0):
        state = cell.step(step_input, state, product)
        shown.append(state[0])
    return torch.stack(shown)
