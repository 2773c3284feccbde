"""The interpreter of the page beside ONNX Runtime."""

from __future__ import annotations

import base64
import json

import numpy as np
import onnxruntime
import pytest
import torch
from javascript import Scripts
from onnx import TensorProto, helper
from test_export import NETWORKS, network

from seqcli.decoding.onnx_model import OnnxSearchModel
from seqcli.export.network import export
from seqcli.storage.operators import RULES
from seqcli.web.graphs import model_values

MODULES = ("model/search_model.js", "model/weights.js", "model/tensors.js")
TWO_WAYS = [*NETWORKS, {"attention": "cosine", "cell": "gru", "encoder_layers": 3}]
ONE_WAY = [
    {"attention": attention, "cell": cell, "simultaneous": True}
    for attention, cell in (("additive", "lstm"), ("dot", "gru"), ("cosine", "peephole"))
]


@pytest.fixture(scope="module")
def scripts():
    return Scripts(*MODULES)


def with_noise(model):
    """Biases begin as zeros, which would fit in any place."""
    for name, weight in model.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(weight, std=0.5)
    return model


def open_model(scripts, model, precision="fp32"):
    """The graphs, and the model in V8, in the variable `model`."""
    graphs = export(model)
    stored = dict(model.state_dict())
    tables = [stored[name].numpy() for name in ("target_table", "output_table")]
    pieces = model.output_pieces.tolist()
    values, weights = model_values(*graphs, tables, pieces, len(model.source_table), precision)
    content = base64.b64encode(bytes(weights.content)).decode()
    scripts.run(f"var values = {json.dumps(values)}, weights = {json.dumps(content)};")
    scripts.run("var model = new SearchModel(values, decodeBase64(weights));")
    return graphs, values


def compare(scripts, onnx, source, beam, steps=4):
    """The largest differences of probabilities, weights, states and gates along random tokens."""
    rows = [row for row in range(len(source)) for _ in range(beam)]
    scripts.run(f"var {{memory, state}} = model.encode({json.dumps(source)});")
    scripts.run(f"state = selectRows(state, {json.dumps(rows)});")
    memory, state = onnx.encode(np.array(source), np.full(len(source), len(source[0])))
    state = tuple(part.repeat(beam, axis=0) for part in state)
    generator = np.random.default_rng(3)
    worst = 0.0
    for _ in range(steps):
        previous = generator.integers(0, 20, len(rows))
        expected, weights, state, gates = onnx.step_with_gates(previous, memory, state)
        scripts.run(f"var found = model.stepWithGates({previous.tolist()}, memory, state);")
        scripts.run("state = found.state;")
        pairs = [("found.logProbabilities", expected)]
        pairs += [] if weights is None else [("found.weights", weights)]
        pairs += [(f"found.state[{i}]", part) for i, part in enumerate(state)]
        pairs += [(f"found.gates['{name}']", part) for name, part in gates.items()]
        for name, array in pairs:
            data = np.array(scripts.evaluate(f"[...{name}.data]"))
            assert scripts.evaluate(f"{name}.shape") == list(array.shape)
            difference = data.reshape(array.shape) - array
            if name == "found.logProbabilities":
                difference = np.exp(data.reshape(array.shape)) - np.exp(array)
            worst = max(worst, float(np.abs(difference).max()))
        assert scripts.evaluate("Object.keys(found.gates).sort()") == sorted(gates)
        assert scripts.evaluate("found.weights === null") is (weights is None)
    return worst


@pytest.mark.parametrize("settings", [*TWO_WAYS, *ONE_WAY])
def test_every_network_computes_what_onnx_runtime_computes(scripts, settings):
    graphs, _ = open_model(scripts, with_noise(network(**settings)))
    onnx = OnnxSearchModel(graphs.encoder, graphs.step)
    generator = np.random.default_rng(2)
    for sentences, length, beam in ((1, 1, 1), (1, 9, 5), (3, 6, 4)):
        source = generator.integers(3, 30, (sentences, length)).tolist()
        assert compare(scripts, onnx, source, beam) < 1e-4


@pytest.mark.parametrize("settings", NETWORKS[:1] + NETWORKS[3:5] + NETWORKS[-2:])
def test_int8_computes_what_onnx_runtime_computes(scripts, settings):
    graphs, _ = open_model(scripts, with_noise(network(**settings)), "int8")
    onnx = OnnxSearchModel(graphs.encoder, graphs.step_int8)
    source = np.random.default_rng(2).integers(3, 30, (1, 9)).tolist()
    # (A sum that is rounded to the next of 255 values may move the state a little.)
    assert compare(scripts, onnx, source, 5) < 2e-3


def test_half_precision_is_near(scripts):
    # (Large enough for matrices in half precision.)
    graphs, values = open_model(scripts, network(hidden=96, embedding=80), "fp16")
    assert {each["type"] for each in values["matrices"]} == {"float16", "float32"}
    onnx = OnnxSearchModel(graphs.encoder, graphs.step)
    source = np.random.default_rng(2).integers(3, 30, (1, 9)).tolist()
    assert 1e-6 < compare(scripts, onnx, source, 5) < 1e-2


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_nothing_is_stored_that_can_be_made_anew(scripts, tied, precision):
    """The tables of a step, and the copy of the embeddings, are not among the matrices."""
    model = network(tied=tied, attention="dot", embedding=4, hidden=32)
    graphs, values = open_model(scripts, model, precision)
    constants = values["step"]["constants"].values()
    assert sum("factor" in each for each in constants) == 2
    copied = [each for each in constants if each.get("selected") and "factor" not in each]
    # (In int8, the weights of the output layer are others than the embeddings.)
    assert len(copied) == (precision == "fp32")
    step = graphs.step if precision == "fp32" else graphs.step_int8
    onnx = OnnxSearchModel(graphs.encoder, step)
    source = np.random.default_rng(4).integers(3, 30, (1, 5)).tolist()
    assert compare(scripts, onnx, source, 2) < 1e-4


def test_a_weight_of_any_value_is_read(scripts):
    halves = np.arange(1 << 16, dtype=np.uint16)
    found = scripts.evaluate("[...halfFloats()].map((x) => Number.isFinite(x) ? x : null)")
    expected = halves.view(np.float16).astype(np.float64).tolist()
    assert found == [each if np.isfinite(each) else None for each in expected]
    values = np.concatenate(
        [np.random.default_rng(0).normal(size=2000) * 10.0 ** np.arange(2000) ** 0.1,
         10.0 ** np.linspace(-9, 5, 500), [0.0, 65504.0, 65520.0, -7e4, 2049.0, 2051.0, 6e-8, 2e-8]]
    ).astype(np.float32)  # fmt: skip
    rounded = scripts.call("((values) => values.map(roundToHalf))", values.tolist())
    limit = float(np.finfo(np.float16).max)
    np.testing.assert_array_equal(rounded, values.clip(-limit, limit).astype(np.float16))


@pytest.mark.parametrize("size", range(8))
def test_base64_is_read(scripts, size):
    content = bytes(range(250, 250 - size, -1))
    encoded = base64.b64encode(content).decode()
    assert scripts.call("((text) => [...decodeBase64(text)])", encoded) == list(content)


def test_a_damaged_page_says_so(scripts):
    open_model(scripts, network(attention="dot"))
    code = "(() => { try { %s } catch (error) { return error.message; } return ''; })()"
    shortened = "new SearchModel(values, decodeBase64(weights.slice(0, 400)))"
    assert "weights are missing" in scripts.evaluate(code % shortened)
    scripts.run("values.step.nodes[0].operator = 'constructor'")
    whole = "new SearchModel(values, decodeBase64(weights))"
    assert "does not know: constructor" in scripts.evaluate(code % whole)


RECURRENT = [("RNN", 1), ("GRU", 3), ("LSTM", 4), ("peephole", 4)]


@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
@pytest.mark.parametrize(("name", "blocks"), RECURRENT)
def test_layers_of_sentences_of_several_lengths(scripts, name, blocks, direction):
    """Also with both biases, of which our graphs have one."""
    operator = "LSTM" if name == "peephole" else name
    directions, inputs, hidden, lengths = 1 + (direction != "forward"), 3, 4, [5, 2, 7]
    shapes = {
        "x": [max(lengths), len(lengths), inputs],
        "w": [directions, blocks * hidden, inputs],
        "r": [directions, blocks * hidden, hidden],
        "b": [directions, 2 * blocks * hidden],
        "p": [directions, 3 * hidden],
    }
    if name != "peephole":
        del shapes["p"]
    generator = np.random.default_rng(5)
    values = {key: generator.normal(size=shape).astype("f4") for key, shape in shapes.items()}
    names = [*"xwrb", "lengths", *(["", "", "p"] if name == "peephole" else [])]
    attributes = {"hidden_size": hidden, "direction": direction}
    node = helper.make_node(operator, names, ["states", "last"], **attributes)
    given = [
        *(helper.make_tensor_value_info(key, TensorProto.FLOAT, s) for key, s in shapes.items()),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, [len(lengths)]),
    ]
    results = [
        helper.make_tensor_value_info(key, TensorProto.FLOAT, None) for key in ("states", "last")
    ]
    graph = helper.make_graph([node], "layer", given, results)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    fed = values | {"lengths": np.array(lengths, dtype=np.int32)}
    tensors = {key: tensor(each) for key, each in fed.items()}
    found = scripts.call(
        "((operator, inputs, attributes) => recurrentLayer(operator, inputs.map((each) => each && "
        "{ data: Float32Array.from(each.data), shape: each.shape }), attributes)"
        ".map(({ data, shape }) => ({ data: [...data], shape })))",
        operator, [tensors.get(key) for key in names], attributes,
    )  # fmt: skip
    for one, expected in zip(found, session.run(None, fed), strict=True):
        assert one["shape"] == list(expected.shape)
        np.testing.assert_allclose(np.reshape(one["data"], expected.shape), expected, atol=1e-5)


def tensor(array):
    return {"data": array.ravel().tolist(), "shape": list(array.shape)}


def test_numbers_are_rounded_to_the_even_one_of_256_and_vectors_to_length_one(scripts):
    halves = [(i + 0.5) / 127 for i in range(-140, 140)]
    x = np.array([*halves, 0.0, 1.0, -1.0, 2.0, -2.0, 1e9, 0.3], dtype=np.float32)
    scale = np.float32(1 / 127)
    constants = [{"data": [float(scale)], "shape": []}, {"data": [128], "shape": []}]
    found = scripts.call(
        "((inputs) => [...OPERATORS.QuantizeLinear(inputs, {}, 1)[0].data])",
        [tensor(x), *constants],
    )
    np.testing.assert_array_equal(found, np.clip(np.rint(x / scale) + 128, 0, 255))
    rows = scripts.call(
        "((rows) => [...OPERATORS.LpNormalization([{ data: Float32Array.from(rows), shape: [2, 2] "
        "}], {}, 1)[0].data])",
        [3, 4, 0, 0],
    )
    np.testing.assert_allclose(rows, [0.6, 0.8, 0, 0], atol=1e-7)


def test_probabilities_of_large_numbers_are_not_rounded_away(scripts):
    found = scripts.evaluate(
        "[...OPERATORS.LogSoftmax([{data: Float32Array.of(1e20, 1e20, 0), shape: [3]}])[0].data]"
    )
    assert found == pytest.approx([-np.log(2), -np.log(2), -1e20])


def test_the_page_knows_the_operators_that_a_graph_may_have(scripts):
    assert scripts.evaluate("Object.keys(OPERATORS).sort()") == sorted(RULES)
