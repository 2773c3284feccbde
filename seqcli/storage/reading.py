"""Reading files that a stranger may have made: only regular files, and no more than is allowed."""

from __future__ import annotations

import errno
import json
import math
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seqcli.errors import UserError

# A file of a manifest may be a link to another place, or a pipe, which blocks who opens it.
_READ = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


MAX_DEPTH = 32  # of objects and lists within one another


class MissingFileError(UserError):
    """A file is not there."""


def read_regular(path: Path, max_bytes: int, remedy: str = "copy the folder again") -> bytes:
    """The content of a file. `remedy` says what to do about one that cannot be used.

    Raises `MissingFileError` if there is none, and `UserError` if it cannot be read, is a link, a
    pipe, a folder or a device, or is larger than `max_bytes`.
    """
    try:
        with open(path, "rb", opener=_open) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UserError(f"{path} is not a regular file: {remedy}")
            if status.st_size > max_bytes:
                raise UserError(
                    f"{path} is too large ({status.st_size:,} bytes, at most {max_bytes:,} are "
                    f"expected): {remedy}"
                )
            return file.read(status.st_size)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingFileError(f"{path} is missing: {remedy}") from error
    except OSError as error:
        reason = "a link" if error.errno == errno.ELOOP else error.strerror or error
        raise UserError(
            f"{path}: cannot be read ({reason}): make it a readable file, or {remedy}"
        ) from error


def _open(path: str, _flags: int) -> int:
    return os.open(path, _READ)


def parse_json(content: bytes) -> dict[str, Any]:
    """The object that a JSON text holds.

    Raises `ValueError` for any other text, a number that is not finite, a key that comes twice, and
    what is nested in more than `MAX_DEPTH` levels.
    """
    try:
        values = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_float=_finite,
            parse_constant=_finite,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(values, dict):
        raise ValueError("not a JSON object")
    _check_depth(values, MAX_DEPTH)
    return values


def _check_depth(values: dict[str, Any] | list[Any], levels: int) -> None:
    """Raise `ValueError` for more levels: what is read must also be written and shown, which may
    take more of the stack than reading."""
    if not levels:
        raise ValueError("nested too deeply")
    for each in values.values() if isinstance(values, dict) else values:
        if isinstance(each, dict | list):
            _check_depth(each, levels - 1)


def _unique(items: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(items)
    if len(values) < len(items):
        raise ValueError("a key comes twice")
    return values


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a finite number")
    return number
