"""Accepts an ONNX graph only if it is one that `seqcli.export` writes.

A graph is a program, and ONNX Runtime runs what it is given: loops without end, results of any
size, files named as the place of weights. What is accepted here has none of that. It is read
without ONNX Runtime and without onnx; weights are measured, not read. Each operator follows a rule
of `seqcli.storage.operators`, so every type and shape is known, and no result is larger than the
settings of the model allow.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from math import prod
from typing import Any

from seqcli.config import LanguageModelConfig, ModelConfig
from seqcli.errors import UserError
from seqcli.protobuf import ProtobufError, read_message
from seqcli.storage.graph_messages import MODEL
from seqcli.storage.interface import Interface, Kind, declared_interface
from seqcli.storage.operators import (
    DIRECTIONS,
    DOMAINS,
    MICROSOFT,
    PEEPHOLE_LSTM,
    RECURRENT,
    RULES,
)
from seqcli.storage.values import INT64, ITEM_BYTES, GraphError, Size, Value, product, require

IR_VERSION, OPSET = 8, 17
MAX_FIELDS = 20_000  # of the protobuf message; a graph of ours has about 1,500
MAX_RANK = 4  # of a tensor, and so the most elements of a shape
# The largest graph of the step has 66 nodes, that of the encoder 26 and 10 for each layer.
MAX_NODES, MAX_LAYER_NODES = 80, 10

_OPERATOR = {"gru": "GRU", "rnn": "RNN", "none": "RNN"}  # the other cells are LSTMs

# The attributes, each with its type and the field of its value.
_INT, _STRING, _INTS = (2, "i"), (3, "s"), (7, "ints")
_ATTRIBUTES = {
    "axis": _INT,
    "direction": _STRING,
    "hidden_size": _INT,
    "p": _INT,
    "perm": _INTS,
    "to": _INT,
}


def read_graph(content: bytes) -> dict[str, Any]:
    """The fields of a graph that `check_graph` has accepted."""
    graph: dict[str, Any] = read_model(content)["graph"]
    return graph


def read_model(content: bytes) -> dict[str, Any]:
    """The fields of the message that `check_graph` has accepted, with its graph."""
    return read_message(content, MODEL, MAX_FIELDS)


def check_graph(
    content: bytes,
    kind: Kind,
    settings: ModelConfig | LanguageModelConfig,
    pieces: int,
    output_pieces: int,
    place: str,
    vector_size: int = 0,
) -> None:
    """Raise a `UserError` that names the place if the content is no graph of seqcli.

    `pieces` and `output_pieces` are the rows of the tables of the source and of the output,
    `vector_size` the size of the word vectors that the encoder reads, 0 if it reads none. What
    passes has the inputs and outputs of a model with these settings and refers to nothing outside.
    """
    try:
        _check(content, kind, settings, pieces, output_pieces, vector_size)
    except (ProtobufError, GraphError) as error:
        raise UserError(
            f"{place} is damaged or was not written by seqcli ({error}): copy the folder again "
            "from where you trust it"
        ) from error


def _check(
    content: bytes,
    kind: Kind,
    settings: ModelConfig | LanguageModelConfig,
    pieces: int,
    output_pieces: int,
    vector_size: int,
) -> None:
    model = read_message(content, MODEL, MAX_FIELDS)
    opsets = [(each.get("domain", ""), each.get("version", 0)) for each in model["opset_import"]]
    expected = [("", OPSET), *([(MICROSOFT, 1)] if kind == "step_int8" else [])]
    require(sorted(opsets) == expected, "its operators are of another version")
    require(model.get("ir_version") == IR_VERSION, "its format is of another version")
    require(model.get("producer_name") == "seqcli", "it has another producer")
    require("graph" in model, "it has no graph")
    graph = model["graph"]
    require(graph.get("name") == kind.removesuffix("_int8"), "it has another name")
    interface = declared_interface(graph, kind, settings, pieces, output_pieces, vector_size)
    _check_nodes(graph, interface, kind, settings, output_pieces)


def _check_nodes(
    graph: Mapping[str, Any],
    interface: Interface,
    kind: Kind,
    settings: ModelConfig | LanguageModelConfig,
    output_pieces: int,
) -> None:
    """Raise `GraphError` unless the nodes compute the outputs by our rules."""
    layers = settings.encoder_layers if isinstance(settings, ModelConfig) else 0
    layers = layers if kind == "encoder" else 0
    most = MAX_NODES + MAX_LAYER_NODES * layers
    nodes = graph["node"]
    require(len(nodes) <= most, f"it has more than {most} nodes")
    constants = {f"c{i}": _constant(each, f"c{i}") for i, each in enumerate(graph["initializer"])}
    inputs = {name: value._replace(input=name) for name, value in interface.inputs.items()}
    values, outputs = constants | inputs, dict(interface.outputs)
    recurrent = [node for node in nodes if node.get("op_type") in RECURRENT]
    require(len(recurrent) == layers, "it has another number of layers")
    used: set[str] = set()
    for i, node in enumerate(nodes):
        names = node["output"]
        if node.get("op_type") == "Identity":  # makes the outputs, and nothing else
            expected = [names[0]] if names and names[0] in outputs else []
        else:
            expected = [f"n{i}.{j}" for j in range(len(names))]
        require(bool(names) and names == expected, "a value has another name")
        results = _results(node, values, settings)
        used.update(node["input"])
        for name, result in zip(names, results, strict=True):
            _check_size(result, kind, settings, output_pieces)
            values[name] = result
            if name in outputs:
                is_ours = (result.kind, result.shape) == outputs.pop(name)[:2]
                require(is_ours, "an output has another type or shape")
    require(not outputs, "an output is not computed")
    require(constants.keys() <= used, "a constant is not used")


def _results(
    node: Mapping[str, Any],
    values: Mapping[str, Value],
    settings: ModelConfig | LanguageModelConfig,
) -> list[Value]:
    """What is known of the results of a node."""
    operator = node.get("op_type", "")
    require(operator in RULES, "it has an operator that seqcli does not use")
    require(node.get("domain", "") == DOMAINS.get(operator, ""), "an operator is of another domain")
    rule = RULES[operator]
    attributes = dict(map(_attribute, node["attribute"]))
    if operator in RECURRENT:
        is_ours = operator == _OPERATOR.get(settings.cell, "LSTM")
        require(is_ours, "a layer has another cell")
        assert isinstance(settings, ModelConfig), "only an encoder has layers"
        direction = "forward" if settings.simultaneous else "bidirectional"
        require(attributes.get("direction") == direction, "a layer has another direction")
        size = settings.hidden // DIRECTIONS[direction]
        require(attributes.get("hidden_size") == size, "a layer has another size")
        rule = PEEPHOLE_LSTM if settings.cell == "peephole" else rule
    names, outputs = node["input"], len(node["output"])
    is_once = len(attributes) == len(node["attribute"])
    require(is_once and attributes.keys() == rule.attributes, "an operator has other attributes")
    is_left_out = [i for i, name in enumerate(names) if not name] == list(rule.left_out)
    require(len(names) in rule.inputs and is_left_out, "an operator has other inputs")
    require(rule.outputs in (None, outputs), "an operator has another number of outputs")
    inputs = [name for name in names if name]
    require(all(name in values for name in inputs), "a value is used that is not computed before")
    parts = {"parts": outputs} if rule.outputs is None else {}
    return rule.infer(*(values[name] for name in inputs), **attributes, **parts)


def _attribute(attribute: Mapping[str, Any]) -> tuple[str, Any]:
    name = attribute.get("name", "")
    kind, field = _ATTRIBUTES.get(name, (0, ""))
    given = [each for each in ("i", "s", "ints") if attribute.get(each, []) != []]
    is_ours = attribute.get("type") == kind and given == [field]
    require(is_ours, "an operator has other attributes")
    return name, attribute[field]


def _constant(tensor: Mapping[str, Any], name: str) -> Value:
    """What is known of an initializer, which must have this name."""
    dims, kind, raw = tensor["dims"], tensor.get("data_type", 0), tensor.get("raw_data", b"")
    require(tensor.get("name") == name, "a constant has another name")
    require(kind in ITEM_BYTES, "a constant has a type that seqcli does not use")
    require(0 < len(dims) <= MAX_RANK and min(dims) > 0, "a constant has an impossible shape")
    require(len(raw) == prod(dims) * ITEM_BYTES[kind], "a constant has another size than its shape")
    elements = None
    if kind == INT64:
        require(len(dims) == 1 and dims[0] <= MAX_RANK, "an integer constant is too large")
        elements = tuple(map(Size, struct.unpack(f"<{dims[0]}q", raw)))
    return Value(kind, tuple(map(Size, dims)), elements, raw)


def _check_size(
    value: Value, kind: Kind, settings: ModelConfig | LanguageModelConfig, output_pieces: int
) -> None:
    """Raise `GraphError` for a result that is larger than any of ours with these settings."""
    require(len(value.shape) <= MAX_RANK, "a result has too many dimensions")
    if value.elements is not None:
        require(len(value.elements) <= MAX_RANK, "a result has too many dimensions")
        return
    size = product(value.shape)
    largest, symbols = _limits(size, kind, settings, output_pieces)
    fits = size.number <= largest and set(size.symbols) <= set(symbols)
    is_once = len(set(size.symbols)) == len(size.symbols)
    require(fits and is_once, "a result is larger than the settings allow")


def _limits(
    size: Size, kind: Kind, settings: ModelConfig | LanguageModelConfig, output_pieces: int
) -> tuple[int, str]:
    """The largest number of a result of this size, and the symbols that it may have."""
    if isinstance(settings, LanguageModelConfig):
        return max(output_pieces, 4 * settings.hidden, settings.embedding), "BK"
    hidden, embedding, key = settings.hidden, settings.embedding, settings.attention_size
    if kind == "encoder" or "K" not in size.symbols:
        return max(hidden, embedding, key), "BS"
    if "S" in size.symbols:
        return (key if settings.attention == "additive" else 1), "BKS"
    return max(output_pieces, 4 * hidden, 2 * hidden + embedding, key), "BK"
