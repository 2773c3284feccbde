"""Input files opened: uncompressed, and as UTF-8 where they hold text."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from seqcli.errors import UserError
from seqcli.paths import STANDARD_STREAM, display_name

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# A compressed file that holds so many times its own size is refused, so that no small file fills
# the RAM or takes hours. Text has 3 to 10 times its size, up to 1,000 times is possible. The first
# bytes are free, as a small file may well be one sentence many times.
MAX_EXPANSION = 100
FREE_BYTES = 16 << 20
# This many first bytes of a file are enough to recognize its format and its encoding.
HEAD_BYTES = 4096
BLOCK_BYTES = 1 << 16
# In UTF-16 at least this share of the bytes is 0: even Chinese has tabs and line ends.
MIN_NULS = 0.02

# What documents of Microsoft Office before 2007 begin with.
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What compressed files begin with.
_COMPRESSED = {b"\x1f\x8b": "gzip", b"\xfd7zXZ\0": "xz", b"BZh": "bzip2"}
# What other files begin with that hold no plain text.
_OTHERS = {
    b"PK\x03\x04": "a zip archive",
    OLD_OFFICE: "a document of an old Microsoft Office",
    b"PAR1": "a Parquet file",
    b"\xde\x12\x04\x95": "an MO catalogue",
    b"\x95\x04\x12\xde": "an MO catalogue",
    b"\x28\xb5\x2f\xfd": "a Zstandard file",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"%PDF": "a PDF document",
    b"{\\rtf": "an RTF document",
    b"SQLite format 3": "an SQLite database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # (begins as that of UTF-16 does)
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WHITE_SPACE = b"\t\n\r "
_NOT_OF_FILES = ("unicode_escape", "raw_unicode_escape", "idna", "punycode")
_XML_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")


@contextmanager
def open_input(path: Path) -> Iterator[io.BufferedReader]:
    """The bytes of a file or, for `-`, of standard input; uncompressed, if they are those of gzip,
    xz or bzip2.

    Raises `UserError` for a file that cannot be opened or, within the block, read, and for a
    compressed one that holds more than `FREE_BYTES` and `MAX_EXPANSION` times its size.
    """
    with reading_errors(path), _open(path) as file:
        head = file.peek(8)[:8]
        kind = next((kind for magic, kind in _COMPRESSED.items() if head.startswith(magic)), "")
        if not kind:
            yield file
            return
        with _errors_of_decompression(display_name(path), kind), _decompressor(kind, file) as whole:
            size = os.fstat(file.fileno()).st_size  # of a pipe 0
            yield limited(whole, size or sys.maxsize, display_name(path))


@contextmanager
def reading_errors(path: Path) -> Iterator[None]:
    """Raise errors of the operating system as a `UserError` about the file."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{display_name(path)}: cannot be read ({reason})") from error


def limited(file: IO[bytes], packed: int, name: str) -> io.BufferedReader:
    """The content of a compressed file of `packed` bytes, which may not be too large for it."""
    return io.BufferedReader(_Limited(file, max(FREE_BYTES, packed * MAX_EXPANSION), name))


def describe_content(head: bytes) -> str:
    """What a file that is no text is, by its first bytes; an empty string if that is unknown."""
    return next((what for magic, what in _OTHERS.items() if head.startswith(magic)), "")


def find_encoding(head: bytes) -> str:
    """The encoding of a text by its first bytes: by its byte order mark, by NULs in every second
    place, or by an XML declaration; else UTF-8."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    if head.count(0) >= MIN_NULS * len(head) and head.count(0):
        # Spaces, tabs and line ends tell the order of the bytes: the NUL of 一 (U+4E00) does not.
        units = list(zip(head[::2], head[1::2], strict=False))
        little = sum(second == 0 and first in _WHITE_SPACE for first, second in units)
        big = sum(first == 0 and second in _WHITE_SPACE for first, second in units)
        if max(little, big) > 3 * min(little, big):
            return "utf-16-le" if little > big else "utf-16-be"
    declared = _XML_ENCODING.match(head)
    encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    return "utf-8" if encoding.startswith(("utf", "ucs")) else encoding


def is_text_encoding(name: str) -> bool:
    """Whether Python knows an encoding of this name, and a file of text may be in it."""
    try:
        "a".encode(name)
    except (LookupError, UnicodeError):  # the first also for codecs of bytes, such as hex
        return False
    return codecs.lookup(name).name.replace("-", "_") not in _NOT_OF_FILES


def as_utf8(file: io.BufferedReader, name: str) -> io.BufferedReader:
    """A text file as UTF-8, with line ends that `readline` knows.

    A file in UTF-8 is returned itself, unless its lines end with a carriage return alone. Raises
    `UserError`, within it when it is read, for a file that is no text.
    """
    head = file.peek(HEAD_BYTES)[:HEAD_BYTES]
    if what := describe_content(head):
        raise UserError(f"{name}: this is {what}, not text")
    encoding = find_encoding(head)
    has_returns_alone = encoding == "utf-8" and b"\r" in head and b"\n" not in head
    if encoding == "utf-8" and not has_returns_alone:
        return file
    if not is_text_encoding(encoding):
        raise UserError(f"{name}: is in an unknown encoding, {encoding}: save it as UTF-8")
    return io.BufferedReader(_Recoded(file, encoding, name), BLOCK_BYTES)


@contextmanager
def _open(path: Path) -> Iterator[io.BufferedReader]:
    if path == STANDARD_STREAM:
        if sys.stdin is None:
            raise UserError("standard input is closed: there is nothing to read")
        yield cast(io.BufferedReader, sys.stdin.buffer)
        return
    with path.open("rb") as file:
        yield file


def _decompressor(kind: str, file: io.BufferedReader) -> IO[bytes]:
    if kind == "gzip":
        return cast(IO[bytes], gzip.GzipFile(fileobj=file))
    if kind == "xz":
        import lzma  # noqa: PLC0415  (only where it is needed, for a quick start)

        return cast(IO[bytes], lzma.LZMAFile(file))
    import bz2  # noqa: PLC0415

    return cast(IO[bytes], bz2.BZ2File(file))


@contextmanager
def _errors_of_decompression(name: str, kind: str) -> Iterator[None]:
    """Raise errors of a decompressor as a `UserError`. (`OSError` without a number is one of gzip
    or bz2; lzma has a class of its own, which is not imported here.)"""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        own = (gzip.BadGzipFile, EOFError, zlib.error)
        is_own = isinstance(error, own) or type(error).__name__ == "LZMAError"
        if not is_own and not (isinstance(error, OSError) and error.errno is None):
            raise
        raise UserError(f"{name}: not a complete {kind} file ({error})") from error


class _Limited(io.RawIOBase):
    """A file whose content is not larger than a limit."""

    def __init__(self, file: IO[bytes], limit: int, name: str) -> None:
        self._file, self._limit, self._name = file, limit, name
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        content = self._file.read(memoryview(buffer).nbytes)
        self._read += len(content)
        if self._read > self._limit:
            raise UserError(
                f"{self._name}: holds more than {MAX_EXPANSION} times its size, as no text does: "
                "if you trust it, unpack it (gunzip, unxz, unzip) and name the unpacked file"
            )
        memoryview(buffer)[: len(content)] = content
        return len(content)


class _Recoded(io.RawIOBase):
    """A text file in UTF-8, with lines that end with a newline."""

    def __init__(self, file: io.BufferedReader, encoding: str, name: str) -> None:
        self._file, self._encoding, self._name = file, encoding, name
        decoder = codecs.getincrementaldecoder(encoding)()
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._pending = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        while not self._pending and not self._ended:
            block = self._file.read1(BLOCK_BYTES)
            self._ended = not block
            try:
                self._pending = self._decoder.decode(block, final=self._ended).encode()
            except UnicodeError as error:
                raise UserError(
                    f"{self._name}: not valid {self._encoding.upper()}; save it as UTF-8"
                ) from error
        size = min(len(self._pending), memoryview(buffer).nbytes)
        memoryview(buffer)[:size] = self._pending[:size]
        self._pending = self._pending[size:]
        return size
