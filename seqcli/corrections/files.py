"""The user's own files in a model folder: corrections, and the terms of a glossary.

Each line is `source<TAB>translation`; a term may have a note in a third column. The files belong to
no generation of a model: a training neither reads, replaces nor removes them. A change writes the
whole file anew in one step, under a lock of these two files alone, so that a reader always finds a
whole one, and a training in the same folder makes nobody wait.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from seqcli.data.normalization import fold, normalize, normalize_source
from seqcli.data.pairs import Pair
from seqcli.errors import UserError
from seqcli.folder import CORRECTIONS, CORRECTIONS_LOCK, GLOSSARY
from seqcli.storage.disk import remove_files, replace_file, temporary_name, write_file
from seqcli.storage.generation import errors_reported
from seqcli.storage.reading import MissingFileError, read_regular
from seqcli.wording import shortened

MAX_BYTES = 64_000_000
MAX_LINES = 1_000_000
# Another command holds the lock for the time of one write.
SECONDS_TO_WAIT = 10.0

Row = tuple[str, ...]
ToCell = Callable[[str], str]


@dataclass(frozen=True)
class LineFile:
    """A kind of file: its name, the numbers of columns that its lines may have, what a line is
    called, how one is written, and whether sources that differ in case are others."""

    name: str
    columns: tuple[int, ...]
    noun: str
    form: str
    has_case: bool = False

    def key(self, source: str, locale: str) -> str:
        """What sources have in common of which only the last line counts."""
        return normalize_source(source) if self.has_case else source_key(source, locale)


CORRECTIONS_FILE = LineFile(CORRECTIONS, (2,), "correction", "source<TAB>translation")
GLOSSARY_FILE = LineFile(
    GLOSSARY, (2, 3), "term", "source<TAB>term, or source<TAB>term<TAB>note", has_case=True
)


class Change(NamedTuple):
    """What a change of a file did: how many sources were added, how many others got another line or
    were removed, and how many there are now."""

    added: int
    changed: int
    total: int


def source_key(text: str, locale: str = "") -> str:
    """What texts have in common that are the same source: width, case, quotes, spacing and
    invisible characters do not matter, as in what a model reads."""
    return fold(normalize_source(text), locale)


def read_corrections(folder: Path, locale: str = "") -> list[Pair]:
    """The corrections of a model folder in order, of the same source only the last; none if there
    is no file. The locale is that of the model.

    Raises `UserError` for a file that cannot be read, and with its line for a wrong one.
    """
    rows = read_rows(folder, CORRECTIONS_FILE)
    return list(map(Pair._make, _by_key(rows, CORRECTIONS_FILE, locale).values()))


def raw_corrections(folder: Path, locale: str = "") -> dict[str, Row]:
    """The same by the keys of their sources, with both sides as they are in the file, which takes
    half the time: `normalize` is to be applied to what is used."""
    rows, _ = _read(folder / CORRECTIONS, CORRECTIONS_FILE, str.strip)
    return _by_key(rows, CORRECTIONS_FILE, locale)


def append_corrections(
    folder: Path, pairs: Iterable[Pair], locale: str = "", notes: list[str] | None = None
) -> Change:
    """Add corrections to those of a model folder, as `append_rows` does."""
    return append_rows(folder, CORRECTIONS_FILE, pairs, locale, notes)


def append_rows(
    folder: Path,
    kind: LineFile,
    rows: Iterable[Row],
    locale: str = "",
    notes: list[str] | None = None,
) -> Change:
    """Add normalized lines to a file of a model folder, each in place of those of the same source.

    A line that is there already is not added again. Raises `UserError` for a line with an empty
    cell or of another number of columns, and as `change_rows` does, as which it uses `notes`.
    """
    new = {}
    for row in rows:
        check_row(row, kind)
        new[kind.key(row[0], locale)] = row
    before: dict[str, Row] = {}

    def add(rows: list[Row]) -> list[Row]:
        before.update(_by_key(rows, kind, locale))
        added = {key: row for key, row in new.items() if not is_known(key, row)}
        others = [row for row in rows if kind.key(row[0], locale) not in added]
        return [*others, *added.values()]

    def is_known(key: str, row: Row) -> bool:  # with its source in another spelling, too
        return key in before and before[key][1:] == row[1:]

    change_rows(folder, kind, add, notes)
    added = len(new.keys() - before.keys())
    changed = sum(key in before and not is_known(key, row) for key, row in new.items())
    return Change(added, changed, len(before) + added)


def remove_rows(
    folder: Path, kind: LineFile, source: str, locale: str = "", notes: list[str] | None = None
) -> Change:
    """Remove the lines of a source from a file of a model folder. Raises `UserError`, and uses
    `notes`, as `change_rows` does."""
    key, removed = kind.key(source, locale), list[Row]()

    def keep(rows: list[Row]) -> list[Row]:
        removed.extend(row for row in rows if kind.key(row[0], locale) == key)
        return [row for row in rows if kind.key(row[0], locale) != key]

    rows = change_rows(folder, kind, keep, notes)
    return Change(0, int(bool(removed)), len(_by_key(rows, kind, locale)))


def read_file(path: Path, kind: LineFile) -> list[Row]:
    """The lines, at least one, of such a file anywhere else, which may be a link.

    Raises `UserError` as `read_rows` does, for a last line that is no whole one, and if there are
    no lines.
    """
    if not path.is_file():
        reason = "not a regular file" if path.exists() else "no such file"
        raise UserError(f"{path}: {reason}; name a file of lines {kind.form}")
    rows, incomplete = _read(path.resolve() if path.is_symlink() else path, kind)
    if incomplete:
        raise UserError(
            f"{path}: a {kind.noun} is {kind.form}, but the last line is {shortened(incomplete)!r}"
        )
    if not rows:
        raise UserError(f"{path} has no {kind.noun}s: each line is {kind.form}")
    return rows


def read_rows(folder: Path, kind: LineFile) -> list[Row]:
    """The lines of a file of a folder as normalized cells; none if there is no file.

    Blank lines are left out, and so is a last line without an end that is no whole one, which a
    power cut may leave. Raises `UserError` for any other line that has another number of columns or
    an empty cell, for invalid UTF-8, and for a file that is too large or is none.
    """
    rows, _ = _read(folder / kind.name, kind)
    return rows


def change_rows(
    folder: Path,
    kind: LineFile,
    change: Callable[[list[Row]], list[Row]],
    notes: list[str] | None = None,
) -> list[Row]:
    """Replace the lines of a file, in one step, by what `change` makes of them; the new ones.

    Nobody else changes the file in the meantime. Raises `UserError` as `read_rows` does, and where
    the file cannot be written or would be too large. A last line that was left out, as it is no
    whole one, is then gone, and told in `notes`.
    """
    path = folder / kind.name
    with _locked(folder):
        before, incomplete = _read(path, kind)
        rows = change(list(before))
        if rows != before or incomplete:
            content = "".join("\t".join(row) + "\n" for row in rows).encode()
            if len(content) > MAX_BYTES or len(rows) > MAX_LINES:
                raise UserError(
                    f"{path} would be too large: it may have {MAX_LINES:,} lines and "
                    f"{MAX_BYTES:,} bytes"
                )
            _replace(path, content)
        if incomplete and notes is not None:
            notes.append(f"{path}: left out an incomplete last line: {shortened(incomplete)!r}")
    return rows


def copy_missing(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write these files of another folder to a folder, where it has none of that name. Raises
    `UserError` where that fails."""
    with _locked(folder):
        for name, content in contents.items():
            if not (folder / name).exists():
                _replace(folder / name, content)


def check_row(row: Row, kind: LineFile) -> None:
    """Raise a `UserError` if the cells are no line of such a file."""
    if len(row) not in kind.columns or not all(row):
        raise UserError(f"a {kind.noun} is {kind.form}, and none of them is empty")
    if not source_key(row[0]):
        raise UserError(f"a {kind.noun} needs a source with a visible character")


def _by_key(rows: Iterable[Row], kind: LineFile, locale: str) -> dict[str, Row]:
    """Lines by the keys of their sources, in order, of the same key the last."""
    by_key: dict[str, Row] = {}
    for row in rows:
        key = kind.key(row[0], locale)
        by_key.pop(key, None)
        by_key[key] = row
    return by_key


def _read(path: Path, kind: LineFile, to_cell: ToCell = normalize) -> tuple[list[Row], str]:
    """The lines of a file, and the last one if it is not whole. `to_cell` normalizes a cell."""
    try:
        content = read_regular(path, MAX_BYTES, "make it a smaller file of text, or remove it")
    except MissingFileError:
        return [], ""
    whole, _, last = content.rpartition(b"\n")
    if content.count(b"\n") > MAX_LINES:
        raise UserError(f"{path} has more than {MAX_LINES:,} lines: remove some")
    rows = list(_rows(path, _decoded(path, whole), kind, to_cell)) if whole else []
    try:
        return [*rows, *_rows(path, last.decode("utf-8"), kind, to_cell)], ""
    except (UserError, UnicodeDecodeError):
        return rows, last.decode("utf-8", "replace")


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{path}, line {number}: not valid UTF-8; mend the line, or remove it"
        ) from error


def _rows(path: Path, text: str, kind: LineFile, to_cell: ToCell) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        cells = tuple(map(to_cell, line.split("\t")))
        if len(cells) in kind.columns and all(cells):
            yield cells
        elif any(cells):
            raise UserError(
                f"{path}, line {number}: a {kind.noun} is {kind.form}, and none of them is empty; "
                "mend the line, or remove it"
            )


def _replace(path: Path, content: bytes) -> None:
    """Write a file in one step; who may read it stays the same."""
    part = path.with_name(temporary_name(path.name))
    with errors_reported(path.parent):
        try:
            write_file(part, content)
            if path.exists():
                shutil.copymode(path, part)
            replace_file(part, path)
        except OSError:
            remove_files([part])  # it may have filled the disk
            raise


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """In the block, no other process changes these files of the folder."""
    from filelock import FileLock, Timeout  # noqa: PLC0415  (translating does without)

    lock = FileLock(folder / CORRECTIONS_LOCK, timeout=SECONDS_TO_WAIT)
    try:
        lock.acquire()
    except Timeout:
        raise UserError(
            f"{folder}: another command is writing corrections there: wait until it ends"
        ) from None
    except OSError as error:
        raise UserError(f"{folder} cannot be written ({error.strerror or error})") from error
    try:
        yield
    finally:
        lock.release()
