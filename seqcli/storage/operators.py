"""The operators of exported graphs: what their results are, given what their inputs are.

Each rule accepts what `seqcli.export` writes and nothing else. Sizes that are known only when the
graph runs stay symbols, so that the size of each result is known before anything is computed. A new
operator in `seqcli.export` needs its rule in `RULES`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from seqcli.storage.values import (
    BOOL,
    FLOAT,
    HALF,
    INT8,
    INT32,
    INT64,
    ONE,
    UINT8,
    B,
    S,
    Shape,
    Size,
    Value,
    product,
    require,
)

# The scale and the zero point of activations in `seqcli.export.graph`.
_ACTIVATION_SCALE, _ACTIVATION_ZERO = struct.pack("<f", 1 / 127), b"\x80"

# The recurrent operators and their numbers of blocks of weights.
RECURRENT = {"RNN": 1, "GRU": 3, "LSTM": 4}
DIRECTIONS = {"forward": 1, "bidirectional": 2}
MICROSOFT = "com.microsoft"
DOMAINS = {"MatMulIntegerToFloat": MICROSOFT}  # of the operators that are not ONNX's own


class Rule(NamedTuple):
    """How an operator is used. `infer` computes the results from the inputs and the attributes.

    With `outputs` None there may be several, and `infer` is given their number as `parts`.
    """

    infer: Callable[..., list[Value]]
    inputs: Sequence[int]  # the possible numbers of inputs
    attributes: frozenset[str] = frozenset()
    left_out: tuple[int, ...] = ()  # the inputs that are left out, which `infer` does not get
    outputs: int | None = 1


def _floats(*values: Value) -> None:
    require(all(value.kind == FLOAT for value in values), "an input is not of floats")


def _constant(value: Value, kind: int, shape: Shape | None = None) -> None:
    require(value.raw is not None and value.kind == kind, "an input is not a constant of its type")
    require(shape is None or value.shape == shape, "a constant has another shape")


def _integers(value: Value) -> list[int]:
    _constant(value, INT64)
    return [size.number for size in value.elements or ()]


def _axis(axis: int, rank: int) -> int:
    require(-rank <= axis < rank, "an axis is out of range")
    return axis % rank


def _broadcast(one: Shape, other: Shape) -> Shape:
    rank = max(len(one), len(other))
    padded = [(ONE,) * (rank - len(shape)) + shape for shape in (one, other)]
    for left, right in zip(*padded, strict=True):
        require(left == right or ONE in (left, right), "shapes do not fit each other")
    return tuple(right if left == ONE else left for left, right in zip(*padded, strict=True))


def _elementwise(*values: Value) -> list[Value]:
    _floats(*values)
    shape: Shape = ()
    for value in values:
        shape = _broadcast(shape, value.shape)
    return [Value(FLOAT, shape)]


def _where(condition: Value, one: Value, other: Value) -> list[Value]:
    require(condition.kind == BOOL, "a condition is not of truth values")
    (value,) = _elementwise(one, other)
    return [Value(FLOAT, _broadcast(condition.shape, value.shape))]


def _less(one: Value, other: Value) -> list[Value]:
    require(one.kind == other.kind == INT64, "what is compared is not of integers")
    return [Value(BOOL, _broadcast(one.shape, other.shape))]


def _identity(value: Value) -> list[Value]:
    return [Value(value.kind, value.shape)]


def _over_last(value: Value, axis: int, p: int = 2) -> list[Value]:
    require(_axis(axis, len(value.shape)) == len(value.shape) - 1, "an axis is not the last")
    require(p == 2, "a norm is not the Euclidean one")
    return _elementwise(value)


def _cast(value: Value, to: int) -> list[Value]:
    is_lengths = value.input == "lengths" and to == INT32
    require(is_lengths or (value.kind, to) == (HALF, FLOAT), "a type is not converted by seqcli")
    return [Value(to, value.shape)]


def _gather(table: Value, index: Value) -> list[Value]:
    """Rows of an embedding table, or one size of a shape."""
    if table.elements is not None:
        positions = _integers(index)
        require(positions in [[i] for i in range(len(table.elements))], "an index is out of range")
        return [Value(INT64, (ONE,), (table.elements[positions[0]],))]
    _constant(table, HALF if table.kind == HALF else FLOAT)
    is_table = len(table.shape) == 2 and index.rows and table.shape[0] == Size(index.rows)
    require(bool(is_table), "a table has another number of rows")
    return [Value(table.kind, (*index.shape, table.shape[1]))]


def _shape(value: Value) -> list[Value]:
    require(bool(value.input), "a shape is taken of other than an input")
    return [Value(INT64, (Size(len(value.shape)),), value.shape)]


def _range(start: Value, limit: Value, step: Value) -> list[Value]:
    positions = _integers(start) == [0] and _integers(step) == [1] and limit.elements == (S,)
    require(positions, "a range is not that of the positions")
    return [Value(INT64, (S,))]


def _concat(*values: Value, axis: int) -> list[Value]:
    first = values[0]
    rank = len(first.shape)
    require(rank > 0 and _axis(axis, rank) == rank - 1, "an axis is not the last")
    if first.elements is not None:
        require(all(value.elements is not None for value in values), "a size is unknown")
        elements = tuple(size for value in values for size in value.elements or ())
        return [Value(INT64, (Size(len(elements)),), elements)]
    _floats(*values)
    same = all(len(each.shape) == rank and each.shape[:-1] == first.shape[:-1] for each in values)
    require(same and not any(each.shape[-1].symbols for each in values), "shapes do not fit")
    return [Value(FLOAT, (*first.shape[:-1], Size(sum(each.shape[-1].number for each in values))))]


def _split(value: Value, *sizes: Value, axis: int, parts: int) -> list[Value]:
    _floats(value)
    rank = len(value.shape)
    require(rank > 0 and _axis(axis, rank) == rank - 1, "an axis is not the last")
    whole = value.shape[-1]
    numbers = _integers(sizes[0]) if sizes else [whole.number // parts] * parts
    fits = len(numbers) == parts and min(numbers) > 0 and Size(sum(numbers)) == whole
    require(fits, "the parts of a split do not make the whole")
    return [Value(FLOAT, (*value.shape[:-1], Size(number))) for number in numbers]


def _reshape(value: Value, target: Value) -> list[Value]:
    _floats(value)
    require(target.elements is not None, "a shape is unknown")
    # 0 keeps a size; graphs of format 2 have it.
    kept = (*value.shape, *[Size(0)] * len(target.elements or ()))
    sizes = [kept[i] if size == Size(0) else size for i, size in enumerate(target.elements or ())]
    unknown = [i for i, size in enumerate(sizes) if size == Size(-1)]
    known = [size for size in sizes if size != Size(-1)]
    require(len(unknown) <= 1 and all(size.number > 0 for size in known), "a shape is impossible")
    rest = _quotient(product(value.shape), product(known))
    require(bool(unknown) or rest == ONE, "a shape has another number of elements")
    return [Value(FLOAT, tuple(rest if size == Size(-1) else size for size in sizes))]


def _quotient(whole: Size, part: Size) -> Size:
    symbols = whole.symbols
    for symbol in part.symbols:
        require(symbol in symbols, "a shape has another number of elements")
        symbols = symbols.replace(symbol, "", 1)
    require(whole.number % part.number == 0, "a shape has another number of elements")
    return Size(whole.number // part.number, symbols)


def _transpose(value: Value, perm: Sequence[int]) -> list[Value]:
    _floats(value)
    require(sorted(perm) == list(range(len(value.shape))), "an order of axes is none")
    return [Value(FLOAT, tuple(value.shape[axis] for axis in perm))]


def _unsqueeze(value: Value, axes: Value) -> list[Value]:
    numbers = _integers(axes)
    require(len(numbers) == 1, "not one axis is added")
    axis = _axis(numbers[0], len(value.shape) + 1)
    return [Value(value.kind, (*value.shape[:axis], ONE, *value.shape[axis:]))]


def _squeeze(value: Value, axes: Value) -> list[Value]:
    _floats(value)
    last_is_one = _integers(axes) in ([-1], [len(value.shape) - 1]) and value.shape[-1:] == (ONE,)
    require(last_is_one, "what is removed is not a last axis of size 1")
    return [Value(FLOAT, value.shape[:-1])]


def _matmul(one: Value, other: Value) -> list[Value]:
    _floats(one, other)
    is_weight = len(other.shape) == 2 and other.raw is not None
    is_batch = len(one.shape) == len(other.shape) == 3 and one.shape[0] == other.shape[0]
    require(len(one.shape) > 1 and (is_weight or is_batch), "a product is none of seqcli")
    require(one.shape[-1] == other.shape[-2], "shapes do not fit each other")
    return [Value(FLOAT, (*one.shape[:-1], other.shape[-1]))]


def _quantize(value: Value, scale: Value, zero: Value) -> list[Value]:
    _floats(value)
    _check_activation(scale, zero)
    return [Value(UINT8, value.shape)]


def _check_activation(scale: Value, zero: Value) -> None:
    _constant(scale, FLOAT, (ONE,))
    _constant(zero, UINT8, (ONE,))
    found = bytes(scale.raw or b""), bytes(zero.raw or b"")
    require(found == (_ACTIVATION_SCALE, _ACTIVATION_ZERO), "the scale of activations differs")


def _int8_matmul(
    value: Value, weight: Value, scale: Value, scales: Value, zero: Value, *bias: Value
) -> list[Value]:
    _check_activation(scale, zero)
    _constant(weight, INT8)
    fits = value.kind == UINT8 and len(weight.shape) == 2 and value.shape[-1:] == weight.shape[:1]
    require(fits, "shapes do not fit each other")
    for each in (scales, *bias):
        _constant(each, FLOAT, weight.shape[1:])
    return [Value(FLOAT, (*value.shape[:-1], weight.shape[1]))]


def _recurrent(
    blocks: int,
    inputs: Value,
    weight: Value,
    recurrent: Value,
    bias: Value,
    lengths: Value,
    *peepholes: Value,
    hidden_size: int,
    direction: str,
) -> list[Value]:
    _floats(inputs)
    require(direction in DIRECTIONS and hidden_size > 0, "a layer has another direction")
    require(len(inputs.shape) == 3 and inputs.shape[:2] == (S, B), "shapes do not fit each other")
    directions = Size(DIRECTIONS[direction])
    hidden, rows = Size(hidden_size), Size(blocks * hidden_size)
    _constant(weight, FLOAT, (directions, rows, inputs.shape[2]))
    _constant(recurrent, FLOAT, (directions, rows, hidden))
    _constant(bias, FLOAT, (directions, Size(2 * blocks * hidden_size)))
    for peephole in peepholes:
        _constant(peephole, FLOAT, (directions, Size(3 * hidden_size)))
    require((lengths.kind, lengths.shape) == (INT32, (B,)), "a layer is not given the lengths")
    return [Value(FLOAT, (S, directions, B, hidden)), Value(FLOAT, (directions, B, hidden))]


def _recurrent_rule(operator: str) -> Rule:
    names = frozenset({"hidden_size", "direction"})
    return Rule(partial(_recurrent, RECURRENT[operator]), (5,), names, outputs=2)


_AXIS = frozenset({"axis"})
RULES: Mapping[str, Rule] = {
    **{name: Rule(_elementwise, (1,)) for name in ("Exp", "Neg", "Relu", "Sigmoid", "Tanh")},
    **{name: Rule(_elementwise, (2,)) for name in ("Add", "Div", "Mul", "Sub")},
    **{name: Rule(_over_last, (1,), _AXIS) for name in ("LogSoftmax", "Softmax")},
    **{name: _recurrent_rule(name) for name in RECURRENT},
    "Cast": Rule(_cast, (1,), frozenset({"to"})),
    "Concat": Rule(_concat, range(1, 6), _AXIS),
    "Gather": Rule(_gather, (2,)),
    "Identity": Rule(_identity, (1,)),
    "Less": Rule(_less, (2,)),
    "LpNormalization": Rule(_over_last, (1,), frozenset({"axis", "p"})),
    "MatMul": Rule(_matmul, (2,)),
    "MatMulIntegerToFloat": Rule(_int8_matmul, (6, 7), left_out=(5,)),
    "QuantizeLinear": Rule(_quantize, (3,)),
    "Range": Rule(_range, (3,)),
    "Reshape": Rule(_reshape, (2,)),
    "Shape": Rule(_shape, (1,)),
    "Split": Rule(_split, (1, 2), _AXIS, outputs=None),
    "Squeeze": Rule(_squeeze, (2,)),
    "Transpose": Rule(_transpose, (1,), frozenset({"perm"})),
    "Unsqueeze": Rule(_unsqueeze, (2,)),
    "Where": Rule(_where, (3,)),
}
# A layer with peepholes gets them after the two first states, which it does not get.
PEEPHOLE_LSTM = RULES["LSTM"]._replace(inputs=(8,), left_out=(5, 6))
