"""Python's patterns as patterns of JavaScript that match the same.

JavaScript and Python know different versions of Unicode, and sets of characters have another syntax
in each. So Python itself finds the characters of each set, and a page has them as classes: see
`seqcli.web.character_sets`. There a text is a string with one unit for each character, its class,
and a pattern has `[12]` for the set number 12, which the page replaces by its classes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

from seqcli.data import carryover, heard_words, normalization, words
from seqcli.data.patterns import compiled
from seqcli.decoding import markup, sentences
from seqcli.web.character_sets import ALL_CHARACTERS, character_classes

CharacterSet = tuple[str, str]  # the library that knows it, and the set in its syntax

_LINE_END = r"\n"

# What `\X` matches: characters between which there is no boundary of grapheme clusters by the rules
# of Unicode Standard Annex 29, as the library applies them. (It joins any linker of an Indic script
# to a consonant behind it.)
_CONTROLS = r"[\p{GCB=Control}\p{GCB=CR}\p{GCB=LF}]"
_CONJUNCT = r"|(?=\p{InCB=Consonant})(?<=\p{InCB=Linker}\p{InCB=Extend}*)"
_NO_BOUNDARY = (
    rf"(?<=\p{{GCB=CR}})(?=\p{{GCB=LF}})|(?<!{_CONTROLS})(?!{_CONTROLS})(?:"
    r"(?=[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}])|(?<=\p{GCB=Prepend})"
    r"|(?<=\p{GCB=L})(?=[\p{GCB=L}\p{GCB=V}\p{GCB=LV}\p{GCB=LVT}])"
    r"|(?<=[\p{GCB=LV}\p{GCB=V}])(?=[\p{GCB=V}\p{GCB=T}])"
    r"|(?<=[\p{GCB=LVT}\p{GCB=T}])(?=\p{GCB=T})"
    r"|(?=\p{Extended_Pictographic})(?<=\p{Extended_Pictographic}\p{GCB=Extend}*\p{GCB=ZWJ})"
)
_SYNTAX = re.compile(
    r"""(?P<open>\((?:\?(?:P<(?P<name>\w+)>|[:=!]|<[=!]))?)
    |(?P<quantifier>(?:[*+?]|\{\d+(?:,\d*)?\}))(?P<manner>[+?]?)
    |(?P<end>\$|\\Z)
    |(?P<set>\\(?:[pP]\{[^}]*\}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[wWsSdDnrt]|[^\w\s])|[^\\*+?{}()|^$])
    |(?P<other>[|)])""",
    re.VERBOSE,
)


@cache
def pattern_tables() -> dict[str, Any]:
    """The patterns by their names, and the classes of characters of their sets."""
    numbers: dict[CharacterSet, int] = {}

    def number_of(library: str, source: str) -> int:
        return numbers.setdefault((library, source), len(numbers))

    patterns = {
        name: translate_pattern(pattern, partial(number_of, library))
        for library, patterns in (("regex", _regex_patterns()), ("re", _re_patterns()))
        for name, pattern in patterns.items()
    }
    return {**character_classes([list(_spans(*each)) for each in numbers]), "patterns": patterns}


def _regex_patterns() -> dict[str, str]:
    """Patterns for `regex`, by name."""
    # (Older versions of the library do not know conjuncts.)
    has_conjuncts = compiled(r"\X").fullmatch("\u0915\u094d\u0915") is not None
    no_boundary = f"(?:{_NO_BOUNDARY}{_CONJUNCT if has_conjuncts else ''}))"
    character = r"(?:\p{RI}\p{RI}|.)"
    cluster = f"{character}(?:{no_boundary}{character})*"
    return {**carryover.PATTERNS, **words.PATTERNS, **heard_words.PATTERNS, "cluster": cluster}


def _re_patterns() -> dict[str, str]:
    """Patterns for `re`, by name."""
    return {**normalization.PATTERNS, **markup.PATTERNS, **sentences.page_patterns()}


def _spans(library: str, source: str) -> Iterator[tuple[int, int]]:
    """[start, end) of the characters of a set."""
    find: Callable[..., Iterator[re.Match[str]]] = (
        re.compile(f"{source}+", re.DOTALL).finditer
        if library == "re"
        else compiled(f"(?s:{source}+)").finditer
    )
    return (match.span() for match in find(ALL_CHARACTERS))


def translate_pattern(pattern: str, number_of: Callable[[str], int]) -> str:
    """A pattern in the syntax of JavaScript, with the numbers of its sets in brackets.

    A full stop is any character. Groups without a name are named g1, g2 and so on. What is
    possessive is found by a group in a lookahead, which is named a1, a2 and so on. Raises
    `ValueError` for syntax that no pattern of ours has.
    """
    return _Translator(pattern, number_of).translate()


class _Translator:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str, number_of: Callable[[str], int]) -> None:
        self.pattern = pattern
        self.number_of = number_of
        self.position = 0
        self.groups = 0  # without a name, so far
        self.possessives = 0

    def translate(self) -> str:
        translated = self._alternatives()
        if self.position < len(self.pattern):
            raise self._error()
        return translated

    def _alternatives(self) -> str:
        """What is before the end of a group or of the pattern."""
        parts: list[str] = []
        while self.position < len(self.pattern) and self.pattern[self.position] != ")":
            if self.pattern[self.position] == "|":
                self.position += 1
                parts.append("|")
            else:
                parts.append(self._quantified())
        return "".join(parts)

    def _quantified(self) -> str:
        """The next character, set or group with its quantifier."""
        atom = self._atom()
        match = _SYNTAX.match(self.pattern, self.position)
        if match is None or not match["quantifier"]:
            return atom
        self.position = match.end()
        if match["manner"] != "+":
            return atom + match[0]
        self.possessives += 1
        name = f"a{self.possessives}"
        return f"(?=(?<{name}>{atom}{match['quantifier']}))\\k<{name}>"

    def _atom(self) -> str:
        start = self.position
        if self.pattern[start] == "[":
            self.position = self._end_of_set()
            return self._set(self.pattern[start : self.position])
        match = _SYNTAX.match(self.pattern, start)
        if match is None or match["quantifier"] or match["other"]:
            raise self._error()
        self.position = match.end()
        if match["open"]:
            return self._group(match["open"], match["name"])
        if match["end"]:  # `$` is also before a line end that is the last character
            return "$" if match[0] != "$" else f"(?={self._set(_LINE_END)}?$)"
        return self._set(match[0])

    def _group(self, opening: str, name: str | None) -> str:
        possessives = self.possessives
        if opening == "(":
            self.groups += 1
            name = f"g{self.groups}"
        inside = self._alternatives()
        if not self.pattern.startswith(")", self.position):
            raise self._error()
        # (JavaScript reads what is behind from right to left, so that a group is not known.)
        if opening.startswith("(?<") and self.possessives > possessives:
            raise self._error()
        self.position += 1
        return f"(?<{name}>{inside})" if name else f"{opening}{inside})"

    def _end_of_set(self) -> int:
        """The position behind a set in brackets, which may have others in it."""
        depth, position = 0, self.position
        while position < len(self.pattern):
            character = self.pattern[position]
            depth += (character == "[") - (character == "]")
            position += 2 if character == "\\" else 1
            if depth == 0:
                return position
        raise self._error()

    def _set(self, source: str) -> str:
        return f"[{self.number_of(source)}]"

    def _error(self) -> ValueError:
        rest = self.pattern[self.position : self.position + 20]
        return ValueError(f"cannot translate this syntax at {self.position}: {rest}")
