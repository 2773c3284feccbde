"""Which column of a table is translated, and into which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from seqcli.data.readers.header import SOURCE_NAMES, is_header, names_column
from seqcli.data.readers.table import Row, find_column, language_columns, text_columns
from seqcli.data.reading import Reading, find_language

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
    source language or called so, the only one of text, or the first; the target is the column of
    the target language, or a new one."""
    if not rows:
        return Layout(0, None, has_header=False)
    first = [cell.strip() for cell in rows[0].cells]
    has_header = is_header(first, languages_needed=1) or (
        len(first) == 1 and names_column(first[0])
    )
    if reading.selection.columns:
        return _named_layout(first, has_header, reading)
    width = max((len(row.cells) for row in rows), default=0)
    texts = text_columns(rows[int(has_header) :], width)
    source, target = _by_header(first, reading) if has_header else (None, None)
    if source is None and len(texts) > 1:
        shown = ", ".join(str(i + 1) for i in texts)
        reading.note(
            f"texts are in columns {shown}; column {texts[0] + 1} is translated (--columns names "
            "another)"
        )
    return Layout([*texts, 0][0] if source is None else source, target, has_header)


def _named_layout(names: Sequence[str], has_header: bool, reading: Reading) -> Layout:
    """The columns that `--columns` names."""
    found = [find_column(names, column, reading) for column in reading.selection.columns]
    indices = [index for index, _ in found]
    if len(set(indices)) < len(indices):
        raise reading.fail("--columns names one column twice")
    target = indices[1] if len(indices) > 1 else None
    return Layout(indices[0], target, has_header or any(by_name for _, by_name in found))


def _by_header(names: Sequence[str], reading: Reading) -> tuple[int | None, int | None]:
    """The columns that their names say, by language or by role."""
    selection, columns = reading.selection, language_columns(names)
    by_language = []
    for wanted in (selection.source, selection.target):
        matching = find_language(columns, wanted) if wanted else []
        if len(matching) > 1:
            raise reading.fail(f"{wanted} may be {' or '.join(matching)}: name one of them")
        by_language.append(columns[matching[0]] if matching else None)
    source, target = by_language
    if source is None and selection.source and columns and target is None:
        raise reading.fail(f"has no column in {selection.source}; it has {', '.join(columns)}")
    folded = [name.lower() for name in names]
    if source is None:
        source = next((folded.index(name) for name in SOURCE_NAMES if name in folded), None)
    if source is None and len(others := [i for i in columns.values() if i != target]) == 1:
        source = others[0]
    return source, target


def is_open(row: Row, layout: Layout, all_entries: bool) -> bool:
    """Whether a row has a source, and no target yet."""
    cells = row.cells
    if layout.source >= len(cells) or not cells[layout.source].strip():
        return False
    has_target = layout.target is not None and layout.target < len(cells)
    return all_entries or not has_target or not cells[layout.target or 0].strip()
