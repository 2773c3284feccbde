"""Apple's files of strings: "key" = "value"; where the keys may be texts of the source language."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from seqcli.data.pairs import Pair
from seqcli.data.readers.opening import HEAD_BYTES, find_encoding
from seqcli.data.reading import Reading

_TOKEN = re.compile(
    r"""
    (?P<skipped> \s++ | /\*(?s:.*?)\*/ | //[^\n]*+ )
    | "(?P<quoted> (?:[^"\\]++ | \\(?s:.))*+ )"
    | (?P<bare> [\w.$:/-]++ )
    | (?P<sign> [=;] )
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:[Uu]([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r"}
_IDENTIFIER = re.compile(r"[A-Za-z0-9._-]+")


def read_strings(file: io.BufferedIOBase, reading: Reading) -> Iterator[Pair]:
    """The pairs of a key that is a text and its value. Keys that are names, and empty values, are
    left out.

    Raises `UserError` for a file that is none of these, with the line, and for one whose keys are
    mostly names: such a file holds one language.
    """
    strings = list(_parse(_decode(file.read(), reading), reading))
    texts = [(key, value) for key, value in strings if not _IDENTIFIER.fullmatch(key)]
    names = len(strings) - len(texts)
    if names > len(texts):
        raise reading.fail(
            "its keys are names, not texts, so that it holds one language and no pairs: name a "
            "file whose keys are texts of the source language"
        )
    if names:
        what = "entry whose key is a name" if names == 1 else "entries whose keys are names"
        reading.note(f"left out {names:,} {what}, not a text")
    for key, value in texts:
        if value:
            yield reading.pair(key, value)


def _decode(content: bytes, reading: Reading) -> str:
    if content.startswith((b"bplist", b"<?xml")):
        raise reading.fail(
            'a property list, not "key" = "value"; on each line: export the strings as PO or XLIFF'
        )
    encoding = find_encoding(content[:HEAD_BYTES])
    try:
        return content.decode(encoding).removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise reading.fail(
            f"line {line}: not valid {encoding.upper()}; save the file as UTF-8"
        ) from error


def _parse(text: str, reading: Reading) -> Iterator[tuple[str, str]]:
    """The keys and values of a file, in its order."""
    statement: list[str] = []  # its tokens so far; signs as they are, strings after a quote
    start = place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise _error(text, place, reading)
        place = token.end()
        if token["skipped"] is not None:
            continue
        start = token.start() if not statement else start
        if token["sign"]:
            statement.append(token["sign"])
        else:
            string = token["bare"] if token["quoted"] is None else _unescape(token["quoted"])
            statement.append(f'"{string}')
        shape = "".join(part[0] for part in statement)
        if shape == '"=";':
            yield statement[0][1:], statement[2][1:]
            statement = []
        elif not '"=";'.startswith(shape):
            raise _error(text, token.start(), reading)
    if statement:
        raise _error(text, start, reading)


def _error(text: str, place: int, reading: Reading) -> Exception:
    line = text.count("\n", 0, place) + 1
    return reading.fail(
        f'line {line}: not as in a file of strings: "key" = "value"; (quotation marks within a '
        'string are written \\")'
    )


def _unescape(string: str) -> str:
    if "\\" not in string:
        return string
    text = _ESCAPE.sub(
        lambda match: chr(int(match[1], 16)) if match[1] else _CONTROLS.get(match[2], match[2]),
        string,
    )
    # Two \U escapes may be the surrogates of one character.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
