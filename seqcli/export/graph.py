"""ONNX graphs under construction, in fp32 and in int8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from seqcli.arrays import Array

OPSET = 17


class Graph:
    """A graph under construction. Values are identified by their names."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.opsets = [helper.make_opsetid("", OPSET)]
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self.axes: dict[int | str, tuple[str, int]] = {}  # an input and its axis of that size

    def input(self, name: str, kind: int, shape: Sequence[str | int]) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        for axis, size in enumerate(shape):
            self.axes.setdefault(size, (name, axis))
        return name

    def output(self, value: str, name: str, kind: int, shape: Sequence[str | int]) -> None:
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def constant(self, array: Tensor | Array) -> str:
        values = array.detach().cpu().numpy() if isinstance(array, Tensor) else array
        name = f"c{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, dtype=np.int64))

    def sizes(self, shape: Sequence[int | str]) -> str:
        """A shape as one value; a named size is taken from the first input that has it."""
        if not any(isinstance(size, str) for size in shape):
            return self.integers(*map(int, shape))
        return self.add("Concat", *map(self._size, shape), axis=0)

    def _size(self, size: int | str) -> str:
        if isinstance(size, int):
            return self.integers(size)
        value, axis = self.axes[size]
        return self.add("Gather", self.add("Shape", value), self.integers(axis))

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """A node with one output; returns the name of its value."""
        return self.add_many(operator, 1, *inputs, **attributes)[0]

    def add_many(self, operator: str, outputs: int, *inputs: str, **attributes: Any) -> list[str]:
        names = [f"n{len(self.nodes)}.{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, **attributes))
        return names

    def linear(self, value: str, weight: Tensor, bias: Tensor | None = None) -> str:
        """x Wᵀ + b: x [...,I], W [O,I], b [O] -> [...,O]."""
        product = self.add("MatMul", value, self.constant(weight.T))
        return product if bias is None else self.add("Add", product, self.constant(bias))

    def table(self, rows: Tensor, index: str) -> str:
        """The rows of a table [V,X] at indices [R]: [R,X]."""
        return self.add("Gather", self.constant(rows), index)

    def to_bytes(self) -> bytes:
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.weights)
        model = helper.make_model(graph, opset_imports=self.opsets)
        model.ir_version = 8
        model.producer_name = "seqcli"
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))


# Weights use seven of the eight bits: then no sum of two products exceeds the 16 bits in which
# processors without VNNI accumulate them.
WEIGHT_LIMIT = 63
ACTIVATION_LIMIT, ACTIVATION_ZERO = 127, 128
LARGEST_HALF = float(np.finfo(np.float16).max)


class Int8Graph(Graph):
    """A graph with int8 matrix products, of less than half the size.

    Inputs of a product must be between -1 and 1, as outputs of a tanh and weighted means of them
    are: then one fixed scale serves every row, and no row affects the result of another. Weights
    have a scale for each output; tables are in fp16.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.opsets.append(helper.make_opsetid("com.microsoft", 1))

    def linear(self, value: str, weight: Tensor, bias: Tensor | None = None) -> str:
        """x Wᵀ + b, for x between -1 and 1."""
        quantized, scales = _round(_array(weight), WEIGHT_LIMIT)
        step = self.constant(np.array(1 / ACTIVATION_LIMIT, dtype=np.float32))
        zero = self.constant(np.array(ACTIVATION_ZERO, dtype=np.uint8))
        inputs = [self.add("QuantizeLinear", value, step, zero), self.constant(quantized.T)]
        inputs += [step, self.constant(scales), zero, ""]
        inputs += [] if bias is None else [self.constant(bias)]
        return self.add("MatMulIntegerToFloat", *inputs, domain="com.microsoft")

    def table(self, rows: Tensor, index: str) -> str:
        # Values beyond the range of fp16 are clipped; they saturate the gates anyway.
        halves = _array(rows).clip(-LARGEST_HALF, LARGEST_HALF).astype(np.float16)
        row = self.add("Gather", self.constant(halves), index)
        return self.add("Cast", row, to=TensorProto.FLOAT)


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.detach().cpu().numpy().astype(np.float32)


def _round(rows: NDArray[np.float32], limit: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Rows [O,I] as integers from -limit to limit, and the scale of each row [O]."""
    scales = np.maximum(np.abs(rows).max(axis=1), 1e-12) / np.float32(limit)
    return np.round(rows / scales[:, None]).astype(np.int8), scales.astype(np.float32)
