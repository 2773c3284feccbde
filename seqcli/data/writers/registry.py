"""Which files can be filled in with translations, and which can be made from pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, cast

from seqcli.data.documents import Document
from seqcli.data.pairs import Pair
from seqcli.data.readers.opening import open_input
from seqcli.data.readers.registry import is_named_for_pairs
from seqcli.data.reading import Reading, Selection
from seqcli.data.text import one_line
from seqcli.errors import UserError
from seqcli.paths import STANDARD_STREAM

Open = Callable[..., Document]
# Pairs and the languages of their sides in, the parts of a file out.
WritePairs = Callable[[Iterable[Pair], str, str], Iterator[bytes]]


class DocumentKind(NamedTuple):
    """A format whose files can be filled in: its name, their suffixes, and the function that opens
    one: content, reading, and whether entries with a translation are translated again."""

    name: str
    suffixes: tuple[str, ...]
    open: Open

    def open_file(self, path: Path, reading: Reading, *, all_entries: bool = False) -> Document:
        """A file of this kind. Raises `UserError` for one that cannot be read."""
        with open_input(path) as file:
            return self.open(file.read(), reading, all_entries=all_entries)


class NewKind(NamedTuple):
    """A format in which pairs can be written; some need to name the languages."""

    suffixes: tuple[str, ...]
    write: WritePairs
    needs_languages: bool = False


def _of(module: str, name: str, **settings: str) -> Open:
    """A function of a module of writers, which is imported when the function is first called."""

    def open_document(content: bytes, reading: Reading, *, all_entries: bool) -> Document:
        found = getattr(import_module(f"seqcli.data.writers.{module}"), name)
        return cast("Document", found(content, reading, all_entries=all_entries, **settings))

    return open_document


def _subtitles(form: str) -> Open:
    def open_document(content: bytes, reading: Reading, *, all_entries: bool) -> Document:
        from seqcli.data.writers.subtitles import open_subtitles  # noqa: PLC0415  (only for these)

        del all_entries  # no cue has a translation
        return open_subtitles(content, reading, form=form)

    return open_document


def _lines_of(module: str, name: str) -> WritePairs:
    def write(pairs: Iterable[Pair], source: str, target: str) -> Iterator[bytes]:
        found = getattr(import_module(f"seqcli.data.writers.{module}"), name)
        for line in found(pairs, source, target):
            yield f"{line}\n".encode()

    return write


def _text_of(module: str, name: str) -> WritePairs:
    def write(pairs: Iterable[Pair], source: str, target: str) -> Iterator[bytes]:
        found = getattr(import_module(f"seqcli.data.writers.{module}"), name)
        yield from (text.encode() for text in found(pairs, source, target))

    return write


def _bytes_of(module: str, name: str) -> WritePairs:
    def write(pairs: Iterable[Pair], source: str, target: str) -> Iterator[bytes]:
        found = getattr(import_module(f"seqcli.data.writers.{module}"), name)
        yield from found(pairs, source, target)

    return write


DOCUMENTS = (
    DocumentKind(
        "tab-separated text",
        (".tsv", ".tab"),
        _of("delimited", "DelimitedDocument", delimiter="\t"),
    ),
    DocumentKind("CSV", (".csv",), _of("delimited", "DelimitedDocument")),
    DocumentKind("JSON lines", (".jsonl", ".ndjson"), _of("json_lines", "JsonLinesDocument")),
    DocumentKind("XLSX", (".xlsx",), _of("spreadsheet", "SpreadsheetDocument")),
    DocumentKind("TMX", (".tmx",), _of("tmx", "TmxDocument")),
    DocumentKind(
        "XLIFF",
        (".xlf", ".xliff", ".sdlxliff", ".mqxliff", ".mxliff"),
        _of("xliff", "XliffDocument"),
    ),
    DocumentKind("Qt TS", (".ts",), _of("qt", "QtDocument")),
    DocumentKind("PO", (".po", ".pot"), _of("gettext", "open_po")),
    DocumentKind("SRT", (".srt",), _subtitles("srt")),
    DocumentKind("WebVTT", (".vtt",), _subtitles("vtt")),
)
NEW_FILES = (
    NewKind((".tsv", ".tab"), _lines_of("new_tables", "tsv_lines")),
    NewKind((".csv",), _lines_of("new_tables", "csv_lines")),
    NewKind((".jsonl", ".ndjson"), _lines_of("new_tables", "json_lines")),
    NewKind((".xlsx",), _bytes_of("new_tables", "xlsx_bytes")),
    NewKind((".parquet",), _bytes_of("new_tables", "parquet_bytes")),
    NewKind((".tmx",), _lines_of("tmx", "write_tmx"), needs_languages=True),
    NewKind((".xlf", ".xliff"), _lines_of("xliff", "write_xliff"), needs_languages=True),
    NewKind((".ts",), _lines_of("qt", "write_qt"), needs_languages=True),
    NewKind((".po",), _text_of("gettext", "write_po")),
)


def find_document(path: Path) -> DocumentKind | None:
    """The kind of a file that can be filled in, by its suffix; None for text.

    Raises `UserError` for a compressed file of these kinds, and for other files of pairs.
    """
    suffix = path.suffix.lower()
    for kind in DOCUMENTS:
        if suffix in kind.suffixes:
            return kind
        if Path(path.stem).suffix.lower() in kind.suffixes and is_named_for_pairs(path):
            raise UserError(f"{path}: unpack it first, to be filled in")
    if is_named_for_pairs(path):
        known = " ".join(kind.suffixes[0] for kind in DOCUMENTS)
        raise UserError(f"{path}: files of this kind are read, but not filled in ({known} are)")
    return None


def find_new_kind(path: Path, selection: Selection) -> list[tuple[Path, WritePairs]]:
    """The files to write for a name, and what writes each: one, by its suffix; or of a name without
    a suffix one for each language, `corpus.en` and `corpus.zh`.

    Raises `UserError` for a suffix of no kind, and where languages are needed and not named.
    """
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    found = [kind for kind in NEW_FILES if suffix in kind.suffixes]
    has_languages = bool(selection.source and selection.target)
    if not suffix and path != STANDARD_STREAM:
        found = [_LINES]
    if path == STANDARD_STREAM:
        found = [NEW_FILES[0]]
    if not found:
        known = " ".join(kind.suffixes[0] for kind in NEW_FILES)
        raise UserError(f"{path}: the name says no kind that can be written ({known})")
    if found[0].needs_languages and not has_languages:
        raise UserError(f"{path}: needs to say the languages: name both (--from and --to)")
    if found[0] is _LINES:
        languages = (selection.source, selection.target)
        return [
            (path.with_name(f"{path.name}.{language}"), partial(_side, i))
            for i, language in enumerate(languages)
        ]
    return [(path, found[0].write)]


def _side(index: int, pairs: Iterable[Pair], _source: str, _target: str) -> Iterator[bytes]:
    """The lines of one side."""
    for pair in pairs:
        yield f"{one_line(pair[index])}\n".encode()


# Two files, the lines of each language.
_LINES = NewKind((), lambda *_: iter(()), needs_languages=True)
