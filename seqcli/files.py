"""Files that a user names for an answer: written whole or not at all."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from seqcli.errors import UserError
from seqcli.paths import STANDARD_STREAM


def check_output_file(path: Path) -> None:
    """Raise a `UserError` where a file cannot be written, as far as can be told beforehand."""
    folder = path.resolve().parent
    if not folder.is_dir():
        raise UserError(f"{path}: cannot be written (there is no folder {folder})")
    if path.is_dir() or not os.access(folder, os.W_OK):
        raise UserError(f"{path}: cannot be written")


@contextmanager
def atomic_writer(path: Path) -> Iterator[TextIO]:
    """A text file to write, in UTF-8 (`.gz`: compressed), that is there only when all went well.

    What a link points to is replaced, not the link; a device or a pipe is written as it is; `-` is
    standard output. Raises `UserError` where this very file cannot be opened, written or renamed.
    What the caller raises passes unchanged.
    """
    if path == STANDARD_STREAM:
        yield sys.stdout
        return
    with _whole(path) as raw, _text(raw, compressed=path.suffix == ".gz") as file:
        yield file


def write_atomically(path: Path, content: bytes) -> None:
    """Write bytes to a file as `atomic_writer` writes text."""
    if path == STANDARD_STREAM:
        sys.stdout.buffer.write(content)
        return
    with _whole(path) as raw, _bytes(raw) as file:
        file.write(content)


@contextmanager
def _whole(path: Path) -> Iterator[_Raw]:
    """A file under a temporary name, which gets its own when all went well."""
    with _told(path):
        special = path.exists() and not path.is_file()
        place = path if special else path.resolve()
        part = place if special else place.with_name(f".{place.name}.{os.getpid()}.part")
        raw = _Raw(part, path)
    try:
        yield raw
        if not special:
            with _told(path):
                if place.exists():
                    shutil.copymode(place, part)
                part.replace(place)
    finally:
        if not special:
            with suppress(OSError):
                part.unlink()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Failures of the system as a `UserError` that names the file; a reader that is gone
    (`| head -1`) is none."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, RuntimeError) as error:  # a RuntimeError is a loop of links
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise UserError(f"{path}: cannot be written ({reason})") from error


class _Raw(io.FileIO):
    """A file to write, whose failures are told under the name that was asked for."""

    def __init__(self, part: Path, path: Path) -> None:
        super().__init__(part, "w")
        self._path = path

    def write(self, content: Any, /) -> int:
        with _told(self._path):
            return super().write(content)

    def close(self) -> None:
        with _told(self._path):
            super().close()


@contextmanager
def _bytes(raw: _Raw) -> Iterator[BinaryIO]:
    """The file with a buffer. After an error of the caller, one in closing it is not told as well.

    (Closing a buffer writes what is left in it.)
    """
    buffered = io.BufferedWriter(raw)
    try:
        yield buffered
    except BaseException:
        with suppress(UserError, BrokenPipeError):
            buffered.close()
        raise
    buffered.close()


@contextmanager
def _text(raw: _Raw, *, compressed: bool) -> Iterator[TextIO]:
    """The file as text."""
    with _bytes(raw) as below:
        text = io.TextIOWrapper(
            gzip.GzipFile(fileobj=below, mode="wb") if compressed else below,
            encoding="utf-8",
            newline="\n",
            line_buffering=raw.isatty(),
        )
        try:
            yield text
        except BaseException:
            with suppress(UserError, BrokenPipeError):
                text.close()
            raise
        text.close()
