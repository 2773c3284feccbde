"""Output files, written completely or not at all."""

from __future__ import annotations

import gzip
import io
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from os import getpid
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, TextIO, TypeVar, cast

from seqcli.errors import UserError
from seqcli.paths import STANDARD_STREAM
from seqcli.storage.disk import flush_file, remove_files, replace_file

AnyFile = TypeVar("AnyFile", bound=IO[Any])


def check_output_file(path: Path) -> None:
    """Raise a `UserError` if a file cannot be written, as far as this is known beforehand."""
    with _errors_reported(f"{path}:"):
        folder = path.resolve().parent
    if not folder.is_dir():
        raise UserError(f"{path}: cannot be written (there is no folder {folder})")
    if path.is_dir() or not _can_create_files(folder):
        raise UserError(f"{path}: cannot be written")


def _can_create_files(folder: Path) -> bool:
    try:
        with TemporaryFile(dir=folder):  # permissions alone do not decide it
            return True
    except OSError:
        return False


@contextmanager
def atomic_writer(path: Path) -> Iterator[TextIO]:
    """A text file to write in UTF-8 (`.gz`: compressed). It gets its name only if the block
    succeeds.

    A link is kept and its target replaced; a device or a pipe is written directly; `-` is standard
    output. Raises `UserError` where this file cannot be opened, written or renamed; other errors in
    the block pass unchanged.
    """
    if path == STANDARD_STREAM:
        yield sys.stdout
        return
    with (
        _replacement(path) as raw,
        _closing(io.BufferedWriter(raw)) as buffered,
        _closing(
            io.TextIOWrapper(
                gzip.GzipFile(fileobj=buffered, mode="wb") if path.suffix == ".gz" else buffered,
                encoding="utf-8",
                newline="\n",
                line_buffering=raw.isatty(),
            )
        ) as file,
    ):
        yield file


def write_atomically(path: Path, content: bytes) -> None:
    """Write bytes to a file as `atomic_writer` writes text; `.gz` is not compressed."""
    if path == STANDARD_STREAM:
        sys.stdout.buffer.write(content)
        return
    with _replacement(path) as raw, _closing(io.BufferedWriter(raw)) as file:
        file.write(content)


def write_parts(path: Path, parts: Iterable[bytes]) -> None:
    """Write bytes, part by part, as `atomic_writer` writes text."""
    if path == STANDARD_STREAM:
        sys.stdout.buffer.writelines(parts)
        return
    with _replacement(path) as raw, _closing(io.BufferedWriter(raw)) as buffered:
        if path.suffix != ".gz":
            buffered.writelines(parts)
            return
        with _closing(cast("IO[bytes]", gzip.GzipFile(fileobj=buffered, mode="wb"))) as file:
            file.writelines(parts)


@contextmanager
def _replacement(path: Path) -> Iterator[_RawFile]:
    """An open file that replaces the one at the path if the block succeeds."""
    with _errors_reported(f"{path}:"):
        is_special = path.exists() and not path.is_file()
        final = path.resolve() if not is_special else path
    if is_special:
        yield _RawFile(path, path)
        return
    part = final.with_name(f".{final.name}.{getpid()}.part")
    try:
        yield _RawFile(part, path)
        with _errors_reported(f"{path}:"):
            flush_file(part)
            if final.exists():
                shutil.copymode(final, part)
            replace_file(part, final)
    finally:
        remove_files([part])


@contextmanager
def _errors_reported(subject: str) -> Iterator[None]:
    """Raise errors of the operating system as a `UserError` about the subject, but not the error
    that the reader of a pipe has ended (`| head -1`)."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise UserError(f"{subject} cannot be written ({reason})") from error


class _RawFile(io.FileIO):
    """An unbuffered file to write, whose errors name the path that the user gave."""

    def __init__(self, part: Path, path: Path) -> None:
        self._subject = f"{path}:"
        with _errors_reported(self._subject):
            super().__init__(part, "w")

    def write(self, content: Any, /) -> int:
        with _errors_reported(self._subject):
            return super().write(content)

    def close(self) -> None:
        with _errors_reported(self._subject):
            super().close()


@contextmanager
def _closing(file: AnyFile) -> Iterator[AnyFile]:
    """Close the file, which writes its buffer. After an error in the block, an error in closing is
    ignored, so that it does not hide the first."""
    try:
        yield file
    except BaseException:
        with suppress(UserError, BrokenPipeError):
            file.close()
        raise
    file.close()


def check_current_folder() -> None:
    """Raise a `UserError` if the current folder has been removed. To be called before PyTorch is
    imported, which there ends the process ("Intel oneMKL FATAL ERROR")."""
    try:
        Path.cwd()
    except OSError as error:
        raise UserError("the current folder has been removed: change to another (cd)") from error
