"""The graphs of a model, and its weights, as a page has them.

A page runs the graphs that `seqcli translate` runs, node by node. Its weights are one sequence of
bytes, in which nothing is stored twice. In a graph, the weights of the output layer are a copy of
the embeddings, and what a step computes of the previous token alone is a table of the products of
embeddings and weights, one row for each token (`seqcli.export.network`): here both are given by the
embeddings, and the page makes them when it opens. `model/weights.js` reads what is written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqcli.arrays import Array
from seqcli.storage.graph_check import read_graph
from seqcli.storage.graph_messages import tensor_array

_PRODUCTS = ("MatMul", "MatMulIntegerToFloat")
# Constants with fewer elements stay in single precision: they are biases, and take little space.
_FEW = 4096
# The largest difference of a table that is made anew from that in the graph, as a share of its
# largest element: what rounding to single precision leaves.
_TOLERANCE = 3e-6
_LARGEST_HALF = float(np.finfo(np.float16).max)


@dataclass
class Weights:
    """The matrices of a page, and their bytes. With `half`, large ones are in half precision."""

    half: bool
    content: bytearray = field(default_factory=bytearray)
    matrices: list[dict[str, Any]] = field(default_factory=list)
    _known: dict[bytes, int] = field(default_factory=dict)

    def add(self, matrix: NDArray[Any]) -> int:
        """The index of a matrix, which is added unless it is known."""
        if self._fits_half(matrix):
            matrix = matrix.astype(np.float16)
        content = np.ascontiguousarray(matrix).tobytes()
        key = content + str((matrix.dtype, matrix.shape)).encode()
        if key not in self._known:
            self._known[key] = len(self.matrices)
            self.matrices.append(
                {
                    "type": matrix.dtype.name,
                    "shape": list(matrix.shape),
                    "offset": len(self.content),
                }
            )
            self.content += content
        return self._known[key]

    def _fits_half(self, matrix: NDArray[Any]) -> bool:
        is_large = self.half and matrix.dtype == np.float32 and matrix.size >= _FEW
        return bool(is_large and np.abs(matrix).max() <= _LARGEST_HALF)


@dataclass(frozen=True)
class Embeddings:
    """The embeddings [pieces,E] of the target side, and the pieces [V] that can be written."""

    table: Array
    output_pieces: Sequence[int]

    @property
    def rows(self) -> Array:
        """Those of the output pieces: [V,E]."""
        return np.take(self.table, self.output_pieces, axis=0)


def model_values(
    encoder: bytes,
    step: bytes,
    step_int8: bytes,
    target_tables: Sequence[Array],
    output_pieces: Sequence[int],
    pieces: int,
    precision: str,
) -> tuple[dict[str, Any], Weights]:
    """The graphs of a model for a page, given as ONNX, and their weights.

    `target_tables` [pieces,E] are the embeddings of the target side that the folder stores beside
    those of the source side.
    """
    weights = Weights(half=precision == "fp16")
    tables = [_embedding_table(encoder), *target_tables]
    targets = [Embeddings(table, output_pieces) for table in tables]
    if precision == "int8":
        decoder = _graph_values(step_int8, weights, targets, _step_tables(step))
    else:
        decoder = _graph_values(step, weights, targets)
    values = {
        "encoder": _graph_values(encoder, weights, targets),
        "step": decoder,
        "matrices": weights.matrices,
        "outputPieces": list(output_pieces),
        "pieces": pieces,
        "vectors": None,
    }
    return values, weights


def _graph_values(
    content: bytes,
    weights: Weights,
    targets: Sequence[Embeddings],
    exact_tables: Sequence[Array] = (),
) -> dict[str, Any]:
    """A graph for a page, given as ONNX; its weights are added to the others.

    `targets` are tables of embeddings of which it may hold rows and products. Of a graph in int8,
    whose tables are rounded, `exact_tables` are those of the graph in fp32.
    """
    graph = read_graph(content)
    used_by = _nodes_by_input(graph)
    exact = iter(exact_tables)
    constants: dict[str, dict[str, Any]] = {}
    for tensor in graph["initializer"]:
        array, name = tensor_array(tensor), tensor["name"]
        node = used_by[name]
        stored: dict[str, Any] | None = None
        if array.dtype in (np.int64, np.uint8):
            stored = {"numbers": array.ravel().tolist()}
        elif node["op_type"] in _PRODUCTS and node["input"][1] == name:
            stored = _selected(array.T, weights, targets) or {"matrix": weights.add(array.T)}
            stored["transposed"] = True
        elif _is_table(node):
            stored = _factored(next(exact, array), weights, targets)
            if stored is not None and array.dtype == np.float16:
                stored["half"] = True
        if stored is None:
            stored = {"matrix": weights.add(array)}
        constants[name] = {"shape": list(array.shape), **stored}
    return {
        "outputs": [each["name"] for each in graph["output"]],
        "nodes": list(map(_node, graph["node"])),
        "constants": constants,
    }


def _step_tables(content: bytes) -> list[Array]:
    """The tables of a step, in which a previous token chooses a row."""
    graph = read_graph(content)
    used_by = _nodes_by_input(graph)
    return [tensor_array(each) for each in graph["initializer"] if _is_table(used_by[each["name"]])]


def _nodes_by_input(graph: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {name: node for node in graph["node"] for name in node["input"]}


def _embedding_table(content: bytes) -> Array:
    """The embeddings [pieces,E] that an encoder reads. Raises `ValueError` for one that reads none,
    or several."""
    graph = read_graph(content)
    names = [node["input"][0] for node in graph["node"] if node["input"][1:] == ["source"]]
    (table,) = (each for each in graph["initializer"] if each["name"] in names)
    return tensor_array(table)


def _is_table(node: Mapping[str, Any]) -> bool:
    return bool(node["op_type"] == "Gather" and node["input"][1] == "previous")


def _node(node: Mapping[str, Any]) -> dict[str, Any]:
    attributes = {}
    for each in node["attribute"]:
        (value,) = (each[key] for key in ("i", "s", "ints") if each.get(key, []) != [])
        attributes[each["name"]] = value
    return {
        "operator": node["op_type"],
        "inputs": node["input"],
        "results": node["output"],
        "attributes": attributes,
    }


def _selected(
    matrix: Array, weights: Weights, targets: Sequence[Embeddings]
) -> dict[str, Any] | None:
    """The matrix as rows of a table of embeddings; None if it is none."""
    for target in targets:
        if np.array_equal(matrix, target.rows):
            return {"matrix": weights.add(target.table), "selected": True}
    return None


def _factored(
    table: Array, weights: Weights, targets: Sequence[Embeddings]
) -> dict[str, Any] | None:
    """The table [V,O] as products of embeddings: e A + b for the rows e; None if it is not that, or
    smaller as it is."""
    for target in targets:
        rows, size = target.rows.astype(np.float64), target.table.shape[1]
        if len(rows) <= size + 1:
            continue
        extended = np.column_stack([rows, np.ones(len(rows))])
        factor = np.linalg.lstsq(extended, table.astype(np.float64), rcond=None)[0]
        factor = factor.astype(np.float32)
        error = np.abs(extended @ factor - table).max()
        if error <= _TOLERANCE * np.abs(table).max():
            # Its rows are those of the results, as of all weights of products.
            return {
                "matrix": weights.add(target.table),
                "selected": True,
                "factor": weights.add(factor.T),
            }
    return None
