"""XLSX that gets a column of translations, by openpyxl."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from seqcli.data.documents import Entry
from seqcli.data.readers.spreadsheet import cell_text, check_archive
from seqcli.data.readers.table import Row
from seqcli.data.reading import Reading
from seqcli.data.writers.layout import COLUMN, find_layout, is_open
from seqcli.data.xml_stream import without_forbidden

DROPPED = "charts, pictures and macros of the workbook are not kept"
_EXTRAS = ("xl/charts/", "xl/media/", "xl/drawings/", "xl/vbaProject.bin")


def _has_extras(content: bytes) -> bool:
    """Whether a workbook has what openpyxl does not write."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return any(name.startswith(_EXTRAS) for name in archive.namelist())


class SpreadsheetDocument:
    """The first sheet with rows, which gets a column of translations, by openpyxl. It keeps values,
    formulas and formats; `notes` say what it drops."""

    charset = "utf-8"

    def __init__(self, content: bytes, reading: Reading, *, all_entries: bool) -> None:
        try:
            import openpyxl  # noqa: PLC0415  (an extra)
        except ImportError as error:
            raise reading.fail("XLSX is written by openpyxl: pip install openpyxl") from error
        check_archive(content, reading)
        try:
            self._book = openpyxl.load_workbook(io.BytesIO(content), rich_text=True)
            # The values that the formulas had when the workbook was saved.
            values = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        except Exception as error:  # of many kinds, also of the libraries that it uses
            raise reading.fail(f"cannot be read as XLSX ({error})") from error
        sheets = [
            sheet for sheet in self._book.worksheets if sheet.max_row > 1 or sheet["A1"].value
        ]
        if not sheets:
            raise reading.fail("has no rows")
        self._sheet = sheets[0]
        rows = [
            Row(f"row {number}", ["" if c is None else cell_text(c) for c in cells])
            for number, cells in enumerate(
                values[self._sheet.title].iter_rows(values_only=True), start=1
            )
        ]
        self._layout = find_layout(rows, reading)
        self._header = reading.selection.target or COLUMN
        self._width = max(len(row.cells) for row in rows)
        self._rows = [
            number
            for number, row in enumerate(rows)
            if number >= int(self._layout.has_header) and is_open(row, self._layout, all_entries)
        ]
        self.entries: Sequence[Entry] = [
            Entry(rows[number].cells[self._layout.source], rows[number].place)
            for number in self._rows
        ]
        self.notes: list[str] = [DROPPED] if _has_extras(content) else []

    def fill(self, translations: Sequence[str | None]) -> bytes:
        target = self._width if self._layout.target is None else self._layout.target
        if self._layout.target is None and self._layout.has_header:
            self._sheet.cell(1, target + 1).value = self._header
        for number, text in zip(self._rows, translations, strict=True):
            if text is not None:
                cell = self._sheet.cell(number + 1, target + 1)
                cell.value = without_forbidden(text)
                cell.data_type = "s"  # a text that begins with = is no formula
        out = io.BytesIO()
        self._book.save(out)
        return out.getvalue()
