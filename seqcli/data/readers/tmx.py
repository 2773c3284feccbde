"""TMX, the exchange format of translation memories: versions 1.1 to 1.4b."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

from seqcli.data.inline_codes import InlineText
from seqcli.data.pairs import Pair
from seqcli.data.readers.languages import Unit, pairs_of_units
from seqcli.data.readers.opening import as_utf8
from seqcli.data.reading import Reading
from seqcli.data.xml_stream import Attributes, parse_stream

# The header's source language may be any.
_ANY = "*all*"


def read_tmx(file: io.BufferedReader, reading: Reading) -> Iterator[Pair]:
    """The pairs of a translation memory; inline codes are tags in the texts. Raises `UserError` for
    what is no well-formed XML, and where the languages are not clear."""
    units = parse_stream(as_utf8(file, reading.name), reading.name, TmxHandler())
    return pairs_of_units(units, reading)


class TmxHandler:
    """Collects the units of a memory.

    `text` appends to a list, which takes far less time than a function of Python would for all the
    space between elements.
    """

    def __init__(self) -> None:
        self.results: list[Unit] = []
        self._memory_source = self._source = self._language = ""
        self._texts: dict[str, str] = {}
        self._buffer: list[str] = []
        self.text: Callable[[str], None] = self._buffer.append
        self._is_seg = False
        self._seg: InlineText | None = None  # from the first inline code on

    def start(self, name: str, attributes: Attributes) -> None:
        if self._is_seg:
            self._inline_text().start(name, attributes)
        elif name == "seg":
            self._is_seg = True
            self._buffer.clear()
        elif name == "tuv":
            self._language = attributes.get("xml:lang") or attributes.get("lang", "")
        elif name == "tu":
            self._texts = {}
            self._buffer.clear()
            self._source = attributes.get("srclang", self._memory_source)
        elif name == "header":
            self._memory_source = attributes.get("srclang", "")

    def end(self, name: str) -> None:
        if name == "seg":
            text = "".join(self._buffer)
            if self._seg is not None:
                text = self._inline_text().finish().text
            self._texts.setdefault(self._language, text)
            self._is_seg, self._seg = False, None
        elif self._is_seg:
            self._inline_text().end()
        elif name == "tu" and self._texts:
            source = "" if self._source.lower() == _ANY else self._source
            self.results.append(Unit(self._texts, source))

    def _inline_text(self) -> InlineText:
        """The text with codes, with what has been read until now."""
        if self._seg is None:
            self._seg = InlineText()
        if self._buffer:
            self._seg.text("".join(self._buffer))
            self._buffer.clear()
        return self._seg
