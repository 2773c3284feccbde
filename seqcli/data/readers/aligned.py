"""Two text files: line n of the target file translates line n of the source file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from seqcli.data.pairs import Pair
from seqcli.data.readers.lines import read_lines
from seqcli.data.reading import Reading
from seqcli.errors import UserError
from seqcli.paths import display_name


def read_aligned(
    source_path: Path, target_path: Path, reading: Reading | None = None
) -> Iterator[Pair]:
    """The pairs of two files. Raises `UserError` where one file has fewer lines than the other."""
    names = display_name(source_path), display_name(target_path)
    reading = reading or Reading(names[0])
    return pair_lines(read_lines(source_path), read_lines(target_path), reading, names=names)


def pair_lines(
    sources: Iterable[str], targets: Iterable[str], reading: Reading, *, names: Sequence[str]
) -> Iterator[Pair]:
    """The pairs of two files of these names, given as their lines. Raises as `read_aligned`."""
    for number, (source, target) in enumerate(zip_longest(sources, targets), start=1):
        if source is None or target is None:
            shorter, longer = names if source is None else reversed(names)
            raise UserError(
                f"{shorter} ends before line {number}, but {longer} "
                "does not: the two files must have the same number of lines"
            )
        yield reading.pair(source, target)
