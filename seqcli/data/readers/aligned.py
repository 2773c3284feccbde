"""Two text files: line n of the target file translates line n of the source file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from seqcli.data.pairs import Pair, make_pair
from seqcli.data.readers.lines import read_lines
from seqcli.errors import UserError
from seqcli.paths import display_name


def read_aligned(source_path: Path, target_path: Path) -> Iterator[Pair]:
    """The pairs of two files. Raises `UserError` where one file has fewer lines than the other."""
    lines = zip_longest(read_lines(source_path), read_lines(target_path))
    for number, (source, target) in enumerate(lines, start=1):
        if source is None or target is None:
            shorter, longer = source_path, target_path
            if target is None:
                shorter, longer = target_path, source_path
            raise UserError(
                f"{display_name(shorter)} ends before line {number}, but {display_name(longer)} "
                "does not: the two files must have the same number of lines"
            )
        yield make_pair(source, target)
