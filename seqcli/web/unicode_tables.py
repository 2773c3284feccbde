"""What Python knows of characters, as tables for a page: JavaScript may know another Unicode.

A table of characters with a text for each is a list of numbers: for each character, how far it is
behind the one before it, the length of its text, how far the first character of its text is behind
that of the one before it, and the other characters of its text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from seqcli.data.normalization import source_table
from seqcli.data.text import UNSPACED_RANGES
from seqcli.web.character_sets import ALL_CHARACTERS, character_classes, spans_of


def _is_cased(character: str) -> bool:
    """Whether a sigma after it is a final one."""
    return f"{character}Σ".lower().endswith("ς")


def _is_skipped(character: str) -> bool:
    """Whether what a sigma is depends on what is before this character (or after it)."""
    return f"a{character}Σ".lower().endswith("ς") and not _is_cased(character)


_SETS: dict[str, Callable[[str], bool]] = {
    "space": str.isspace,
    "alpha": str.isalpha,
    "alnum": str.isalnum,
    "upper": str.isupper,
    "lower": str.islower,
    "digit": str.isdigit,
    "punctuation": lambda character: unicodedata.category(character)[0] == "P",
    "cased": _is_cased,
    "skipped": _is_skipped,
}


@cache
def unicode_tables() -> dict[str, Any]:
    """The sets of characters, their cases, their decompositions, and their usual forms."""
    forms = source_table()
    sets = {name: spans_of(map(is_member, ALL_CHARACTERS)) for name, is_member in _SETS.items()}
    sets["unspaced"] = [(ord(low), ord(high) + 1) for low, high in UNSPACED_RANGES]
    return {
        **character_classes(list(sets.values())),
        "names": list(sets),
        "lower": _changes(str.lower),
        "upper": _changes(str.upper),
        **_decompositions(),
        "usual_forms": _text_table({key: text for key, text in forms.items() if len(key) == 1}),
        "usual_pairs": {key: text for key, text in forms.items() if len(key) > 1},
    }


def _changes(change: Callable[[str], str]) -> list[int]:
    """The characters that change, and what they become."""
    return _text_table({c: changed for c in ALL_CHARACTERS if (changed := change(c)) != c})


def _decompositions() -> dict[str, Any]:
    """The canonical decompositions, the characters that are not composed again, and the combining
    classes, of which each has a list of the start and the length of runs of characters."""
    texts: dict[str, str] = {}
    classes: dict[int, list[str]] = {}
    for character in ALL_CHARACTERS:
        parts = unicodedata.decomposition(character)
        if parts and not parts.startswith("<"):
            texts[character] = "".join(chr(int(part, 16)) for part in parts.split())
        if combining_class := unicodedata.combining(character):
            classes.setdefault(combining_class, []).append(character)
    excluded = [c for c in texts if unicodedata.normalize("NFC", c) != c and len(texts[c]) > 1]
    return {
        "decompositions": _text_table(texts),
        "excluded": "".join(excluded),
        "combining": {key: _runs(characters) for key, characters in classes.items()},
    }


def _runs(characters: list[str]) -> list[int]:
    """The first character and the length of each run of characters."""
    runs: list[int] = []
    for code in map(ord, characters):
        if runs and code == sum(runs[-2:]):
            runs[-1] += 1
        else:
            runs += [code, 1]
    return runs


def _text_table(texts: Mapping[str, str]) -> list[int]:
    """The table of the texts of characters: see the module."""
    table: list[int] = []
    last = last_first = 0
    for character, text in sorted(texts.items()):
        first, *rest = map(ord, text)
        table += [ord(character) - last, len(text), first - last_first, *rest]
        last, last_first = ord(character), first
    return table
