"""Memory that nothing needs any more."""

from __future__ import annotations

import ctypes
import sys


def trim_heap() -> None:
    """Hand freed memory back to the system.

    The C library of Linux keeps what each thread has freed for what it asks for next. Learning,
    evaluations and exports ask for different sizes in turn: what one has left would lie beside what
    another takes.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, others do not
        if trim:
            trim(0)
