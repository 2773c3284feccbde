"""What is known of the values of a graph before it runs: types, shapes, small integers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

# Element types (https://onnx.ai/onnx/intro/concepts.html#element-type), and the bytes of each.
FLOAT, UINT8, INT8, INT32, INT64, BOOL, HALF = 1, 2, 3, 6, 7, 9, 10
ITEM_BYTES = {FLOAT: 4, UINT8: 1, INT8: 1, INT64: 8, HALF: 2}


class GraphError(ValueError):
    """The graph is not one of seqcli."""


def require(condition: bool, reason: str) -> None:
    """Raise a `GraphError` with the reason unless the condition holds."""
    if not condition:
        raise GraphError(reason)


class Size(NamedTuple):
    """A number of elements: a number times symbols, each one letter. B: sentences, S: positions,
    K: beams."""

    number: int
    symbols: str = ""


Shape = tuple[Size, ...]
ONE, B, S = Size(1), Size(1, "B"), Size(1, "S")
R = Size(1, "BK")


def product(sizes: Sequence[Size]) -> Size:
    """The product of sizes; the number of elements of a shape."""
    symbols = "".join(sorted("".join(size.symbols for size in sizes)))
    return Size(prod(size.number for size in sizes), symbols)


class Value(NamedTuple):
    """What is known of a tensor before the graph runs.

    `elements` are those of a shape or a part of one; `raw` holds the bytes of a constant; `input`
    is the name of a graph's input; the elements of an index are less than `rows`.
    """

    kind: int
    shape: Shape
    elements: tuple[Size, ...] | None = None
    raw: memoryview | None = None
    input: str = ""
    rows: int = 0
