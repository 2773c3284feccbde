"""The targets by name, and what they share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seqcli.errors import UserError

# Inputs that once failed, in a folder for each target.
FINDINGS = Path(__file__).parent / "findings"

Target = Callable[[bytes], None]
TARGETS: dict[str, Target] = {}


def target(function: Target) -> Target:
    """Register a function that raises where a property does not hold for its bytes."""
    TARGETS[function.__name__] = function
    return function


def text_of(content: bytes) -> str:
    """The bytes as text, without those that are not UTF-8."""
    return content.decode("utf-8", "ignore")


def read_or_refuse(name: str, read: Callable[[], object]) -> None:
    """Call a reader, which may refuse its input in one line that begins with the name."""
    try:
        read()
    except UserError as error:
        assert str(error).startswith(name), str(error)
        assert len(str(error).splitlines()) == 1, str(error)
