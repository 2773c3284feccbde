"""Lines in windows: all lines that have arrived, so that a single line is translated at once."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from seqcli.data.readers.lines import MAX_LINE_BYTES, decode_line
from seqcli.errors import UserError

# Lines to read ahead at most, to be sorted by length, and how many of them at first, so that the
# first translations appear soon; and their characters, beside the last line.
WINDOW, FIRST_WINDOW = 1024, 64
WINDOW_CHARACTERS = 1 << 20

# What is read of a descriptor at once, and how much of it may wait.
_CHUNK_BYTES = 1 << 16
_CHUNKS_WAITING = 16

T = TypeVar("T")


def windows(descriptor: int, size: int = WINDOW) -> Iterator[list[str]]:
    """Windows of lines of UTF-8 from a file descriptor, as soon as they have arrived.

    A line ends at a newline and nowhere else. Raises `UserError` as `decode_line` does, after
    yielding the lines before it, and for a descriptor that cannot be read.
    """
    chunks: queue.Queue[bytes | OSError] = queue.Queue(maxsize=_CHUNKS_WAITING)
    # The thread reads the bare descriptor: a thread that waits in a buffered file blocks the exit.
    threading.Thread(target=_read_chunks, args=(descriptor, chunks), daemon=True).start()
    return in_windows(_arriving_lines(chunks), len, size)


def in_windows(
    items: Iterable[T | None], characters: Callable[[T], int], size: int = WINDOW
) -> Iterator[list[T]]:
    """Lists of 1 to `size` items, in order: the first of at most `FIRST_WINDOW`, each other of at
    most twice as many as the longest before. None among the items ends a list, as does a sum of
    `characters` of `WINDOW_CHARACTERS`.

    A `UserError` of the items is raised after yielding what is before it.
    """
    window: list[T] = []
    total, room = 0, min(FIRST_WINDOW, size)
    try:
        for item in items:
            if item is not None:
                window.append(item)
                total += characters(item)
            is_full = item is None or len(window) == room or total >= WINDOW_CHARACTERS
            if window and is_full:
                yield window
                room = min(max(room, 2 * len(window)), size)
                window, total = [], 0
    except UserError:
        if window:
            yield window
        raise
    if window:
        yield window


def _arriving_lines(chunks: queue.Queue[bytes | OSError]) -> Iterator[str | None]:
    """The lines of standard input, and None where the next chunk has not arrived."""
    number = 1
    parts: list[bytes] = []  # of a line whose end has not arrived
    while True:
        if chunks.empty():
            yield None
        chunk = chunks.get()
        if isinstance(chunk, OSError):
            reason = chunk.strerror or chunk
            raise UserError(f"standard input: cannot be read ({reason})") from chunk
        if not chunk:
            break
        first, *others = chunk.split(b"\n")
        parts.append(first)
        for start in others:
            yield decode_line(b"".join([*parts, b"\n"]), "standard input", number)
            number += 1
            parts = [start]
        if sum(map(len, parts)) > MAX_LINE_BYTES:
            break
    if any(parts):
        yield decode_line(b"".join(parts), "standard input", number)


def _read_chunks(descriptor: int, chunks: queue.Queue[bytes | OSError]) -> None:
    """Put what arrives into the queue, at last an empty chunk, or the error that ends it."""
    chunk: bytes | OSError = b"-"
    while chunk and not isinstance(chunk, OSError):
        try:
            chunk = os.read(descriptor, _CHUNK_BYTES)
        except OSError as error:
            chunk = error
        chunks.put(chunk)
