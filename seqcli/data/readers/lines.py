"""Input files and their lines."""

from __future__ import annotations

import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import cast

from seqcli.errors import UserError
from seqcli.paths import STANDARD_STREAM, display_name

# A longer line is refused, so that no file, however well compressed, fills the RAM with one. A
# million characters of any script fit.
MAX_LINE_BYTES = 4 << 20
# A `.gz` that holds so many times its own size is refused, so that no small file fills the RAM or
# takes hours. Text has 3 to 10 times its size, up to 1,000 times is possible. The first bytes
# are free, as a small file may well be one sentence many times.
MAX_EXPANSION = 100
FREE_BYTES = 16 << 20


@contextmanager
def open_input(path: Path) -> Iterator[io.BufferedReader]:
    """The bytes of a file, of a `.gz` uncompressed, or, for `-`, of standard input.

    Raises `UserError` for a file that cannot be opened or, within the block, read, and for a `.gz`
    that holds more than `FREE_BYTES` and `MAX_EXPANSION` times its size.
    """
    try:
        with _open(path) as file:
            yield file
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(f"{path}: not a complete gzip file ({error})") from error
    except OSError as error:
        raise UserError(
            f"{display_name(path)}: cannot be read ({error.strerror or error})"
        ) from error


def _open(path: Path) -> AbstractContextManager[io.BufferedReader]:
    if path == STANDARD_STREAM:
        if sys.stdin is None:
            raise UserError("standard input is closed: there is nothing to read")
        return nullcontext(cast(io.BufferedReader, sys.stdin.buffer))
    return io.BufferedReader(_Unpacked(path)) if path.suffix == ".gz" else path.open("rb")


class _Unpacked(gzip.GzipFile):
    """The content of a `.gz`; a pipe, which has no size, is read without a limit."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path
        packed = os.fstat(self.fileno()).st_size
        self.limit = max(FREE_BYTES, packed * MAX_EXPANSION) if packed else sys.maxsize

    def read(self, size: int | None = -1) -> bytes:
        content = super().read(size)
        if self.tell() > self.limit:
            raise UserError(
                f"{self.path}: holds more than {MAX_EXPANSION} times its size, as no text does: if "
                "you trust it, unpack it (gunzip) and name the unpacked file"
            )
        return content


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a text file, a `.gz` or, for `-`, standard input, as `decode_lines` returns
    them. Raises `UserError` as `open_input` and `decode_lines` do."""
    with open_input(path) as file:
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
