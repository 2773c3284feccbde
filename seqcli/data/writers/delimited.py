"""CSV and tab-separated text that get a column of translations."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from seqcli.data.documents import Entry
from seqcli.data.readers.delimited import DELIMITERS, find_delimiter, find_quoting
from seqcli.data.readers.table import ROWS_EXAMINED, Row
from seqcli.data.reading import Reading
from seqcli.data.writers.encoded import decode_file
from seqcli.data.writers.layout import COLUMN, find_layout, is_open


class _Line(NamedTuple):
    """A row as the file has it: its text without the line end, the line end, and its cells."""

    raw: str
    end: str
    row: Row


class _Table(NamedTuple):
    """The line that names the delimiter, if there is one; the rows; the delimiter; and whether
    cells may be in quotation marks."""

    before: str
    lines: list[_Line]
    delimiter: str
    is_csv: bool


class DelimitedDocument:
    """Rows with columns, which get one more at their end; all else stays as it is."""

    charset = "utf-8"

    def __init__(
        self, content: bytes, reading: Reading, *, all_entries: bool, delimiter: str = ""
    ) -> None:
        self._encoded = decode_file(content, reading)
        table = _split(self._encoded.text, delimiter, reading)
        self._before, self._lines, self._delimiter, self._is_csv = table
        rows = [line.row for line in self._lines]
        self._layout = find_layout(rows, reading)
        self._header = reading.selection.target or COLUMN
        self._numbers = [
            number
            for number, row in enumerate(rows)
            if number >= int(self._layout.has_header) and is_open(row, self._layout, all_entries)
        ]
        self.entries: Sequence[Entry] = [
            Entry(rows[number].cells[self._layout.source], rows[number].place)
            for number in self._numbers
        ]
        self.notes: Sequence[str] = ()

    def fill(self, translations: Sequence[str | None]) -> bytes:
        texts = dict(zip(self._numbers, translations, strict=True))
        is_new = self._layout.target is None
        if is_new and self._layout.has_header:
            texts[0] = self._header
        width = max((len(line.row.cells) for line in self._lines), default=0)
        parts = [self._before]
        for number, line in enumerate(self._lines):
            text = texts.get(number)
            if is_new and line.row.cells:
                missing = self._delimiter * (width - len(line.row.cells) + 1)
                parts.append(f"{line.raw}{missing}{self._cell(text or '')}")
            elif text is not None:
                parts.append(self._with_target(line, text))
            else:
                parts.append(line.raw)
            parts.append(line.end)
        return self._encoded.encode("".join(parts))

    def _with_target(self, line: _Line, text: str) -> str:
        """A row with a text in the target column; its other cells stay as they are written."""
        assert self._layout.target is not None
        cells = self._raw_cells(line.raw)
        cells += [""] * (self._layout.target + 1 - len(cells))
        cells[self._layout.target] = self._cell(text)
        return self._delimiter.join(cells)

    def _raw_cells(self, raw: str) -> list[str]:
        """The cells of a row as they are written, with their quotation marks."""
        if not self._is_csv:
            return raw.split(self._delimiter)
        cells, start, is_quoted = [], 0, False
        for place, character in enumerate(raw):
            if character == '"' and (is_quoted or place == start):
                is_quoted = not is_quoted
            elif character == '"' == raw[place - 1] == raw[start]:  # a doubled one within a cell
                is_quoted = True
            elif character == self._delimiter and not is_quoted:
                cells.append(raw[start:place])
                start = place + 1
        return [*cells, raw[start:]]

    def _cell(self, text: str) -> str:
        """A cell as the file writes it."""
        if not self._is_csv:
            return re.sub(r"[\t\r\n]+", " ", text)
        out = io.StringIO()
        csv.writer(out, delimiter=self._delimiter).writerow([text, ""])
        return out.getvalue().removesuffix(f"{self._delimiter}\r\n")


def _split(text: str, delimiter: str, reading: Reading) -> _Table:
    """The table in a text. Without a delimiter, it is CSV and shows it."""
    ends = re.compile(r"\r\n|\n" if "\n" in text else r"\r")
    whole = [(text[a:b], end) for a, b, end in _line_spans(text, ends)]
    first = [line for line, _ in whole[:ROWS_EXAMINED]]
    has_line = False
    if not delimiter:
        found, has_line = find_delimiter(first)
        delimiter = found or DELIMITERS[0]
    elif find_quoting(first) == "none":
        lines = [
            _Line(line, end, Row(f"line {i}", line.split(delimiter) if line.strip() else ()))
            for i, (line, end) in enumerate(whole, start=1)
        ]
        return _Table("", lines, delimiter, is_csv=False)
    before, lines = "".join(line + end for line, end in whole[:has_line]), []
    rows = csv.reader((line + (end or "\n") for line, end in whole[has_line:]), delimiter=delimiter)
    done = int(has_line)
    try:
        for cells in rows:
            last = rows.line_num + has_line
            raw = "".join(line + end for line, end in whole[done : last - 1]) + whole[last - 1][0]
            lines.append(_Line(raw, whole[last - 1][1], Row(f"line {done + 1}", cells)))
            done = last
    except csv.Error as error:
        raise reading.fail(f"line {done + 1}: cannot be read as CSV ({error})") from error
    return _Table(before, lines, delimiter, is_csv=True)


def _line_spans(text: str, ends: re.Pattern[str]) -> Iterator[tuple[int, int, str]]:
    """[start, end) of each line, and its line end."""
    start = 0
    for match in ends.finditer(text):
        yield start, match.start(), match[0]
        start = match.end()
    if start < len(text):
        yield start, len(text), ""
