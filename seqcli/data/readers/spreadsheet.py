"""Spreadsheets, by python-calamine: XLSX, XLS and ODS; and Parquet, by pyarrow."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from seqcli.data.pairs import Pair
from seqcli.data.readers.json_lines import flatten, short_names
from seqcli.data.readers.opening import FREE_BYTES, HEAD_BYTES, MAX_EXPANSION, OLD_OFFICE
from seqcli.data.readers.table import Row, read_table
from seqcli.data.reading import Reading
from seqcli.errors import UserError

MISSING_CELL = "the cell of the source or of the target is missing"
# Rows of a Parquet file that are in the RAM at a time.
BATCH_ROWS = 10_000
# Cells of a sheet, empty ones included, that are read whatever there is in them.
MAX_AREA = 20_000_000

_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br=\"([A-Z]{1,3})\d")
_ROW = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br=\"[A-Z]{1,3}(\d{1,7})\"")


def read_spreadsheet(file: io.BufferedReader, reading: Reading) -> Iterator[Pair]:
    """The pairs of the first sheet that has rows. Raises `UserError` as `read_table` does."""
    return read_table(sheet_rows(file.read(), reading), reading, missing=MISSING_CELL)


def sheet_rows(content: bytes, reading: Reading) -> Iterator[Row]:
    """The rows of the first sheet that has some, with their cells as text."""
    try:
        import python_calamine  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise reading.fail(
            "spreadsheets need python-calamine: pip install python-calamine openpyxl"
        ) from error
    check_archive(content, reading)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if not rows:
                continue
            if len(book.sheet_names) > 1:
                reading.note(f"only the sheet {name!r} is read, of {len(book.sheet_names)}")
            width = max(map(len, rows))
            for number, cells in enumerate(rows, start=1):
                texts = [cell_text(cell) for cell in cells]
                yield Row(f"row {number}", texts + [""] * (width - len(cells)))
            return
    except (UserError, MemoryError):
        raise
    except Exception as error:  # calamine raises its own classes, and others of the libraries in it
        raise reading.fail(f"cannot be read as a spreadsheet ({error})") from error


def check_archive(content: bytes, reading: Reading) -> None:
    """Raise a `UserError` if the parts of a spreadsheet are too large for its size, or declare
    entities, which no program writes."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(info.file_size for info in archive.infolist())
            if size > max(FREE_BYTES, MAX_EXPANSION * len(content)):
                raise reading.fail(f"holds more than {MAX_EXPANSION} times its size: damaged?")
            for info in archive.infolist():
                is_xml = info.filename.endswith((".xml", ".rels"))
                if not is_xml:
                    continue
                with archive.open(info) as part:
                    if b"<!DOCTYPE" in part.read(HEAD_BYTES):
                        raise reading.fail("has a document type, as no spreadsheet does: refused")
                if info.filename.startswith("xl/worksheets/"):
                    _check_area(archive.read(info), reading)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        if not content.startswith(OLD_OFFICE):
            raise reading.fail(f"cannot be read as a spreadsheet ({error})") from error


def _check_area(sheet: bytes, reading: Reading) -> None:
    """Raise a `UserError` if few cells are spread over a very large area, all of which would be
    read."""
    columns = set(_CELL.findall(sheet))
    rows = max(map(int, _ROW.findall(sheet)), default=0)
    cells = sheet.count(b"<c ") + sheet.count(b":c ")
    width = max((_column_number(name) for name in columns), default=0)
    if rows * width > max(MAX_AREA, 100 * cells):
        raise reading.fail(
            f"its cells are spread over {rows:,} rows and {width:,} columns: remove those that are "
            "far from the others"
        )


def _column_number(name: bytes) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in name:
        number = 26 * number + letter - ord("A") + 1
    return number


def cell_text(cell: Any) -> str:
    """A cell as text: whole numbers without a decimal point, truth values as a sheet shows them."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, bytes):  # texts of old Parquet files
        return cell.decode("utf-8", "replace")
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def read_parquet(file: io.BufferedReader, reading: Reading) -> Iterator[Pair]:
    """The pairs of a table with two columns of text, or a column with an object of texts. Raises
    `UserError` as `read_table` does."""
    try:
        import pyarrow.parquet  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise reading.fail("Parquet files need pyarrow: pip install pyarrow") from error
    try:
        table = pyarrow.parquet.ParquetFile(file)
    except (pyarrow.ArrowException, OSError) as error:
        raise reading.fail(f"cannot be read as Parquet ({error})") from error
    keys: list[str] = []
    for field in table.schema_arrow:
        if pyarrow.types.is_struct(field.type):
            keys += [f"{field.name}.{inner.name}" for inner in field.type]
        else:
            keys.append(field.name)

    def rows() -> Iterator[Row]:
        number = 0
        try:
            for batch in table.iter_batches(BATCH_ROWS):
                for record in batch.to_pylist():
                    number += 1
                    texts = flatten(_as_texts(record))
                    yield Row(f"row {number}", [texts.get(key, "") for key in keys])
        except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
            raise reading.fail(f"row {number + 1}: cannot be read ({error})") from error

    return read_table(rows(), reading, missing=MISSING_CELL, header=short_names(keys))


def _as_texts(record: dict[str, Any]) -> dict[str, Any]:
    """A record whose values are texts, or objects of texts; None becomes empty."""
    return {
        key: _as_texts(value)
        if isinstance(value, dict)
        else ""
        if value is None or isinstance(value, list)
        else cell_text(value)
        for key, value in record.items()
    }
