"""Qt TS, the translation files of Qt Linguist."""

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

# The types of a translation that are not current.
NOT_CURRENT = frozenset(("unfinished", "obsolete", "vanished"))


@dataclass
class Message:
    """A source, its translations (several forms, where it is counted), and their type. `start` is
    where the element of the translation begins, in bytes."""

    languages: tuple[str, str]
    line: int
    source: Part | None = None
    translations: list[Part] = field(default_factory=list)
    type: str = ""
    start: int = 0
    has_variants: bool = False  # several texts, for different lengths


def read_qt(file: io.BufferedReader, reading: Reading) -> Iterator[Pair]:
    """The pairs of the translations that are finished; of a counted message, the last form. Raises
    `UserError` for what is no well-formed XML."""
    messages = parse_stream(as_utf8(file, reading.name), reading.name, QtHandler())
    return pairs_of_units(_finished(messages), reading)


def _finished(messages: Iterator[Message]) -> Iterator[Unit]:
    for message in messages:
        texts = [part.tagged.text for part in message.translations]
        source, target = message.languages
        if message.source is None or message.has_variants or message.type in NOT_CURRENT:
            continue
        if texts and texts[-1].strip():
            yield Unit({source: message.source.tagged.text, target: texts[-1]}, source)


class QtHandler:
    """Collects the messages. With `places`, it also tells where they are."""

    def __init__(self, places: Places | None = None) -> None:
        self.results: list[Message] = []
        self.places = places or Places()
        self._languages = ("en", "und")
        self._message: Message | None = None
        self._text: InlineText | None = None
        self._is_counted = False

    def start(self, name: str, attributes: Attributes) -> None:
        if self._text is not None:
            if name == "lengthvariant" and self._message is not None:
                self._message.has_variants = True
            self._text.start(name, attributes)
        elif name == "TS":
            source = attributes.get("sourcelanguage") or "en"
            self._languages = source, attributes.get("language") or "und"
        elif name == "message":
            self._message = Message(self._languages, self.places.line)
            self._is_counted = attributes.get("numerus") == "yes"
        elif self._message is not None and name in ("source", "translation", "numerusform"):
            if name == "translation":
                self._message.type = attributes.get("type", "")
                self._message.start = self.places.position
                if self._is_counted:
                    return
            self._text = InlineText(self.places, self.places.position)

    def text(self, text: str) -> None:
        if self._text is not None:
            self._text.text(text)

    def end(self, name: str) -> None:
        if self._text is not None:
            if self._text.end():
                return
            assert self._message is not None
            if name == "source":
                self._message.source = self._text.part()
            else:
                self._message.translations.append(self._text.part())
            self._text = None
        elif name == "message" and self._message is not None:
            self.results.append(self._message)
            self._message = None
