"""PO files: catalogues that are filled in, and new ones."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from seqcli.data.documents import Entry
from seqcli.data.pairs import Pair
from seqcli.data.po_catalogue import ESCAPES, Message, PluralRule, find_plural_rule, parse_po
from seqcli.data.reading import Reading, check_languages
from seqcli.data.writers.wrapping import columns, split_units

WIDTH = 79  # columns of a line, as the tools of gettext have by default

_ESCAPED = str.maketrans({character: f"\\{code}" for code, character in ESCAPES.items()})
_TEXT_LINE = re.compile(r"[^\n]*+\n|[^\n]++")


class _Edit(NamedTuple):
    """The lines [`start`, `end`) of a file, and what they become."""

    start: int
    end: int
    content: bytes


def open_po(content: bytes, reading: Reading, *, all_entries: bool) -> PoDocument:
    """The PO file with that content, to be translated: see `PoDocument`. Raises `UserError`, with
    the line, for what is no PO file."""
    return PoDocument(content, reading, all_entries=all_entries)


class PoDocument:
    """A PO file (`seqcli.data.documents.Document`). Its entries are the messages without a
    translation, or `all_entries`, but never obsolete ones.

    A message with plural forms has two entries: the singular, for the form of one thing, and the
    plural, for all other forms. What is filled in is marked as fuzzy; all other bytes stay.
    """

    def __init__(self, content: bytes, reading: Reading, *, all_entries: bool) -> None:
        self._catalogue = parse_po(content, reading)
        check_languages(("", self._catalogue.header.get("language", "")), reading)
        self._reading = reading
        self.charset = self._catalogue.charset
        self._mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
        self._rule = find_plural_rule(self._catalogue.header)
        self._messages = [
            message
            for message in self._catalogue.messages
            if all_entries or not all(message.translations)
        ]
        self.entries: Sequence[Entry] = [
            entry for message in self._messages for entry in _entries(message)
        ]
        self.notes: Sequence[str] = list(self._find_notes())

    def fill(self, translations: Sequence[str | None]) -> bytes:
        """The file with the translations. A message with plural forms needs both of its entries.

        Raises `UserError` for a character that the charset of the file does not have.
        """
        assert len(translations) == len(self.entries), "a translation for each entry, or None"
        lines = self._catalogue.lines
        remaining = iter(translations)
        output = [self._mark]
        done = 0  # lines
        for message in self._messages:
            texts = [next(remaining) for _ in _entries(message)]
            given = [text for text in texts if text is not None]
            if len(given) < len(texts):
                continue
            for edit in self._edits(message, given):
                output += [*lines[done : edit.start], edit.content]
                done = edit.end
        return b"".join([*output, *lines[done:]])

    def _find_notes(self) -> Iterator[str]:
        header = self._catalogue.header
        if not re.search(r"charset=(?!CHARSET)", header.get("content-type", "")):
            yield "its header names no charset: it is read and written as UTF-8"
        if self._rule is None and any(message.plural is not None for message in self._messages):
            yield (
                "its header has no valid Plural-Forms: the first form of a message is "
                "taken for one thing, the others for more"
            )

    def _edits(self, message: Message, texts: Sequence[str]) -> Iterator[_Edit]:
        """What changes for a message with its translation, or that of its singular and plural."""
        lines = self._catalogue.lines
        line_end = _line_end(lines[message.source_line])
        if message.flag_line is None:
            yield _Edit(message.first_line, message.first_line, b"#, fuzzy" + line_end)
        elif not message.is_fuzzy:
            flags = lines[message.flag_line].partition(b"#,")[2]
            flags = b"," + flags if flags.strip() else flags
            yield _Edit(message.flag_line, message.flag_line + 1, b"#, fuzzy" + flags)
        fields = [("msgstr", texts[0])]
        if message.plural is not None:
            rule = self._rule or PluralRule(len(message.translations), 0, 0)
            forms = [texts[i != rule.one or rule.forms == 1] for i in range(rule.forms)]
            fields = [(f"msgstr[{i}]", form) for i, form in enumerate(forms)]
        written = [line for keyword, text in fields for line in _write_field(keyword, text)]
        content = line_end.join(self._encode(line, message) for line in written)
        yield _Edit(message.start, message.end, content + _line_end(lines[message.end - 1]))

    def _encode(self, line: str, message: Message) -> bytes:
        charset = self._catalogue.charset
        encoded = line.encode(charset, "ignore")
        # Some charsets write a character as another one, such as the yen sign as a backslash.
        decoded = encoded.decode(charset)
        if decoded != line:
            differing = (c for c in line if c.encode(charset, "ignore").decode(charset) != c)
            lost = next(differing, line)
            raise self._reading.fail(
                f"line {message.source_line + 1}: its translation has {lost!r}, which "
                f"{charset.upper()} does not have: recode the file first (msgconv -t UTF-8)"
            )
        return encoded


def write_po(pairs: Iterable[Pair], source: str, target: str) -> Iterator[str]:
    """The lines, with their ends, of a new PO file in UTF-8. Languages are BCP 47 tags or empty.

    A source that occurs again is left out, as a PO file must not have it twice; so is a pair
    without a source, which would be the header.
    """
    fields = {
        "Language": target.replace("-", "_"),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "X-Source-Language": source.replace("-", "_"),
    }
    yield 'msgid ""\n'
    yield 'msgstr ""\n'
    for name, value in fields.items():
        if value:
            yield f'"{_escape(f"{name}: {value}")}\\n"\n'
    written = {""}
    for pair in pairs:
        if pair.source not in written:
            written.add(pair.source)
            fields_of_pair = (("msgid", pair.source), ("msgstr", pair.target))
            lines = [line for field in fields_of_pair for line in _write_field(*field)]
            yield from ("\n", *(f"{line}\n" for line in lines))


def _entries(message: Message) -> Iterator[Entry]:
    yield Entry(message.source, f"line {message.source_line + 1}")
    if message.plural is not None:
        yield Entry(message.plural, f"line {message.plural_line + 1}")


def _line_end(line: bytes) -> bytes:
    return line[len(line.rstrip(b"\r\n")) :]


def _escape(text: str) -> str:
    return text.translate(_ESCAPED)


def _write_field(keyword: str, text: str) -> list[str]:
    """The lines of a keyword and its string: a line for each line of the text, wrapped if long."""
    whole = f'{keyword} "{_escape(text)}"'
    if columns(whole) <= WIDTH and "\n" not in text[:-1]:
        return [whole]
    lines = (line for each in _TEXT_LINE.findall(text) for line in _wrap(each))
    return [f'{keyword} ""', *(f'"{line}"' for line in lines)]


def _wrap(text: str) -> Iterator[str]:
    """The text, escaped, in lines that fit between quotation marks."""
    line, width = "", 0
    for unit in map(_escape, split_units(text)):
        if line and width + columns(unit) > WIDTH - 2:
            yield line
            line, width = "", 0
        line += unit
        width += columns(unit)
    yield line
