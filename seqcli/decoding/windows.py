"""Lines in windows: as many as are there, so that a single line never waits for company."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from seqcli.data.readers.lines import decode_line
from seqcli.errors import UserError

# Lines read ahead, where there are so many, to be sorted by length.
WINDOW = 1024

T = TypeVar("T")


def windows(descriptor: int, most: int = WINDOW) -> Iterator[list[str]]:
    """Lists of 1 to `most` lines of UTF-8 from a file descriptor, each as soon as it can be had.

    A line ends at a newline and nowhere else. Raises `UserError` at a line that is not UTF-8, when
    those before it have been handed out.
    """
    lines: queue.Queue[bytes | None] = queue.Queue(maxsize=most)
    # The thread reads the bare descriptor: one that waits in a buffered file cannot be left behind.
    threading.Thread(target=_pump, args=(descriptor, lines), daemon=True).start()
    number = 0
    ended = False
    while not ended:
        window: list[str] = []
        fault = None
        line = lines.get()
        while line is not None:
            number += 1
            try:
                window.append(decode_line(line, first=number == 1))
            except UnicodeDecodeError:
                fault = f"standard input, line {number}: not valid UTF-8"
                break
            if len(window) == most:
                break
            try:
                line = lines.get_nowait()
            except queue.Empty:
                break
        ended = line is None
        if window:
            yield window
        if fault:
            raise UserError(fault)


def in_windows(items: Iterable[T], most: int = WINDOW) -> Iterator[list[T]]:
    """The same, `most` at a time."""
    rest = iter(items)
    while window := list(islice(rest, most)):
        yield window


def _pump(descriptor: int, lines: queue.Queue[bytes | None]) -> None:
    """Put line after line into the queue, None at the end."""
    try:
        parts: list[bytes] = []  # of a line whose end has not been seen
        while chunk := os.read(descriptor, 1 << 16):
            first, *rest = chunk.split(b"\n")
            parts.append(first)
            for begun in rest:
                lines.put(b"".join(parts))
                parts = [begun]
        if any(parts):
            lines.put(b"".join(parts))
    finally:
        lines.put(None)
