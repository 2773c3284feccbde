import copy
import math
import shutil

import numpy as np
import onnxruntime
import pytest
import torch
from conftest import part_path
from onnx import TensorProto, load_from_string
from torch.nn import functional

from seqcli.bundle import open_bundle
from seqcli.config import CELLS, ModelConfig
from seqcli.data.tokenizer import END, UNKNOWN
from seqcli.decoding.onnx_model import OnnxSearchModel
from seqcli.errors import UserError
from seqcli.export.graph import Graph, Int8Graph
from seqcli.export.network import Exported, check, encoder_graph, export, step_graph
from seqcli.export.step import ExportError
from seqcli.export.trace import NODES, make_symbol
from seqcli.folder import ENCODER, STEP
from seqcli.model.attention import Attention
from seqcli.model.cells import LSTM, Cell
from seqcli.model.seq2seq import Seq2Seq
from seqcli.model.stepper import TorchSearchModel

PIECES = 30
NETWORKS = [{"attention": name} for name in ("additive", "bilinear", "dot", "cosine", "none")] + [
    {"attention": "none", "context": "first"},
    {"attention": "additive", "encoder_layers": 2},
    {"attention": "dot", "tied": False},
    {"attention": "additive", "lexical": False},
    {"attention": "none", "cell": "lstm-simple", "context": "first"},
    {"attention": "none", "cell": "none"},
    *({"attention": "additive", "cell": name} for name in CELLS if name != "lstm"),
]


def network(seed=1, **settings):
    torch.manual_seed(seed)
    config = ModelConfig(**{"embedding": 6, "hidden": 8, "attention_size": 5} | settings)
    return Seq2Seq(config, PIECES, torch.tensor([UNKNOWN, END, *range(10, PIECES)]))


def exported(model, precision="fp32"):
    graphs = export(model)
    return OnnxSearchModel(graphs.encoder, graphs.step if precision == "fp32" else graphs.step_int8)


def distributions(model, source, lengths, tokens, beam):
    """Log-probabilities along a forced path: [T,R,V]."""
    memory, state = model.encode(source, lengths)
    state = tuple(part.repeat(beam, axis=0) for part in state)
    rows, weights = [], None
    for token in tokens:
        previous = np.full(len(source) * beam, token, dtype=np.int64)
        log_probabilities, weights, state = model.step(previous, memory, state)
        rows.append(log_probabilities)
    return np.stack(rows), weights


@pytest.mark.parametrize("settings", NETWORKS)
@pytest.mark.parametrize(("lengths", "beam"), [([1], 1), ([3, 9, 5], 4), ([31, 2], 2)])
def test_the_graphs_are_the_network(settings, lengths, beam):
    model = network(**settings)
    for name, weight in model.named_parameters():
        if name.endswith("bias"):  # they begin as zeros, which would fit in any place
            torch.nn.init.normal_(weight, std=0.5)
    source = np.random.default_rng(1).integers(0, PIECES, (len(lengths), max(lengths)))
    path = [1, 5, 0, 7, 3]
    arguments = source, np.array(lengths), path, beam
    theirs, their_weights = distributions(TorchSearchModel(model), *arguments)
    ours, weights = distributions(exported(model), *arguments)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert (weights is None) == (settings["attention"] == "none")
    if weights is not None:
        np.testing.assert_allclose(weights, their_weights, atol=1e-5)
        assert (weights[:beam, lengths[0] :] == 0).all()


def test_padding_changes_nothing():
    model = exported(network())
    source = np.random.default_rng(2).integers(3, PIECES, (2, 6))
    lengths = np.array([6, 4])
    padded = np.pad(source, ((0, 0), (0, 5)), constant_values=7)
    first, _ = distributions(model, source, lengths, [1, 4, 6], 1)
    second, _ = distributions(model, padded, lengths, [1, 4, 6], 1)
    alone, _ = distributions(model, source[1:, :4], lengths[1:], [1, 4, 6], 1)
    np.testing.assert_allclose(first, second, atol=1e-5)
    np.testing.assert_allclose(first[:, 1:], alone, atol=1e-5)


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_graph_of_another_network_is_refused(wrong):
    graphs = list(export(network(1)))
    graphs[wrong] = export(network(2))[wrong]
    with pytest.raises(ExportError, match="the exported graphs differ"):
        check(network(1), Exported(*graphs))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_weights_that_are_not_finite_are_not_exported(value):
    model = network()
    model.encoder.forwards[0].inputs.data[0, 0] = value
    name = next(name for name, weight in model.named_parameters() if not weight.isfinite().all())
    with pytest.raises(UserError, match=rf"{name}.*lower --learning-rate"):
        export(model)


def test_a_network_that_overflows_is_called_diverged_not_our_bug():
    model = network()
    model.output_table.data.fill_(3e38)  # finite, but no sum of some of them is
    with pytest.raises(UserError, match="lower --learning-rate"):
        export(model)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_a_network_that_amplifies_rounding_errors_is_exported(cell):
    """Its two orders of adding are far apart, and no graph could be nearer."""
    model = network(cell=cell, attention="none", embedding=64, hidden=128)
    for module in model.modules():
        if isinstance(module, Cell):
            module.recurrent.data *= 16
            module.inputs.data *= 16
    near = TorchSearchModel(model), TorchSearchModel(copy.deepcopy(model).double())
    source = np.random.default_rng(1).integers(0, PIECES, (1, 30))
    one, other = (each.encode(source, np.array([30]))[1][0] for each in near)
    assert np.abs(one - other).max() > 1e-3
    check(model, export(model))


@pytest.mark.parametrize("settings", NETWORKS)
def test_the_int8_graph_is_close_to_the_fp32_graph(settings):
    model = network(**settings)
    source = np.random.default_rng(1).integers(0, PIECES, (3, 9))
    arguments = source, np.array([3, 9, 5]), [1, 5, 0, 7, 3], 4
    exact, _ = distributions(exported(model), *arguments)
    whole, _ = distributions(exported(model, "int8"), *arguments)
    # A plain cell replaces its whole state at each step, so rounding errors are not averaged out.
    most = 0.03 if settings.get("cell") == "rnn" else 0.02
    assert 0 < np.abs(whole - exact).max() < most


class CoupledLSTM(LSTM):
    """A cell with an operation that no cell of seqcli has: the input gate is 1 - forget gate."""

    def step(self, linears, state, feedback):
        hidden, cell = state
        _, forget, candidate, output = torch.sigmoid(
            linears[0](self.recurrent_input(hidden, feedback))
        ).chunk(4, dim=1)
        cell = forget * cell + (1 - forget) * candidate
        return (output * torch.tanh(cell), cell), {"forget": forget}


class Scaled(Attention):
    """A match function with another size of keys and a nonlinearity."""

    def __init__(self, hidden, size):
        super().__init__(hidden, size)
        self.weight = torch.nn.Parameter(torch.randn(size, hidden))

    def keys(self, values):
        return torch.relu(functional.linear(values, self.weight))

    def query_weight(self):
        return self.weight

    def match(self, query, keys):
        return super().match(torch.exp(query), keys) / math.sqrt(keys.shape[2])


def test_a_new_cell_and_a_new_match_function_are_exported_as_they_are_written():
    model = network()
    model.decoder.cell = CoupledLSTM(6, 8, 8)
    model.decoder.attention = Scaled(8, 5)
    graphs = export(model)  # compares them with the network
    outputs = [value.name for value in load_from_string(graphs.step).graph.output]
    assert [name for name in outputs if name.startswith("gate.")] == ["gate.forget"]


def test_what_a_graph_cannot_express_is_named():
    class Rounding(Attention):
        def match(self, query, keys):
            return torch.round(super().match(query, keys))

    class Unknown(Cell):
        pass

    model = network()
    model.decoder.attention = Rounding(8, 5)
    with pytest.raises(NotImplementedError, match=r"torch's round: see seqcli\.export\.trace"):
        step_graph(model, Graph("step"))
    model.encoder.forwards[0] = Unknown(6, 4)
    with pytest.raises(NotImplementedError, match="Unknown has no onnx_operator"):
        encoder_graph(model)


CALLS = {
    "add": lambda x, y: 1 + x + y,
    "bmm": lambda x, y: torch.bmm(x, y.transpose(1, 2)),
    "cat": lambda x, y: torch.cat([x, y], dim=2),
    "chunk": lambda x, _: x.chunk(2, dim=1)[1],
    "div": lambda x, y: x / (2 + y.exp()),
    "exp": lambda x, _: torch.exp(x),
    "log_softmax": lambda x, _: torch.log_softmax(x, dim=-1),
    "matmul": lambda x, _: x @ torch.arange(3.0),
    "mul": lambda x, y: 2 * x * y,
    "neg": lambda x, _: -x,
    "normalize": lambda x, _: functional.normalize(x, dim=-1),
    "relu": lambda x, _: torch.relu(x),
    "rsub": lambda x, _: 1 - x,
    "sigmoid": lambda x, _: torch.sigmoid(x),
    "softmax": lambda x, _: torch.softmax(x, dim=1),
    "split": lambda x, _: torch.split(x, [1, 3], dim=1)[1],
    "sub": lambda x, y: x - y - 1,
    "tanh": lambda x, _: torch.tanh(x),
    "transpose": lambda x, _: x.transpose(0, 2),
    "unsqueeze": lambda x, _: x.unsqueeze(1),
    "where": lambda x, y: torch.where(torch.ones(1, 4, 1, dtype=torch.bool), x, y),
    "zeros_like": lambda x, _: torch.zeros_like(x),
}


@pytest.mark.parametrize("name", NODES)
def test_a_traced_function_computes_what_torch_computes(name):
    graph = Graph("call")
    shape: list[str | int] = ["B", 4, 3]
    symbols = [
        make_symbol(graph, graph.input(each, TensorProto.FLOAT, shape), shape) for each in "xy"
    ]
    result = CALLS[name](*symbols)
    graph.output(result.value, "z", TensorProto.FLOAT, ["?"] * result.dim())
    session = onnxruntime.InferenceSession(graph.to_bytes())
    torch.manual_seed(1)
    tensors = torch.randn(2, 2, 4, 3)
    (found,) = session.run(None, dict(zip("xy", tensors.numpy(), strict=True)))
    np.testing.assert_allclose(found, CALLS[name](*tensors), atol=1e-6)


def test_graphs_with_the_names_of_older_folders_run():
    model = network(cell="gru")
    graphs = export(model)
    renamed = []
    for data in (graphs.encoder, graphs.step):
        graph = load_from_string(data)
        for node in graph.graph.node:
            for names in (node.input, node.output):
                names[:] = [_old_name(name) for name in names]
        for value in (*graph.graph.input, *graph.graph.output):
            value.name = _old_name(value.name)
        renamed.append(graph.SerializeToString())
    source, lengths, previous = np.array([[3, 4, 5]]), np.array([3]), np.array([1])
    results = []
    for encoder, step in (graphs[:2], renamed):
        runtime = OnnxSearchModel(encoder, step)
        results.append(runtime.step_with_gates(previous, *runtime.encode(source, lengths)))
    assert renamed[1] != graphs.step
    np.testing.assert_array_equal(results[0][0], results[1][0])
    assert list(results[0][3]) == list(results[1][3]) == ["update", "reset", "candidate"]


def _old_name(name):
    return {"embeddings": "words"}.get(name, name.replace("gate.", "inside."))


@pytest.mark.parametrize("bias", [True, False])
def test_an_int8_product_is_its_formula(bias):
    draw = np.random.default_rng(3)
    weight = draw.normal(size=(40, 16)).astype(np.float32)
    offset = draw.normal(size=40).astype(np.float32)
    inputs = draw.uniform(-1, 1, (5, 16)).astype(np.float32)
    inputs[0] = np.sign(inputs[0])  # the largest sums there can be
    graph = Int8Graph("product")
    value = graph.input("x", TensorProto.FLOAT, ["R", 16])
    tensors = torch.from_numpy(weight), torch.from_numpy(offset) if bias else None
    graph.output(graph.linear(value, *tensors), "y", TensorProto.FLOAT, ["R", 40])
    session = onnxruntime.InferenceSession(graph.to_bytes())
    scales = np.abs(weight).max(axis=1, keepdims=True) / 63
    whole = np.round(weight / scales) * scales
    expected = np.round(inputs * 127) / 127 @ whole.T + (offset if bias else 0)
    np.testing.assert_allclose(session.run(None, {"x": inputs})[0], expected, atol=1e-5)


def test_no_row_changes_another_in_int8():
    model = exported(network(), "int8")
    source = np.random.default_rng(2).integers(3, PIECES, (2, 6))
    together, _ = distributions(model, source, np.array([6, 4]), [1, 4, 6], 1)
    alone, _ = distributions(model, source[1:, :4], np.array([4]), [1, 4, 6], 1)
    np.testing.assert_allclose(together[:, 1:], alone, atol=1e-5)


def test_the_same_network_gives_the_same_bytes():
    assert export(network()) == export(network())


NO_TORCH = "sys.modules['torch'] = sys.modules['onnx'] = None  # importing them raises"


def test_a_folder_translates_where_there_is_no_torch(copy_model, tmp_path, seqcli_process):
    folder = tmp_path / "elsewhere"
    shutil.copytree(
        copy_model, folder, ignore=shutil.ignore_patterns("checkpoint", "*.safetensors")
    )
    done = seqcli_process.with_code("translate", "-m", folder, "ba", "do", before=NO_TORCH)
    assert done.out.splitlines()[0] == "BA DO"


def test_learning_without_torch_says_what_is_missing(seqcli_process):
    done = seqcli_process.with_code("train", before=NO_TORCH, code=2)
    assert done.err == (
        "seqcli: train and compare need torch and onnx (torch is missing): pip install torch onnx\n"
    )


@pytest.mark.parametrize(
    "command",
    ["translate ba", "eval {test} --json", "score {test}", "inspect ba", "tokenizer show ba"],
)
def test_using_a_model_never_imports_torch(copy_model, copy_files, seqcli_process, command):
    words = command.format(test=copy_files[1]).split()
    done = seqcli_process.with_code(
        *words, at_end="'torch' in sys.modules", SEQCLI_MODEL=str(copy_model)
    )
    assert done.out.splitlines()[-1] == "False"


def test_a_damaged_graph_is_named(copy_model, tmp_path):
    folder = tmp_path / "damaged"
    shutil.copytree(copy_model, folder)
    for name in (ENCODER, STEP):
        path = part_path(folder, name)
        path.write_bytes(b"x")
        with pytest.raises(UserError, match=f"{path.name} is damaged"):
            open_bundle(folder, [name])
