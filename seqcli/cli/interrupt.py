"""Ctrl-C while a network trains."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_on_interrupt(message: Callable[[str], None]) -> Iterator[Callable[[], bool]]:
    """Yield a function that returns True after the first Ctrl-C (or SIGTERM).

    The signal handler calls `message` with a line for the user. A second Ctrl-C raises
    `KeyboardInterrupt` as usual.
    """
    requested = False

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal requested
        requested = True
        message("stopping; press Ctrl-C again to quit at once")
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, request_stop) for number in signals}
    try:
        yield lambda: requested
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
