"""A target as the model writes it: with the symbols of its source in place of the same items."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from seqcli.data.carryover import SPACED, SYMBOLS
from seqcli.data.patterns import compiled
from seqcli.data.source_text import SourceText, Span, drop_surrogates, substitute


def put_symbols(target: str, source: SourceText) -> str:
    """A target with the source's symbols in place of its items, and without its marks.

    What the target does not have is left out.
    """
    target = drop_surrogates(target)
    symbols = [character for character in source.text if character in SYMBOLS]
    spans: list[tuple[int, int]] = []
    replacements = []
    texts = [*source.carried, *(mark.text for mark in source.marks)]
    for text, symbol in zip(texts, [*symbols, *("" for _ in source.marks)], strict=True):
        span = find_item(target, text, spans)
        if span:
            spans.append(span)
            replacements.append((*span, symbol))
    written = substitute(target, replacements)
    return " ".join(written.split()) if source.marks else written


def find_item(text: str, item: str, taken: Iterable[Span] = ()) -> Span | None:
    """[start, end) of an item in a text, outside of what is taken; None if it is not there.

    A word may have an ending of up to two letters more ("Tom" in "Toms").
    """
    if item not in text:
        return None
    taken = list(taken)
    for match in compiled(_bounded(item)).finditer(text):
        if not any(match.start() < end and start < match.end() for start, end in taken):
            return match.start(), match.end()
    return None


def _bounded(item: str) -> str:
    """The pattern of an item that is not a part of a longer word or number."""
    before = after = ""
    if _is_number(item[0]):
        before = rf"(?<!{SPACED}|\p{{Nd}}[.,:])"
    elif compiled(SPACED).match(item):
        before = rf"(?<!{SPACED})"
    if _is_number(item[-1]):
        after = rf"(?!{SPACED}|[.,:]\p{{Nd}})"
    elif compiled(SPACED).match(item[-1]):
        after = rf"(?=\p{{L}}{{0,2}}(?!{SPACED}))"
    return before + re.escape(item) + after


def _is_number(character: str) -> bool:
    return unicodedata.category(character).startswith("N")
