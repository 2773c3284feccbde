"""Where pairs come from: the files, and the number of each pair in its file."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from seqcli.data.pairs import Pair


class ReadFile(NamedTuple):
    """A file that was read: its path as messages have it, the number of its pairs, and the number
    of its rows before the first of them."""

    name: str
    pairs: int
    skipped: int = 0


class Origin(NamedTuple):
    """The index of a file, and the number of a pair in it, from 1: that of its line where the file
    has a pair on each line."""

    file: int
    number: int


@dataclass(frozen=True)
class Origins:
    """The origins of N pairs, given the files that were read one after another.

    `numbers` [N] are those of the pairs among all that were read, from 1. They take 4 bytes each.
    """

    files: Sequence[ReadFile] = ()
    numbers: Sequence[int] = field(default_factory=lambda: array("I"))

    def __getitem__(self, index: int) -> Origin:
        """The origin of a pair. Raises `IndexError` if it is not known."""
        number = self.numbers[index]
        ends = list(accumulate(file.pairs for file in self.files))
        file = bisect_right(ends, number - 1)
        before = ends[file - 1] if file else 0
        return Origin(file, number - before + self.files[file].skipped)

    @classmethod
    def joined(cls, parts: Iterable[Origins]) -> Origins:
        """The origins of the pairs of several parts, one after another."""
        files: list[ReadFile] = []
        numbers = array("I")
        for part in parts:
            before = sum(file.pairs for file in files)
            files += part.files
            numbers.extend(before + number for number in part.numbers)
        return cls(files, numbers)

    def of(self, pairs: Iterable[Pair], some: Iterable[Pair]) -> Origins:
        """The origins of some of the pairs, which are all different, in another order."""
        numbers = dict(zip(pairs, self.numbers, strict=True))
        return Origins(self.files, array("I", (numbers[pair] for pair in some)))

    def kept(self, pairs: Iterable[Pair], left_out: Iterable[Pair]) -> Origins:
        """The origins of the pairs, which are all different, without those that are left out."""
        others = set(left_out)
        numbers = zip(pairs, self.numbers, strict=True)
        return Origins(self.files, array("I", (n for pair, n in numbers if pair not in others)))
