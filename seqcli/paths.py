"""Paths that a user or a file gives; `-` is a standard stream."""

from __future__ import annotations

import os
from pathlib import Path

# Standard input, or standard output where a command writes.
STANDARD_STREAM = Path("-")

# The longest path, and the longest part of one, in bytes: others have the limits of Linux, or less.
_MAX_BYTES, _MAX_PART_BYTES = 4095, 255


def may_name_file(text: str) -> bool:
    """Whether a file may have this name, so that asking for it raises nothing but an `OSError` that
    `Path.exists` expects."""
    try:
        name = os.fsencode(text)
    except UnicodeEncodeError:
        return False
    parts = name.split(os.fsencode(os.sep))
    return b"\0" not in name and len(name) <= _MAX_BYTES and max(map(len, parts)) <= _MAX_PART_BYTES


def display_name(path: Path) -> str:
    """The name of an input file in messages."""
    return "standard input" if path == STANDARD_STREAM else str(path)
