"""Ctrl-C during a training: the run is saved before the program ends."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether a stop has been requested; called after every update."""

    def __init__(self) -> None:
        self.requested = False

    def __call__(self) -> bool:
        return self.requested


@contextmanager
def stop_on_interrupt(
    notify: Callable[[str], None], signals: Sequence[signal.Signals] = SIGNALS
) -> Iterator[Stop]:
    """Turn the first of the signals into a request to stop; a second Ctrl-C interrupts at once.

    `notify` is called with a message from within the signal handler. Python handles signals in the
    main thread only: in another thread nothing is changed.
    """
    stop = Stop()

    def request(_number: int, _frame: FrameType | None) -> None:
        stop.requested = True
        notify("stopping; a second Ctrl-C stops at once")
        signal.signal(signal.SIGINT, signal.default_int_handler)

    if threading.current_thread() is not threading.main_thread():
        signals = ()
    previous = {number: signal.signal(number, request) for number in signals}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
