"""XML read as a stream, by the expat of the standard library.

Files come from strangers: entities that a document declares are refused, so that none can grow
("billion laughs") or name a file or an address; a DTD is never read or fetched. A DOCTYPE as such
is allowed, since TMX and Qt TS have one.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from html.entities import html5
from typing import Protocol, TypeVar
from xml.parsers import expat
from xml.sax.saxutils import escape

from seqcli.data.readers.opening import BLOCK_BYTES
from seqcli.errors import UserError

Result = TypeVar("Result")
Attributes = Mapping[str, str]

# Elements within elements: no format needs so many.
MAX_DEPTH = 200
MAX_NAMES = 1000
# A longer tag or comment is refused: expat takes a time that grows with its square.
MAX_TOKEN = 2 << 20

_ROOT = re.compile(rb"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")
# (Possessive, so that a hostile beginning is not tried in exponentially many ways.)
_PROLOG = re.compile(
    rb"(?:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?:[^\[>]++|\[[^\]]*+\])*+>)*+", re.DOTALL
)
# What XML cannot have.
_NO_CHARACTER = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Handler(Protocol):
    """What is done with the parts of a document."""

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins; its name is without a prefix."""
        ...

    def end(self, name: str) -> None:
        """An element ends."""
        ...

    def text(self, text: str) -> None:
        """Text within the element."""
        ...


class _LocalNames(dict[str, str]):
    """The names of elements without their prefixes; a limited number of them is kept."""

    def __missing__(self, name: str) -> str:
        if len(self) >= MAX_NAMES:
            self.clear()
        self[name] = local = name.rpartition(":")[2]
        return local


class XmlParser:
    """Feeds a document in UTF-8 to a handler; `position` is the byte at which the part begins that
    is handled."""

    def __init__(self, handler: Handler, name: str) -> None:
        self._name = name
        self._fed = 0
        self._text = handler.text
        parser = expat.ParserCreate("utf-8")  # whatever the declaration says
        parser.buffer_text = True
        parser.CharacterDataHandler = handler.text
        parser.EntityDeclHandler = self._refuse_entity
        parser.ExternalEntityRefHandler = self._refuse_external
        parser.SkippedEntityHandler = self._known_entity
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser = parser
        self._handle_elements(handler)

    @property
    def position(self) -> int:
        return self._parser.CurrentByteIndex

    @property
    def line(self) -> int:
        return self._parser.CurrentLineNumber

    def feed(self, block: bytes, *, final: bool = False) -> None:
        """Handle the next bytes. Raises `UserError` for what is not well-formed or is refused."""
        self._fed += len(block)
        if not final and self._fed - self.position > MAX_TOKEN:
            raise UserError(
                f"{self._name}, line {self.line}: a tag or comment of more than {MAX_TOKEN:,} bytes"
            )
        try:
            self._parser.Parse(block, final)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise UserError(
                f"{self._name}, line {error.lineno}: not well-formed XML ({reason})"
            ) from error

    def _handle_elements(self, handler: Handler) -> None:
        """Let the handler have the elements, by their names without prefixes."""
        names, start, end, depth = _LocalNames(), handler.start, handler.end, 0

        def start_element(name: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > MAX_DEPTH:
                raise UserError(
                    f"{self._name}, line {self.line}: more than {MAX_DEPTH} elements within each "
                    "other"
                )
            start(names[name], attributes)

        def end_element(name: str) -> None:
            nonlocal depth
            depth -= 1
            end(names[name])

        self._parser.StartElementHandler = start_element
        self._parser.EndElementHandler = end_element

    def _refuse_entity(self, name: str, *_: object) -> None:
        raise UserError(
            f"{self._name}, line {self.line}: declares the entity {name[:40]!r}; entities are "
            "refused, since they can hide huge texts and other files: write the characters instead"
        )

    def _refuse_external(self, *_: object) -> int:
        raise UserError(f"{self._name}, line {self.line}: refers to another file, which is refused")

    def _known_entity(self, name: str, is_parameter: bool) -> None:
        """A reference to an entity that is not declared here: the names of HTML are known."""
        if is_parameter:
            return
        if f"{name};" not in html5:
            raise UserError(f"{self._name}, line {self.line}: unknown entity &{name[:40]};")
        self._text(html5[f"{name};"])


class Collector(Handler, Protocol[Result]):
    """A handler with results, which are taken from it as the document is read."""

    results: list[Result]


def parse_stream(
    file: io.BufferedReader, name: str, handler: Collector[Result]
) -> Iterator[Result]:
    """The results of a handler for a document in UTF-8, as soon as they are there."""
    parser = XmlParser(handler, name)
    while block := file.read(BLOCK_BYTES):
        parser.feed(block)
        if handler.results:
            results, handler.results = handler.results, []
            yield from results
    parser.feed(b"", final=True)
    yield from handler.results


def without_forbidden(text: str) -> str:
    """A text without the characters that XML cannot have."""
    return _NO_CHARACTER.sub("", text)


def xml_text(text: str) -> str:
    """A text as XML has it, without the characters that XML cannot have."""
    return escape(without_forbidden(text))


def root_element(head: bytes) -> str:
    """The name of the first element of an XML document, without a prefix; an empty string if the
    first bytes, in UTF-8, are not those of XML."""
    head = head.removeprefix(b"\xef\xbb\xbf")
    prolog = _PROLOG.match(head)
    root = _ROOT.match(head, prolog.end() if prolog else 0)
    return root[1].decode("ascii", "replace") if root else ""
