"""Signals that end a command: Ctrl-C (SIGINT), SIGTERM, and SIGHUP, which a closed terminal sends.

What the first one does depends on what would be lost:

1. Nothing (packages load, pairs are read): the process ends at once, after the actions of `at_end`.
2. In a block of `unwinding` (a temporary file, a prompt): the main thread raises
   `KeyboardInterrupt`, so that all is cleaned up. What takes longer than `GRACE` ends as in 1.
3. While `Stop.unsaved` is true (a network learns): the training is asked to stop, saves, and ends.
   A second SIGINT or SIGTERM ends the process as in 1 (but see `Stop`).

In a command, a thread waits for the signals: Python calls handlers in the main thread alone, and
not before a call such as the training of a tokenizer has returned, which may take ten seconds.

The exit status is 128 and the number of the signal: 130 after SIGINT, 143 after SIGTERM, 129 after
SIGHUP. A signal that is ignored when the process starts (`nohup`) stays ignored.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

# In seconds: for `KeyboardInterrupt` to reach the end of the command; between two tries to raise
# it; for the actions of `at_end`, as a terminal may be paused (Ctrl-S).
GRACE, BETWEEN_TRIES, FOR_ACTIONS = 2.0, 0.1, 1.0

Action = Callable[[], None]


class Stop:
    """Whether a training shall stop, which it asks after an update; `unsaved` says whether it has
    made updates since it was last saved. With `repeats`, further signals are ignored: `torchrun`
    repeats those that it gets to its processes, which a terminal or SLURM has sent to them, too."""

    def __init__(self) -> None:
        self.unsaved = False
        self.repeats = False
        self.requested = False

    def __call__(self) -> bool:
        return self.requested


class _Watch:
    """What the next signal of this process does, and which one came first."""

    def __init__(self) -> None:
        self.received: int | None = None  # set in the main thread
        self.actions: list[Action] = []
        self.unwinding = False
        self.stop: Stop | None = None
        self.on_stop: Action = lambda: None

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Called in the main thread, between two of its bytecodes."""
        is_first = self.received is None
        self.received = self.received or number
        if self.unwinding and is_first:
            raise KeyboardInterrupt

    def wait(self, descriptor: int) -> None:
        """Answer the signals, whose numbers arrive as bytes; called in a thread of its own."""
        number = os.read(descriptor, 1)[0]
        if self.unwinding:
            self._wait_for_unwinding(number)
        elif self.stop is not None and self.stop.unsaved:
            stop = self.stop
            stop.requested = True
            _call(self.on_stop)
            hangup = getattr(signal, "SIGHUP", None)  # which shell and kernel may send both
            while (number := os.read(descriptor, 1)[0]) == hangup or stop.repeats:
                pass
        _call(*reversed(self.actions))
        os._exit(128 + number)

    def _wait_for_unwinding(self, number: int) -> None:
        """Give the main thread `GRACE` seconds to end the process.

        A signal that arrives just before a system call does not interrupt it, so it is sent again
        until the handler has been called.
        """
        end = time.monotonic() + GRACE
        while time.monotonic() < end:
            time.sleep(BETWEEN_TRIES)
            if self.received is None and sys.platform != "win32":
                signal.pthread_kill(threading.main_thread().ident or 0, number)


_watch = _Watch()


@contextmanager
def signals_watched() -> Iterator[None]:
    """Answer signals as this module describes, and end the process after the block if there was
    one."""
    read, write = os.pipe()
    if sys.platform != "win32":
        os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _watch.handle)
    threading.Thread(target=_watch.wait, args=(read,), daemon=True).start()
    try:
        yield
    finally:
        if _watch.received is not None:
            for stream in (sys.stdout, sys.stderr):
                with suppress(AttributeError, OSError, ValueError):
                    stream.flush()
            # The usual end would wait for the threads that compute.
            os._exit(128 + _watch.received)


@contextmanager
def at_end(action: Action) -> Iterator[None]:
    """Call the action, in another thread, if a signal ends the process at once in the block."""
    _watch.actions.append(action)
    try:
        yield
    finally:
        _watch.actions.remove(action)


@contextmanager
def unwinding() -> Iterator[None]:
    """Let the first signal raise `KeyboardInterrupt` in the block, in the main thread."""
    before, _watch.unwinding = _watch.unwinding, True
    try:
        yield
    finally:
        _watch.unwinding = before


class CancelledError(Exception):
    """Ctrl-C in a block of `cancelled_by_ctrl_c`."""


@contextmanager
def cancelled_by_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C raise `CancelledError` in the block, in the main thread; the command goes on."""

    def cancel(_number: int, _frame: FrameType | None) -> None:
        raise CancelledError

    before = signal.signal(signal.SIGINT, cancel)
    descriptor = signal.set_wakeup_fd(-1)  # else `_Watch.wait` would end the process
    try:
        yield
    finally:
        signal.set_wakeup_fd(descriptor, warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, before)


@contextmanager
def stop_on_signal(on_stop: Action) -> Iterator[Stop]:
    """Let the first signal request a stop while there is something unsaved; `on_stop` is then
    called in another thread."""
    _watch.stop, _watch.on_stop = Stop(), on_stop
    try:
        yield _watch.stop
    finally:
        _watch.stop = None


@contextmanager
def stop_on_ctrl_c() -> Iterator[Stop]:
    """The same for Ctrl-C alone, in programs that import seqcli. A second Ctrl-C, and one when
    nothing is unsaved, is answered as before the block.

    Outside the main thread, where Python allows no handlers, nothing is changed.
    """
    stop = Stop()
    before = signal.getsignal(signal.SIGINT)

    def request(number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        if stop.unsaved:
            stop.requested = True
        else:
            signal.raise_signal(number)

    is_main = threading.current_thread() is threading.main_thread()
    changes = is_main and before not in (signal.SIG_IGN, None)
    if changes:
        signal.signal(signal.SIGINT, request)
    try:
        yield stop
    finally:
        if changes:
            signal.signal(signal.SIGINT, before)


def _call(*actions: Action) -> None:
    """Call the actions in a thread, for `FOR_ACTIONS` seconds at most, whatever they raise."""

    def call() -> None:
        for action in actions:
            with suppress(Exception):
                action()

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(FOR_ACTIONS)
