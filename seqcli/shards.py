"""Shards: what several processes translate of one file, and the outputs that can be joined again.

The output of a shard is text: a line of JSON that says which shard it is and how it was made, the
translations, and a line of JSON with their size and checksum, without which it is incomplete.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO, cast

from seqcli.data.readers.opening import open_input
from seqcli.errors import UserError
from seqcli.storage.reading import parse_json
from seqcli.typed import from_values
from seqcli.wording import plural

MAX_SHARDS = 100_000
# The keys of the first and the last line, by which they are known.
HEADER, FOOTER = "seqcli_shard", "seqcli_shard_end"
MAX_LINE_BYTES = 1 << 16
# The first line has the settings, among them a prefix, which may be long.
MAX_HEADER_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Shard:
    """The shard with a number, from 1, of a file that is cut into `count` shards."""

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """The shard that is written as 3/16. Raises `UserError` for another text."""
        match = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
        number, count = map(int, match.groups()) if match else (0, 0)
        if not 1 <= number <= count <= MAX_SHARDS:
            raise UserError(
                f"--shard is the number of a shard and of all, as in 3/16 (1/16 is the first, "
                f"there are at most {MAX_SHARDS:,}), not {text!r}"
            )
        return cls(number, count)

    def lines(self, total: int) -> range:
        """The indices of its lines, of a file that has `total`: the shards have equally many, or
        one more, and follow one another."""
        return range((self.number - 1) * total // self.count, self.number * total // self.count)

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


@dataclass(frozen=True)
class ShardHeader:
    """Which shard an output is, and how it was made.

    `source` and `lines` are the checksum and the number of lines of the whole input, `model` is the
    checksum of all that was translated with, `settings` are those that translations depend on.
    """

    number: int
    count: int
    lines: int
    source: str
    model: str
    settings: dict[str, Any]
    seqcli: str

    @property
    def shard(self) -> Shard:
        return Shard(self.number, self.count)


@dataclass(frozen=True)
class _Footer:
    """The size of the translations in bytes of UTF-8, and their checksum."""

    bytes: int
    sha256: str


class _CheckedWriter(io.TextIOBase):
    """Text that is written to a file, counted, and hashed."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._bytes = 0

    def write(self, text: str, /) -> int:
        content = text.encode("utf-8", "backslashreplace")
        self._digest.update(content)
        self._bytes += len(content)
        return self._file.write(text)

    def flush(self) -> None:
        self._file.flush()

    def footer(self) -> _Footer:
        return _Footer(self._bytes, self._digest.hexdigest())


@contextmanager
def shard_writer(file: TextIO, header: ShardHeader) -> Iterator[TextIO]:
    """Where the translations of a shard are written, line by line. The last line of the file is
    written if the block succeeds."""
    file.write(_json_line(HEADER, asdict(header)))
    writer = _CheckedWriter(file)
    yield cast(TextIO, writer)
    file.write(_json_line(FOOTER, asdict(writer.footer())))
    file.flush()


def _json_line(key: str, values: Mapping[str, Any]) -> str:
    return json.dumps({key: values}) + "\n"


def joined(paths: Sequence[Path]) -> tuple[list[ShardHeader], Callable[[], Iterator[bytes]]]:
    """The headers of shards, in the order of the shards, and what gives their translations as one
    file has them, part by part.

    The files are read whole and checked first. Raises `UserError` for a file that is no shard, is
    incomplete or has been altered, for shards that are missing or there twice, and for shards of
    different files, models or settings.
    """
    found = [(_checked_header(path), path) for path in paths]
    _check_together(found)
    found.sort(key=lambda each: each[0].number)

    def parts() -> Iterator[bytes]:
        for header, path in found:
            for part in (read := _Parts(path)):
                if read.header != header:
                    raise UserError(f"{path} has changed while it was read: join again")
                yield part

    return [header for header, _ in found], parts


def _checked_header(path: Path) -> ShardHeader:
    """The header of a shard that is complete."""
    for _ in (parts := _Parts(path)):
        pass
    return parts.header


class _Parts:
    """The translations of a shard's output, read part by part; at their end they are checked."""

    header: ShardHeader

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[bytes]:
        digest, count = hashlib.sha256(), 0
        with open_input(self._path) as file:
            self.header = self._read_header(file.readline(MAX_HEADER_BYTES))
            tail = b""  # what may be the last line
            while chunk := file.read(_CHUNK_BYTES):
                tail += chunk
                part, tail = tail[:-MAX_LINE_BYTES], tail[-MAX_LINE_BYTES:]
                digest.update(part)
                count += len(part)
                yield part
        start = tail.rfind(b"\n", 0, -1) + 1
        part, footer = tail[:start], self._read_footer(tail[start:])
        digest.update(part)
        if footer != _Footer(count + len(part), digest.hexdigest()):
            raise UserError(
                f"{self._path}: was altered after shard {self.header.shard} was written to it: "
                "translate that shard again"
            )
        yield part

    def _read_header(self, line: bytes) -> ShardHeader:
        try:
            header = from_values(ShardHeader, parse_json(line)[HEADER])
            Shard.parse(f"{header.number}/{header.count}")
        except (UserError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise UserError(
                f"{self._path}: is no shard: `seqcli translate --shard` writes shards"
            ) from error
        return header

    def _read_footer(self, line: bytes) -> _Footer:
        try:
            if not line.endswith(b"\n"):
                raise ValueError("a line that is cut off")
            return from_values(_Footer, parse_json(line)[FOOTER])
        except (UserError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise UserError(
                f"{self._path}: shard {self.header.shard} is incomplete: translate it again"
            ) from error


def _check_together(found: Sequence[tuple[ShardHeader, Path]]) -> None:
    """Raise a `UserError` unless the shards are all of one file, made in the same way."""
    (first, first_path), *others = found
    for header, path in others:
        if different := _difference(first, header):
            raise UserError(f"{first_path} and {path} are not of one translation: {different}")
    by_number: dict[int, Path] = {}
    for header, path in found:
        if header.number in by_number:
            raise UserError(
                f"shard {header.shard} is there twice: {by_number[header.number]} and {path}"
            )
        by_number[header.number] = path
    missing = [number for number in range(1, first.count + 1) if number not in by_number]
    if missing:
        named = ", ".join(map(str, missing[:10])) + (", …" if len(missing) > 10 else "")
        verb = "is" if len(missing) == 1 else "are"
        raise UserError(
            f"{plural(len(missing), 'shard')} of {first.count:,} {verb} missing: {named}"
        )


def _difference(one: ShardHeader, other: ShardHeader) -> str:
    """What differs between the translations that two shards are of; empty if nothing does."""
    if one.count != other.count:
        return f"one is of {one.count:,} shards, the other of {other.count:,}"
    if (one.lines, one.source) != (other.lines, other.source):
        return "their inputs differ"
    if one.model != other.model:
        return "their models, corrections or glossaries differ"
    for name in sorted(one.settings.keys() | other.settings.keys()):
        values = [json.dumps(each.settings.get(name)) for each in (one, other)]
        if values[0] != values[1]:
            return f"{name.replace('_', '-')} is {values[0]} and {values[1]}"
    if one.seqcli != other.seqcli:
        return f"seqcli {one.seqcli} and {other.seqcli} wrote them"
    return ""
