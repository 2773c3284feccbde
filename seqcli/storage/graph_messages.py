"""The messages of an ONNX graph, as far as our graphs use them.

Their fields are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqcli.arrays import Array
from seqcli.protobuf import BYTES, INTEGER, TEXT, Field, write_message
from seqcli.storage.values import FLOAT, HALF, INT8, INT64, UINT8

_DIMENSION = {1: Field("dim_value", INTEGER), 2: Field("dim_param", TEXT)}
_SHAPE = {1: Field("dim", _DIMENSION, repeated=True)}
_TENSOR_TYPE = {1: Field("elem_type", INTEGER), 2: Field("shape", _SHAPE)}
_VALUE_INFO = {1: Field("name", TEXT), 2: Field("type", {1: Field("tensor_type", _TENSOR_TYPE)})}
_TENSOR = {
    1: Field("dims", INTEGER, repeated=True),
    2: Field("data_type", INTEGER),
    8: Field("name", TEXT),
    9: Field("raw_data", BYTES),
}
_ATTRIBUTE = {
    1: Field("name", TEXT),
    3: Field("i", INTEGER),
    4: Field("s", TEXT),
    8: Field("ints", INTEGER, repeated=True),
    20: Field("type", INTEGER),
}
_NODE = {
    1: Field("input", TEXT, repeated=True),
    2: Field("output", TEXT, repeated=True),
    4: Field("op_type", TEXT),
    5: Field("attribute", _ATTRIBUTE, repeated=True),
    7: Field("domain", TEXT),
}
_GRAPH = {
    1: Field("node", _NODE, repeated=True),
    2: Field("name", TEXT),
    5: Field("initializer", _TENSOR, repeated=True),
    11: Field("input", _VALUE_INFO, repeated=True),
    12: Field("output", _VALUE_INFO, repeated=True),
}
_OPSET = {1: Field("domain", TEXT), 2: Field("version", INTEGER)}
MODEL = {
    1: Field("ir_version", INTEGER),
    2: Field("producer_name", TEXT),
    7: Field("graph", _GRAPH),
    8: Field("opset_import", _OPSET, repeated=True),
}
# A message of a graph as the values of its fields.
Model = Mapping[str, Any]

# The same messages, in which tensors may have their data elsewhere. None of a folder are read so.
_EXTERNAL_DATA = {1: Field("key", TEXT), 2: Field("value", TEXT)}
_EXTERNAL = 1
_EXTERNAL_MODEL = MODEL | {
    7: Field(
        "graph",
        _GRAPH
        | {
            5: Field(
                "initializer",
                _TENSOR
                | {
                    13: Field("external_data", _EXTERNAL_DATA, repeated=True),
                    14: Field("data_location", INTEGER),
                },
                repeated=True,
            )
        },
    )
}
# Tensors of fewer bytes stay in the message: ONNX Runtime needs the values of some, such as sizes.
_FEW_BYTES = 1 << 12

_TYPES: dict[int, Any] = {
    FLOAT: np.dtype("<f4"),
    HALF: np.dtype("<f2"),
    INT64: np.dtype("<i8"),
    INT8: np.dtype("i1"),
    UINT8: np.dtype("u1"),
}


def tensor_array(tensor: Mapping[str, Any]) -> Array:
    """The values of an initializer."""
    array: Array = np.frombuffer(tensor["raw_data"], dtype=_TYPES[tensor["data_type"]])
    return array.reshape(tensor["dims"])


def make_tensor(name: str, array: Array) -> dict[str, Any]:
    """An initializer with these values."""
    (kind,) = (kind for kind, dtype in _TYPES.items() if dtype == array.dtype)
    content = np.ascontiguousarray(array).tobytes()
    return {"name": name, "dims": array.shape, "data_type": kind, "raw_data": content}


def without_weights(model: Model) -> tuple[bytes, dict[str, Array]]:
    """The message of a model in which large tensors are said to be elsewhere, and these by name."""
    graph, arrays = dict(model["graph"]), {}
    tensors = []
    for tensor in graph["initializer"]:
        if len(tensor["raw_data"]) < _FEW_BYTES:
            tensors.append(tensor)
            continue
        name = tensor["name"]
        arrays[name] = tensor_array(tensor)
        place = {"data_location": _EXTERNAL, "external_data": [{"key": "location", "value": name}]}
        tensors.append({key: tensor[key] for key in ("dims", "data_type", "name")} | place)
    graph["initializer"] = tensors
    return write_message({**model, "graph": graph}, _EXTERNAL_MODEL), arrays
