"""New files of pairs: tab-separated text, CSV, JSON lines, XLSX and Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from seqcli.data.pairs import Pair
from seqcli.data.text import one_line
from seqcli.data.xml_stream import without_forbidden
from seqcli.errors import UserError

# The names of the columns where no languages are named.
SOURCE, TARGET = "source", "target"
# Rows of a Parquet file that are written at a time.
BATCH_ROWS = 10_000
# A sheet of XLSX has no more rows.
MAX_SHEET_ROWS = 1_048_576
MAX_CELL = 32_767  # characters


def tsv_lines(pairs: Iterable[Pair], _source: str, _target: str) -> Iterator[str]:
    """The lines of tab-separated text, without a header."""
    for pair in pairs:
        yield "\t".join(one_line(side).replace("\t", " ") for side in pair)


def csv_lines(pairs: Iterable[Pair], source: str, target: str) -> Iterator[str]:
    """The lines of CSV with commas and a header."""
    for row in [(source or SOURCE, target or TARGET), *pairs]:
        out = io.StringIO()
        csv.writer(out, lineterminator="").writerow(row)
        yield out.getvalue()


def json_lines(pairs: Iterable[Pair], source: str, target: str) -> Iterator[str]:
    """An object on each line: of the languages, if they are named, as Hugging Face has it."""
    for pair in pairs:
        if source and target:
            yield json.dumps(
                {"translation": {source: pair.source, target: pair.target}}, ensure_ascii=False
            )
        else:
            yield json.dumps({SOURCE: pair.source, TARGET: pair.target}, ensure_ascii=False)


def xlsx_bytes(pairs: Iterable[Pair], source: str, target: str) -> Iterator[bytes]:
    """A workbook with one sheet and a header. Raises `UserError` for more rows than that has."""
    try:
        import openpyxl  # noqa: PLC0415  (an extra)
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    except ImportError as error:
        raise UserError("XLSX is written by openpyxl: pip install openpyxl") from error
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("pairs")
    for number, row in enumerate([(source or SOURCE, target or TARGET), *pairs], start=1):
        if number > MAX_SHEET_ROWS:
            raise UserError(f"a sheet of XLSX has at most {MAX_SHEET_ROWS:,} rows: write .tsv")
        if max(map(len, row)) > MAX_CELL:
            raise UserError(
                f"pair {number - 1}: a cell of XLSX has at most {MAX_CELL:,} characters"
            )
        cells = [WriteOnlyCell(sheet, value=without_forbidden(text)) for text in row]
        for cell in cells:
            cell.data_type = "s"  # a text that begins with = is no formula
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    yield out.getvalue()


def parquet_bytes(pairs: Iterable[Pair], source: str, target: str) -> Iterator[bytes]:
    """A table with two columns."""
    try:
        import pyarrow  # noqa: PLC0415  (an extra)
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as error:
        raise UserError("Parquet is written by pyarrow: pip install pyarrow") from error
    names = [source or SOURCE, target or TARGET]
    schema = pyarrow.schema([(name, pyarrow.string()) for name in names])
    out = io.BytesIO()
    with pyarrow.parquet.ParquetWriter(out, schema) as writer:
        rows = list(pairs)
        for start in range(0, len(rows), BATCH_ROWS):
            batch = rows[start : start + BATCH_ROWS]
            sides = [pyarrow.array(side) for side in zip(*batch, strict=True)]
            writer.write_batch(pyarrow.record_batch(sides, schema=schema))
    yield out.getvalue()
