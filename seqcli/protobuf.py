"""The protobuf wire format (https://protobuf.dev/programming-guides/encoding/): a writer, and a
reader for files that nobody vouches for.

The reader reads what it was told to expect and refuses the rest: each message has a table of its
fields, and one that is not in the table, comes twice or has another wire type is an error. So is a
number that is written longer than need be, which no writer does. Large values are not copied.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

# Wire types. Those of 64 bits and of groups occur in none of our files.
VARINT, LENGTH, FIXED32 = 0, 2, 5

INTEGER, FLOAT, BYTES, TEXT = "an integer", "a float", "bytes", "text"
_WIRE_TYPES = {INTEGER: VARINT, FLOAT: FIXED32, BYTES: LENGTH, TEXT: LENGTH}

MAX_FIELDS = 100_000
_MAX_VARINT = 10  # bytes, for 64 bits
_FLOAT = struct.Struct("<f")


class ProtobufError(ValueError):
    """The bytes are no message, or not one of the expected kind."""


class Field(NamedTuple):
    """A field of a message: its name, what it holds (another message is given by the table of its
    fields) and whether it may come more than once."""

    name: str
    kind: str | Mapping[int, Field]
    repeated: bool = False


Fields = Mapping[int, Field]  # by number


def read_message(content: bytes, fields: Fields, max_fields: int = MAX_FIELDS) -> dict[str, Any]:
    """The values of a message by name.

    Integers are signed, of 64 bits; bytes are views into the content; repeated fields are lists,
    empty if there is none; of the others, those that do not occur are left out. Raises
    `ProtobufError`, also for more than `max_fields` fields, those of nested messages included.
    Messages are nested at most as deep as the tables.
    """
    return _Reader(content, max_fields).message(0, len(content), fields)


def write_message(values: Mapping[str, Any], fields: Fields) -> bytes:
    """The message with these values: what `read_message` reads with the same fields. Large values
    are copied once."""
    return b"".join(_chunks(values, fields))


def _chunks(values: Mapping[str, Any], fields: Fields) -> list[bytes | memoryview]:
    """The message in parts."""
    chunks: list[bytes | memoryview] = []
    for number, (name, kind, repeated) in fields.items():
        given = values.get(name, [] if repeated else None)
        for value in given if repeated else [] if given is None else [given]:
            wire_type = _WIRE_TYPES[kind] if isinstance(kind, str) else LENGTH
            chunks.append(_varint(number << 3 | wire_type))
            if kind == INTEGER:
                chunks.append(_varint(value % 2**64))
            elif kind == FLOAT:
                chunks.append(_FLOAT.pack(value))
            else:
                content = _contents(value, kind)
                chunks += [_varint(sum(map(len, content))), *content]
    return chunks


def _contents(value: Any, kind: str | Fields) -> list[bytes | memoryview]:
    """A value that has its length before it, in parts."""
    if not isinstance(kind, str):
        return _chunks(value, kind)
    return [value.encode() if kind == TEXT else value]


def _varint(number: int) -> bytes:
    """An unsigned number, seven bits to a byte."""
    content = bytearray()
    while number >= 0x80:
        content.append(number & 0x7F | 0x80)
        number >>= 7
    content.append(number)
    return bytes(content)


def read_varint(content: bytes, position: int, end: int) -> tuple[int, int]:
    """An unsigned number of up to 64 bits, seven to a byte, and where it ends."""
    value = 0
    for count in range(_MAX_VARINT):
        if position >= end:
            raise ProtobufError("it breaks off")
        byte = content[position]
        position += 1
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            if (count and not byte) or value >= 2**64:
                break
            return value, position
    raise ProtobufError("a number is written in too many bytes")


class _Reader:
    def __init__(self, content: bytes, max_fields: int) -> None:
        self.content = content
        self.view = memoryview(content)
        self.fields_left = max_fields

    def message(self, position: int, end: int, fields: Fields) -> dict[str, Any]:
        values: dict[str, Any] = {each.name: [] for each in fields.values() if each.repeated}
        while position < end:
            self.fields_left -= 1
            if self.fields_left < 0:
                raise ProtobufError("it has too many fields")
            tag, position = read_varint(self.content, position, end)
            field = fields.get(tag >> 3)
            if field is None:
                raise ProtobufError(f"field {tag >> 3} is unknown")
            name, kind, repeated = field
            wire_type = _WIRE_TYPES[kind] if isinstance(kind, str) else LENGTH
            if tag & 7 != wire_type:
                raise ProtobufError(f"{name} has the wire type {tag & 7}, not {wire_type}")
            value, position = self.value(kind, wire_type, position, end)
            if repeated:
                values[name].append(value)
            elif name in values:
                raise ProtobufError(f"{name} comes twice")
            else:
                values[name] = value
        return values

    def value(self, kind: str | Fields, wire_type: int, position: int, end: int) -> tuple[Any, int]:
        """A value and where it ends."""
        if wire_type == VARINT:
            number, position = read_varint(self.content, position, end)
            return (number - 2**64 if number >= 2**63 else number), position
        size = 4
        if wire_type == LENGTH:
            size, position = read_varint(self.content, position, end)
        if size > end - position:
            raise ProtobufError("a value is longer than what holds it")
        last = position + size
        if not isinstance(kind, str):
            return self.message(position, last, kind), last
        view = self.view[position:last]
        if kind == FLOAT:
            return _FLOAT.unpack(view)[0], last
        return (view if kind == BYTES else _decode(view)), last


def _decode(view: memoryview) -> str:
    try:
        return str(view, "utf-8")
    except UnicodeDecodeError as error:
        raise ProtobufError("a text is not UTF-8") from error
