"""The values of options, most of them without Typer's conversion.

Typer converts every value with pydantic, which takes 0.09 s to load: a sixth of the time in which
`translate` would start. Defaults, text and paths need no conversion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from typer.core import TyperOption

# The types whose values are made of the text of the command line alone.
_FROM_TEXT: Mapping[Any, Callable[[Any], Any]] = {
    str: str,
    Path: Path,
    list[str]: list,
    list[Path]: lambda names: [Path(name) for name in names],
}


def converted_simply(parameters: Sequence[Any], *, completing: bool) -> list[Any]:
    """Parameters, of whose values Typer converts those that need it.

    Flags like --help get False as default instead of None. While the shell completes a line, no
    value is converted at all.
    """
    for parameter in parameters:
        if completing:
            parameter.process_value = lambda _context, value: value
        elif (
            isinstance(parameter, TyperOption) and parameter.is_flag and not parameter.expose_value
        ):
            parameter.default = False
        elif "process_value" not in vars(parameter):
            _convert_simply(parameter)
    return list(parameters)


def _convert_simply(parameter: Any) -> None:
    """Give a parameter a conversion that leaves to Typer what is not a default, text or a path."""
    descriptor = getattr(parameter, "type_descriptor", None)
    if descriptor is None or parameter.required or parameter.callback is not None:
        return  # (Older versions of Typer have none, and need no pydantic.)
    convert = parameter.process_value

    def process_value(context: Any, value: Any) -> Any:
        if value is None or value == parameter.default:
            return parameter.default
        if descriptor.annotation in _FROM_TEXT:
            return _FROM_TEXT[descriptor.annotation](value)
        return convert(context, value)

    parameter.process_value = process_value
