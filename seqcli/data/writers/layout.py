"""Which column of a table is translated, and into which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from seqcli.data.readers.header import SOURCE_NAMES, is_header
from seqcli.data.readers.table import Row, find_column, text_columns
from seqcli.data.reading import Reading

# The header of the new column, where the table has one and no target language is named.
COLUMN = "translation"


class Layout(NamedTuple):
    """The columns of a table to fill in: the source; the target, which may be new; and whether the
    first row is a header."""

    source: int
    target: int | None
    has_header: bool


def find_layout(rows: Sequence[Row], reading: Reading) -> Layout:
    """Which columns are read and filled in. Without `--columns`, the source is the column of the
    source language or called so, the only one of text, or the first, and the target a new one."""
    if not rows:
        return Layout(0, None, has_header=False)
    first = [cell.strip() for cell in rows[0].cells]
    selection = reading.selection
    has_header = is_header(first) or (len(first) == 1 and first[0].lower() in SOURCE_NAMES)
    if selection.columns:
        source, by_name = find_column(first, selection.columns[0], reading)
        target = None
        if len(selection.columns) > 1:
            target, also_by_name = find_column(first, selection.columns[1], reading)
            by_name |= also_by_name
        return Layout(source, target, has_header or by_name)
    width = max((len(row.cells) for row in rows), default=0)
    texts = text_columns(rows[int(has_header) :], width)
    named = [i for i, name in enumerate(first) if has_header and name.lower() in SOURCE_NAMES]
    if has_header and selection.source:
        named = [i for i, name in enumerate(first) if name == selection.source] or named
    if not named and len(texts) > 1:
        shown = ", ".join(str(i + 1) for i in texts)
        reading.note(
            f"texts are in columns {shown}: column {texts[0] + 1} is translated (--columns)"
        )
    return Layout([*named, *texts, 0][0], None, has_header)


def is_open(row: Row, layout: Layout, all_entries: bool) -> bool:
    """Whether a row has a source, and no target yet."""
    cells = row.cells
    if layout.source >= len(cells) or not cells[layout.source].strip():
        return False
    has_target = layout.target is not None and layout.target < len(cells)
    return all_entries or not has_target or not cells[layout.target or 0].strip()
