"""Examples that stay on the disk."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import overload

from seqcli.data.batching import Example, PackedExamples

# Each example that is read may bring 64 KB and more of each of four files into the memory of this
# process. They are given back after so many examples; where there is room, the system keeps them,
# so they are not read again.
EXAMPLES_BETWEEN_RELEASES = 100


@dataclass(frozen=True, eq=False)
class MappedExamples(PackedExamples):
    """Examples whose arrays are memory maps of files (`numpy.memmap`)."""

    _reads: Iterator[int] = field(default_factory=lambda: count(1), init=False, repr=False)

    @overload
    def __getitem__(self, index: int) -> Example: ...

    @overload
    def __getitem__(self, index: slice) -> list[Example]: ...

    def __getitem__(self, index: int | slice) -> Example | list[Example]:
        if isinstance(index, slice):
            return super().__getitem__(index)
        if next(self._reads) % EXAMPLES_BETWEEN_RELEASES == 0:
            self.release()
        return super().__getitem__(index)

    def release(self) -> None:
        """Give back the memory of what was read so far."""
        if not hasattr(mmap, "MADV_DONTNEED"):  # Windows
            return
        for array in (self.sources, self.source_ends, self.targets, self.target_ends):
            mapped = getattr(array, "_mmap", None)
            if mapped is not None:
                mapped.madvise(mmap.MADV_DONTNEED)
