"""The lines of text files."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seqcli.data.readers.opening import as_utf8, open_input
from seqcli.errors import UserError
from seqcli.paths import display_name

# A longer line is refused, so that no file, however well compressed, fills the RAM with one. A
# million characters of any script fit.
MAX_LINE_BYTES = 4 << 20


@contextmanager
def open_text(path: Path) -> Iterator[io.BufferedReader]:
    """The text of a file or, for `-`, of standard input, as UTF-8.

    Raises `UserError` as `open_input` and `as_utf8` do.
    """
    with open_input(path) as file:
        yield as_utf8(file, display_name(path))


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a text file or, for `-`, of standard input, as `decode_lines` returns them.
    Raises `UserError` as `open_text` and `decode_lines` do."""
    with open_text(path) as file:
        yield from decode_lines(file, display_name(path))


def decode_lines(file: io.BufferedIOBase, name: str) -> Iterator[str]:
    """The lines of an open file of that name, as `decode_line` returns them.

    Raises `UserError` as `decode_line` does, and for a line that ends later, without reading it.
    """
    lines = iter(lambda: file.readline(MAX_LINE_BYTES + 1), b"")
    for number, line in enumerate(lines, start=1):
        yield decode_line(line, name, number)


def decode_line(line: bytes, name: str, number: int) -> str:
    """A line as text, without its end (LF or CRLF) and, if it is the first, without a BOM.

    Raises `UserError`, with the number of the line in the file of that name, for invalid UTF-8 and
    for a line of more than `MAX_LINE_BYTES`.
    """
    if len(line) - line.endswith(b"\n") > MAX_LINE_BYTES:
        raise UserError(
            f"{name}, line {number}: longer than {MAX_LINE_BYTES:,} bytes, so it is no sentence; "
            "remove or split it"
        )
    try:
        text = line.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{name}, line {number}: not valid UTF-8 (byte {error.start + 1}); "
            "save the file as UTF-8"
        ) from error
    return text.removeprefix("\ufeff") if number == 1 else text
