"""The step graph of a model, changed so that a search needs less of it.

B sentences, K beams, R = B·K rows, P rows of the step before that they continue, F common tokens,
L tokens that are listed for a sentence, E the size of embeddings, V tokens.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqcli.arrays import Ints
from seqcli.storage.graph_check import read_model
from seqcli.storage.graph_messages import Model, make_tensor, tensor_array
from seqcli.storage.values import FLOAT, INT64

Floats = NDArray[np.float32]
# Further inputs: the output layer for the listed tokens of each sentence, and the parents of rows.
LISTED_WEIGHTS, LISTED_BIASES, PARENTS = "listed_weights", "listed_biases", "parents"
# Operators that compute each row of their result from the same row of their inputs.
_BY_ROW = ("Concat", "MatMul", "MatMulIntegerToFloat", "QuantizeLinear")


class OutputLayer(NamedTuple):
    """W [V,E] and b [V] of the logits W r + b of a step."""

    weights: Floats
    biases: Floats


def step_with_parents(graph: bytes) -> Model:
    """A step graph, which `check_graph` has accepted, whose states have a row for each of P
    parents; a further input are the parents of the rows [R], of which several may have the same.
    What depends on the states alone is computed once for each parent."""
    values = read_model(graph)
    _add_parents(values["graph"])
    return values


def step_with_lists(graph: bytes, common: Ints) -> tuple[Model, OutputLayer]:
    """The same with log-probabilities of common tokens [F] and of those that are listed for each
    sentence alone, [R,F+L], of which the softmax is taken; and the whole output layer.

    Further inputs are the columns of W and of b for the listed tokens, [B,E,L] and [B,1,L], in fp32
    for a graph in int8 too. Raises `ValueError` for a graph that has other nodes than ours around
    its output layer.
    """
    values = read_model(graph)
    model = values["graph"]
    constants = {each["name"]: each for each in model["initializer"]}
    try:
        found = _output_nodes(model["node"], constants)
    except (KeyError, ValueError, IndexError) as error:
        raise ValueError("it has another output layer") from error
    model["node"] = [each for each in model["node"] if not any(each is n for n in found.softmax)]
    model["node"] += _listing_nodes(found.readouts, found.logits)
    for name in found.columns:
        constants[name] = make_tensor(name, tensor_array(constants[name])[..., common])
    size = found.layer.weights.shape[1]
    model["initializer"] = [
        *constants.values(),
        make_tensor("first", np.array([0])),
        make_tensor("last", np.array([2])),
        make_tensor("beams_and_size", np.array([-1, size])),
        make_tensor("rows", np.array([-1])),
    ]
    listed_weights, listed_biases = ("B", size, "L"), ("B", 1, "L")
    model["input"] += [
        _value(LISTED_WEIGHTS, *listed_weights),
        _value(LISTED_BIASES, *listed_biases),
    ]
    model["output"] = [each for each in model["output"] if each["name"] != "log_probabilities"]
    model["output"].append(_value("log_probabilities", "R", "N"))
    _add_parents(model)
    return values, found.layer


class _OutputNodes(NamedTuple):
    """The output layer in a graph: the value r that it reads, the logits, the constants with a
    column for each token, and the nodes after the logits."""

    layer: OutputLayer
    readouts: str
    logits: str
    columns: Sequence[str]
    softmax: Sequence[Mapping[str, Any]]


def _output_nodes(
    nodes: Sequence[Mapping[str, Any]], constants: Mapping[str, Mapping[str, Any]]
) -> _OutputNodes:
    makers = {name: node for node in nodes for name in node["output"]}
    output = makers["log_probabilities"]
    softmax = makers[output["input"][0]]
    logits = softmax["input"][0]
    last = makers[logits]
    if last["op_type"] == "Add":
        (product, bias), kinds = last["input"], ["LogSoftmax", "Add", "MatMul"]
        first = makers[product]
        readouts, weight = first["input"]
        columns = [weight, bias]
        matrix = tensor_array(constants[weight])
    else:
        kinds = ["LogSoftmax", "MatMulIntegerToFloat", "QuantizeLinear"]
        quantized, weight, _, scales, _, _, bias = last["input"]
        first = makers[quantized]
        readouts = first["input"][0]
        columns = [weight, scales, bias]
        matrix = tensor_array(constants[weight]) * tensor_array(constants[scales])
    biases = tensor_array(constants[bias])
    if [each["op_type"] for each in (softmax, last, first)] != kinds:
        raise ValueError("other operators")
    if biases.shape != matrix.shape[1:]:
        raise ValueError("another number of biases")
    layer_nodes = (output, softmax, last, first)
    inside = {*columns, *(name for node in layer_nodes for name in node["output"])}
    others = [node for node in nodes if not any(node is each for each in layer_nodes)]
    if any(inside.intersection(node["input"]) for node in others):
        raise ValueError("its output layer is used elsewhere")
    layer = OutputLayer(np.ascontiguousarray(matrix.T, dtype=np.float32), biases)
    return _OutputNodes(layer, readouts, logits, columns, [output, softmax])


def _listing_nodes(readouts: str, common_logits: str) -> list[dict[str, Any]]:
    """The nodes that compute the log-probabilities of common and listed tokens."""
    return [
        _node("Shape", [LISTED_BIASES], "sizes"),
        _node("Gather", ["sizes", "first"], "sentences"),
        _node("Concat", ["sentences", "beams_and_size"], "grouping", axis=-1),
        _node("Reshape", [readouts, "grouping"], "grouped"),
        _node("MatMul", ["grouped", LISTED_WEIGHTS], "listed_products"),
        _node("Add", ["listed_products", LISTED_BIASES], "grouped_logits"),
        _node("Gather", ["sizes", "last"], "listed"),
        _node("Concat", ["rows", "listed"], "rows_by_listed", axis=-1),
        _node("Reshape", ["grouped_logits", "rows_by_listed"], "listed_logits"),
        _node("Concat", [common_logits, "listed_logits"], "logits", axis=-1),
        _node("LogSoftmax", ["logits"], "log_probabilities", axis=-1),
    ]


def _add_parents(model: dict[str, Any]) -> None:
    """Give the states of a graph rows for parents instead of rows."""
    constants = {each["name"] for each in model["initializer"]}
    outputs = {each["name"] for each in model["output"]}
    states = [each for each in model["input"] if f"next_{each['name']}" in outputs]
    for state in states:
        state["type"]["tensor_type"]["shape"]["dim"][0] = {"dim_param": "P"}
    names = {each["name"] for each in states}
    model["node"] = _nodes_with_parents(model["node"], names, constants)
    model["input"].append(_value(PARENTS, "R", kind=INT64))


def _nodes_with_parents(
    nodes: Sequence[dict[str, Any]], states: Collection[str], constants: Collection[str]
) -> list[dict[str, Any]]:
    of_parents, gathered = set(states), set[str]()
    changed: list[dict[str, Any]] = []
    for node in nodes:
        varying = [name for name in node["input"] if name and name not in constants]
        if node["op_type"] in _BY_ROW and of_parents.issuperset(varying):
            of_parents.update(node["output"])
            changed.append(node)
            continue
        for name in sorted(of_parents.intersection(varying) - gathered):
            changed.append(_node("Gather", [name, PARENTS], _of_rows(name)))
            gathered.add(name)
        inputs = [_of_rows(name) if name in of_parents else name for name in node["input"]]
        changed.append(node | {"input": inputs})
    return changed


def _of_rows(name: str) -> str:
    """The name of a value of the parents, given to their rows."""
    return f"{name}.rows"


def _node(operator: str, inputs: list[str], output: str, **axis: int) -> dict[str, Any]:
    attributes = [{"name": name, "type": 2, "i": value} for name, value in axis.items()]
    return {"op_type": operator, "input": inputs, "output": [output], "attribute": attributes}


def _value(name: str, *shape: int | str, kind: int = FLOAT) -> dict[str, Any]:
    sizes = [{"dim_value" if isinstance(size, int) else "dim_param": size} for size in shape]
    return {"name": name, "type": {"tensor_type": {"elem_type": kind, "shape": {"dim": sizes}}}}
