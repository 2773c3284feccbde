"""Parts that the graphs of all networks are traced with, and limits for their differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from onnx import TensorProto
from torch import Tensor
from torch.nn import functional

from seqcli.errors import UserError
from seqcli.export.graph import Graph
from seqcli.export.trace import Symbol, make_symbol, named_shape
from seqcli.model.network import REMEDY

# Largest difference of probabilities, attention weights and states.
TOLERANCE = 1e-4


class ExportError(UserError):
    """The graphs do not compute what the network computes: it amplifies rounding errors, as some
    networks do that have diverged, or seqcli has a bug."""


class TableLinear(Protocol):
    """x Wᵀ + the row of `terms` [V,O] for the previous token."""

    def __call__(self, weight: Tensor, terms: Tensor, inputs: Tensor) -> Tensor: ...


def table_linear(graph: Graph, previous: str) -> TableLinear:
    """The linear map of a step; what depends on the previous token alone is a table."""

    def linear(weight: Tensor, terms: Tensor, inputs: Tensor) -> Tensor:
        term = make_symbol(graph, graph.table(terms, previous), ["R", terms.shape[1]])
        return functional.linear(inputs, weight) + term if weight.numel() else term

    return linear


def input_symbol(graph: Graph, name: str, shape: Sequence[int | str]) -> Tensor:
    """An input of the graph."""
    return make_symbol(graph, graph.input(name, TensorProto.FLOAT, shape), shape)


def output_symbol(graph: Graph, name: str, tensor: Tensor) -> None:
    """Make a tensor an output of the graph."""
    graph.output(cast(Symbol, tensor).value, name, TensorProto.FLOAT, named_shape(tensor))


def check_difference(graphs: str, difference: float, limit: float) -> None:
    """Raise an `ExportError` if graphs, as they are called, differ by the limit or more."""
    if not difference < limit:  # written so that a NaN is refused too
        raise ExportError(
            f"{graphs} differ from the network (by {difference:.2g}, more than {limit:.2g}), so "
            f"the model is not written: {REMEDY}; if it learned well, this is a bug of seqcli: "
            "please report it with the command that was used"
        )


def diverged() -> str:
    """What is said of a network whose results are not finite."""
    return f"what the model computes is no longer a finite number: {REMEDY}"
