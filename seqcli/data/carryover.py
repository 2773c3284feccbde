"""What a translation carries over unchanged: links, numbers, placeholders, tags, emoji, new words.

Before the model reads a source, each such item is replaced by a symbol, or taken out if it is no
part of the sentence (a tag, an emoji). Symbols are lone surrogates, which no UTF-8 text contains.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple, cast

from seqcli.data.normalization import normalize_source
from seqcli.data.patterns import compiled
from seqcli.data.words import UNSPACED, find_words

# A sentence with more items than symbols uses the symbols again, in the same order.
SYMBOLS = "".join(map(chr, range(0xD800, 0xD808)))

# "word": part of a sentence, such as a link; "mark": beside it, such as a tag; "new": new words.
Kind = Literal["number", "word", "mark", "new"]

# What may be between two new words that are one item. After an initial there is ". ".
_JOINTS = ("", " ", *"-‐‑'’ʼʻʹ")

SPACED = rf"[[\p{{L}}\p{{M}}\p{{N}}_]--[{UNSPACED}]]"  # characters that begin or continue a word
_LETTER = rf"[\p{{L}}--[{UNSPACED}]]"
_HYPHENATED = rf"[[\p{{L}}\p{{M}}\p{{N}}_-]--[{UNSPACED}]]"
_DOTTED = rf"[[\p{{L}}\p{{M}}\p{{N}}_.+-]--[{UNSPACED}]]"

# Quantifiers are possessive (`*+`), or begin only where a run of their characters begins: else a
# hostile line takes time that grows with the square of its length.
_DOMAIN = rf"[{_LETTER}\p{{N}}](?:{_HYPHENATED}*+\.){{1,9}}{_LETTER}{{2,}}(?!{SPACED})"
_NOT_OF_LINK = r"\s<>\"“”「」『』《》【】（），。、；：！？()"
_PARENTHESES = rf"\([^{_NOT_OF_LINK}]*+\)"
_END_OF_LINK = (
    rf"(?:[^{_NOT_OF_LINK}]|{_PARENTHESES})*(?:[^{_NOT_OF_LINK}.,;:!?'’\]}}]|{_PARENTHESES})"
)
_BRACES = r"\{[^{}]*+\}"
for _ in range(5):  # levels of a plural block of ICU
    _BRACES = rf"\{{(?:[^{{}}]++|{_BRACES})*+\}}"
_SEPARATOR = r"[.,:/'’·٫٬⁄-]"
_DIGITS = rf"\p{{Nd}}++(?:{_SEPARATOR}\p{{Nd}}++)*+[\p{{No}}⁺⁻]*+"
_SIGNED = rf"(?<![^\s\p{{Ps}}\p{{Pi}}\"'={UNSPACED}])[-+±−]"  # not a hyphen, as in x-5
_CURRENCY = r"(?:\p{Lu}{1,3})?\p{Sc}"
_EMOJI = r"(?:\p{Emoji_Presentation}|\p{Extended_Pictographic})"
_WORDS = (
    r"`[^`\n]+`",  # code
    rf"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*+://{_END_OF_LINK}",
    rf"(?<!{SPACED})www\.{_END_OF_LINK}",
    rf"(?<!{_DOTTED}){_DOTTED}{{0,63}}{SPACED}@{_DOMAIN}",
    rf"(?<!{_HYPHENATED}|\.){_DOMAIN}/{_END_OF_LINK}",
    rf"(?<!{_HYPHENATED}|\.){_DOMAIN}(?<=\.(?:com|org|net|info|edu|gov|io|eu))",
    rf"[$#%]?{_BRACES}",  # {x}, {{x}}, ${x}, a plural block of ICU
    r"(?<![\p{N}%])%(?:\(\w++\))?(?:\d++\$)?[-+0#]*+\d*+(?:\.\d++)?(?:hh?|ll?|[jzt])?"
    rf"[sdifuxXoeEgGc@](?!{SPACED})",
    r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});",
    rf"(?<!{SPACED}|&)[@#](?:(?:{_LETTER}|_){SPACED}*+(?:@{_DOMAIN})?|\p{{L}}\w*+)",
    rf"(?<!{SPACED}){_LETTER}[{_LETTER}\p{{N}}]*+_{SPACED}++",  # names of programs
    rf"(?<!{SPACED}){SPACED}++\(\)",
)
_TAG = r"</?\p{L}(?![^<>\s]*://)[^<>]*+>"
_MARKS = (
    _TAG,
    r"\p{RI}\p{RI}",
    rf"(?<!{SPACED})[0-9#*]\uFE0F?\u20E3",  # keycaps
    rf"{_EMOJI}(?:[\p{{EMod}}\uFE0E\uFE0F\U000E0020-\U000E007F]|\u200D{_EMOJI})*+",
)
_KINDS: dict[Kind, str] = {
    "word": "|".join(_WORDS),
    "mark": "|".join(_MARKS),
    "number": rf"(?<!{SPACED}|\p{{N}}{_SEPARATOR})"
    rf"(?:(?:{_SIGNED})?(?:{_CURRENCY})?{_DIGITS}|\p{{No}}++)"
    rf"(?:\s?[%‰]|\s?°\p{{Lu}}?|\p{{Sc}}|(?<=[.,]\p{{Nd}}{{1,3}}){_LETTER}{{1,3}})?(?!{SPACED})",
}
_ITEM = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items())
# What every item has; most sentences have none of it.
_SIGN = r"[\p{N}`<{%@#&/_]|\(\)|\.\p{Ll}{2}|[[\p{Emoji}]--\p{ASCII}]"
_ASCII_SIGN = re.compile(r"[0-9`<{%@#&/_]|\(\)|\.[a-z]{2}")
# Characters that are no letters, digits, punctuation marks or spaces.
_CHARACTER = r"[\p{S}\p{Co}\p{Cn}]"
_ASCII_CHARACTER = re.compile(r"[$+<=>^`|~]")
# The "s" of "Ann's", which is no word of its own, and is read in pieces; from the letter before it.
_CLITIC = rf"{SPACED}['’´`ʼ′＇]\p{{L}}{{1,2}}"
# The patterns by the names that they have in the scripts of a page.
PATTERNS = {
    "item": _ITEM,
    "sign": _SIGN,
    "character": _CHARACTER,
    "clitic": _CLITIC,
    "spaced": SPACED,
}


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
    has_sign = _ASCII_SIGN if text.isascii() else compiled(_SIGN)
    items = [
        Item(match[0], cast("Kind", match.lastgroup), match.start(), match.end())
        for match in (compiled(_ITEM).finditer(text) if has_sign.search(text) else ())
        if numbers or match.lastgroup != "number"
    ]
    items += _new_words(text, items, is_new)
    items += _unreadable(text, items, is_readable)
    return sorted(items, key=lambda item: item.start)


def find_tags(text: str) -> list[str]:
    """The tags of a text, in order."""
    return [match[0] for match in compiled(_TAG).finditer(text)] if "<" in text else []


def _new_words(text: str, items: Sequence[Item], is_new: Callable[[str], bool]) -> list[Item]:
    occupied = _occupied(items)
    spans: list[tuple[int, int]] = []
    last_start = 0  # of the last word of the last span
    for word in find_words(text):
        start, end = word.start, word.end
        if not occupied.isdisjoint(range(start, end)) or not is_new(word.text):
            continue
        if compiled(_CLITIC).fullmatch(text, max(0, start - 2), end):
            continue
        if spans and _is_joint(text[last_start : spans[-1][1]], text[spans[-1][1] : start]):
            start = spans.pop()[0]
        spans.append((start, end))
        last_start = word.start
    return [Item(text[start:end], "new", start, end) for start, end in spans]


def _is_joint(word: str, between: str) -> bool:
    """Whether a new word and the next one, given what is between them, are one item."""
    return between in _JOINTS or (between == ". " and len(word) == 1)


def _unreadable(text: str, items: Sequence[Item], is_readable: Callable[[str], bool]) -> list[Item]:
    characters = _ASCII_CHARACTER if text.isascii() else compiled(_CHARACTER)
    # (What is read as another character, such as ´ as an apostrophe, is none of them.)
    unreadable = {
        character
        for character in set(characters.findall(text))
        if not is_readable(character) and normalize_source(character) == character
    }
    if not unreadable:
        return []
    occupied = _occupied(items)
    free = "".join(" " if i in occupied else character for i, character in enumerate(text))
    matches = re.finditer(f"[{re.escape(''.join(sorted(unreadable)))}]+", free)
    return [Item(match[0], "mark", match.start(), match.end()) for match in matches]


def _occupied(items: Iterable[Item]) -> set[int]:
    return {place for item in items for place in range(item.start, item.end)}
