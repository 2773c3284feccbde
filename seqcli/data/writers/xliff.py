"""XLIFF that is filled in; and new files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import quoteattr

from seqcli.data.documents import Entry
from seqcli.data.inline_codes import Part, Places
from seqcli.data.pairs import Pair
from seqcli.data.readers.xliff import UNTRANSLATED, Segment, TransUnit, XliffHandler
from seqcli.data.reading import Reading, check_languages
from seqcli.data.writers.xml_document import XmlDocument, name_of, opened, with_attributes
from seqcli.data.xml_stream import xml_text

# What a person has yet to do with a target, in 1.2; in 2.x, the state and where it comes from.
REVIEW = {"state": "needs-review-translation"}
TRANSLATED = {"state": "translated", "subState": "seqcli:machine"}


class XliffDocument:
    """A job whose segments without a translation get one."""

    charset = "utf-8"

    def __init__(self, content: bytes, reading: Reading, *, all_entries: bool) -> None:
        self._xml = XmlDocument.of(content, reading)
        places = Places()
        handler = XliffHandler(places)
        self._xml.parse(handler, places, reading)
        self._is_version_2 = handler.version_2
        self._units: list[tuple[TransUnit, list[Segment]]] = []
        for unit in handler.results:
            segments = [s for s in unit.segments if all_entries or _is_open(s, unit)]
            segments = [
                s for s in segments if s.source is not None and s.source.tagged.text.strip()
            ]
            if unit.translate and segments:
                self._units.append((unit, segments))
        self.entries: Sequence[Entry] = [
            Entry(segment.source.tagged.text, f"line {unit.line}")
            for unit, segments in self._units
            for segment in segments
            if segment.source is not None
        ]
        self.notes: Sequence[str] = ()
        self._name_target(handler, reading)

    def _name_target(self, handler: XliffHandler, reading: Reading) -> None:
        """Name the target language where the document does not."""
        attribute = "trgLang" if self._is_version_2 else "target-language"
        for start, end, languages in handler.roots:
            check_languages(languages, reading)
            if languages[1]:
                continue
            if reading.selection.target:
                self._xml.set_attributes(start, end, {attribute: reading.selection.target})
            elif self._is_version_2:
                raise reading.fail("names no target language (trgLang): name it, such as --to zh")

    def fill(self, translations: Sequence[str | None]) -> bytes:
        rest = iter(translations)
        for unit, segments in self._units:
            texts = [next(rest) for _ in segments]
            if self._is_version_2:
                for segment, text in zip(segments, texts, strict=True):
                    if text is not None:
                        self._fill_segment(segment, text)
            elif None not in texts:  # a unit of 1.2 has one state, so it is translated as a whole
                found = dict(zip((s.mark for s in segments), texts, strict=True))
                self._fill_unit(unit, segments, {mark: text or "" for mark, text in found.items()})
        return self._xml.to_bytes()

    def _fill_segment(self, segment: Segment, text: str) -> None:
        """Fill a segment of 2.x."""
        assert segment.source is not None
        source, target = segment.source, segment.target
        content = source.tagged.to_xml(text, self._xml.content)
        self._xml.set_attributes(segment.start, self._places_end(segment.start), TRANSLATED)
        if target is None:
            tag = self._xml.content[source.start : source.content]
            name = name_of(tag).replace(b"source", b"target")
            self._insert_after(source, b"<" + name + b">" + content + b"</" + name + b">")
        else:
            self._replace_content(target, content, {})

    def _fill_unit(self, unit: TransUnit, segments: list[Segment], texts: dict[str, str]) -> None:
        """Fill a unit of 1.2, which may be divided by `mrk`."""
        content = self._xml.content
        parts = {
            s.mark: s.source.tagged.to_xml(texts[s.mark], content) for s in segments if s.source
        }
        divided, target = unit.divided_source, unit.target
        if target is not None and all(s.target is not None and s.mark for s in segments):
            for segment in segments:
                if segment.target is not None:
                    self._replace_content(segment.target, parts[segment.mark], {})
            self._xml.set_attributes(target.start, target.content, REVIEW)
            return
        whole = parts.get("", b"")
        if divided is not None:
            whole = self._divided(unit, parts)
        if target is not None:
            self._replace_content(target, whole, REVIEW)
            return
        source = divided or unit.source
        assert source is not None
        assert unit.source is not None
        name = name_of(content[unit.source.start : unit.source.content])
        name = name.replace(b"source", b"target")
        tag = with_attributes(b"<" + name + b">", REVIEW)
        self._insert_after(source, tag + whole + b"</" + name + b">")

    def _divided(self, unit: TransUnit, parts: dict[str, bytes]) -> bytes:
        """The content of the divided source with other texts in its marks: those that are given,
        and those that the target has already."""
        assert unit.divided_source is not None
        done, pieces = unit.divided_source.content, []
        for segment in unit.segments:
            if segment.source is None:
                continue
            text = parts.get(segment.mark)
            if text is None and segment.target is not None:
                text = self._xml.content[segment.target.content : segment.target.content_end]
            if text is None:  # there is nothing to translate in it
                continue
            pieces += [self._xml.content[done : segment.source.content], text]
            done = segment.source.content_end
        return b"".join([*pieces, self._xml.content[done : unit.divided_source.content_end]])

    def _replace_content(self, part: Part, content: bytes, attributes: dict[str, str]) -> None:
        """Give an element another content, and its tag attributes; it may have been empty."""
        tag = with_attributes(self._xml.content[part.start : part.content], attributes)
        closing = b"</" + name_of(tag) + b">"
        self._xml.replace(part.start, part.end, opened(tag) + content + closing)

    def _insert_after(self, part: Part, element: bytes) -> None:
        """Put an element after another, with the space that is before that."""
        before = self._xml.content[: part.start]
        space = before[len(before.rstrip()) :]
        self._xml.replace(part.end, part.end, space + element)

    def _places_end(self, start: int) -> int:
        return Places(self._xml.content).tag_end(start)


def _is_open(segment: Segment, unit: TransUnit) -> bool:
    """Whether a segment has no translation yet."""
    state = segment.state or unit.state
    return segment.target is None or not segment.target.tagged.text.strip() or state in UNTRANSLATED


def write_xliff(pairs: Iterable[Pair], source: str, target: str) -> Iterator[str]:
    """The lines of a new file, version 1.2, which most tools read."""
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">'
    yield (
        f'<file original="seqcli" source-language={quoteattr(source)} '
        f'target-language={quoteattr(target)} datatype="plaintext">'
    )
    yield "<body>"
    for number, pair in enumerate(pairs, start=1):
        yield (
            f'<trans-unit id="{number}"><source>{xml_text(pair.source)}</source>'
            f'<target state="translated">{xml_text(pair.target)}</target></trans-unit>'
        )
    yield "</body>"
    yield "</file>"
    yield "</xliff>"
