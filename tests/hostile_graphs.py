"""Changes that make graphs of seqcli hostile, for `test_graph_check`."""

from functools import cache

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from test_export import PIECES, network

from seqcli.export.graph import Graph, Int8Graph
from seqcli.export.network import encoder_graph, step_graph
from seqcli.storage.interface import Kind

KINDS: tuple[Kind, ...] = ("encoder", "step", "step_int8")
OUTPUT_PIECES = PIECES - 8  # of the networks of test_export


@cache
def graphs(**changes):
    """The settings of a network, and its graphs by kind."""
    made = network(**changes)
    steps = [step_graph(made, kind("step")) for kind in (Graph, Int8Graph)]
    return made.config, dict(zip(KINDS, (encoder_graph(made), *steps), strict=True))


def parse(kind):
    return onnx.load_from_string(graphs()[1][kind])


# Changes of a graph: each gets a ModelProto of onnx and changes it.


def add(model, operator, inputs, outputs=1, **attributes):
    """Append a node with the names that seqcli gives; the names of its results."""
    names = [f"n{len(model.graph.node)}.{i}" for i in range(outputs)]
    model.graph.node.append(helper.make_node(operator, inputs, names, **attributes))
    return names[0] if outputs == 1 else names


def constant(model, values, kind=np.float32):
    name = f"c{len(model.graph.initializer)}"
    array = np.ascontiguousarray(np.array(values, dtype=kind))
    model.graph.initializer.append(numpy_helper.from_array(array, name))
    return name


def integers(model, *values):
    return constant(model, values, np.int64)


def find(model, operator):
    return next(node for node in model.graph.node if node.op_type == operator)


def attribute(model, operator, name):
    return next(each for each in find(model, operator).attribute if each.name == name)


def tensor(model, dims=2):
    return next(each for each in model.graph.initializer if len(each.dims) == dims)


def subgraph():
    body = helper.make_graph([], "body", [], [])
    return {"body": body}


def external(model, location="../secret"):
    each = tensor(model)
    each.ClearField("raw_data")
    each.data_location = TensorProto.EXTERNAL
    each.external_data.add(key="location", value=location)


def replace_input(model, operator, place, name):
    find(model, operator).input[place] = name


def resize(model, *dims):
    tensor(model).dims[:] = dims


def chain(model, count):
    value = "hidden"
    for _ in range(count):
        value = add(model, "Tanh", [value])


def widen(model):
    add(model, "Concat", ["hidden"] * 5, axis=1)


def wide_shape(model):
    shape = add(model, "Shape", ["values"])
    add(model, "Concat", [shape, shape], axis=0)


def outer_sum(model):
    """[R,1,H] + [R,H,1]: as many elements as H squared."""
    one, two = (add(model, "Unsqueeze", ["hidden", integers(model, axis)]) for axis in (1, 2))
    add(model, "Add", [one, two])


def outer_product(model):
    """[B,S,H] by [B,H,S]: as many elements as S squared."""
    add(model, "MatMul", ["values", add(model, "Transpose", ["values"], perm=[0, 2, 1])])


def pairs_of_rows(model):
    """[R,1,H] + [1,R,H]."""
    one, two = (add(model, "Unsqueeze", ["hidden", integers(model, axis)]) for axis in (1, 0))
    add(model, "Add", [one, two])


def deep(model):
    value = "mask"
    for _ in range(3):
        value = add(model, "Unsqueeze", [value, integers(model, 0)])


def sizes(model, *values):
    return add(model, "Reshape", ["hidden", integers(model, *values)])


def split(model, *parts):
    add(model, "Split", ["hidden", integers(model, *parts)], len(parts), axis=1)


def swap_names(model):
    one, two = (node.output for node in (find(model, "Sigmoid"), find(model, "Tanh")))
    one[0], two[0] = two[0], one[0]


def duplicate(model):
    model.graph.node[3].output[0] = model.graph.node[2].output[0]


def cycle(model):
    find(model, "Sigmoid").input[0] = find(model, "Sigmoid").output[0]


def copy_field(messages, place=0):
    messages.append(messages[place])


def declared(model, name):
    return next(v for v in (*model.graph.input, *model.graph.output) if v.name == name)


def size_of(model, name, axis):
    return declared(model, name).type.tensor_type.shape.dim[axis]


def recurrent(model, **changes):
    for name, value in changes.items():
        each = attribute(model, "LSTM", name)
        each.CopyFrom(helper.make_attribute(name, value))


OPERATOR, ATTRIBUTES, INPUTS = "an operator that seqcli", "other attributes", "other inputs"
SHAPES, CONSTANT, LARGE = "do not fit", "not a constant", "larger than the settings"
NAME, UNKNOWN = "another name", "field .* is unknown"
DIRECTION = "another direction"
INTERFACE, ELEMENTS = "other inputs or outputs", "number of elements"

HOSTILE = {
    "a loop": ("step", lambda m: add(m, "Loop", ["", ""], **subgraph()), "field 6 is unknown"),
    "a scan": (
        "step",
        lambda m: add(m, "Scan", ["hidden"], num_scan_inputs=1, **subgraph()),
        UNKNOWN,
    ),
    "a branch": (
        "step",
        lambda m: add(m, "If", ["mask"], then_branch=subgraph()["body"]),
        "field 6 is unknown",
    ),
    "a loop without a body": ("step", lambda m: add(m, "Loop", ["", ""]), OPERATOR),
    "a constant of a shape": (
        "step",
        lambda m: add(m, "ConstantOfShape", [integers(m, 2**40)]),
        OPERATOR,
    ),
    "an expansion": ("step", lambda m: add(m, "Expand", ["hidden", integers(m, 2**40)]), OPERATOR),
    "tiles": ("step", lambda m: add(m, "Tile", ["hidden", integers(m, 2**20, 1)]), OPERATOR),
    "an operator of another maker": (
        "step",
        lambda m: add(m, "Run", ["hidden"], domain="evil"),
        OPERATOR,
    ),
    "a known operator of another maker": (
        "step",
        lambda m: add(m, "Tanh", ["hidden"], domain="evil"),
        "another domain",
    ),
    "an operator of Microsoft in fp32": (
        "step",
        lambda m: add(m, "MatMulIntegerToFloat", ["hidden"] * 6, domain="com.microsoft"),
        INPUTS,
    ),
    "a function": (
        "step",
        lambda m: m.functions.append(
            helper.make_function("d", "f", [], [], [], [helper.make_opsetid("", 17)])
        ),
        "field 25 is unknown",
    ),
    "metadata": ("step", lambda m: m.metadata_props.add(key="a", value="b"), "field 14"),
    "a training": ("step", lambda m: m.training_info.add(), "field 20"),
    "a description": ("step", lambda m: setattr(m.graph, "doc_string", "x" * 10**6), "field 10"),
    "types of values": (
        "step",
        lambda m: m.graph.value_info.append(helper.make_tensor_value_info("n1.0", 1, [1])),
        "field 13",
    ),
    "a sparse constant": ("step", lambda m: m.graph.sparse_initializer.add(), "field 15"),
    "a quantization": ("step", lambda m: m.graph.quantization_annotation.add(), "field 14"),
    "weights in another file": ("step", external, "field 13 is unknown"),
    "weights in a device": ("step", lambda m: external(m, "/dev/zero"), "field 13 is unknown"),
    "weights at an address": (
        "step",
        lambda m: external(m, "*/_ORT_MEM_ADDR_/*"),
        "field 13 is unknown",
    ),
    "weights said to be elsewhere": (
        "step",
        lambda m: setattr(tensor(m), "data_location", TensorProto.EXTERNAL),
        "field 14 is unknown",
    ),
    "weights in segments": ("step", lambda m: tensor(m).segment.SetInParent(), "field 3"),
    "another opset": (
        "step",
        lambda m: setattr(m.opset_import[0], "version", 22),
        "of another version",
    ),
    "no opset": ("step", lambda m: m.ClearField("opset_import"), "of another version"),
    "an opset twice": ("step", lambda m: copy_field(m.opset_import), "of another version"),
    "an opset without a version": (
        "step",
        lambda m: m.opset_import.add(domain=""),
        "of another version",
    ),
    "an opset of another maker": (
        "step",
        lambda m: m.opset_import.add(domain="evil", version=1),
        "of another version",
    ),
    "another format": ("step", lambda m: setattr(m, "ir_version", 10), "of another version"),
    "another producer": ("step", lambda m: setattr(m, "producer_name", "x"), "another producer"),
    "no graph": ("step", lambda m: m.ClearField("graph"), "no graph"),
    "another graph": ("step", lambda m: setattr(m.graph, "name", "encoder"), NAME),
    "one more output": (
        "step",
        lambda m: (
            m.graph.node.append(helper.make_node("Identity", ["c1"], ["weights of c1"])),
            m.graph.output.append(helper.make_tensor_value_info("weights of c1", 1, [1])),
        ),
        INTERFACE,
    ),
    "an output twice": ("step", lambda m: copy_field(m.graph.output), INTERFACE),
    "one output less": ("step", lambda m: m.graph.output.pop(), INTERFACE),
    "an output that is not computed": ("step", lambda m: m.graph.node.pop(), "is not computed"),
    "an output that is computed twice": ("step", lambda m: copy_field(m.graph.node, -1), NAME),
    "an output of the name of a result": (
        "step",
        lambda m: setattr(m.graph.output[0], "name", "n1.0"),
        INTERFACE,
    ),
    "outputs exchanged": (
        "step",
        lambda m: m.graph.node[-1].input.__setitem__(0, find(m, "LogSoftmax").output[0]),
        "another type or shape",
    ),
    "one more input": (
        "step",
        lambda m: m.graph.input.append(helper.make_tensor_value_info("more", 1, ["R"])),
        INTERFACE,
    ),
    "one input less": ("step", lambda m: m.graph.input.pop(), INTERFACE),
    "an input of text": (
        "step",
        lambda m: setattr(declared(m, "hidden").type.tensor_type, "elem_type", 8),
        "another type",
    ),
    "an input that is a sequence": (
        "step",
        lambda m: declared(m, "hidden").type.sequence_type.SetInParent(),
        UNKNOWN,
    ),
    "an input without a type": (
        "step",
        lambda m: declared(m, "hidden").ClearField("type"),
        "another type",
    ),
    "an input of another size": (
        "step",
        lambda m: setattr(size_of(m, "hidden", 1), "dim_value", 9),
        "another shape",
    ),
    "an input of another symbol": (
        "step",
        lambda m: setattr(size_of(m, "hidden", 0), "dim_param", "B"),
        "another shape",
    ),
    "an input with one axis more": (
        "step",
        lambda m: declared(m, "hidden").type.tensor_type.shape.dim.add(dim_value=1),
        "another shape",
    ),
    "an output without a shape": (
        "step",
        lambda m: declared(m, "weights").type.tensor_type.ClearField("shape"),
        "another shape",
    ),
    "a cycle": ("step", cycle, "not computed before"),
    "a value that nothing computes": (
        "step",
        lambda m: replace_input(m, "Sigmoid", 0, "nothing"),
        "not computed before",
    ),
    "a value that is computed later": (
        "step",
        lambda m: replace_input(m, "Sigmoid", 0, "n40.0"),
        "not computed before",
    ),
    "a result twice": ("step", duplicate, NAME),
    "a result with the name of an input": (
        "step",
        lambda m: find(m, "Sigmoid").output.__setitem__(0, "hidden"),
        NAME,
    ),
    "results exchanged": ("step", swap_names, NAME),
    "a node without results": ("step", lambda m: find(m, "Tanh").ClearField("output"), NAME),
    "a node with two results": ("step", lambda m: add(m, "Tanh", ["hidden"], 2), "number of outp"),
    "a node with a name": ("step", lambda m: setattr(find(m, "Tanh"), "name", "x"), "field 3"),
    "a constant twice": ("step", lambda m: copy_field(m.graph.initializer), NAME),
    "a constant with the name of an input": (
        "step",
        lambda m: setattr(tensor(m), "name", "hidden"),
        NAME,
    ),
    "a constant that nothing uses": ("step", lambda m: constant(m, [1] * 10**6), "is not used"),
    "a constant of text": ("step", lambda m: setattr(tensor(m), "data_type", 8), "a type that"),
    "a constant of doubles": ("step", lambda m: setattr(tensor(m), "data_type", 11), "a type tha"),
    "a constant of no type": ("step", lambda m: tensor(m).ClearField("data_type"), "a type that"),
    "a shape larger than the bytes": ("step", lambda m: resize(m, 2**30, 2**30), "than its shape"),
    "a shape that overflows": ("step", lambda m: resize(m, 2**62, 4), "than its shape"),
    "a negative shape": ("step", lambda m: resize(m, -1, -32), "an impossible shape"),
    "an empty shape": ("step", lambda m: resize(m, 0, 32), "an impossible shape"),
    "no shape": ("step", resize, "an impossible shape"),
    "a hundred thousand axes": ("step", lambda m: resize(m, *[1] * 10**5), "too many fields"),
    "a constant without bytes": ("step", lambda m: tensor(m).ClearField("raw_data"), "its shape"),
    "numbers that are not bytes": ("step", lambda m: tensor(m).float_data.append(1), "field 4"),
    "a giant shape constant": ("step", lambda m: integers(m, *range(10**5)), "is too large"),
    "an order of a hundred thousand axes": (
        "step",
        lambda m: add(m, "Transpose", ["values"], perm=[0] * 10**5),
        "too many fields",
    ),
    "an order with an axis twice": (
        "step",
        lambda m: add(m, "Transpose", ["values"], perm=[0, 0, 1]),
        "an order of axes",
    ),
    "an order with an axis too large": (
        "step",
        lambda m: add(m, "Transpose", ["values"], perm=[0, 1, 2**40]),
        "an order of axes",
    ),
    "an unknown attribute": ("step", lambda m: add(m, "Tanh", ["hidden"], alpha=1), ATTRIBUTES),
    "an attribute of another operator": (
        "step",
        lambda m: add(m, "Tanh", ["hidden"], axis=1),
        ATTRIBUTES,
    ),
    "an attribute twice": (
        "step",
        lambda m: copy_field(find(m, "LogSoftmax").attribute),
        ATTRIBUTES,
    ),
    "an attribute less": ("step", lambda m: add(m, "Softmax", ["hidden"]), ATTRIBUTES),
    "an attribute of another type": (
        "step",
        lambda m: add(m, "Softmax", ["hidden"], axis="1"),
        ATTRIBUTES,
    ),
    "an attribute with two values": (
        "step",
        lambda m: setattr(attribute(m, "LogSoftmax", "axis"), "s", b"x"),
        ATTRIBUTES,
    ),
    "an attribute that is a float": (
        "step",
        lambda m: add(m, "Softmax", ["hidden"], axis=1.0),
        "field 2 is unknown",
    ),
    "an attribute that is a tensor": (
        "step",
        lambda m: add(m, "Softmax", ["hidden"], axis=numpy_helper.from_array(np.ones(3))),
        "field 5 is unknown",
    ),
    "an axis out of range": (
        "step",
        lambda m: add(m, "Softmax", ["hidden"], axis=2**62),
        "axis is out of range",
    ),
    "another axis": ("step", lambda m: add(m, "Softmax", ["hidden"], axis=0), "not the last"),
    "another norm": ("step", lambda m: add(m, "LpNormalization", ["hidden"], axis=-1, p=1), "norm"),
    "an input less": ("step", lambda m: add(m, "Add", ["hidden"]), INPUTS),
    "an input too many": ("step", lambda m: add(m, "Tanh", ["hidden"] * 2), INPUTS),
    "an input left out": ("step", lambda m: add(m, "Add", ["hidden", ""]), INPUTS),
    "twenty inputs": ("step", lambda m: add(m, "Concat", ["hidden"] * 20, axis=1), INPUTS),
    "an index beyond a shape": (
        "step",
        lambda m: add(m, "Gather", [add(m, "Shape", ["values"]), integers(m, 3)]),
        "index is out of range",
    ),
    "an index before a shape": (
        "step",
        lambda m: add(m, "Gather", [add(m, "Shape", ["values"]), integers(m, -1)]),
        "index is out of range",
    ),
    "rows of a table at constant places": (
        "step",
        lambda m: add(m, "Gather", [constant(m, [[1.0]]), integers(m, 10**6)]),
        "number of rows",
    ),
    "a table with too few rows": (
        "step",
        lambda m: add(m, "Gather", [constant(m, [[1.0]] * 21), "previous"]),
        "of rows",
    ),
    "rows of what is no table": (
        "step",
        lambda m: add(m, "Gather", ["values", "previous"]),
        CONSTANT,
    ),
    "a shape of a result": (
        "step",
        lambda m: add(m, "Shape", [find(m, "Tanh").output[0]]),
        "other than an input",
    ),
    "a giant range": (
        "encoder",
        lambda m: add(m, "Range", [integers(m, 0), integers(m, 2**40), integers(m, 1)]),
        "a range is not",
    ),
    "a range without end": (
        "encoder",
        lambda m: replace_input(m, "Range", 2, integers(m, 0)),
        "a range is not",
    ),
    "a giant reshape": ("step", lambda m: sizes(m, 2**40, -1), ELEMENTS),
    "a reshape of an unknown size twice": ("step", lambda m: sizes(m, -1, -1), "impossible"),
    "a reshape to a negative size": ("step", lambda m: sizes(m, -2, 4), "impossible"),
    "a reshape to nothing": ("step", lambda m: sizes(m, 8, 8, 0), "impossible"),
    "a reshape to a result": (
        "step",
        lambda m: add(m, "Reshape", ["hidden", "context"]),
        "a shape is unknown",
    ),
    "rows reshaped to positions": (
        "step",
        lambda m: add(m, "Reshape", ["hidden", add(m, "Shape", ["values"])]),
        ELEMENTS,
    ),
    "a wide result": ("step", widen, LARGE),
    "a long shape": ("step", wide_shape, "too many dimensions"),
    "a deep result": ("step", deep, "too many dimensions"),
    "an outer sum": ("step", outer_sum, LARGE),
    "an outer product": ("step", outer_product, LARGE),
    "all pairs of rows": ("step", pairs_of_rows, LARGE),
    "a product with what is no weight": (
        "step",
        lambda m: add(m, "MatMul", ["hidden", "context"]),
        "a product is none",
    ),
    "a product that does not fit": (
        "step",
        lambda m: add(m, "MatMul", ["hidden", constant(m, [[1.0]])]),
        SHAPES,
    ),
    "a sum that does not fit": (
        "step",
        lambda m: add(m, "Add", ["hidden", constant(m, [1.0] * 3)]),
        SHAPES,
    ),
    "a sum of truth values": ("step", lambda m: add(m, "Add", ["mask", "mask"]), "not of floats"),
    "a choice by floats": (
        "step",
        lambda m: add(m, "Where", ["hidden"] * 3),
        "not of truth values",
    ),
    "a split beyond the end": ("step", lambda m: split(m, 8, 8), "parts of a split"),
    "a split with a negative part": ("step", lambda m: split(m, 16, -8), "parts of a split"),
    "a split that does not divide": (
        "step",
        lambda m: add(m, "Split", ["hidden"], 3, axis=1),
        "parts of a split",
    ),
    "ten thousand parts": (
        "step",
        lambda m: add(m, "Split", ["hidden"], 10**4, axis=1),
        "parts of a split",
    ),
    "an axis removed that is not 1": (
        "step",
        lambda m: add(m, "Squeeze", ["hidden", integers(m, -1)]),
        "not a last axis",
    ),
    "a type of text": ("step", lambda m: add(m, "Cast", ["hidden"], to=8), "not converted"),
    "a thousand nodes": ("step", lambda m: chain(m, 1000), "more than 80 nodes"),
    "five thousand nodes": ("step", lambda m: chain(m, 5000), "too many fields"),
    "another scale of activations": (
        "step_int8",
        lambda m: replace_input(m, "QuantizeLinear", 1, constant(m, [np.nan])),
        "the scale of activations differs",
    ),
    "another zero of activations": (
        "step_int8",
        lambda m: replace_input(m, "QuantizeLinear", 2, constant(m, [0], np.uint8)),
        "the scale of activations differs",
    ),
    "int8 weights that do not fit": (
        "step_int8",
        lambda m: replace_input(m, "MatMulIntegerToFloat", 1, constant(m, [[1]], np.int8)),
        SHAPES,
    ),
    "scales that do not fit": (
        "step_int8",
        lambda m: replace_input(m, "MatMulIntegerToFloat", 3, constant(m, [1.0])),
        "another shape",
    ),
    "an int8 step in fp32": ("step", lambda m: m.CopyFrom(parse("step_int8")), "another version"),
    "an encoder as a step": ("step", lambda m: m.CopyFrom(parse("encoder")), NAME),
    "another direction": (
        "encoder",
        lambda m: recurrent(m, direction="reverse"),
        "another direction",
    ),
    "one direction": ("encoder", lambda m: recurrent(m, direction="forward"), "another direction"),
    "a giant layer": ("encoder", lambda m: recurrent(m, hidden_size=2**40), "another size"),
    "another cell": (
        "encoder",
        lambda m: setattr(find(m, "LSTM"), "op_type", "GRU"),
        "another cell",
    ),
    "a layer with other weights": (
        "encoder",
        lambda m: replace_input(m, "LSTM", 1, "c2"),
        "a constant has another shape",
    ),
    "a layer with other lengths": (
        "encoder",
        lambda m: replace_input(m, "LSTM", 4, constant(m, [10**6], np.int64)),
        "not given the lengths",
    ),
    "a layer without lengths": ("encoder", lambda m: replace_input(m, "LSTM", 4, ""), INPUTS),
    "a layer with a first state": (
        "encoder",
        lambda m: find(m, "LSTM").input.append("n0.0"),
        INPUTS,
    ),
    "one more layer": ("encoder", lambda m: copy_field(m.graph.node, 3), "number of layers"),
    "a layer in the step": (
        "step",
        lambda m: add(m, "LSTM", ["hidden"] * 5, 2),
        "number of layers",
    ),
    "names of two formats": (
        "encoder",
        lambda m: m.graph.output.append(helper.make_tensor_value_info("words", 1, ["B", "S", 6])),
        INTERFACE,
    ),
}
