"""The text of a file, and its encoding, so that what is not changed stays the same bytes."""

from __future__ import annotations

import codecs
from typing import NamedTuple

from seqcli.data.readers.opening import (
    HEAD_BYTES,
    describe_content,
    find_encoding,
    is_text_encoding,
)
from seqcli.data.reading import Reading


class EncodedText(NamedTuple):
    """A text, its encoding, and the byte order mark before it."""

    text: str
    encoding: str
    mark: bytes

    def encode(self, text: str, errors: str = "strict") -> bytes:
        """Another text as the bytes of a file like this one."""
        return self.mark + text.encode(self.encoding, errors)


def decode_file(content: bytes, reading: Reading) -> EncodedText:
    """The text of a file. Raises `UserError` for what is no text, or not valid in its encoding."""
    head = content[:HEAD_BYTES]
    if what := describe_content(head):
        raise reading.fail(f"this is {what}, not text")
    encoding, mark = find_encoding(head), b""
    if encoding in ("utf-16", "utf-32"):
        is_little = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF32_LE))
        encoding = f"{encoding}-{'le' if is_little else 'be'}"
        mark = content[: 2 if "16" in encoding else 4]
    elif head.startswith(codecs.BOM_UTF8):
        mark = codecs.BOM_UTF8
    if not is_text_encoding(encoding):
        raise reading.fail(f"is in an unknown encoding, {encoding}: save it as UTF-8")
    try:
        return EncodedText(content[len(mark) :].decode(encoding), encoding, mark)
    except UnicodeError as error:
        raise reading.fail(f"not valid {encoding.upper()} ({error}); save it as UTF-8") from error
