"""What a translation carries over unchanged: links, numbers, placeholders, tags, emoji, new words.

Before the model reads a source, each such item is replaced by a symbol, or taken out if it is no
part of the sentence (a tag, an emoji). Symbols are lone surrogates, which no UTF-8 text contains.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple, cast

import regex

from seqcli.data.words import UNSPACED, find_words

# A sentence with more items than symbols uses the symbols again, in the same order.
SYMBOLS = "".join(map(chr, range(0xD800, 0xD808)))

# "word": part of a sentence, such as a link; "mark": beside it, such as a tag; "new": new words.
Kind = Literal["number", "word", "mark", "new"]

# What may be between two new words that are one item.
_JOINTS = ("", " ", "-", "'", "’", ". ")

SPACED = rf"[[\p{{L}}\p{{M}}\p{{N}}_]--[{UNSPACED}]]"  # characters that begin or continue a word
_DOMAIN = r"[\p{L}\p{N}](?:[\w-]*\.)+\p{L}{2,}"
_END_OF_LINK = r"[^\s<>\"”]*[^\s<>\"”.,;:!?'’)\]}]"
_DIGITS = r"\p{Nd}+(?:[.,:/'’·٫٬-]\p{Nd}+)*"
_EMOJI = r"(?:\p{Emoji_Presentation}|\p{Extended_Pictographic})"
_WORDS = (
    r"`[^`\n]+`",  # code
    rf"(?:\p{{L}}[\w+.-]*://|www\.){_END_OF_LINK}",
    rf"(?<![\w.+-])[\w.+-]*\w@{_DOMAIN}",
    rf"(?<![\w-]){_DOMAIN}/{_END_OF_LINK}",
    rf"(?<![\w-]){_DOMAIN}(?<=\.(?:com|org|net|info|edu|gov|io|eu))(?!{SPACED})",
    r"[$#%]?(?P<braces>\{(?:[^{}]|(?&braces))*\})",  # {x}, {{x}}, ${x}, a plural block of ICU
    rf"(?<![\p{{N}}%])%(?:\(\w+\))?(?:\d+\$)?[-+0#]*\d*(?:\.\d+)?[sdifuxXoeEgGc@](?!{SPACED})",
    r"&(?:\p{L}+|#\d+|#x[0-9A-Fa-f]+);",
    r"(?<![\w&])[@#][\p{L}_]\w*",
    rf"(?<!{SPACED})(?:\p{{L}}+_\w+|\w+\(\))",  # names of programs
)
_PATTERNS: dict[Kind, str] = {
    "word": "|".join(_WORDS),
    "mark": rf"</?\p{{L}}[^<>]*>|{_EMOJI}(?:[\p{{EMod}}\uFE0F]|\u200D{_EMOJI})*|\p{{RI}}\p{{RI}}",
    "number": rf"(?<!{SPACED})(?:(?:(?<!\S)[-+±])?\p{{Sc}}?{_DIGITS}[\p{{No}}⁄]*|\p{{No}}+)"
    rf"(?:\s?[%‰°]|\p{{Sc}})?(?!{SPACED})",
}
_ITEM = regex.compile(
    "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS.items()), regex.V1
)
# What every item has; most sentences have none of it.
_SIGN = regex.compile(r"[\p{N}`<{%@#&/_]|\(\)|\.\p{Ll}{2}|[[\p{Emoji}]--\p{ASCII}]", regex.V1)
# Characters that are no letters, digits, punctuation marks or spaces.
_CHARACTERS = regex.compile(r"[\p{S}\p{Co}\p{Cn}]")


class Item(NamedTuple):
    """A part of a text, at [start, end), that its translation carries over."""

    text: str
    kind: Kind
    start: int
    end: int


def find_items(
    text: str,
    *,
    numbers: bool,
    is_new: Callable[[str], bool],
    is_readable: Callable[[str], bool],
) -> list[Item]:
    """The items of a text in order.

    Besides what is recognized by its form, these are the words that `is_new`, of which neighbours,
    such as first and last names, are one item; and other characters, except punctuation marks, that
    are not `is_readable`. Numbers are items only if asked for.
    """
    items = [
        Item(match[0], cast("Kind", match.lastgroup), match.start(), match.end())
        for match in (_ITEM.finditer(text) if _SIGN.search(text) else ())
        if numbers or match.lastgroup != "number"
    ]
    items += _new_words(text, items, is_new)
    items += _unreadable(text, items, is_readable)
    return sorted(items, key=lambda item: item.start)


def _new_words(text: str, items: Sequence[Item], is_new: Callable[[str], bool]) -> list[Item]:
    taken = _taken(items)
    found: list[Item] = []
    for word in find_words(text):
        if word.start in taken or not is_new(word.text):
            continue
        start = word.start
        if found and text[found[-1].end : start] in _JOINTS:
            start = found.pop().start
        found.append(Item(text[start : word.end], "new", start, word.end))
    return found


def _unreadable(text: str, items: Sequence[Item], is_readable: Callable[[str], bool]) -> list[Item]:
    unreadable = {c for c in set(_CHARACTERS.findall(text)) if not is_readable(c)}
    if not unreadable:
        return []
    taken = _taken(items)
    matches = re.finditer(f"[{re.escape(''.join(sorted(unreadable)))}]+", text)
    return [
        Item(match[0], "mark", match.start(), match.end())
        for match in matches
        if match.start() not in taken
    ]


def _taken(items: Iterable[Item]) -> set[int]:
    return {place for item in items for place in range(item.start, item.end)}
