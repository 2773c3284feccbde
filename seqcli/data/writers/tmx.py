"""TMX that gets translations into a further language; and new memories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from seqcli.data.documents import Entry
from seqcli.data.inline_codes import InlineText, Part, Places
from seqcli.data.pairs import Pair
from seqcli.data.reading import Reading, find_language
from seqcli.data.writers.xml_document import XmlDocument
from seqcli.data.xml_stream import Attributes, xml_text


@dataclass
class _Unit:
    """A unit: its line, its texts by language, and the place of its last variant's tag and end."""

    line: int
    texts: dict[str, Part] = field(default_factory=dict)
    source: str = ""
    last_start: int = 0
    last_end: int = 0


class _Handler:
    """Collects the units with their places."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.units: list[_Unit] = []
        self.attribute = "xml:lang"
        self._source = self._language = ""
        self._unit: _Unit | None = None
        self._start = 0
        self._seg: InlineText | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        if self._seg is not None:
            self._seg.start(name, attributes)
        elif name == "header":
            self._source = attributes.get("srclang", "")
        elif name == "tu":
            source = attributes.get("srclang", self._source)
            self._unit = _Unit(self.places.line, source="" if source == "*all*" else source)
        elif name == "tuv":
            self.attribute = "xml:lang" if "xml:lang" in attributes else "lang"
            self._language = attributes.get(self.attribute, "")
            self._start = self.places.position
        elif name == "seg":
            self._seg = InlineText(self.places, self.places.position)

    def text(self, text: str) -> None:
        if self._seg is not None:
            self._seg.text(text)

    def end(self, name: str) -> None:
        if self._seg is not None:
            if not self._seg.end():
                if self._unit is not None:
                    self._unit.texts.setdefault(self._language, self._seg.part())
                self._seg = None
        elif name == "tuv" and self._unit is not None:
            self._unit.last_start = self._start
            self._unit.last_end = self.places.element_end(self._start, self.places.position)
        elif name == "tu" and self._unit is not None:
            self.units.append(self._unit)
            self._unit = None


class TmxDocument:
    """A memory whose units get a variant in the target language, if they have none."""

    charset = "utf-8"

    def __init__(self, content: bytes, reading: Reading, *, all_entries: bool) -> None:
        if not reading.selection.target:
            raise reading.fail("into which language? name it, such as --to zh")
        self._xml = XmlDocument.of(content, reading)
        places = Places()
        handler = _Handler(places)
        self._xml.parse(handler, places, reading)
        self._attribute, self._target = handler.attribute, reading.selection.target
        self._units: list[tuple[_Unit, Part, Part | None]] = []
        for unit in handler.units:
            source = _source_of(unit, reading)
            there = find_language(unit.texts, self._target)
            old = unit.texts[there[0]] if there else None
            if source is not None and source is not old and (old is None or all_entries):
                self._units.append((unit, source, old))
        self.entries: Sequence[Entry] = [
            Entry(source.tagged.text, f"line {unit.line}") for unit, source, _ in self._units
        ]
        self.notes: Sequence[str] = ()

    def fill(self, translations: Sequence[str | None]) -> bytes:
        for (unit, source, old), translation in zip(self._units, translations, strict=True):
            if translation is None:
                continue
            text = source.tagged.to_xml(translation, self._xml.content)
            if old is not None:
                self._xml.replace(old.content, old.content_end, text)
                continue
            # The new variant stands after the last one, with the space that is before that.
            start = unit.last_start
            before = self._xml.content[:start]
            space = before[len(before.rstrip()) :]
            language = f"{self._attribute}={quoteattr(self._target)}".encode()
            variant = b"<tuv " + language + b"><seg>" + text + b"</seg></tuv>"
            self._xml.replace(unit.last_end, unit.last_end, space + variant)
        return self._xml.to_bytes()


def _source_of(unit: _Unit, reading: Reading) -> Part | None:
    """The text to translate: in the source language wanted, or that of the memory, or the only
    one."""
    for wanted in (reading.selection.source, unit.source):
        found = find_language(unit.texts, wanted)
        if found:
            return unit.texts[found[0]]
    return next(iter(unit.texts.values())) if len(unit.texts) == 1 else None


def write_tmx(pairs: Iterable[Pair], source: str, target: str) -> Iterator[str]:
    """The lines of a new memory."""
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<tmx version="1.4">'
    yield (
        '<header creationtool="seqcli" creationtoolversion="1" segtype="sentence" '
        f'o-tmf="seqcli" adminlang="en" srclang={quoteattr(source)} datatype="plaintext"/>'
    )
    yield "<body>"
    for pair in pairs:
        variants = "".join(
            f"<tuv xml:lang={quoteattr(language)}><seg>{xml_text(text)}</seg></tuv>"
            for language, text in zip((source, target), pair, strict=True)
        )
        yield f"<tu>{variants}</tu>"
    yield "</body>"
    yield "</tmx>"
