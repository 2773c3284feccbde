"""Text with a pair on each line: tab-separated columns, and CSV with any delimiter."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Literal

from seqcli.data.pairs import Pair
from seqcli.data.readers.lines import decode_lines
from seqcli.data.readers.opening import as_utf8
from seqcli.data.readers.table import ROWS_EXAMINED, Row, read_table
from seqcli.data.reading import Reading

DELIMITERS = (",", ";", "\t", "|")
# Excel writes a line such as `sep=;` before the others.
_SEPARATOR_LINE = "sep="
# A cell is quoted if this share of the cells is.
QUOTED_SHARE = 0.95
MIN_CELLS_FOR_QUOTES = 6

# How the cells of tab-separated columns are written: as they are, or in quotation marks (where
# they need it).
Quoting = Literal["none", "spreadsheet"]

MISSING_TAB = "no tab between source and target; each line is source<TAB>target"


def read_tsv(file: io.BufferedReader, reading: Reading) -> Iterator[Pair]:
    """Pairs of tab-separated columns. Quotation marks around a cell are undone where a spreadsheet
    has put them. Raises `UserError` as `read_table` does."""
    lines = decode_lines(as_utf8(file, reading.name), reading.name)
    first = list(islice(lines, ROWS_EXAMINED))
    rows: Iterable[Row]
    if find_quoting(first) == "none":
        rows = (
            Row(f"line {number}", line.split("\t") if line.strip() else ())
            for number, line in enumerate(chain(first, lines), start=1)
        )
    else:
        reading.note("the quotation marks that a spreadsheet puts around cells are undone")
        rows = csv_rows(chain(first, lines), "\t", reading)
    return read_table(rows, reading, missing=MISSING_TAB)


def read_csv(file: io.BufferedReader, reading: Reading) -> Iterator[Pair]:
    """Pairs of columns with the delimiter that the first lines show, whose cells may be in
    quotation marks. Raises `UserError` as `read_table` does."""
    lines = decode_lines(as_utf8(file, reading.name), reading.name)
    first = list(islice(lines, ROWS_EXAMINED))
    delimiter, has_line = find_delimiter(first)
    if not any(map(str.strip, first)):
        return read_table([], reading, missing="")
    if delimiter is None:
        raise reading.fail(
            "no delimiter (comma, semicolon, tab or |) is on each line: is this CSV with two "
            "columns?"
        )
    rows = csv_rows(chain(first[has_line:], lines), delimiter, reading, skipped=int(has_line))
    return read_table(
        rows, reading, missing=f"fewer columns than the others (delimiter {delimiter!r})"
    )


def csv_rows(
    lines: Iterable[str], delimiter: str, reading: Reading, *, skipped: int = 0
) -> Iterator[Row]:
    """The rows of CSV; a cell in quotation marks may go over several lines. `skipped` lines came
    before."""
    # (A carriage return within a line ends none.)
    rows = csv.reader((line.replace("\r", " ") + "\n" for line in lines), delimiter=delimiter)
    number = skipped
    try:
        for cells in rows:
            yield Row(f"line {number + 1}", cells)
            number = rows.line_num + skipped
    except csv.Error as error:
        raise reading.fail(
            f"line {number + 1}: cannot be read as CSV ({error}): is a quotation mark not closed?"
        ) from error


def find_delimiter(lines: Sequence[str]) -> tuple[str | None, bool]:
    """The delimiter of CSV, the one that gives most rows the same number of cells, two at least;
    and whether the first line names it."""
    if lines and lines[0].lower().startswith(_SEPARATOR_LINE) and len(lines[0]) == 5:
        return lines[0][-1], True
    best: tuple[float, int, str] | None = None
    for order, delimiter in enumerate(DELIMITERS):
        try:
            text = (line.replace("\r", " ") + "\n" for line in lines)
            rows = list(csv.reader(text, delimiter=delimiter))
        except csv.Error:
            continue
        widths = [len(row) for row in rows if row]
        if not widths:
            continue
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        if usual >= 2:
            share = widths.count(usual) / len(widths)
            best = max(best or (0.0, 0, ""), (share, -order, delimiter))
    return (best[2] if best else None), False


def find_quoting(lines: Sequence[str]) -> Quoting:
    """Whether a spreadsheet has put quotation marks around the cells of tab-separated columns.

    So it is if nearly all cells have them; or if some cell has them, and doubled ones within, and
    every cell that begins with one ends with one, as spreadsheets write it.
    """
    text = [line for line in lines if line.strip()]
    cells = [cell for line in text for cell in line.split("\t") if cell.strip()]
    begun = [cell for cell in cells if cell.startswith('"')]
    quoted = [cell for cell in begun if _is_quoted(cell)]
    if len(cells) >= MIN_CELLS_FOR_QUOTES and len(quoted) >= QUOTED_SHARE * len(cells):
        return "spreadsheet"
    has_doubled = any('""' in cell[1:-1] for cell in quoted)
    return "spreadsheet" if has_doubled and len(quoted) == len(begun) else "none"


def _is_quoted(cell: str) -> bool:
    """Whether a cell is in quotation marks, and those within are doubled."""
    inside = cell[1:-1]
    return len(cell) > 1 and cell.endswith('"') and '"' not in inside.replace('""', "")
