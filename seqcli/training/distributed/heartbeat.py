"""Notices that the machine of another process is gone.

If a process ends, its connections are closed, and whoever waits for it knows at once. If its
machine is cut off or without power, nothing arrives any more, and nothing tells so. So each process
counts up a number in the store of `torchrun`; the first process watches the numbers of all others,
and these that of the first.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import torch.distributed as dist

from seqcli.errors import LostProcessError

SECONDS_BETWEEN_BEATS = 1.0
# A process beats in a thread of its own while it computes; only a long call of a library that keeps
# Python's lock can delay a beat.
MAX_SILENCE = 20.0  # seconds

_STOP = "stop"


class Heartbeat:
    """Counts up the number of this process, and reads those of the processes it watches."""

    def __init__(self, store: dist.Store, rank: int, size: int, host: str) -> None:
        self._store, self._rank, self._size = store, rank, size
        watched = range(1, size) if rank == 0 else range(1)
        self._seen = dict.fromkeys(watched, time.monotonic())
        self._hosts: dict[int, str] = {}
        self._host = host
        self.stop_asked = False  # by another process, of the first
        self._ended = threading.Event()
        threading.Thread(target=self._beat, daemon=True).start()

    def end(self) -> None:
        """Stop counting."""
        self._ended.set()

    def ask_to_stop(self) -> None:
        """Ask the first process to save and to end the run."""
        with suppress(RuntimeError):
            self._store.set(_STOP, "")

    def check(self) -> None:
        """Raise `LostProcessError` if a process has not counted up for `MAX_SILENCE` seconds, or
        the store cannot be reached for as long."""
        for rank, seen in self._seen.items():
            if time.monotonic() - seen > MAX_SILENCE:
                place = f" on {self._hosts[rank]}" if rank in self._hosts else ""
                raise LostProcessError(
                    f"process {rank} of {self._size}{place} has not answered for "
                    f"{MAX_SILENCE:.0f} seconds"
                )

    def _beat(self) -> None:
        counts: dict[int, int] = {}
        with suppress(RuntimeError):
            self._store.set(f"host/{self._rank}", self._host)
        while not self._ended.wait(SECONDS_BETWEEN_BEATS):
            # (If the store cannot be reached, the times of `check` say so.)
            with suppress(RuntimeError):
                self._store.add(f"beat/{self._rank}", 1)
                for rank in self._seen:
                    self._look(rank, counts)
                self.stop_asked = self._rank == 0 and self._store.check([_STOP])

    def _look(self, rank: int, counts: dict[int, int]) -> None:
        count = self._store.add(f"beat/{rank}", 0)
        if count != counts.get(rank):
            counts[rank] = count
            self._seen[rank] = time.monotonic()
        if rank not in self._hosts and self._store.check([f"host/{rank}"]):
            self._hosts[rank] = self._store.get(f"host/{rank}").decode()
