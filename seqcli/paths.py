"""Paths as the command line takes them: `-` is a standard stream."""

from __future__ import annotations

from pathlib import Path

# Standard input, or standard output where a command writes.
STANDARD_STREAM = Path("-")


def display_name(path: Path) -> str:
    """The name of an input file in messages."""
    return "standard input" if path == STANDARD_STREAM else str(path)
