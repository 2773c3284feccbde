"""The recurrent cells.

`project` computes what depends on the inputs alone, for all steps at once; `unroll` gives the steps
of a sequence, which add what depends on the state. To add a cell, write a class here and name it in
`CELLS` of `seqcli.config`. The exported step is traced from `products` and `step`; a PyTorch
function without a translation there is reported by name (`seqcli.export.trace`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqcli import config
from seqcli.model.stepwise_linear import StepLinear, stepwise_linear

State = tuple[Tensor, ...]  # each [R,H]; the first is the hidden state
Gates = dict[str, Tensor]  # gates and candidate by name, each [R,H]
Linears = Sequence[StepLinear]  # one for each matrix product of a step


class Cell(nn.Module):
    """Base: a recurrence from I inputs to H units.

    Feedback is a further input, of size F, that is known only at its step: the attention's context.
    Weights have G blocks of H rows, one for each gate or candidate. `inputs` is [G·H,I];
    `recurrent` is [G·H,F+H], or [G·H,F] in a cell without recurrence; its first F columns are for
    the feedback. The int8 graph relies on hidden states between -1 and 1.
    """

    num_blocks = 1  # G
    num_states = 1  # vectors in the state
    is_recurrent = True  # whether a step depends on the hidden state of the step before
    # For the encoder: the ONNX operator of the cell, and which of our blocks, and of the rows of
    # `peephole`, is at each place of the operator's weights.
    onnx_operator = ""
    onnx_blocks: tuple[int, ...] = (0,)
    onnx_peepholes: tuple[int, ...] = ()

    def __init__(self, input_size: int, hidden_size: int, feedback_size: int = 0) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.feedback_size = feedback_size
        rows = self.num_blocks * hidden_size
        columns = feedback_size + (hidden_size if self.is_recurrent else 0)
        self.inputs = nn.Parameter(torch.empty(rows, input_size))
        self.recurrent = nn.Parameter(torch.empty(rows, columns))
        self.bias = nn.Parameter(torch.zeros(rows))
        for block in range(self.num_blocks):
            self._reset(slice(block * hidden_size, (block + 1) * hidden_size))

    def _reset(self, rows: slice) -> None:
        """Xavier; orthogonal for the weights of the hidden state (Saxe et al. 2014)."""
        nn.init.xavier_uniform_(self.inputs.data[rows])
        if self.feedback_size:
            nn.init.xavier_uniform_(self.recurrent.data[rows, : self.feedback_size])
        if self.is_recurrent:
            nn.init.orthogonal_(self.recurrent.data[rows, self.feedback_size :])

    def project(self, inputs: Tensor) -> Tensor:
        """What the inputs add to all preactivations, bias included: [...,I] -> [...,G·H]."""
        return functional.linear(inputs, self.inputs, self.bias)

    def products(self, projected: Tensor) -> list[tuple[Tensor, Tensor]]:
        """For each matrix product of a step its weight and its part of `projected` [...,G·H]."""
        return [(self.recurrent, projected)]

    def unroll(self, projected: Tensor) -> Iterator[Linears]:
        """For each step of [T,R,G·H] what `step` needs. Use them in order, each once."""
        products = self.products(projected)
        return zip(*(stepwise_linear(*product) for product in products), strict=True)

    def start(self, hidden: Tensor) -> State:
        """The first state, made from a vector [R,H]: the hidden state; other vectors are 0."""
        return (hidden, *(torch.zeros_like(hidden) for _ in range(self.num_states - 1)))

    def step(self, linears: Linears, state: State, feedback: Tensor | None) -> tuple[State, Gates]:
        """The next state and the gates, given the state and the feedback [R,F] if there is any.

        Each of `linears` maps a recurrent input to preactivations, inputs and bias included.
        """
        raise NotImplementedError

    def recurrent_input(self, hidden: Tensor, feedback: Tensor | None) -> Tensor:
        """Feedback and hidden state side by side, as far as the cell uses them: [R,F+H]."""
        if not self.is_recurrent:
            return hidden[:, :0] if feedback is None else feedback
        return hidden if feedback is None else torch.cat([feedback, hidden], dim=1)


class RNN(Cell):
    """h' = tanh(W [x; feedback; h] + b) (Elman 1990, whose σ is a tanh here)."""

    onnx_operator = "RNN"

    def step(self, linears: Linears, state: State, feedback: Tensor | None) -> tuple[State, Gates]:
        return (torch.tanh(linears[0](self.recurrent_input(state[0], feedback))),), {}


class Feedforward(RNN):
    """h' = tanh(W [x; feedback] + b): no recurrence, each step depends on its own inputs alone.

    (In a decoder with attention these are the previous token and the previous context.)
    """

    is_recurrent = False


class GRU(Cell):
    """The gated recurrent unit (Cho et al. 2014, equations 5 to 8).

    z, r = σ(W [x; feedback; h] + b), n = tanh(W [x; feedback; r ⊙ h] + b),
    h' = z ⊙ h + (1 - z) ⊙ n. Blocks are stored in the order z, r, n.
    """

    num_blocks = 3
    onnx_operator = "GRU"
    onnx_blocks = (0, 1, 2)

    def products(self, projected: Tensor) -> list[tuple[Tensor, Tensor]]:
        gates = 2 * self.hidden_size
        return [
            (self.recurrent[:gates], projected[..., :gates]),
            (self.recurrent[gates:], projected[..., gates:]),
        ]

    def step(self, linears: Linears, state: State, feedback: Tensor | None) -> tuple[State, Gates]:
        gates_linear, candidate_linear = linears
        (hidden,) = state
        gates = torch.sigmoid(gates_linear(self.recurrent_input(hidden, feedback)))
        update, reset = gates.chunk(2, dim=1)
        candidate = torch.tanh(candidate_linear(self.recurrent_input(reset * hidden, feedback)))
        hidden = candidate + update * (hidden - candidate)
        return (hidden,), {"update": update, "reset": reset, "candidate": candidate}


class LSTM(Cell):
    """Long short-term memory with a forget gate (Gers, Schmidhuber & Cummins 2000).

    i, f, o = σ(W [x; feedback; h] + b), g = tanh(W [x; feedback; h] + b),
    c' = f ⊙ c + i ⊙ g,  h' = o ⊙ tanh(c'). The state is (h, c). Blocks are stored in the order
    i, f, g, o, as in `torch.nn.LSTMCell`, with one bias instead of two. The bias of the forget gate
    is initialized to 1 (Jozefowicz et al. 2015).
    """

    num_blocks = 4
    num_states = 2
    onnx_operator = "LSTM"
    onnx_blocks = (0, 3, 1, 2)

    def __init__(self, input_size: int, hidden_size: int, feedback_size: int = 0) -> None:
        super().__init__(input_size, hidden_size, feedback_size)
        self.bias.data[hidden_size : 2 * hidden_size] = 1.0

    def step(self, linears: Linears, state: State, feedback: Tensor | None) -> tuple[State, Gates]:
        hidden, cell = state
        size = self.hidden_size
        preactivations = linears[0](self.recurrent_input(hidden, feedback))
        # Few splits: the gradient of each is one more copy.
        input_forget, candidate, output = torch.split(preactivations, [2 * size, size, size], 1)
        input_gate, forget_gate = torch.sigmoid(input_forget).chunk(2, dim=1)
        candidate = torch.tanh(candidate)
        cell = forget_gate * cell + input_gate * candidate
        output_gate = torch.sigmoid(output)
        gates = {"input": input_gate, "forget": forget_gate, "output": output_gate}
        return (output_gate * torch.tanh(cell), cell), gates | {"candidate": candidate}


class Peephole(LSTM):
    """An LSTM with peephole connections (Gers & Schmidhuber 2000).

    p ⊙ c is added to the preactivations of i and f, p ⊙ c' to that of o. `peephole` [3,H] holds the
    weights p of i, f and o.
    """

    onnx_peepholes = (0, 2, 1)

    def __init__(self, input_size: int, hidden_size: int, feedback_size: int = 0) -> None:
        super().__init__(input_size, hidden_size, feedback_size)
        self.peephole = nn.Parameter(torch.empty(3, hidden_size))
        nn.init.normal_(self.peephole, std=0.1)

    def step(self, linears: Linears, state: State, feedback: Tensor | None) -> tuple[State, Gates]:
        hidden, cell = state
        to_input, to_forget, to_output = self.peephole
        preactivations = linears[0](self.recurrent_input(hidden, feedback))
        input_, forget, candidate, output = preactivations.chunk(4, dim=1)
        forget_gate = torch.sigmoid(forget + to_forget * cell)
        kept = forget_gate * cell
        input_gate = torch.sigmoid(input_ + to_input * cell)
        candidate = torch.tanh(candidate)
        cell = kept + input_gate * candidate
        output_gate = torch.sigmoid(output + to_output * cell)
        gates = {"input": input_gate, "forget": forget_gate, "output": output_gate}
        return (output_gate * torch.tanh(cell), cell), gates | {"candidate": candidate}


class SimpleLSTM(LSTM):
    """An LSTM without hidden-to-hidden weights: only the cell state c connects the steps.

    A first state is therefore put into c as well.
    """

    is_recurrent = False

    def start(self, hidden: Tensor) -> State:
        return hidden, hidden


CELLS: dict[str, type[Cell]] = {name: globals()[cell] for name, cell in config.CELLS.items()}


def run_cell(cell: Cell, inputs: Tensor) -> Tensor:
    """A whole sequence from a state of zeros: [S,B,I] -> hidden states [S,B,H]."""
    state = cell.start(inputs.new_zeros(inputs.shape[1], cell.hidden_size))
    hidden = []
    for linears in cell.unroll(cell.project(inputs)):
        state, _ = cell.step(linears, state, None)
        hidden.append(state[0])
    return torch.stack(hidden)
