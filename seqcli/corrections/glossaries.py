"""The terms in glossary files: that of a model folder, and those that a user names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from seqcli.corrections.files import GLOSSARY_FILE, Row, read_file, read_rows
from seqcli.data.glossary import Term, parse_term
from seqcli.errors import UserError
from seqcli.folder import GLOSSARY


def folder_terms(folder: Path) -> list[Term]:
    """The terms of a model folder, in order; none if it has no glossary.

    Raises `UserError` for a file that cannot be read, and for a wrong line.
    """
    return _terms(folder / GLOSSARY, read_rows(folder, GLOSSARY_FILE))


def file_terms(path: Path) -> list[Term]:
    """The terms of a file. Raises `UserError` as `read_file` does, and for a wrong line."""
    return _terms(path, read_file(path, GLOSSARY_FILE))


def _terms(path: Path, rows: Iterable[Row]) -> list[Term]:
    try:
        return list(map(parse_term, rows))
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
