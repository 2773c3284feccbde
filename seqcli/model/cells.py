"""The recurrent cells: what the memory is, and how one step changes it.

A cell's work falls in two parts. `project` takes what depends on the inputs alone, and can do it
for all steps at once; `unroll` then gives the steps of a sequence, which add what depends on the
memory. One more cell is one more class here and one more line in `CELLS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqcli.model.stepwise_linear import StepLinear, stepwise_linear

State = tuple[Tensor, ...]  # each [R,H]; the first is what the cell shows to the outside
# One step whose inputs are known: the state, and feedback [R,F] if any -> the next state.
Step = Callable[[State, Tensor | None], State]


class Cell(nn.Module):
    """Base: recurrence from I inputs to H units.

    It may have F units of feedback, a further input that is known only at its step, such as the
    context that attention has found. Weights stand in G blocks of H rows, one a gate or candidate;
    in `recurrent` [G·H,F+H] the feedback comes before what the cell itself has shown, h.
    """

    blocks = 1
    num_states = 1  # how many vectors the state holds
    is_recurrent = True  # whether h comes round; without it `recurrent` is [G·H,F]

    def __init__(self, input_size: int, hidden_size: int, feedback_size: int = 0) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.feedback_size = feedback_size
        rows, returning = self.blocks * hidden_size, hidden_size if self.is_recurrent else 0
        self.inputs = nn.Parameter(torch.empty(rows, input_size))
        self.recurrent = nn.Parameter(torch.empty(rows, feedback_size + returning))
        self.bias = nn.Parameter(torch.zeros(rows))
        for block in range(self.blocks):
            self._reset(slice(block * hidden_size, (block + 1) * hidden_size))

    def _reset(self, rows: slice) -> None:
        """Glorot for what comes in, orthogonal for what comes round (Saxe et al. 2014)."""
        nn.init.xavier_uniform_(self.inputs.data[rows])
        if self.feedback_size:
            nn.init.xavier_uniform_(self.recurrent.data[rows, : self.feedback_size])
        if self.is_recurrent:
            nn.init.orthogonal_(self.recurrent.data[rows, self.feedback_size :])

    def project(self, inputs: Tensor) -> Tensor:
        """The inputs' share of all blocks, bias included: [...,I] -> [...,G·H]."""
        return functional.linear(inputs, self.inputs, self.bias)

    def unroll(self, projected: Tensor) -> Iterator[Step]:
        """The steps of a sequence [T,R,G·H], to be taken in their order, each once."""
        for blocks_of in stepwise_linear(self.recurrent, projected):
            yield partial(self._step, blocks_of)

    def start(self, hidden: Tensor) -> State:
        """The state that begins with `hidden` [R,H] and remembers nothing else."""
        return (hidden, *(torch.zeros_like(hidden) for _ in range(self.num_states - 1)))

    def _step(self, blocks_of: StepLinear, state: State, feedback: Tensor | None) -> State:
        """`blocks_of` takes what comes round [R,F+H] to all blocks before their squashing."""
        raise NotImplementedError

    def _returning(self, shown: Tensor, feedback: Tensor | None) -> Tensor:
        """What comes round from the step before: [R,F+H], or [R,F] if the cell looks at no h."""
        if not self.is_recurrent:
            return shown[:, :0] if feedback is None else feedback
        return shown if feedback is None else torch.cat([feedback, shown], dim=1)


class RNN(Cell):
    """The plain recurrent cell: h' = tanh(W [x; feedback; h] + b) (Elman 1990, whose σ is a tanh
    here). Its memory is what it shows, and is replaced at each step."""

    def _step(self, blocks_of: StepLinear, state: State, feedback: Tensor | None) -> State:
        return (torch.tanh(blocks_of(self._returning(state[0], feedback))),)


class Memoryless(RNN):
    """No recurrence at all: h' = tanh(W [x; feedback] + b). Each step sees its own input alone.

    (In a decoder with attention that input is still what was written and looked at last.)
    """

    is_recurrent = False


class GRU(Cell):
    """The gated recurrent unit (Cho et al. 2014, equations 5 to 8).

    z, r = σ(W [x; feedback; h] + b), n = tanh(W [x; feedback; r ⊙ h] + b),
    h' = z ⊙ h + (1 - z) ⊙ n. Blocks are stored in the order z, r, n.
    """

    blocks = 3

    def unroll(self, projected: Tensor) -> Iterator[Step]:
        gates = 2 * self.hidden_size
        gates_of = stepwise_linear(self.recurrent[:gates], projected[..., :gates])
        candidates_of = stepwise_linear(self.recurrent[gates:], projected[..., gates:])
        for both in zip(gates_of, candidates_of, strict=True):
            yield partial(self._gated_step, *both)

    def _gated_step(
        self, gates_of: StepLinear, candidate_of: StepLinear, state: State, feedback: Tensor | None
    ) -> State:
        (hidden,) = state
        gates = torch.sigmoid(gates_of(self._returning(hidden, feedback)))
        update, reset = gates.chunk(2, dim=1)
        candidate = torch.tanh(candidate_of(self._returning(reset * hidden, feedback)))
        return (candidate + update * (hidden - candidate),)


class LSTM(Cell):
    """Long short-term memory with a forget gate (Gers, Schmidhuber & Cummins 2000).

    i, f, o = σ(W [x; feedback; h] + b), g = tanh(W [x; feedback; h] + b),
    c' = f ⊙ c + i ⊙ g,  h' = o ⊙ tanh(c'). The state is (h, c). Blocks are stored in the order
    i, f, g, o, as in `torch.nn.LSTMCell`, with one bias instead of two. The forget gate begins
    open, with a bias of 1 (Jozefowicz et al. 2015).
    """

    blocks = 4
    num_states = 2

    def __init__(self, input_size: int, hidden_size: int, feedback_size: int = 0) -> None:
        super().__init__(input_size, hidden_size, feedback_size)
        self.bias.data[hidden_size : 2 * hidden_size] = 1.0

    def _step(self, blocks_of: StepLinear, state: State, feedback: Tensor | None) -> State:
        shown, cell = state
        size = self.hidden_size
        # Few splits: the gradient of each is one more pass over memory.
        both, candidate, out = torch.split(
            blocks_of(self._returning(shown, feedback)), [2 * size, size, size], dim=1
        )
        into, forget = torch.sigmoid(both).chunk(2, dim=1)
        cell = forget * cell + into * torch.tanh(candidate)
        return torch.sigmoid(out) * torch.tanh(cell), cell


class Peephole(LSTM):
    """An LSTM whose gates also see the cell (Gers & Schmidhuber 2000).

    To what i and f squash, p ⊙ c is added; to what o squashes, p ⊙ c'. `peephole` [3,H] holds one
    weight a unit for i, f and o.
    """

    def __init__(self, input_size: int, hidden_size: int, feedback_size: int = 0) -> None:
        super().__init__(input_size, hidden_size, feedback_size)
        self.peephole = nn.Parameter(torch.empty(3, hidden_size))
        nn.init.normal_(self.peephole, std=0.1)

    def _step(self, blocks_of: StepLinear, state: State, feedback: Tensor | None) -> State:
        shown, cell = state
        see_in, see_forget, see_out = self.peephole
        into, forget, candidate, out = blocks_of(self._returning(shown, feedback)).chunk(4, dim=1)
        kept = torch.sigmoid(forget + see_forget * cell) * cell
        cell = kept + torch.sigmoid(into + see_in * cell) * torch.tanh(candidate)
        return torch.sigmoid(out + see_out * cell) * torch.tanh(cell), cell


class SimpleLSTM(LSTM):
    """The LSTM of the classroom: gates and candidate see the present input (and feedback) alone, so
    that the cell c is all that is handed on. What it begins with is therefore put into c."""

    is_recurrent = False

    def start(self, hidden: Tensor) -> State:
        return hidden, hidden


CELLS: dict[str, type[Cell]] = {
    "lstm": LSTM,
    "gru": GRU,
    "rnn": RNN,
    "peephole": Peephole,
    "lstm-simple": SimpleLSTM,
    "none": Memoryless,
}


def run_cell(cell: Cell, inputs: Tensor) -> Tensor:
    """A whole sequence from an empty memory: [S,B,I] -> what the cell shows [S,B,H]."""
    state = cell.start(inputs.new_zeros(inputs.shape[1], cell.hidden_size))
    shown = []
    for step in cell.unroll(cell.project(inputs)):
        state = step(state, None)
        shown.append(state[0])
    return torch.stack(shown)
