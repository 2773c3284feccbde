"""XML that is filled in: new bytes are put in, and all others stay as they are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from seqcli.data.inline_codes import Places
from seqcli.data.reading import Reading
from seqcli.data.writers.encoded import EncodedText, decode_file
from seqcli.data.xml_stream import Handler, XmlParser

_ATTRIBUTE_VALUE = rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')"
_TAG_END = re.compile(rb"\s*/?>\Z")


class Splice(NamedTuple):
    """Bytes in place of those at [start, end)."""

    start: int
    end: int
    content: bytes


@dataclass
class XmlDocument:
    """A document, as the bytes of its text in UTF-8, and the changes to it."""

    encoded: EncodedText
    content: bytes
    splices: list[Splice] = field(default_factory=list)

    @classmethod
    def of(cls, content: bytes, reading: Reading) -> XmlDocument:
        """The document in a file. Raises `UserError` as `decode_file` does."""
        encoded = decode_file(content, reading)
        return cls(encoded, encoded.text.encode())

    def parse(self, handler: Handler, places: Places, reading: Reading) -> None:
        """Let a handler read the document, with its places. Raises `UserError` for what is not
        well-formed."""
        places.document = self.content
        places.parser = parser = XmlParser(handler, reading.name)
        parser.feed(self.content, final=True)

    def replace(self, start: int, end: int, content: bytes) -> None:
        """Put other bytes in the place of those at [start, end)."""
        self.splices.append(Splice(start, end, content))

    def set_attributes(self, start: int, end: int, values: dict[str, str]) -> None:
        """Give the tag at [start, end) attributes of these values."""
        self.replace(start, end, with_attributes(self.content[start:end], values))

    def to_bytes(self) -> bytes:
        """The file with all changes, in its own encoding."""
        parts, done = [], 0
        for start, end, content in sorted(self.splices):
            parts += [self.content[done:start], content]
            done = end
        text = b"".join([*parts, self.content[done:]]).decode()
        return self.encoded.encode(text, "xmlcharrefreplace")


def with_attributes(tag: bytes, values: dict[str, str]) -> bytes:
    """A tag with attributes of these values, in place of those that it has, or before its end."""
    for name, value in values.items():
        attribute = f"{name}={quoteattr(value)}".encode()
        pattern = re.compile(
            rb"(?<=\s)" + re.escape(name.encode()) + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')"
        )
        if pattern.search(tag):
            tag = pattern.sub(lambda _, new=attribute: new, tag, count=1)  # type: ignore[misc]
        else:
            end = _TAG_END.search(tag)
            assert end is not None
            tag = tag[: end.start()] + b" " + attribute + tag[end.start() :]
    return tag


def opened(tag: bytes) -> bytes:
    """The tag of an empty element as one that begins an element."""
    return re.sub(rb"\s*/>\Z", b">", tag)


def name_of(tag: bytes) -> bytes:
    """The name of the element that a tag begins, with its prefix."""
    match = re.match(rb"<([^\s/>]+)", tag)
    assert match is not None
    return match[1]
