"""XLIFF, the exchange format of translation jobs: 1.2 (also of Trados and memoQ) and 2.x."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from seqcli.data.inline_codes import InlineText, Part, Places
from seqcli.data.pairs import Pair
from seqcli.data.readers.languages import Unit, pairs_of_units
from seqcli.data.readers.opening import as_utf8
from seqcli.data.reading import Reading
from seqcli.data.xml_stream import Attributes, parse_stream

# The states of a target that is no translation yet: those of 1.2, and of 2.x.
UNTRANSLATED = frozenset(("new", "needs-translation", "initial"))
# Elements with sources and targets that are not those of the job: proposals of memories, notes.
_ASIDE = frozenset(("alt-trans", "matches", "glossary", "changeTrack", "revisions", "notes"))
# Targets without a language that is named are in this one, "undetermined".
_UNDETERMINED = "und"


@dataclass
class Segment:
    """A source and its target, if there is one.

    `mark` is what links the two where a unit is divided by `mrk` (1.2). `start` is where the
    element of a segment begins (2.x)."""

    source: Part | None
    target: Part | None = None
    mark: str = ""
    state: str = ""
    start: int = 0


@dataclass
class TransUnit:
    """A unit of a job, with the places of its `seg-source` and its `target` as a whole (1.2)."""

    languages: tuple[str, str]
    translate: bool
    line: int
    segments: list[Segment] = field(default_factory=list)
    source: Part | None = None
    divided_source: Part | None = None
    target: Part | None = None
    state: str = ""


def read_xliff(file: io.BufferedReader, reading: Reading) -> Iterator[Pair]:
    """The pairs of the segments that are translated; inline codes are tags in the texts. Raises
    `UserError` for what is no well-formed XML, and where the languages are not clear."""
    units = parse_stream(as_utf8(file, reading.name), reading.name, XliffHandler())
    return pairs_of_units(_translated(units), reading)


def _translated(units: Iterator[TransUnit]) -> Iterator[Unit]:
    for unit in units:
        source, target = unit.languages
        for segment in unit.segments:
            state = segment.state or unit.state
            if state in UNTRANSLATED or not unit.translate:
                continue
            if segment.source is None or segment.target is None:
                continue
            texts = (segment.source.tagged.text, segment.target.tagged.text)
            if all(text.strip() for text in texts):
                yield Unit(dict(zip((source, target or _UNDETERMINED), texts, strict=True)), source)


class XliffHandler:
    """Collects the units of a job. With `places`, it also tells where they are."""

    def __init__(self, places: Places | None = None) -> None:
        self.results: list[TransUnit] = []
        self.places = places or Places()
        self.languages = ("", "")
        # The tags that name the languages, at [start, end), and these.
        self.roots: list[tuple[int, int, tuple[str, str]]] = []
        self.version_2 = False
        self._translates = [True]
        self._aside = 0
        self._unit: TransUnit | None = None
        self._segment: Segment | None = None
        self._kind = ""  # the element that is read: source, seg-source, target
        self._text: InlineText | None = None
        self._mark: tuple[str, InlineText] | None = None
        self._marked: dict[str, dict[str, Part]] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        if self._aside or name in _ASIDE:
            self._aside += 1
        elif self._kind:
            self._start_inline(name, attributes)
        elif name in ("source", "target", "seg-source") and self._unit is not None:
            self._kind = name
            self._text = InlineText(self.places, self.places.position)
            if name == "target" and not self.version_2:
                self._unit.state = attributes.get("state", "")
        else:
            self._start_structure(name, attributes)

    def _start_structure(self, name: str, attributes: Attributes) -> None:
        if name == "xliff" and attributes.get("version", "").startswith("2"):
            self.version_2 = True
            self.languages = attributes.get("srcLang", ""), attributes.get("trgLang", "")
            self._add_root()
        elif name == "file" and not self.version_2:
            names = ("source-language", "target-language")
            self.languages = attributes.get(names[0], ""), attributes.get(names[1], "")
            self._add_root()
        elif name in ("trans-unit", "unit"):
            self._unit = TransUnit(self.languages, True, self.places.line)
            self._marked = {}
        elif name in ("segment", "ignorable") and self._unit is not None:
            state = attributes.get("state", "")  # (a target without a state is a translation)
            self._segment = Segment(None, state=state, start=self.places.position)
        if name in ("file", "group", "trans-unit", "unit"):
            inherited = "yes" if self._translates[-1] else "no"
            self._translates.append(attributes.get("translate", inherited) != "no")
            if self._unit is not None:
                self._unit.translate = self._translates[-1]

    def _add_root(self) -> None:
        start = self.places.position
        self.roots.append((start, self.places.tag_end(start), self.languages))

    def _start_inline(self, name: str, attributes: Attributes) -> None:
        if name == "mrk" and attributes.get("mtype") == "seg" and self._mark is None:
            self._mark = attributes.get("mid", ""), InlineText(self.places, self.places.position)
        elif self._mark is not None:
            self._mark[1].start(name, attributes)
        elif self._text is not None:
            self._text.start(name, attributes)

    def text(self, text: str) -> None:
        if self._mark is not None:
            self._mark[1].text(text)
        elif self._text is not None and not self._aside:
            self._text.text(text)

    def end(self, name: str) -> None:
        if self._aside:
            self._aside -= 1
        elif self._mark is not None:
            mark, text = self._mark
            if not text.end():
                self._marked.setdefault(self._kind, {})[mark] = text.part()
                self._mark = None
        elif self._text is not None:
            if not self._text.end():
                self._end_text(self._text.part())
        elif name in ("segment", "ignorable") and self._segment is not None:
            if name == "segment" and self._unit is not None:
                self._unit.segments.append(self._segment)
            self._segment = None
        elif name in ("file", "group"):
            self._translates.pop()
        elif name in ("trans-unit", "unit") and self._unit is not None:
            self._translates.pop()
            self._end_unit(self._unit)
            self._unit = None

    def _end_text(self, part: Part) -> None:
        holder = self._segment or self._unit
        assert holder is not None
        if self._kind == "source":
            holder.source = part
        elif self._kind == "target":
            holder.target = part
        elif self._unit is not None:
            self._unit.divided_source = part
        self._kind, self._text = "", None

    def _end_unit(self, unit: TransUnit) -> None:
        """Make the segments of a unit of 1.2."""
        sources, targets = (self._marked.get(kind, {}) for kind in ("seg-source", "target"))
        if sources:
            unit.segments = [
                Segment(part, targets.get(mark), mark) for mark, part in sources.items()
            ]
        elif unit.source is not None and not self.version_2:
            unit.segments = [Segment(unit.source, unit.target)]
        self.results.append(unit)
