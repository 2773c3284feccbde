"""Patterns of the `regex` library, which knows the properties of all Unicode characters."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex


@lru_cache(maxsize=1000)
def compiled(pattern: str) -> regex.Pattern[str]:
    """A pattern in the syntax of version 1 of `regex`, with operations on sets of characters.

    It is compiled, and the library imported, when a text first needs it: plain ASCII text needs
    neither, which saves a command 20 ms.
    """
    import regex  # noqa: PLC0415

    return regex.compile(pattern, regex.V1)
