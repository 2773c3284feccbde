"""The network as two ONNX graphs, for the wing that never imports torch.

`encoder.onnx` reads a batch of sentences, `step.onnx` takes one step for all live rows; together
they are the `encode` and `step` of the search. What depends on the previous token alone, its share
of the gates and of the output vector, is worked out here once and becomes a table. Nothing is
called done before both graphs have given what the network gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor
from torch.nn import functional

from seqcli.decoding.runtime import OnnxSearchModel
from seqcli.model.attention import Additive, Attention, Bilinear, Cosine
from seqcli.model.cells import LSTM
from seqcli.model.decoder import Decoder
from seqcli.model.seq2seq import Seq2Seq
from seqcli.model.stepper import TorchSearchModel

OPSET = 17
TOLERANCE = 1e-4


class Graph:
    """A graph under construction: values are known by their names."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, kind: int, shape: Sequence[str | int]) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, value: str, name: str, kind: int, shape: Sequence[str | int]) -> None:
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def constant(self, array: Tensor | NDArray[Any]) -> str:
        values = array.detach().cpu().numpy() if isinstance(array, Tensor) else array
        name = f"c{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, dtype=np.int64))

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """One node with one output."""
        return self.add_many(operator, 1, *inputs, **attributes)[0]

    def add_many(self, operator: str, outputs: int, *inputs: str, **attributes: Any) -> list[str]:
        names = [f"n{len(self.nodes)}.{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, **attributes))
        return names

    def linear(self, value: str, weight: Tensor, bias: Tensor | None = None) -> str:
        """x Wᵀ + b."""
        product = self.add("MatMul", value, self.constant(weight.T))
        return product if bias is None else self.add("Add", product, self.constant(bias))

    def to_bytes(self) -> bytes:
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = 8
        model.producer_name = "seqcli"
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))


def export(network: Seq2Seq) -> tuple[bytes, bytes]:
    """The encoder's and the step's graph, checked against the network."""
    graphs = encoder_graph(network), step_graph(network)
    check(network, *graphs)
    return graphs


@torch.no_grad()
def encoder_graph(network: Seq2Seq) -> bytes:
    """source [B,S], lengths [B] -> values, keys (if they are others), mask, and the first state."""
    graph, config = Graph("encoder"), network.config
    source = graph.input("source", TensorProto.INT64, ["B", "S"])
    lengths = graph.input("lengths", TensorProto.INT64, ["B"])
    states = graph.add(
        "Gather",
        graph.constant(network.source_table),
        graph.add("Transpose", source, perm=[1, 0]),
    )
    limits = graph.add("Cast", lengths, to=TensorProto.INT32)
    ends = ""
    for onward, back in zip(network.encoder.forwards, network.encoder.backwards, strict=True):
        states, ends = _bidirectional(graph, states, limits, onward, back)
    values = graph.add("Transpose", states, perm=[1, 0, 2])
    summary = graph.add(
        "Reshape", graph.add("Transpose", ends, perm=[1, 0, 2]), graph.integers(0, -1)
    )
    graph.output(values, "values", TensorProto.FLOAT, ["B", "S", config.hidden])
    keys = _keys(graph, network.decoder.attention, values)
    if keys != values:
        graph.output(keys, "keys", TensorProto.FLOAT, ["B", "S", "A"])
    graph.output(_mask(graph, source, lengths), "mask", TensorProto.BOOL, ["B", "S"])
    decoder = network.decoder
    hidden = graph.add("Tanh", graph.linear(summary, decoder.bridge.weight, decoder.bridge.bias))
    nothing = graph.add("Mul", hidden, graph.constant(np.zeros((), dtype=np.float32)))
    graph.output(hidden, "hidden", TensorProto.FLOAT, ["B", config.hidden])
    graph.output(nothing, "cell", TensorProto.FLOAT, ["B", config.hidden])
    if _has_context(decoder):
        first = summary if decoder.fixed_context else nothing
        graph.output(first, "context", TensorProto.FLOAT, ["B", config.hidden])
    return graph.to_bytes()


@torch.no_grad()
def step_graph(network: Seq2Seq) -> bytes:
    """previous [R], the encoder's memory, the state -> log-probabilities, weights, next state."""
    graph, config, decoder = Graph("step"), network.config, network.decoder
    size = config.hidden
    previous = graph.input("previous", TensorProto.INT64, ["R"])
    values = graph.input("values", TensorProto.FLOAT, ["B", "S", size])
    keys = values
    if isinstance(decoder.attention, (Additive, Cosine)):
        keys = graph.input("keys", TensorProto.FLOAT, ["B", "S", "A"])
    mask = graph.input("mask", TensorProto.BOOL, ["B", "S"])
    hidden = graph.input("hidden", TensorProto.FLOAT, ["R", size])
    cell = graph.input("cell", TensorProto.FLOAT, ["R", size])
    fed = [graph.input("context", TensorProto.FLOAT, ["R", size])] if _has_context(decoder) else []
    vectors = functional.embedding(network.writable, network.target_table)
    projected = graph.add("Gather", graph.constant(decoder.cell.project(vectors)), previous)
    remembered = graph.add("Concat", *fed, hidden, axis=1) if fed else hidden
    gates = graph.add("Add", projected, graph.linear(remembered, decoder.cell.recurrent))
    hidden, cell = _lstm(graph, gates, cell)
    context, weights = _attend(graph, decoder.attention, hidden, keys, values, mask, size)
    if decoder.attention is None:
        context = fed[0] if fed else ""
    shown = graph.add("Concat", hidden, context, axis=1) if context else hidden
    known = decoder.readout.weight.shape[1] - config.embedding
    read = graph.linear(shown, decoder.readout.weight[:, :known])
    share = vectors @ decoder.readout.weight[:, known:].T + decoder.readout.bias
    read = graph.add(
        "Tanh", graph.add("Add", read, graph.add("Gather", graph.constant(share), previous))
    )
    logits = graph.linear(read, network.output_table[network.writable], network.output_bias)
    graph.output(
        graph.add("LogSoftmax", logits, axis=-1), "log_probabilities", TensorProto.FLOAT, ["R", "V"]
    )
    if weights:
        graph.output(weights, "weights", TensorProto.FLOAT, ["R", "S"])
    graph.output(hidden, "next_hidden", TensorProto.FLOAT, ["R", size])
    graph.output(cell, "next_cell", TensorProto.FLOAT, ["R", size])
    if context:
        graph.output(context, "next_context", TensorProto.FLOAT, ["R", size])
    return graph.to_bytes()


def _has_context(decoder: Decoder) -> bool:
    return decoder.attention is not None or decoder.fixed_context


def _bidirectional(
    graph: Graph, inputs: str, lengths: str, onward: Any, back: Any
) -> tuple[str, str]:
    """Two cells as one LSTM operator: [S,B,I] -> states [S,B,H], last states [2,B,H/2]."""
    cells: list[LSTM] = [onward, back]
    sides = [
        [
            _iofc(cell.inputs),
            _iofc(cell.recurrent),
            torch.cat([_iofc(cell.bias), torch.zeros_like(cell.bias)]),
        ]
        for cell in cells
    ]
    weights = [graph.constant(torch.stack(both)) for both in zip(*sides, strict=True)]
    states, ends = graph.add_many(
        "LSTM",
        2,
        inputs,
        *weights,
        lengths,
        hidden_size=onward.hidden_size,
        direction="bidirectional",
    )
    states = graph.add("Transpose", states, perm=[0, 2, 1, 3])
    return graph.add("Reshape", states, graph.integers(0, 0, -1)), ends


def _iofc(weight: Tensor) -> Tensor:
    """Gates from our order (i, f, g, o) to ONNX's (i, o, f, g)."""
    into, forget, candidate, out = weight.chunk(4)
    return torch.cat([into, out, forget, candidate])


def _lstm(graph: Graph, gates: str, cell: str) -> tuple[str, str]:
    """The step of `cells.LSTM` after its products: [R,4H], [R,H] -> hidden and cell."""
    into, forget, candidate, out = graph.add_many("Split", 4, gates, axis=1)
    kept = graph.add("Mul", graph.add("Sigmoid", forget), cell)
    new = graph.add("Mul", graph.add("Sigmoid", into), graph.add("Tanh", candidate))
    cell = graph.add("Add", kept, new)
    return graph.add("Mul", graph.add("Sigmoid", out), graph.add("Tanh", cell)), cell


def _mask(graph: Graph, source: str, lengths: str) -> str:
    zero, one = (graph.constant(np.array(i, dtype=np.int64)) for i in (0, 1))
    width = graph.add("Gather", graph.add("Shape", source), one)
    positions = graph.add("Range", zero, width, one)
    return graph.add("Less", positions, graph.add("Unsqueeze", lengths, graph.integers(1)))


def _keys(graph: Graph, attention: Attention | None, values: str) -> str:
    if isinstance(attention, Additive):
        return graph.linear(values, attention.key.weight, attention.key.bias)
    if isinstance(attention, Cosine):
        return graph.add("LpNormalization", values, axis=-1, p=2)
    return values


def _attend(
    graph: Graph,
    attention: Attention | None,
    hidden: str,
    keys: str,
    values: str,
    mask: str,
    size: int,
) -> tuple[str, str]:
    """`Attention.forward`: context [R,H] and weights [R,S]; empty names without attention."""
    if attention is None:
        return "", ""
    query = hidden
    if isinstance(attention, Additive):
        query = graph.linear(hidden, attention.query)
    elif isinstance(attention, Bilinear):
        query = graph.linear(hidden, attention.matrix)
    elif isinstance(attention, Cosine):
        query = graph.add("LpNormalization", hidden, axis=-1, p=2)
    width = attention.query.shape[0] if isinstance(attention, Additive) else size
    sentences = graph.add("Gather", graph.add("Shape", values), graph.integers(0))
    shape = graph.add("Concat", sentences, graph.integers(-1, width), axis=0)
    query = graph.add("Reshape", query, shape)  # [B,K,A]
    if isinstance(attention, Additive):
        together = graph.add(
            "Add",
            graph.add("Unsqueeze", query, graph.integers(2)),
            graph.add("Unsqueeze", keys, graph.integers(1)),
        )
        column = graph.constant(attention.vector.unsqueeze(1))
        matches = graph.add("MatMul", graph.add("Tanh", together), column)
        matches = graph.add("Squeeze", matches, graph.integers(3))
    else:
        matches = graph.add("MatMul", query, graph.add("Transpose", keys, perm=[0, 2, 1]))
    if isinstance(attention, Cosine):
        matches = graph.add("Mul", matches, graph.constant(attention.log_scale.exp()))
    low = graph.constant(np.array(-np.inf, dtype=np.float32))
    matches = graph.add("Where", graph.add("Unsqueeze", mask, graph.integers(1)), matches, low)
    weights = graph.add("Softmax", matches, axis=-1)
    context = graph.add("Reshape", graph.add("MatMul", weights, values), graph.integers(-1, size))
    length = graph.add("Gather", graph.add("Shape", values), graph.integers(1))
    rows = graph.add("Concat", graph.integers(-1), length, axis=0)
    return context, graph.add("Reshape", weights, rows)


def check(network: Seq2Seq, encoder: bytes, step: bytes) -> None:
    """Compare graphs and network on random batches with padding, at several lengths and beams.

    Raises `AssertionError`: a difference is our bug, and such a model must not be saved.
    """
    theirs, ours = TorchSearchModel(network), OnnxSearchModel(encoder, step)
    draw = np.random.default_rng(0)
    pieces, tokens = network.source_table.shape[0], len(network.writable)
    for lengths in ([4], [7, 1, 3], [2, 19, 11, 19]):
        source = draw.integers(0, pieces, (len(lengths), max(lengths)))
        beam = len(lengths)
        states = []
        results = []
        for model in (theirs, ours):
            memory, state = model.encode(source, np.array(lengths))
            state = tuple(part.repeat(beam, axis=0) for part in state)
            previous = np.arange(beam * len(lengths)) % tokens
            for _ in range(3):
                log_probabilities, weights, state = model.step(previous, memory, state)
            results.append([log_probabilities, *state, *([] if weights is None else [weights])])
            states.append(state)
        for mine, other in zip(*results, strict=True):
            assert np.allclose(mine, other, atol=TOLERANCE), "the exported graphs differ"
