"""Every recurrent cell against its published formula, alone and in the network."""

import numpy as np
import pytest
import torch

from seqcli import config
from seqcli.config import ModelConfig
from seqcli.errors import UserError
from seqcli.model import cells
from seqcli.model.cells import CELLS, LSTM, Cell, run_cell
from seqcli.model.encoder import BidirectionalEncoder


def one_step(cell, inputs, state, feedback=None):
    (linears,) = cell.unroll(cell.project(inputs.unsqueeze(0)))
    return cell.step(linears, state, feedback)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def numpy_step(name, cell, x, fed, state):
    """The formulas of the papers for one row: the next state and the gates."""
    p = {key: value.detach().numpy().astype(float) for key, value in cell.named_parameters()}
    size = cell.hidden_size
    hidden = state[0]
    w, u, b = (np.split(p[key], cell.num_blocks) for key in ("inputs", "recurrent", "bias"))

    def block(i, hidden):
        seen = fed if name in ("none", "lstm-simple") else np.concatenate([fed, hidden])
        return w[i] @ x + u[i] @ seen + b[i]

    if name in ("rnn", "none"):
        return (np.tanh(block(0, hidden)),), {}
    if name == "gru":
        z, r = sigmoid(block(0, hidden)), sigmoid(block(1, hidden))
        n = np.tanh(block(2, r * hidden))
        return (z * hidden + (1 - z) * n,), {"update": z, "reset": r, "candidate": n}
    old = state[1]
    see = p.get("peephole", np.zeros((3, size)))
    i = sigmoid(block(0, hidden) + see[0] * old)
    f = sigmoid(block(1, hidden) + see[1] * old)
    g = np.tanh(block(2, hidden))
    new = f * old + i * g
    o = sigmoid(block(3, hidden) + see[2] * new)
    return (o * np.tanh(new), new), {"input": i, "forget": f, "output": o, "candidate": g}


@pytest.mark.parametrize("name", CELLS)
def test_a_step_is_its_formula(name):
    torch.manual_seed(1)
    cell = CELLS[name](3, 4, feedback_size=2)
    cell.bias.data.normal_()
    x, fed = torch.randn(6, 3), torch.randn(6, 2)
    state = tuple(torch.randn(6, 4) for _ in range(cell.num_states))
    next_state, gates = one_step(cell, x, state, fed)
    for row in range(6):
        arrays = [each[row].numpy().astype(float) for each in (x, fed, *state)]
        wanted, wanted_gates = numpy_step(name, cell, arrays[0], arrays[1], arrays[2:])
        for part, right in zip(next_state, wanted, strict=True):
            np.testing.assert_allclose(part[row].detach(), right, atol=1e-6)
        assert gates.keys() == wanted_gates.keys()
        for gate, right in wanted_gates.items():
            np.testing.assert_allclose(gates[gate][row].detach(), right, atol=1e-6)


def test_every_cell_is_named_in_the_configuration():
    classes = {
        name
        for name, value in vars(cells).items()
        if isinstance(value, type) and issubclass(value, Cell) and value is not Cell
    }
    named = set(config.CELLS.values())
    assert classes - named == set(), "not named in CELLS of seqcli/config.py"
    assert named - classes == set(), "named in seqcli/config.py, not in seqcli/model/cells.py"


@pytest.mark.parametrize(
    ("name", "theirs"), [("lstm", torch.nn.LSTMCell), ("rnn", torch.nn.RNNCell)]
)
def test_a_step_is_torchs(name, theirs):
    torch.manual_seed(1)
    ours, theirs = CELLS[name](7, 5), theirs(7, 5)
    theirs.weight_ih.data = ours.inputs.data.clone()
    theirs.weight_hh.data = ours.recurrent.data.clone()
    theirs.bias_ih.data = ours.bias.data.clone()
    theirs.bias_hh.data.zero_()
    x, state = torch.randn(4, 7), tuple(torch.randn(4, 5) for _ in range(ours.num_states))
    wanted = theirs(x, state) if len(state) > 1 else (theirs(x, state[0]),)
    for mine, other in zip(one_step(ours, x, state)[0], wanted, strict=True):
        torch.testing.assert_close(mine, other)


@pytest.mark.parametrize("name", CELLS)
def test_feedback_is_one_more_input(name):
    torch.manual_seed(1)
    cell, plain = CELLS[name](3, 4, feedback_size=2), CELLS[name](5, 4)
    plain.load_state_dict(cell.state_dict() | {
        "inputs": torch.cat([cell.inputs.data, cell.recurrent.data[:, :2]], dim=1),
        "recurrent": cell.recurrent.data[:, 2:],
    })  # fmt: skip
    x, fed = torch.randn(6, 3), torch.randn(6, 2)
    state = tuple(torch.randn(6, 4) for _ in range(cell.num_states))
    with_feedback, _ = one_step(cell, x, state, fed)
    as_input, _ = one_step(plain, torch.cat([x, fed], dim=1), state)
    torch.testing.assert_close(with_feedback, as_input)


@pytest.mark.parametrize("name", CELLS)
def test_run_is_step_after_step(name):
    torch.manual_seed(1)
    cell, inputs = CELLS[name](3, 4), torch.randn(5, 2, 3)
    state = cell.start(torch.zeros(2, 4))
    hidden = []
    for x in inputs:
        state, _ = one_step(cell, x, state)
        hidden.append(state[0])
    torch.testing.assert_close(run_cell(cell, inputs), torch.stack(hidden))


@pytest.mark.parametrize("name", CELLS)
def test_gradients_reach_earlier_inputs_in_recurrent_cells_only(name):
    torch.manual_seed(1)
    cell, inputs = CELLS[name](3, 4), torch.randn(5, 2, 3)
    inputs.requires_grad_()
    (reached,) = torch.autograd.grad(run_cell(cell, inputs)[-1].sum(), inputs)
    assert (reached[-1] != 0).any()
    assert bool((reached[:-1] != 0).any()) == (name != "none")


@pytest.mark.parametrize("name", CELLS)
def test_the_first_state_affects_the_first_hidden_state(name):
    torch.manual_seed(1)
    cell, begin = CELLS[name](3, 4), torch.randn(2, 4, requires_grad=True)
    (hidden, *_), _ = one_step(cell, torch.randn(2, 3), cell.start(begin))
    (gradient,) = torch.autograd.grad(
        hidden.sum(), begin, allow_unused=True, materialize_grads=True
    )
    assert bool((gradient != 0).all()) == (name != "none")


def test_the_encoder_is_a_packed_bidirectional_lstm():
    torch.manual_seed(4)
    ours = BidirectionalEncoder(6, 8, 2, "lstm")
    theirs = torch.nn.LSTM(6, 4, num_layers=2, bidirectional=True)
    for layer in range(2):
        for cell, ending in ((ours.forwards[layer], ""), (ours.backwards[layer], "_reverse")):
            getattr(theirs, f"weight_ih_l{layer}{ending}").data = cell.inputs.data
            getattr(theirs, f"weight_hh_l{layer}{ending}").data = cell.recurrent.data
            getattr(theirs, f"bias_ih_l{layer}{ending}").data = cell.bias.data
            getattr(theirs, f"bias_hh_l{layer}{ending}").data.zero_()
    inputs, lengths = torch.randn(7, 3, 6), torch.tensor([7, 4, 1])
    states, summary = ours(inputs, lengths)
    packed = torch.nn.utils.rnn.pack_padded_sequence(inputs, lengths)
    output, (hidden, _) = theirs(packed)
    wanted, _ = torch.nn.utils.rnn.pad_packed_sequence(output)
    for row, length in enumerate(lengths):
        torch.testing.assert_close(states[:length, row], wanted[:length, row])
    torch.testing.assert_close(summary, torch.cat([hidden[-2], hidden[-1]], dim=1))


def test_the_forget_bias_is_initialized_to_one():
    bias = LSTM(3, 4).bias
    assert bias.reshape(4, 4).sum(1).tolist() == [0, 4, 0, 0]


def test_a_combination_without_any_source_information_is_refused():
    with pytest.raises(UserError, match="forgets what the first step receives"):
        ModelConfig(cell="none", attention="none", context="first")
    with pytest.raises(UserError, match="cell is one of lstm, gru, rnn, peephole"):
        ModelConfig(cell="gruu")
