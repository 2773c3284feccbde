"""Values read from a file, checked against the types of a dataclass."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Kind = TypeVar("Kind")

LARGEST_INTEGER = (1 << 63) - 1


def from_values(kind: type[Kind], values: Any) -> Kind:
    """The dataclass that has these values, as `dataclasses.asdict` gives them and JSON keeps them.

    Raises `ValueError` for an unknown or missing key, a value of another type, a number that is
    negative or not finite, and an integer of more than 64 bits.
    """
    if not isinstance(values, Mapping):
        raise ValueError(f"{kind.__name__} is not an object")
    known = fields(kind)  # type: ignore[arg-type]
    required = {each.name for each in known if (each.default, each.default_factory) == _NO_DEFAULT}
    wrong = (values.keys() - {each.name for each in known}) | (required - values.keys())
    if wrong:
        raise ValueError(f"{kind.__name__}: unknown or missing {', '.join(sorted(wrong))}")
    check_values(kind, values)
    return kind(**values)


def check_values(kind: type[Any], values: Mapping[str, Any]) -> None:
    """Raise `ValueError` for values of some fields of a dataclass that `from_values` refuses."""
    kinds = get_type_hints(kind)
    for name, value in values.items():
        if not _is_of(kinds[name], value):
            raise ValueError(f"{kind.__name__}: {name} cannot be {str(value)[:40]!r}")


_NO_DEFAULT = (MISSING, MISSING)


def _is_of(kind: Any, value: Any) -> bool:
    """Whether a value has a type such as `dict[str, list[int]]`, and is no negative number."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if origin is UnionType:
        return any(_is_of(each, value) for each in arguments)
    if origin is list:
        return isinstance(value, list) and all(_is_of(arguments[0], each) for each in value)
    if origin is dict:
        return isinstance(value, dict) and all(
            _is_of(arguments[1], each) for each in value.values()
        )
    if kind in (int, float) and type(value) is int:
        return 0 <= value <= LARGEST_INTEGER
    return type(value) is kind and (kind is not float or 0 <= value < math.inf)
