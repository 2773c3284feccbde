"""The grammar of PO files, the catalogues of gettext that people edit.

It is the one that `msgfmt` accepts, with no more than one keyword on a line. (polib refuses some of
it, such as `#,fuzzy`, `#text` and U+2028 in a text, and does not say where parts of a message are.)
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from gettext import c2py
from typing import NamedTuple

from seqcli.data.reading import Reading
from seqcli.errors import UserError

_LINE = re.compile(
    r"(?:(msgctxt|msgid_plural|msgid|msgstr)\s*+(?:\[\s*+(\d{1,2}+)\s*+\]\s*+)?+)?+"
    r'((?:"(?:[^"\\]++|\\.)*+"\s*+)++)',
    re.ASCII,
)
_STRING = re.compile(r'"((?:[^"\\]++|\\.)*+)"')
_COMMENT = re.compile(r"#|domain\s")  # (a domain is the name of an MO file)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))")
ESCAPES = {
    "\\": "\\",
    '"': '"',
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
}
# The keywords that may follow a keyword; the empty one is the beginning of a message.
_FOLLOWING = {
    "": ("msgctxt", "msgid"),
    "msgctxt": ("msgid",),
    "msgid": ("msgstr", "msgid_plural"),
    "msgid_plural": ("msgstr[]",),
    "msgstr[]": ("msgstr[]",),
    "msgstr": (),
}

_CHARSET = re.compile(rb'Content-Type:[^"\\\n]{0,99}?charset=([\w.:-]{1,40})', re.IGNORECASE)
# Charsets in which ASCII is ASCII, and no byte that may end a line is part of another character.
_CHARSETS = re.compile(r"ascii|utf-8|(iso8859|cp|koi8|mac|big5|gb|euc|shift_jis|johab|tis).*")
_ASCII = bytes(range(0x20, 0x7F))

_PLURAL_FORMS = re.compile(r"nplurals\s*+=\s*+(\d{1,2})\s*+;\s*+plural\s*+=([^;]++)", re.ASCII)
_NUMBERS = (2, *range(3, 102), 0)  # of things, to find the form for many


class Message(NamedTuple):
    """A message of a PO file that is not obsolete, and the lines, from 0, where its parts are.

    `plural` is its msgid_plural, or None; `translations` are its msgstr, one for each plural form.
    `flag_line` is its first line of flags, or None; `first_line` the one before which flags belong:
    that of the first `#|`, or else of its msgctxt or msgid. The lines of its msgstr are [`start`,
    `end`).
    """

    source: str
    plural: str | None
    translations: Sequence[str]
    is_fuzzy: bool
    flag_line: int | None
    first_line: int
    source_line: int
    plural_line: int
    start: int
    end: int


class Catalogue(NamedTuple):
    """A PO file: its lines with their ends, without a byte order mark; its charset; the fields of
    its header, with names in lower case; its other messages."""

    lines: Sequence[bytes]
    charset: str
    header: Mapping[str, str]
    messages: Sequence[Message]


class PluralRule(NamedTuple):
    """The number of plural forms, the index of the one for 1 thing, and the index of another one
    (or the same, if there is one form)."""

    forms: int
    one: int
    many: int


def parse_po(content: bytes, reading: Reading) -> Catalogue:
    """The catalogue in a PO file. Raises `UserError`, with the line, for what is none."""
    content = content.removeprefix(codecs.BOM_UTF8)
    charset = find_charset(content, reading)
    lines = content.splitlines(keepends=True)
    messages = list(_scan(_decode(lines, charset, reading), reading))
    header = next((message.translations[0] for message in messages if not message.source), "")
    return Catalogue(
        lines, charset, parse_header(header), [message for message in messages if message.source]
    )


def find_plural_rule(header: Mapping[str, str]) -> PluralRule | None:
    """The rule in the field Plural-Forms of a header, or None if there is none that can be used."""
    match = _PLURAL_FORMS.search(header.get("plural-forms", ""))
    if not match:
        return None
    forms = int(match[1])
    try:
        index = c2py(match[2])
        one, *others = map(index, (1, *_NUMBERS))
    except (ArithmeticError, MemoryError, SyntaxError, ValueError):  # all that c2py may raise
        return None
    if not 0 <= min(one, *others) <= max(one, *others) < forms:
        return None
    return PluralRule(forms, one, next((other for other in others if other != one), one))


def find_charset(content: bytes, reading: Reading) -> str:
    """The charset that a header names, as Python names it; UTF-8 if it names none."""
    match = _CHARSET.search(content)
    if not match or match[1].upper() == b"CHARSET":  # (the latter is in templates)
        return "utf-8"
    name = match[1].decode("ascii")
    try:
        charset = codecs.lookup(name).name
        is_known = _CHARSETS.fullmatch(charset) and _ASCII.decode(charset) == _ASCII.decode()
    except (LookupError, UnicodeDecodeError):
        is_known = False
    if not is_known:
        raise reading.fail(
            f"its header names the charset {name}, which is unknown: recode the file as UTF-8, as "
            "msgconv does, and write charset=UTF-8"
        )
    return charset


def parse_header(text: str) -> dict[str, str]:
    """The fields of a header, "Name: value" on each line, with names in lower case."""
    fields = (line.partition(":") for line in text.splitlines())
    return {name.strip().lower(): value.strip() for name, _, value in fields}


def _decode(lines: Sequence[bytes], charset: str, reading: Reading) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        try:
            yield line.decode(charset)
        except UnicodeDecodeError as error:
            raise reading.fail(
                f"line {number}: not valid {charset.upper()}: name the charset of the file in its "
                "header (Content-Type: text/plain; charset=…)"
            ) from error


@dataclass
class _Part:
    """A keyword with its strings, in the lines [`line`, `end`)."""

    keyword: str
    line: int
    end: int
    strings: list[str]

    @property
    def text(self) -> str:
        return "".join(self.strings)


class _Draft:
    """A message that is being read, and the comments before it."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.is_fuzzy = False
        self.flag_line: int | None = None
        self.previous_line: int | None = None

    def is_complete(self) -> bool:
        return bool(self.parts) and self.parts[-1].keyword.startswith("msgstr")

    def add_comment(self, number: int, comment: str) -> None:
        if comment.startswith("#,"):
            self.flag_line = number if self.flag_line is None else self.flag_line
            self.is_fuzzy |= "fuzzy" in re.split(r"[,\s]+", comment[2:])
        elif comment.startswith("#|") and self.previous_line is None:
            self.previous_line = number

    def add_text(self, number: int, line: str) -> str:
        """Add a line with strings, and perhaps a keyword; returns what is wrong with it."""
        match = _LINE.fullmatch(line)
        if not match:
            return 'no line of a PO file, such as msgid "…", msgstr "…", "…" or # …'
        name, index, strings = match.groups()
        last = self.parts[-1].keyword if self.parts else ""
        if name:
            keyword = name if index is None else f"{name}[]"
            forms = sum(part.keyword == "msgstr[]" for part in self.parts)
            if keyword not in _FOLLOWING[last] or (index is not None and int(index) != forms):
                return f"{keyword} is out of place"
            self.parts.append(_Part(keyword, number, number + 1, []))
        elif not last:
            return "a text without msgid or msgstr"
        self.parts[-1].end = number + 1
        self.parts[-1].strings += map(_unescape, _STRING.findall(strings))
        return ""

    def finish(self) -> Message:
        parts = {part.keyword: part for part in self.parts}
        source, plural = parts["msgid"], parts.get("msgid_plural")
        forms = [part for part in self.parts if part.keyword.startswith("msgstr")]
        return Message(
            source=source.text,
            plural=plural.text if plural else None,
            translations=[form.text for form in forms],
            is_fuzzy=self.is_fuzzy,
            flag_line=self.flag_line,
            first_line=self.parts[0].line if self.previous_line is None else self.previous_line,
            source_line=source.line,
            plural_line=(plural or source).line,
            start=forms[0].line,
            end=forms[-1].end,
        )


def _scan(lines: Iterable[str], reading: Reading) -> Iterator[Message]:
    """The messages in the lines of a PO file, the header among them."""
    draft = _Draft()
    number = -1
    for number, line in enumerate(map(str.strip, lines)):
        if not line:
            continue
        is_comment = bool(_COMMENT.match(line))
        if draft.is_complete() and (is_comment or line.startswith(("msgid", "msgctxt"))):
            yield draft.finish()
            draft = _Draft()
        if not is_comment:
            wrong = draft.add_text(number, line)
        else:
            wrong = "a comment between msgid and msgstr" if draft.parts else ""
            draft.add_comment(number, line)
        if wrong:
            raise _error(reading, number, wrong)
        if line.startswith("#~"):  # an obsolete message, to which the comments before it belong
            draft = _Draft()
    if draft.is_complete():
        yield draft.finish()
    elif draft.parts:
        raise _error(reading, number, "the file ends before a msgstr")


def _error(reading: Reading, number: int, wrong: str) -> UserError:
    return reading.fail(f"line {number + 1}: {wrong}; msgfmt --check finds all such lines")


def _unescape(string: str) -> str:
    return _ESCAPE.sub(_character, string) if "\\" in string else string


def _character(match: re.Match[str]) -> str:
    """The character of an escape; an escape that is none, or no ASCII, stays as it is."""
    hexadecimal, octal, other = match.groups()
    if other:
        return ESCAPES.get(other, match[0])
    number = int(hexadecimal, 16) if hexadecimal else int(octal, 8)
    return chr(number) if number < 0x80 else match[0]
