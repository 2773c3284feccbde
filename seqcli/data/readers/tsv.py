"""Tab-separated columns: source<TAB>target."""

from __future__ import annotations

import io
from collections.abc import Iterator

from seqcli.data.pairs import Pair, make_pair
from seqcli.data.readers.lines import decode_lines
from seqcli.errors import UserError


def read_tsv(file: io.BufferedIOBase, name: str) -> Iterator[Pair]:
    """Pairs of the first two columns; further columns are ignored.

    A blank line gives an empty pair, which cleaning drops and counts. Raises `UserError` for a line
    without a tab.
    """
    for number, line in enumerate(decode_lines(file, name), start=1):
        if not line.strip():
            yield Pair("", "")
            continue
        columns = line.split("\t")
        if len(columns) < 2:
            raise UserError(
                f"{name}, line {number}: no tab between source and target; "
                "each line is source<TAB>target"
            )
        yield make_pair(columns[0], columns[1])
