"""Steps of writing files that survive a stop of the process or of the machine at any moment.

A file that is written or renamed may still be lost or empty after a power cut until it, and the
folder that holds its name, are flushed to the disk (`man 2 fsync`).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_LARGEST_WRITE = 1 << 26
# The errors of file systems that have nothing to flush.
_CANNOT_FLUSH = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)


def write_file(path: Path, content: bytes) -> None:
    """Write a new file, in place of one of that name, and flush its content; `flush_folder` flushes
    its name."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, _CREATE, 0o666)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest[:_LARGEST_WRITE]) :]
        _flush(descriptor)
    finally:
        os.close(descriptor)


def _flush(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_FLUSH:
            raise


def flush_file(path: Path) -> None:
    """Flush the content of a file that another process may have written."""
    # (Windows flushes only what is open for writing.)
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        _flush(descriptor)
    finally:
        os.close(descriptor)


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder: files that were made, renamed or removed in it."""
    if os.name == "nt":  # cannot open a folder, and flushes names with the files
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _flush(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, unless they exist, and flush their names."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):  # another process was quicker
        folder.mkdir()
    flush_folder(folder.parent)


def temporary_name(name: str) -> str:
    """The name under which `replace_content` writes a file; a killed process leaves it behind."""
    return f".{name}.part"


def replace_content(path: Path, content: bytes) -> None:
    """Write a file in one step: it has all of this content, or is as before."""
    part = path.with_name(temporary_name(path.name))
    write_file(part, content)
    replace_file(part, path)


def replace_file(part: Path, path: Path) -> None:
    """Give a written file the name of another, which is gone then, in one step, and flush it."""
    part.replace(path)
    flush_folder(path.parent)


def remove_files(paths: Iterable[Path]) -> None:
    """Remove files, as far as possible: a file that another process has open stays on Windows."""
    for path in paths:
        with suppress(OSError):
            path.unlink()
