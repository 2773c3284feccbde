"""Lines in windows: as many as are there, so that a single line never waits for company."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import BinaryIO

from seqcli.errors import UserError


def windows(stream: BinaryIO, most: int) -> Iterator[list[str]]:
    """Lists of 1 to `most` lines of UTF-8, in order, each as soon as it can be had.

    A line ends at a newline and nowhere else. Raises `UserError` at a line that is not UTF-8, when
    those before it have been handed out.
    """
    lines: queue.Queue[bytes | None] = queue.Queue(maxsize=most)

    def pump() -> None:
        for line in stream:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=pump, daemon=True).start()
    number = 0
    ended = False
    while not ended:
        window: list[str] = []
        fault = None
        item = lines.get()
        while item is not None:
            number += 1
            try:
                window.append(item.decode("utf-8").removesuffix("\n").removesuffix("\r"))
            except UnicodeDecodeError:
                fault = f"standard input, line {number}: not valid UTF-8"
                break
            if len(window) == most:
                break
            try:
                item = lines.get_nowait()
            except queue.Empty:
                break
        ended = item is None
        if window:
            yield window
        if fault:
            raise UserError(fault)
