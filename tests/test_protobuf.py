import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqcli.protobuf import (
    BYTES,
    FLOAT,
    INTEGER,
    TEXT,
    Field,
    ProtobufError,
    read_message,
    write_message,
)

INNER = {1: Field("number", INTEGER), 2: Field("text", TEXT)}
FIELDS = {
    1: Field("number", INTEGER),
    2: Field("value", FLOAT),
    3: Field("text", TEXT),
    4: Field("raw", BYTES),
    5: Field("numbers", INTEGER, repeated=True),
    600: Field("inner", INNER, repeated=True),
}


def varint(number):
    """An independent writer of the format."""
    number %= 2**64
    groups = [number & 127]
    while number := number >> 7:
        groups.append(number & 127)
    return bytes([group | 128 for group in groups[:-1]] + groups[-1:])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    return varint(number << 3 | 2) + varint(len(value)) + value


INTEGERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(max_size=5)
INNER_MESSAGES = st.fixed_dictionaries({}, optional={"number": INTEGERS, "text": TEXTS})
MESSAGES = st.fixed_dictionaries(
    {"numbers": st.lists(INTEGERS, max_size=3), "inner": st.lists(INNER_MESSAGES, max_size=3)},
    optional={
        "number": INTEGERS,
        "value": st.floats(width=32, allow_nan=False),
        "text": TEXTS,
        "raw": st.binary(max_size=5),
    },
)


def write(message, fields=FIELDS):
    written = b""
    for number, (name, kind, repeated) in fields.items():
        given = message.get(name, [])
        for value in given if repeated or name not in message else [given]:
            plain = value.encode() if kind == TEXT else value
            written += field(number, plain if isinstance(kind, str) else write(value, kind))
    return written


@given(MESSAGES)
@settings(max_examples=50)
def test_what_was_written_is_read(message):
    assert read_message(write(message), FIELDS) == message
    assert write_message(message, FIELDS) == write(message)


@given(MESSAGES, st.integers(min_value=0), st.integers(0, 255), st.booleans())
@settings(max_examples=60)
def test_a_changed_message_is_read_or_refused(message, place, byte, insert):
    content = bytearray(write(message))
    place %= len(content) + 1
    content[place : place + (not insert)] = bytes([byte])
    try:
        found = read_message(bytes(content), FIELDS)
    except ProtobufError:
        return
    # What is read says the same as the bytes: no part of them is ignored.
    assert len(write(found)) == len(content)


@given(st.binary())
def test_any_bytes_are_read_or_refused(content):
    with suppress(ProtobufError):
        read_message(content, FIELDS)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x08", "breaks off"),
        (b"\x08\x80", "breaks off"),
        (b"\x08" + b"\xff" * 9 + b"\x02", "too many bytes"),  # 65 bits
        (b"\x08" + b"\x80" * 10 + b"\x00", "too many bytes"),
        (b"\x08\x80\x00", "too many bytes"),  # 0 in two bytes
        (b"\x88\x00\x01", "too many bytes"),  # so in a tag
        (b"\x1a\x05abcd", "longer than what holds it"),
        (b"\x1a" + b"\xff" * 9 + b"\x01", "longer than what holds it"),  # a size of 2**64 - 1
        (b"\x15\x00\x00\x00", "longer than what holds it"),
        (field(600, b"\x12\x03ab") + b"c", "longer than what holds it"),  # beyond its message
        (b"\x0b\x0c", "number has the wire type 3"),  # a group
        (b"\x09" + bytes(8), "number has the wire type 1"),  # 64 bits
        (b"\x0f", "number has the wire type 7"),
        (b"\x0a\x00", "number has the wire type 2, not 0"),
        (b"\x00\x01", "field 0 is unknown"),
        (field(6, 1), "field 6 is unknown"),
        (field(600, field(3, 1)), "field 3 is unknown"),
        (field(1, 1) * 2, "number comes twice"),
        (field(600, field(1, 1) * 2), "number comes twice"),
        (field(3, b"\xff"), "not UTF-8"),
        (field(3, b"\xed\xa0\x80"), "not UTF-8"),  # a surrogate
    ],
)
def test_what_no_writer_writes_is_refused(content, reason):
    with pytest.raises(ProtobufError, match=reason):
        read_message(content, FIELDS)


def test_the_number_of_fields_is_limited_and_large_values_are_not_copied():
    content = field(600, field(1, 1)) * 3 + field(4, b"x" * 1000)
    assert read_message(content, FIELDS, max_fields=7)["raw"].obj is content
    with pytest.raises(ProtobufError, match="too many fields"):
        read_message(content, FIELDS, max_fields=6)
