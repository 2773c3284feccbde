"""PyTorch code traced into an ONNX graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from seqcli.export.graph import Graph

# Sizes that are known only when the graph runs (B sentences, K beams, R = B·K rows, S positions)
# have these values during a trace. No other size has them.
SIZES = {"B": 100_003, "K": 16_417, "R": 100_003 * 16_417, "S": 100_019}
NAMES = {size: name for name, size in SIZES.items()}


class Symbol(Tensor):
    """A tensor without values: PyTorch functions of it add nodes to its graph.

    It is on the device "meta", where PyTorch computes shapes alone, and overrides
    `__torch_function__` (https://docs.pytorch.org/docs/stable/notes/extending.html).
    """

    graph: Graph
    value: str  # the name in the graph

    @classmethod
    def __torch_function__(
        cls, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        result = super().__torch_function__(function, types, _on_meta(args), kwargs)  # type: ignore[no-untyped-call]
        results = result if isinstance(result, tuple) else (result,)
        if isinstance(results[0], Symbol):
            inputs = [*args, *(args[0] if isinstance(args[0], (tuple, list)) else ())]
            graph = next(each.graph for each in inputs if isinstance(each, Symbol))
            values = _add(graph, function.__name__.strip("_"), results, args, kwargs)
            for symbol, value in zip(results, values, strict=True):
                symbol.graph, symbol.value = graph, value
        return result


def make_symbol(
    graph: Graph, value: str, shape: Sequence[int | str], dtype: torch.dtype = torch.float32
) -> Symbol:
    """A value of the graph as a symbol; a size is a number or a name in `SIZES`."""
    sizes = [SIZES[size] if isinstance(size, str) else size for size in shape]
    symbol = torch.empty(sizes, dtype=dtype, device="meta").as_subclass(Symbol)
    symbol.graph, symbol.value = graph, value
    return symbol


def named_shape(symbol: Tensor) -> list[int | str]:
    """The shape, with names where sizes have them."""
    return [NAMES.get(size, size) for size in symbol.shape]


def _on_meta(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)(map(_on_meta, value))
    constant = isinstance(value, Tensor) and not isinstance(value, Symbol)
    return value.to("meta") if constant else value


def _add(graph: Graph, function: str, results: Any, args: Any, kwargs: Any) -> Sequence[str]:
    """Add the node of a function's call; the names of its results."""
    if function == "linear":
        return [graph.linear(args[0].value, *args[1:])]
    if function in ("view", "flatten"):
        shape = [-1 if size in ("K", "R") else size for size in named_shape(results[0])]
        return [graph.add("Reshape", args[0].value, graph.sizes(shape))]
    if function == "matmul" and args[1].dim() == 1:  # ONNX Runtime is slow with a vector
        product = graph.add("MatMul", args[0].value, graph.constant(args[1].unsqueeze(1)))
        return [graph.add("Squeeze", product, graph.integers(-1))]
    if function == "getitem" and not results[0].numel():
        return [""]  # (an input of a product without columns, which has no node)
    if function not in NODES:
        raise NotImplementedError(f"the graph has no node for torch's {function}: see {__name__}")
    operator, inputs, attributes = NODES[function](*args, **kwargs)
    values = [each.value if isinstance(each, Symbol) else _constant(graph, each) for each in inputs]
    return graph.add_many(operator, len(results), *values, **attributes)


def _constant(graph: Graph, value: Tensor | float) -> str:
    return graph.constant(value if isinstance(value, Tensor) else torch.tensor(float(value)))


Node = tuple[str, Sequence[Any], dict[str, Any]]


def _same(operator: str) -> Callable[..., Node]:
    """An operator with the inputs of the function."""
    return lambda *inputs: (operator, inputs, {})


def _transpose(symbol: Symbol, one: int, other: int) -> Node:
    order = list(range(symbol.dim()))
    order[one], order[other] = other, one
    return "Transpose", [symbol], {"perm": order}


# For each function: its arguments -> operator, inputs and attributes of its node.
NODES: dict[str, Callable[..., Node]] = {
    **{
        name: _same(name.title()) for name in ("add", "div", "exp", "mul", "neg", "relu", "sigmoid")
    },
    **{name: _same(name.title()) for name in ("sub", "tanh", "where")},
    **{name: _same("MatMul") for name in ("bmm", "matmul")},
    "rsub": lambda symbol, other: ("Sub", [other, symbol], {}),
    "zeros_like": lambda symbol: ("Mul", [symbol, 0.0], {}),
    "softmax": lambda symbol, dim: ("Softmax", [symbol], {"axis": dim}),
    "log_softmax": lambda symbol, dim: ("LogSoftmax", [symbol], {"axis": dim}),
    "normalize": lambda symbol, dim, **_: ("LpNormalization", [symbol], {"axis": dim, "p": 2}),
    "cat": lambda parts, dim: ("Concat", parts, {"axis": dim}),
    "split": lambda symbol, sizes, dim: ("Split", [symbol, torch.tensor(sizes)], {"axis": dim}),
    "chunk": lambda symbol, _, dim: ("Split", [symbol], {"axis": dim}),
    "unsqueeze": lambda symbol, dim: ("Unsqueeze", [symbol, torch.tensor([dim])], {}),
    "transpose": _transpose,
}
