"""Which reader reads which file of pairs."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, cast

from seqcli.data.pairs import Pair
from seqcli.data.readers.opening import (
    HEAD_BYTES,
    OLD_OFFICE,
    find_encoding,
    is_text_encoding,
    open_input,
)
from seqcli.data.reading import Reading
from seqcli.paths import display_name

Read = Callable[[io.BufferedReader, Reading], Iterator[Pair]]

_COMPRESSED = (".gz", ".xz", ".bz2")
_ZIP = b"PK\x03\x04"
# The names of the first member of the zip archives that are spreadsheets.
_OF_SPREADSHEETS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"mimetype")


def _never(_head: bytes) -> bool:
    return False


class Reader(NamedTuple):
    """A file format: the suffixes of its files (lower case, without a final `.gz`), the function
    that reads their pairs, and one that recognizes the format by the first bytes of a file."""

    suffixes: tuple[str, ...]
    read: Read
    recognizes: Callable[[bytes], bool] = _never


def _of(module: str, function: str) -> Read:
    """A function of a module of readers, which is imported when the function is first called."""

    def read(file: io.BufferedReader, reading: Reading) -> Iterator[Pair]:
        found = getattr(import_module(f"seqcli.data.readers.{module}"), function)
        yield from cast("Read", found)(file, reading)

    return read


def _has_root(*names: str) -> Callable[[bytes], bool]:
    def recognizes(head: bytes) -> bool:
        if b"<" not in head:
            return False
        from seqcli.data.xml_stream import root_element  # noqa: PLC0415  (only for XML)

        return root_element(_decoded(head)) in names

    return recognizes


def _decoded(head: bytes) -> bytes:
    """The first bytes of a text in UTF-8."""
    encoding = find_encoding(head)
    return head.decode(encoding, "replace").encode() if is_text_encoding(encoding) else head


def _begins(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magics)


def _is_spreadsheet(head: bytes) -> bool:
    return head.startswith(OLD_OFFICE) or (
        head.startswith(_ZIP) and head[30:].startswith(_OF_SPREADSHEETS)
    )


def _is_po(head: bytes) -> bool:
    if b'msgid "' not in head:
        return False
    from seqcli.data.readers.gettext import recognizes_po  # noqa: PLC0415  (only for PO)

    return recognizes_po(head)


def _is_json(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b'{"')


def _read_archive(file: io.BufferedReader, reading: Reading) -> Iterator[Pair]:
    from seqcli.data.readers.archive import read_archive  # noqa: PLC0415  (only for archives)

    def read_member(file: io.BufferedReader, reading: Reading) -> Iterator[Pair]:
        head = file.peek(HEAD_BYTES)[:HEAD_BYTES]
        return find_reader(Path(reading.name), head).read(file, reading)

    return read_archive(file, reading, read_member)


# The first reader also reads every file that none of them recognizes.
READERS = (
    Reader((".tsv", ".tab"), _of("delimited", "read_tsv")),
    Reader((".csv",), _of("delimited", "read_csv")),
    Reader((".jsonl", ".ndjson", ".json"), _of("json_lines", "read_json_lines"), _is_json),
    Reader(
        (".xlsx", ".xlsm", ".xls", ".ods"), _of("spreadsheet", "read_spreadsheet"), _is_spreadsheet
    ),
    Reader((".parquet",), _of("spreadsheet", "read_parquet"), _begins(b"PAR1")),
    Reader((".tmx",), _of("tmx", "read_tmx"), _has_root("tmx")),
    Reader(
        (".xlf", ".xliff", ".sdlxliff", ".mqxliff", ".mxliff"),
        _of("xliff", "read_xliff"),
        _has_root("xliff"),
    ),
    Reader((".ts",), _of("qt", "read_qt"), _has_root("TS")),
    Reader((".po", ".pot"), _of("gettext", "read_po"), _is_po),
    Reader(
        (".mo", ".gmo"),
        _of("gettext", "read_mo"),
        _begins(b"\xde\x12\x04\x95", b"\x95\x04\x12\xde"),
    ),
    Reader((".strings",), _of("apple", "read_strings")),
    Reader((".zip",), _read_archive, _begins(_ZIP)),
)
_XML = [reader for reader in READERS if set(reader.suffixes) & {".tmx", ".xlf", ".ts"}]
# Formats that no text file can be taken for: they are recognized whatever the file is called.
_BINARY = (_ZIP, OLD_OFFICE, b"PAR1", b"\xde\x12\x04\x95", b"\x95\x04\x12\xde")


def is_named_for_pairs(path: Path) -> bool:
    """Whether the suffix of a file is that of a format of pairs."""
    return bool(_by_suffix(path))


def has_pair_on_each_line(path: Path) -> bool:
    """Whether, by its name, a file has its first pair on its first line, and so on."""
    return all(reader in READERS[:1] for reader in _by_suffix(path))


def _by_suffix(path: Path) -> list[Reader]:
    name = path.name.lower()
    for suffix in _COMPRESSED:
        name = name.removesuffix(suffix)
    suffix = Path(name).suffix
    return [reader for reader in READERS if suffix in reader.suffixes]


def find_reader(path: Path, head: bytes) -> Reader:
    """The reader for a file by its suffix, or else by its first bytes; binary files by these."""
    by_suffix = _by_suffix(path)
    by_content = [reader for reader in READERS if reader.recognizes(head)]
    if head.startswith(_BINARY):
        by_suffix = [reader for reader in by_suffix if reader in by_content]
    if b"<" not in head:  # a file of tabs may be called .ts
        by_suffix = [reader for reader in by_suffix if reader not in _XML]
    return [*by_suffix, *by_content, READERS[0]][0]


def read_pairs(path: Path, reading: Reading | None = None) -> Iterator[Pair]:
    """The pairs in a file, or, for `-`, in standard input, as `reading` says.

    Raises `UserError` for a file that cannot be read, has too many invalid lines, or does not show
    what is to be read of it.
    """
    reading = reading or Reading(display_name(path))
    with open_input(path) as file:
        head = file.peek(HEAD_BYTES)[:HEAD_BYTES]
        yield from find_reader(path, head).read(file, reading)
