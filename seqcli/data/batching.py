"""Ids to arrays, bucketed by length (NumPy)."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

import numpy as np

from seqcli.arrays import Int32s, Ints
from seqcli.data.tokenizer import PAD


class Example(NamedTuple):
    """One pair as ids: source pieces with an end, target pieces with an end."""

    source: Sequence[int] | Int32s
    target: Sequence[int] | Int32s


@dataclass(frozen=True, eq=False)
class Packed(Sequence[Example]):
    """Examples in flat arrays: as lists of Python's numbers they would take ten times the memory.

    The ids of all sources, one after another, and where each begins and ends [N+1]; and the same
    of the targets.
    """

    sources: Int32s
    source_ends: Ints
    targets: Int32s
    target_ends: Ints

    @classmethod
    def of(cls, examples: Iterable[Example]) -> Packed:
        """Those examples."""
        ids, ends = (array("i"), array("i")), (array("q", [0]), array("q", [0]))
        for example in examples:
            for own, own_ends, side in zip(ids, ends, example, strict=True):
                own.extend(side)
                own_ends.append(len(own))
        (sources, targets), (source_ends, target_ends) = ids, ends
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
    """Padded ids and true lengths: source [B,S], [B]; target [B,T], [B]."""

    source: Ints
    source_lengths: Ints
    target: Ints
    target_lengths: Ints


def pad(rows: Sequence[Sequence[int] | Int32s]) -> tuple[Ints, Ints]:
    """Rows of ids -> [B,L] filled up with PAD on the right, and their lengths [B]."""
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    padded = np.full((len(rows), int(lengths.max())), PAD, dtype=np.int64)
    for row, ids in zip(padded, rows, strict=True):
        row[: len(ids)] = ids
    return padded, lengths


def collate(examples: Sequence[Example]) -> Batch:
    """Examples -> one padded batch."""
    return Batch(*pad([e.source for e in examples]), *pad([e.target for e in examples]))


def split_batch(batch: Batch, shards: int) -> list[Batch]:
    """A batch in so many parts of about the same lengths and sizes, or in fewer if it is small."""
    parts = []
    for first in range(min(shards, len(batch.target_lengths))):
        source, source_lengths, target, target_lengths = (part[first::shards] for part in batch)
        longest = int(target_lengths.max())
        parts.append(Batch(source, source_lengths, target[:, :longest], target_lengths))
    return parts


def epoch_batches(
    examples: Packed, batch_tokens: int, generator: np.random.Generator
) -> list[Ints]:
    """One epoch: every example once, as arrays of indices, in random order.

    Sentences of one source length come together, and within it of similar target length, so that
    little is computed on padding; which of them meet, and when, is up to the generator.
    """
    source_lengths, target_lengths = np.diff(examples.source_ends), np.diff(examples.target_ends)
    order = generator.permutation(len(examples))
    # Stable sort: equal lengths keep the random order they came in.
    order = order[np.lexsort((target_lengths[order], source_lengths[order]))]
    batches = []
    begin = 0
    longest = 0
    for end, index in enumerate(order):
        longest = max(longest, int(target_lengths[index]), int(source_lengths[index]))
        if end > begin and (end + 1 - begin) * longest > batch_tokens:
            batches.append(order[begin:end])
            begin, longest = end, max(int(target_lengths[index]), int(source_lengths[index]))
    batches.append(order[begin:])
    return [batches[i] for i in generator.permutation(len(batches))]
