"""Batches of examples of similar lengths, as padded arrays."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, overload

import numpy as np

from seqcli.arrays import Bools, Int32s, Ints
from seqcli.data.tokenizer import PAD


class Example(NamedTuple):
    """One pair as ids: source pieces and target pieces (or tokens), each with an end."""

    source: Sequence[int] | Int32s
    target: Sequence[int] | Int32s


@dataclass(frozen=True, eq=False)
class PackedExamples(Sequence[Example]):
    """N examples in flat arrays, which take a tenth of the RAM of lists of Python integers.

    `sources` are the ids of all sources, one after another; example i has those from
    `source_ends[i]` to `source_ends[i + 1]` ([N+1]). The same for the targets.
    """

    sources: Int32s
    source_ends: Ints
    targets: Int32s
    target_ends: Ints

    @classmethod
    def of(cls, examples: Iterable[Example]) -> PackedExamples:
        """Pack the examples."""
        sources, targets = array("i"), array("i")
        source_ends, target_ends = array("q", [0]), array("q", [0])
        for source, target in examples:
            sources.extend(source)
            source_ends.append(len(sources))
            targets.extend(target)
            target_ends.append(len(targets))
        return cls(
            np.frombuffer(sources, dtype=np.int32),
            np.frombuffer(source_ends, dtype=np.int64),
            np.frombuffer(targets, dtype=np.int32),
            np.frombuffer(target_ends, dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.source_ends) - 1

    @overload
    def __getitem__(self, index: int) -> Example: ...

    @overload
    def __getitem__(self, index: slice) -> list[Example]: ...

    def __getitem__(self, index: int | slice) -> Example | list[Example]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        i = range(len(self))[index]
        return Example(
            self.sources[self.source_ends[i] : self.source_ends[i + 1]],
            self.targets[self.target_ends[i] : self.target_ends[i + 1]],
        )


class Batch(NamedTuple):
    """Padded ids and true lengths: source [B,S], [B]; target [B,T], [B].

    `old` [B] says which rows a network has learned before; None where that does not count.
    """

    source: Ints
    source_lengths: Ints
    target: Ints
    target_lengths: Ints
    old: Bools | None = None


def pad(rows: Sequence[Sequence[int] | Int32s]) -> tuple[Ints, Ints]:
    """Rows of ids -> [B,L] with PAD on the right, and their lengths [B]."""
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    padded = np.full((len(rows), int(lengths.max())), PAD, dtype=np.int64)
    for row, ids in zip(padded, rows, strict=True):
        row[: len(ids)] = ids
    return padded, lengths


def collate(examples: Sequence[Example]) -> Batch:
    """Examples -> one padded batch."""
    return Batch(*pad([e.source for e in examples]), *pad([e.target for e in examples]))


def split_batch(batch: Batch, shards: int) -> list[Batch]:
    """Split a batch into shards of about the same sizes and lengths; into fewer if it is small."""
    batches = []
    for first in range(min(shards, len(batch.target_lengths))):
        source, source_lengths, target, target_lengths = (part[first::shards] for part in batch[:4])
        longest = int(target_lengths.max())
        old = None if batch.old is None else batch.old[first::shards]
        batches.append(Batch(source, source_lengths, target[:, :longest], target_lengths, old))
    return batches


def epoch_batches(
    examples: PackedExamples,
    batch_tokens: int,
    generator: np.random.Generator,
    drawn: Ints | None = None,
) -> list[Ints]:
    """The batches of one epoch in random order, as arrays of indices: every example once, or those
    that are `drawn`.

    A batch has about equal source lengths, and among these similar target lengths, so that little
    is computed on padding. `batch_tokens` limits its size times its longest side. The generator
    decides which examples of equal lengths share a batch, and the order of the batches.
    """
    source_lengths, target_lengths = map(_lengths, (examples.source_ends, examples.target_ends))
    order = generator.permutation(len(examples) if drawn is None else drawn)
    # The sort is stable: examples of equal lengths keep their random order.
    order = order[np.lexsort((target_lengths[order], source_lengths[order]))]
    longer = np.maximum(source_lengths[order], target_lengths[order])
    batches = []
    begin = 0
    while begin < len(order):
        most = max(1, batch_tokens // max(1, int(longer[begin])))
        longest = np.maximum.accumulate(longer[begin : begin + most].astype(np.int64))
        sizes = longest * np.arange(1, len(longest) + 1)
        count = max(1, int(np.searchsorted(sizes, batch_tokens, side="right")))
        batches.append(order[begin : begin + count])
        begin += count
    return [batches[i] for i in generator.permutation(len(batches))]


def _lengths(ends: Ints) -> Any:
    """The lengths of the examples; of few bits, where these are enough: they are sorted faster."""
    lengths = np.diff(ends)
    return lengths.astype(np.uint16) if lengths.max(initial=0) < 1 << 16 else lengths
