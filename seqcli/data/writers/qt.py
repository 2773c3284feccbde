"""Qt TS that is filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import quoteattr

from seqcli.data.documents import Entry
from seqcli.data.inline_codes import Places
from seqcli.data.pairs import Pair
from seqcli.data.readers.qt import Message, QtHandler
from seqcli.data.reading import Reading, check_languages
from seqcli.data.writers.xml_document import XmlDocument, name_of, opened, with_attributes
from seqcli.data.xml_stream import xml_text
from seqcli.wording import plural

OUTDATED = frozenset(("obsolete", "vanished"))


class QtDocument:
    """A file whose messages without a translation get one. They stay unfinished, until a person has
    read them; the forms of a counted message are all the same."""

    charset = "utf-8"

    def __init__(self, content: bytes, reading: Reading, *, all_entries: bool) -> None:
        self._xml = XmlDocument.of(content, reading)
        places = Places()
        handler = QtHandler(places)
        self._xml.parse(handler, places, reading)
        self._messages = [
            message
            for message in handler.results
            if message.source is not None
            and message.translations
            and not message.has_variants
            and message.type not in OUTDATED
            and (all_entries or not all(p.tagged.text.strip() for p in message.translations))
        ]
        self.entries: Sequence[Entry] = [
            Entry(message.source.tagged.text, f"line {message.line}")
            for message in self._messages
            if message.source is not None
        ]
        for message in handler.results[:1]:
            check_languages(message.languages, reading)
        variants = sum(message.has_variants for message in handler.results)
        self.notes: Sequence[str] = (
            [f"left {plural(variants, 'message')} with texts for several lengths"]
            if variants
            else ()
        )

    def fill(self, translations: Sequence[str | None]) -> bytes:
        for message, translation in zip(self._messages, translations, strict=True):
            if translation is not None and message.source is not None:
                self._fill(message, message.source.tagged.to_xml(translation, self._xml.content))
        return self._xml.to_bytes()

    def _fill(self, message: Message, text: bytes) -> None:
        tag_end = Places(self._xml.content).tag_end(message.start)
        parts = message.translations
        if parts[0].start != message.start:  # forms within the translation
            self._xml.set_attributes(message.start, tag_end, {"type": "unfinished"})
        for part in parts:
            tag = self._xml.content[part.start : part.content]
            if part.start == message.start:
                tag = with_attributes(tag, {"type": "unfinished"})
            closing = b"</" + name_of(tag) + b">"
            self._xml.replace(part.start, part.end, opened(tag) + text + closing)


def write_qt(pairs: Iterable[Pair], source: str, target: str) -> Iterator[str]:
    """The lines of a new file."""
    languages = f"language={quoteattr(target)} sourcelanguage={quoteattr(source)}"
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield "<!DOCTYPE TS>"
    yield f'<TS version="2.1" {languages}>'
    yield "<context><name>seqcli</name>"
    for pair in pairs:
        source_text, target_text = map(xml_text, pair)
        yield (
            f"<message><source>{source_text}</source>"
            f"<translation>{target_text}</translation></message>"
        )
    yield "</context>"
    yield "</TS>"
