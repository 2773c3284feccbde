"""Tables: which of their columns are the sources and the targets, and the pairs of their rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from seqcli.data.pairs import Pair
from seqcli.data.readers.header import SOURCE_NAMES, TARGET_NAMES, is_header, language_of
from seqcli.data.reading import Reading, find_language
from seqcli.errors import UserError

# The layout of a table is judged by so many first rows.
ROWS_EXAMINED = 200
# A column is no text if so large a share of its cells are numbers, addresses and the like, or all
# the same.
NO_TEXT_SHARE = 0.9
MIN_ROWS_FOR_CONSTANT = 5
# A message names so many columns.
MAX_NAMED = 20

_NUMBER = re.compile(r"[-+]?[\d.,:/ \u00a0%-]*\d[\d.,:/ %-]*(?:[eE][-+]?\d+)?")
_ADDRESS = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://|www\.)\S+|\S+@\S+\.\w+")
_CODE = re.compile(r"(?=\S*\d)[A-Za-z0-9_.:/#-]{6,}|[0-9a-f]{8}-[0-9a-f-]{27}")


class Row(NamedTuple):
    """The cells of a row, and where it is, for messages: `line 12`."""

    place: str
    cells: Sequence[str]


class Columns(NamedTuple):
    """The indices of the columns of the sources and the targets."""

    source: int
    target: int


def read_table(
    rows: Iterable[Row], reading: Reading, *, missing: str, header: Sequence[str] | None = None
) -> Iterator[Pair]:
    """The pairs of a table, whose rows have the names of `header`, or perhaps of the first row.

    A row without cells gives an empty pair, which cleaning drops and counts. One that has too few
    gives a pair without a target; `missing` says what it lacks. Raises `UserError` if there are
    too many of these, or if it is not clear which columns are meant.
    """
    rows = iter(rows)
    first = list(islice(rows, ROWS_EXAMINED))
    columns, skipped = choose_columns(first, reading, header)
    first, reading.skipped = first[skipped:], skipped
    needed = max(columns) + 1
    if sum(len(row.cells) < needed for row in first) > len(first) / 2:
        _refuse(first, needed, missing, reading)
    for row in chain(first, rows):
        reading.rows += 1
        cells = row.cells
        if len(cells) >= needed:
            yield reading.pair(cells[columns.source], cells[columns.target])
        elif not any(cell.strip() for cell in cells):
            yield Pair("", "")
        else:
            reading.reject(row.place, missing)
            yield reading.pair(" ".join(cells), "")
    reading.finish()


def _refuse(rows: Sequence[Row], needed: int, missing: str, reading: Reading) -> None:
    """Raise a `UserError` about rows of which most have too few cells, as in a file of another
    kind; not if they are blank."""
    for row in rows:
        reading.rows += 1
        if len(row.cells) < needed and any(cell.strip() for cell in row.cells):
            reading.reject(row.place, missing)
    reading.check_share()
    reading.rows = 0
    reading.bad.clear()


def choose_columns(
    rows: Sequence[Row], reading: Reading, header: Sequence[str] | None = None
) -> tuple[Columns, int]:
    """The columns of the sources and the targets, and the number of rows up to a header.

    Raises `UserError` for columns that are not there, and where the first two are no texts.
    """
    filled = [row for row in rows if any(cell.strip() for cell in row.cells)]
    first = [cell.strip() for cell in filled[0].cells] if filled else []
    named = header if header is not None else first
    selection = reading.selection
    has_names = header is not None or is_header(first)
    if selection.columns:
        columns, by_name = _selected(named, selection.columns, reading)
        has_names = has_names or by_name
    else:
        columns = (named_columns(named, reading) if has_names else None) or _by_content(
            filled[has_names and header is None :], named, reading
        )
    has_header = has_names and header is None
    if has_header:
        names = " and ".join(f"{first[i]!r}" for i in columns if i < len(first))
        reading.note(f"the first row is a header, not learned; columns {names} are read")
    return columns, rows.index(filled[0]) + 1 if has_header else 0


def named_columns(names: Sequence[str], reading: Reading) -> Columns | None:
    """The columns that their names say, by the languages wanted or by usual names."""
    return _by_language(names, reading) or _by_role(names)


def _selected(
    names: Sequence[str], wanted: Sequence[str], reading: Reading
) -> tuple[Columns, bool]:
    """The columns that the user named, and whether it was by a name."""
    if len(wanted) != len(Columns._fields):
        raise reading.fail("--columns names two columns here: of the sources and of the targets")
    (source, source_is_named), (target, target_is_named) = (
        find_column(names, column, reading) for column in wanted
    )
    if source == target:
        raise reading.fail("--columns names one column twice")
    return Columns(source, target), source_is_named or target_is_named


def find_column(names: Sequence[str], wanted: str, reading: Reading) -> tuple[int, bool]:
    """The index of a column by its name or number, and whether it was by its name. Raises
    `UserError` if there is none."""
    folded = [name.strip().lower() for name in names]
    if wanted.isdecimal() and 0 < int(wanted) <= len(names):
        return int(wanted) - 1, False
    if wanted.lower() in folded:
        return folded.index(wanted.lower()), True
    there = ", ".join(map(repr, names[:MAX_NAMED])) or "none"
    raise reading.fail(
        f"there is no column {wanted!r}: its columns are {there} (--columns takes numbers from 1, "
        "or names)"
    )


def text_columns(rows: Sequence[Row], width: int) -> list[int]:
    """The indices of the columns that hold texts, of so many."""
    columns = ([row.cells[i] for row in rows if i < len(row.cells)] for i in range(width))
    return [i for i, cells in enumerate(columns) if not _kind(cells)]


def _by_language(names: Sequence[str], reading: Reading) -> Columns | None:
    """The columns of the languages that are wanted; None if none are, or the columns do not say
    their languages. Raises `UserError` if these are others."""
    selection = reading.selection
    columns = language_columns(names)
    if len(columns) < 2 or not (selection.source or selection.target):
        return None
    found: list[int | None] = []
    for wanted in (selection.source, selection.target):
        matching = find_language(columns, wanted) if wanted else []
        if len(matching) > 1:
            raise reading.fail(f"{wanted} may be {' or '.join(matching)}: name one of them")
        if wanted and not matching:
            raise reading.fail(f"has no column in {wanted}; it has {', '.join(columns)}")
        found.append(columns[matching[0]] if matching else None)
    others = [column for column in columns.values() if column not in found]
    if None in found and len(others) == 1:
        found[found.index(None)] = others[0]
    source, target = found
    return None if source is None or target is None else Columns(source, target)


def language_columns(names: Sequence[str]) -> dict[str, int]:
    """The columns that are named like languages, by their tags."""
    columns = {tag: i for i, name in reversed(list(enumerate(names))) if (tag := language_of(name))}
    if len(columns) > 2:  # id is Indonesian, and what many files call their numbers
        columns = {tag: i for tag, i in columns.items() if tag.lower() != "id"}
    return dict(sorted(columns.items(), key=lambda item: item[1]))


def _by_role(names: Sequence[str]) -> Columns | None:
    """The columns named source and target, or the only two that are named like languages."""
    folded = [name.strip().lower() for name in names]
    for roles in zip(SOURCE_NAMES, TARGET_NAMES, strict=True):
        if all(folded.count(role) == 1 for role in roles):
            return Columns(*map(folded.index, roles))
    columns = language_columns(names)
    return Columns(*columns.values()) if len(columns) == 2 else None


def _by_content(rows: Sequence[Row], names: Sequence[str], reading: Reading) -> Columns:
    """The first two columns, if they are texts or there are no others."""
    width = max((len(row.cells) for row in rows), default=len(names))
    if width <= 2:
        return Columns(0, 1)
    kinds = [_kind([row.cells[i] for row in rows if i < len(row.cells)]) for i in range(width)]
    texts = [i + 1 for i, kind in enumerate(kinds) if not kind]
    if len(texts) >= 2 and (kinds[0] or kinds[1]):
        strange = " and ".join(
            f"column {i + 1} {'(' + names[i] + ') ' if is_header(names) else ''}holds {kinds[i]}"
            for i in (0, 1)
            if kinds[i]
        )
        named = ", ".join(map(str, texts))
        raise UserError(
            f"{reading.name}: {strange}; texts are in columns {named}: name two of them "
            f"(--columns {texts[0]},{texts[1]}), or --columns 1,2"
        )
    return Columns(0, 1)


def _kind(cells: Sequence[str]) -> str:
    """What the cells of a column are, if they are no texts; an empty string if they are."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return "nothing"
    for kind, pattern in (("numbers", _NUMBER), ("addresses", _ADDRESS), ("codes", _CODE)):
        if sum(bool(pattern.fullmatch(cell)) for cell in filled) >= NO_TEXT_SHARE * len(filled):
            return kind
    if len(filled) >= MIN_ROWS_FOR_CONSTANT and len(set(filled)) == 1:
        return f"only {filled[0][:20]!r}"
    return ""
