"""Computations that go on in parts where there is not enough memory for the whole."""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from seqcli.errors import MemoryShortError, UserError

# What PyTorch (on Linux, macOS, Windows and CUDA), ONNX Runtime and Python say when an allocation
# fails, or a thread cannot have a stack.
_OUT_OF_MEMORY = re.compile(
    "allocate memory|not enough memory|out of memory|bad_alloc|ALLOC_FAILED|start new thread",
    re.IGNORECASE,
)

T = TypeVar("T")
Result = TypeVar("Result")


def is_out_of_memory(error: Exception) -> bool:
    """Whether an allocation has failed; PyTorch has a class of its own only for that on a GPU."""
    if isinstance(error, UserError):  # whose text may have the name of any file
        return isinstance(error, MemoryShortError)
    return isinstance(error, MemoryError) or _OUT_OF_MEMORY.search(str(error)) is not None


def require_room(size: int) -> None:
    """Raise a `MemoryShortError` if a limit such as that of `ulimit -v` leaves no room for so many
    bytes.

    For what ends the process, instead of raising an error, where an allocation fails.
    """
    try:
        mmap.mmap(-1, size).close()
    except (OSError, MemoryError) as error:
        megabytes = size >> 20
        raise MemoryShortError(
            f"there is not enough memory: {megabytes} MB more are needed to begin"
        ) from error


def in_parts(
    compute: Callable[[T], Result],
    whole: T,
    halves: Callable[[T], Sequence[T]],
    no_room: Callable[[T], MemoryShortError],
) -> list[Result]:
    """The result for the whole; where there is not enough memory for it, the results for its
    halves, for the halves of these, and so on.

    Raises the error that `no_room` gives for a part that has no halves.
    """
    try:
        return [compute(whole)]
    except Exception as error:
        if not is_out_of_memory(error):
            raise
    # Here, after the block, the error no longer holds the arrays of the first attempt.
    parts = halves(whole)
    if len(parts) < 2:
        raise no_room(whole)
    return [result for part in parts for result in in_parts(compute, part, halves, no_room)]
