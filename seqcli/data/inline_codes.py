"""Inline codes of a translation file, as tags in its texts.

TMX and XLIFF have elements within a text that stand for formatting and the like. In the text that
is read they are tags: `<g1>` and `</g1>` around what they enclose, `<x2/>` alone. seqcli carries
tags over, and puts each where its words are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from seqcli.data.carryover import find_tags
from seqcli.data.xml_stream import Attributes, XmlParser, xml_text
from seqcli.errors import UserError

Role = Literal["open", "close", "alone"]

# Elements whose content is no text, and what they do (TMX, XLIFF 1.2 and XLIFF 2). Others, such as
# g, pc and hi, enclose text.
CODES: dict[str, Role] = {
    "bpt": "open", "ept": "close", "bx": "open", "ex": "close", "sc": "open", "ec": "close",
    "sm": "open", "em": "close", "ph": "alone", "it": "alone", "x": "alone", "ut": "alone",
    "cp": "alone",
}  # fmt: skip
# The attributes that link the two parts of a code, and the texts of two languages.
_LINKS = ("i", "rid", "startRef", "id")
_NAMES = ("x", "id", "rid", "startRef", "i")

# Parts of a text: codes, and what is between them.
MAX_PARTS = 2000

_WHOLE_TAG = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_SIMPLE = re.compile(r"\w{1,12}", re.ASCII)


class Code(NamedTuple):
    """An inline code: what links it to its partner, its name in tags, and where the document has
    it, in bytes."""

    role: Role
    link: str
    name: str
    start: int
    end: int


class Places:
    """Where the tags of XML are in a document in UTF-8, in bytes; the `parser` that reads it tells
    where they begin.

    Without a document, all places are 0.
    """

    def __init__(self, document: bytes = b"") -> None:
        self.document = document
        self.parser: XmlParser | None = None

    @property
    def position(self) -> int:
        """Where the tag or text begins that is handled."""
        return self.parser.position if self.parser is not None else 0

    @property
    def line(self) -> int:
        """The line in which it begins."""
        return self.parser.line if self.parser is not None else 0

    def tag_end(self, start: int) -> int:
        """The end of the tag that begins at `start`."""
        if not self.document:
            return 0
        match = _WHOLE_TAG.match(self.document, start)
        assert match is not None
        return match.end()

    def element_end(self, start: int, position: int) -> int:
        """The end of the element that begins at `start`. Its end is told as `position`: where its
        end tag begins or, of an empty element, where it ends."""
        if not self.document:
            return 0
        tag_end = self.tag_end(start)
        is_empty = self.document[tag_end - 2 : tag_end] == b"/>"
        return position if is_empty else self.tag_end(position)


@dataclass
class Part:
    """A text in its element, and where the document has it, in bytes: the element at [start, end),
    its content at [content, content_end)."""

    tagged: TaggedText
    start: int
    content: int
    content_end: int
    end: int


NO_PLACES = Places()


@dataclass(slots=True)
class InlineText:
    """A text with inline codes, as it is read: parts of text and codes in turn."""

    places: Places = NO_PLACES
    start_position: int = 0  # of the element that has the text
    parts: list[str | Code] = field(default_factory=list)
    _opened: list[Code] = field(default_factory=list)  # elements that enclose text
    _code: tuple[str, Attributes, int] | None = None  # the element whose content is no text
    _depth: int = 0  # of elements within that
    _has_codes: bool = False

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins within the text. One that is not known encloses text."""
        if self._code is not None:
            self._depth += 1
        elif name in CODES:
            self._code = name, attributes, self.places.position
        else:
            position = self.places.position
            end = self.places.tag_end(position)
            code = Code("open", f"#{len(self.parts)}", _name(attributes), position, end)
            self._opened.append(code)
            self._add(code)

    def text(self, text: str) -> None:
        """Text, or what is in an inline code."""
        if self._code is None:
            self.parts.append(text)

    def end(self) -> bool:
        """An element ends; False if it is the one that has the text."""
        if self._depth:
            self._depth -= 1
        elif self._code is not None:
            name, attributes, start = self._code
            end = self.places.element_end(start, self.places.position)
            self._add(Code(CODES[name], _link(attributes), _name(attributes), start, end))
            self._code = None
        elif self._opened:
            opened, position = self._opened.pop(), self.places.position
            end = self.places.element_end(opened.start, position)
            if self.parts[-1] is opened:  # nothing is enclosed
                self.parts[-1] = opened._replace(role="alone", end=end)
            else:
                self._add(opened._replace(role="close", start=position, end=end))
        else:
            return False
        return True

    def part(self) -> Part:
        """The text, whose element ends where the parser is."""
        start, position = self.start_position, self.places.position
        end = self.places.element_end(start, position)
        return Part(self.finish(), start, self.places.tag_end(start), position, end)

    def _add(self, code: Code) -> None:
        if len(self.parts) > MAX_PARTS:
            raise UserError(
                f"a text has more than {MAX_PARTS // 2:,} inline codes: it is no sentence"
            )
        self.parts.append(code)
        self._has_codes = True

    def finish(self) -> TaggedText:
        """The text with tags. An opening code without a closing one, or the other way round, is one
        that stands alone."""
        text = "".join([part for part in self.parts if isinstance(part, str)])
        if not self._has_codes:
            return TaggedText(text, {})
        partners = self._partners() if len(self.parts) > 1 else {}
        enclosing, alone = (_unused(letter, text) for letter in "gx") if "<" in text else "gx"
        used: set[str] = set()
        names: dict[int, str] = {}
        tagged, codes = [], []
        for index, part in enumerate(self.parts):
            if isinstance(part, str):
                tagged.append(part)
                continue
            partner = partners.get(index)
            if partner is not None and partner < index:
                tag = f"</{names[partner]}>"
            elif partner is not None:
                names[index] = _unique(enclosing, part.name, used)
                tag = f"<{names[index]}>"
            else:
                tag = f"<{_unique(alone, part.name, used)}/>"
            tagged.append(tag)
            codes.append((tag, (part.start, part.end)))
        return TaggedText("".join(tagged), dict(codes))

    def _partners(self) -> dict[int, int]:
        """The indices of the codes that belong together, both ways; well nested."""
        partners: dict[int, int] = {}
        opened: list[int] = []
        for index, part in enumerate(self.parts):
            if isinstance(part, str) or part.role == "alone":
                continue
            if part.role == "open":
                opened.append(index)
                continue
            links = [self.parts[i].link for i in opened]  # type: ignore[union-attr]
            if part.link in links:
                place = len(links) - 1 - links[::-1].index(part.link)
                partners[index], partners[opened[place]] = opened[place], index
                del opened[place:]
        return partners


class TaggedText(NamedTuple):
    """A text with tags for its inline codes, and where the document has the code of each tag."""

    text: str
    codes: dict[str, tuple[int, int]]

    def to_xml(self, translation: str, document: bytes) -> bytes:
        """A translation with the codes in place of its tags, and all else escaped."""
        if not self.codes:
            return xml_text(translation).encode()
        pattern = "|".join(map(re.escape, self.codes))
        parts = re.split(f"({pattern})", translation)
        return b"".join(
            document[slice(*self.codes[part])] if part in self.codes else xml_text(part).encode()
            for part in parts
        )


def _link(attributes: Attributes) -> str:
    return next((attributes[name] for name in _LINKS if name in attributes), "")


def _name(attributes: Attributes) -> str:
    return next((attributes[name] for name in _NAMES if name in attributes), "")


def has_same_tags(text: str, translation: str) -> bool:
    """Whether a translation has the tags of a text, each as often, and in pairs that do not
    cross."""
    tags = find_tags(translation)
    if sorted(find_tags(text)) != sorted(tags):
        return False
    return _is_nested(tags) or not _is_nested(find_tags(text))


def _is_nested(tags: list[str]) -> bool:
    opened: list[str] = []
    for tag in tags:
        name = re.match(r"</?([^\s/>]*)", tag)
        assert name is not None
        if tag.startswith("</"):
            if not opened or opened.pop() != name[1]:
                return False
        elif not tag.endswith("/>"):
            opened.append(name[1])
    return not opened


def _unused(letter: str, text: str) -> str:
    """The letter, or more of it, so that no tag of that name is in the text."""
    name = letter
    while f"<{name}" in text or f"</{name}" in text:
        name += letter
    return name


def _unique(letter: str, name: str, used: set[str]) -> str:
    """The name of a tag: the letter and the name of its code, or else a number."""
    wanted = letter + (name if _SIMPLE.fullmatch(name) else str(len(used) + 1))
    unique, number = wanted, 2
    while unique in used:
        unique, number = f"{wanted}_{number}", number + 1
    used.add(unique)
    return unique
