"""Files that belong together and are replaced in one step: a generation, named by its manifest.

A save writes new files beside those of the generation before, under names that contain a part of
their checksum, and flushes them. Then it replaces one small file, the manifest, which names them
all. Wherever a process or the machine stops, the manifest names one whole generation: the one
before, or the new one. Files that it does not name are removed after that.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from seqcli.errors import UserError
from seqcli.storage.disk import (
    flush_file,
    flush_folder,
    make_folder,
    remove_files,
    replace_content,
    temporary_name,
    write_file,
)
from seqcli.storage.reading import MissingFileError, parse_json, read_regular
from seqcli.typed import from_values
from seqcli.wording import shortened

# A manifest of the most pieces that a model can write has 2.3 MB.
MAX_MANIFEST_BYTES = 1 << 22
MAX_FILE_BYTES = (1 << 31) - 1  # also the limit of protobuf, and so of ONNX

# The keys that `write_generation` adds to a manifest.
FILES, CHECKSUM = "files", "sha256"
_SHA256 = re.compile("[0-9a-f]{64}")
_DIGITS_IN_NAME = 16
_LONGEST_REASON = 200  # characters
_STORED_NAME = re.compile(rf"-[0-9a-f]{{{_DIGITS_IN_NAME}}}(\.\w+)$", re.ASCII)


@dataclass(frozen=True)
class StoredFile:
    """A file of a generation: its name, its size in bytes and its SHA-256 checksum, hexadecimal."""

    name: str
    size: int
    sha256: str

    def matches(self, content: bytes) -> bool:
        """Whether this is the content of the file."""
        return len(content) == self.size and hashlib.sha256(content).hexdigest() == self.sha256


@dataclass(frozen=True)
class OldFile:
    """A file of a folder of format 4 or older, which has a CRC-32 checksum and no known size."""

    name: str
    crc32: int
    size: int = MAX_FILE_BYTES

    def matches(self, content: bytes) -> bool:
        """Whether this is the content of the file."""
        return zlib.crc32(content) == self.crc32


def stored_file(part: str, content: bytes) -> StoredFile:
    """The file for the content of a part: for step.onnx, step-0123456789abcdef.onnx."""
    digest = hashlib.sha256(content).hexdigest()
    return StoredFile(stored_name(part, digest), len(content), digest)


def stored_name(part: str, sha256: str) -> str:
    """The name of the file of a part with this checksum."""
    stem, suffix = part.rsplit(".", 1)
    return f"{stem}-{sha256[:_DIGITS_IN_NAME]}.{suffix}"


def parse_entry(part: str, entry: Any, max_bytes: int = MAX_FILE_BYTES) -> StoredFile:
    """The file of a part, by its entry in a manifest; a `ValueError` for any other entry, and for a
    file of more than `max_bytes`."""
    file = from_values(StoredFile, entry)
    if not _SHA256.fullmatch(file.sha256):  # which is a part of the name
        raise ValueError(f"{part} has no SHA-256 checksum")
    if file.name != stored_name(part, file.sha256) or file.size > max_bytes:
        raise ValueError(f"{part} has another name or size than such a file")
    return file


def write_generation(
    manifest: Path,
    values: Mapping[str, Any],
    parts: Mapping[str, bytes],
    possible: Collection[str] = (),
) -> dict[str, StoredFile]:
    """Write the parts to the folder of the manifest, then the manifest, with `values` in it, and
    remove the files of earlier generations. Returns the files of the parts.

    `possible` are the parts that a generation may have, if not all of them must be there.
    Raises `UserError` where this fails; the generation before is then still there.
    """
    folder = manifest.parent
    files = {part: stored_file(part, content) for part, content in parts.items()}
    values = {**values, FILES: {part: asdict(file) for part, file in files.items()}}
    values[CHECKSUM] = checksum(values)
    with errors_reported(folder):
        make_folder(folder)
        try:
            for part, content in parts.items():
                _write_part(folder / files[part].name, content)
            flush_folder(folder)
            replace_content(manifest, _json(values))
        finally:
            _remove_unnamed(manifest, possible or parts.keys())
    return files


def _json(values: Mapping[str, Any]) -> bytes:
    """Values as JSON. What is not valid Unicode, as in the name of a file, is escaped."""
    text = json.dumps(values, ensure_ascii=False, indent=1) + "\n"
    return text.encode("utf-8", "backslashreplace")


def _write_part(path: Path, content: bytes) -> None:
    """Write a file, unless an earlier save has. That save may have stopped before it flushed it."""
    try:
        is_there = read_regular(path, len(content)) == content
    except UserError:
        is_there = False
    if is_there:
        flush_file(path)
    else:
        write_file(path, content)


def _remove_unnamed(manifest: Path, parts: Collection[str]) -> None:
    """Remove the files of these parts that the manifest on the disk does not name, and what is left
    of a manifest that was not written. Nothing is removed if the manifest cannot be read."""
    try:
        named = {file["name"] for file in read_manifest(manifest)[FILES].values()}
    except MissingFileError:
        named = set()
    except (UserError, KeyError, TypeError, AttributeError):
        return
    stored = [path for path in manifest.parent.iterdir() if is_file_of(path.name, parts)]
    unnamed = [path for path in stored if path.name not in named]
    remove_files([*unnamed, manifest.with_name(temporary_name(manifest.name))])


def is_file_of(name: str, parts: Collection[str]) -> bool:
    """Whether a generation of these parts may have such a file, also one of an older format."""
    return _STORED_NAME.sub(r"\1", name.removesuffix(".part")) in parts


def read_manifest(path: Path) -> dict[str, Any]:
    """The values of a manifest, after a check of its own checksum, if it has one.

    Raises `MissingFileError` if there is none, `DamagedError` if it is damaged, and `UserError` if
    it is not readable.
    """
    try:
        values = parse_json(read_regular(path, MAX_MANIFEST_BYTES))
        if CHECKSUM in values and values.pop(CHECKSUM) != checksum(values):
            raise ValueError("its checksum differs")
    except (ValueError, RecursionError) as error:
        raise damaged(path, error) from error
    return values


class DamagedError(UserError):
    """The content of a file is not what it was, or not what it should be."""


def damaged(path: Path, reason: object) -> DamagedError:
    """The error for a file that cannot be used."""
    shown = shortened(str(reason), _LONGEST_REASON)  # which may quote the file
    return DamagedError(f"{path} is damaged ({shown}): copy the folder again")


def checksum(values: Mapping[str, Any]) -> str:
    """The SHA-256 checksum of values, in whatever order they are written down."""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_part(folder: Path, file: StoredFile | OldFile) -> bytes:
    """The content of a file. Raises `MissingFileError` if it is not there, and `UserError` if it is
    damaged or not readable."""
    path = folder / file.name
    content = read_regular(path, file.size)
    if not file.matches(content):
        raise UserError(
            f"{path} is damaged or from another model (its checksum differs): copy the folder again"
        )
    return content


@contextmanager
def errors_reported(folder: Path) -> Iterator[None]:
    """Raise errors of the operating system as a `UserError` about a file in the folder."""
    try:
        yield
    except OSError as error:
        place = error.filename or folder
        raise UserError(f"{place} cannot be written ({error.strerror or error})") from error
