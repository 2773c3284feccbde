"""TMX, the exchange format of translation memories: versions 1.1 to 1.4b."""

from __future__ import annotations

import io
from collections.abc import Iterator

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
    """Collects the units of a memory."""

    def __init__(self) -> None:
        self.results: list[Unit] = []
        self._memory_source = self._source = self._language = ""
        self._texts: dict[str, str] = {}
        self._seg: InlineText | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        if self._seg is not None:
            self._seg.start(name, attributes)
        elif name == "tu":
            self._texts = {}
            self._source = attributes.get("srclang", self._memory_source)
        elif name == "tuv":
            self._language = attributes.get("xml:lang") or attributes.get("lang", "")
        elif name == "seg":
            self._seg = InlineText()
        elif name == "header":
            self._memory_source = attributes.get("srclang", "")

    def end(self, name: str) -> None:
        if self._seg is not None:
            if not self._seg.end():
                self._texts.setdefault(self._language, self._seg.finish().text)
                self._seg = None
        elif name == "tu" and self._texts:
            source = "" if self._source.lower() == _ANY else self._source
            self.results.append(Unit(self._texts, source))

    def text(self, text: str) -> None:
        if self._seg is not None:
            self._seg.text(text)
