"""The heap of the C library."""

from __future__ import annotations

import ctypes
import sys


def trim_heap() -> None:
    """Return freed RAM to the operating system.

    glibc keeps the RAM that a thread has freed for the thread's next allocations. Updates,
    evaluations and exports allocate blocks of different sizes, so that they cannot reuse each
    other's, and the peak would be the sum of all three.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # only in glibc
        if trim:
            trim(0)
