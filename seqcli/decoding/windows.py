"""Lines in windows: all lines that have arrived, so that a single line is translated at once."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from seqcli.data.readers.lines import decode_line
from seqcli.errors import UserError

# Lines to read ahead at most, to be sorted by length.
WINDOW = 1024

T = TypeVar("T")


def windows(descriptor: int, size: int = WINDOW) -> Iterator[list[str]]:
    """Lists of 1 to `size` lines of UTF-8 from a file descriptor, as soon as they have arrived.

    A line ends at a newline and nowhere else. Raises `UserError` for a line that is not UTF-8,
    after yielding the lines before it.
    """
    lines: queue.Queue[bytes | None] = queue.Queue(maxsize=size)
    # The thread reads the bare descriptor: a thread that waits in a buffered file blocks the exit.
    threading.Thread(target=_read_lines, args=(descriptor, lines), daemon=True).start()
    number = 0
    ended = False
    while not ended:
        window: list[str] = []
        error = None
        line = lines.get()
        while line is not None:
            number += 1
            try:
                window.append(decode_line(line, first=number == 1))
            except UnicodeDecodeError:
                error = f"standard input, line {number}: not valid UTF-8"
                break
            if len(window) == size:
                break
            try:
                line = lines.get_nowait()
            except queue.Empty:
                break
        ended = line is None
        if window:
            yield window
        if error:
            raise UserError(error)


def in_windows(items: Iterable[T], size: int = WINDOW) -> Iterator[list[T]]:
    """Lists of 1 to `size` items, in order."""
    iterator = iter(items)
    while window := list(islice(iterator, size)):
        yield window


def _read_lines(descriptor: int, lines: queue.Queue[bytes | None]) -> None:
    """Put each line into the queue, and None at the end."""
    try:
        parts: list[bytes] = []  # of a line whose end has not arrived
        while chunk := os.read(descriptor, 1 << 16):
            first, *rest = chunk.split(b"\n")
            parts.append(first)
            for start in rest:
                lines.put(b"".join(parts))
                parts = [start]
        if any(parts):
            lines.put(b"".join(parts))
    finally:
        lines.put(None)
