"""Work on many sentences in batches, several of them side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from seqcli.errors import MemoryShortError
from seqcli.memory import in_parts

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

# Bounds the RAM of a batch: its source pieces, padding included, each counted once for the encoder
# and once for each hypothesis that attends to it.
MAX_POSITIONS = 1536


class BatchRunner:
    """Runs a function on batches of sentences, `workers` batches at once.

    A batch for which there is not enough memory is computed in halves; `halved` is whether there
    was ever one.
    """

    def __init__(self, workers: int, batch_size: int) -> None:
        self.workers = workers
        self.batch_size = batch_size
        self.halved = False

    def run(self, work: Callable[[Sequence[int]], None], sizes: Sequence[int], beam: int) -> None:
        """Call `work` with the indices of each batch.

        `sizes` are the numbers of pieces of the sentences, of which those with none are left out;
        each is searched with a `beam`. Raises a `MemoryShortError` if there is not enough memory
        for one sentence, and what `work` raises.
        """

        def halves(batch: Sequence[int]) -> list[Sequence[int]]:
            self.halved = True
            middle = len(batch) // 2
            return [part for part in (batch[:middle], batch[middle:]) if part]

        def no_room(batch: Sequence[int]) -> MemoryShortError:
            return MemoryShortError(
                f"not enough memory for a sentence of {sizes[batch[0]]:,} pieces: split it, or "
                "leave it out"
            )

        def compute(batch: Sequence[int]) -> None:
            in_parts(work, batch, halves, no_room)

        batches = self._batches(sizes, beam)
        if min(self.workers, len(batches)) < 2:
            for batch in batches:
                compute(batch)
            return
        futures: list[Future[None]] = []
        try:
            for batch in batches:
                futures.append(self._pool.submit(compute, batch))  # noqa: PERF401  (see below)
            for future in futures:
                future.result()
        finally:
            for future in futures:
                future.cancel()  # after an error or Ctrl-C, the remaining batches are not needed

    def _batches(self, sizes: Sequence[int], beam: int) -> list[list[int]]:
        """Batches of indices. Similar sizes are together, so that there is little padding; the
        longest come first, so that no worker is left with them at the end."""
        batches: list[list[int]] = []
        for i in sorted((i for i, size in enumerate(sizes) if size), key=lambda i: -sizes[i]):
            longest = sizes[batches[-1][0]] if batches else 0
            room = MAX_POSITIONS // ((1 + beam) * longest) if batches else 0
            if not batches or len(batches[-1]) >= max(1, min(self.batch_size, room)):
                batches.append([])
            batches[-1].append(i)
        return batches

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        """Threads that are kept, with the RAM that each has reserved."""
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (one batch needs none)

        return ThreadPoolExecutor(self.workers)
