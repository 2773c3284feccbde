"""What fills a slot of a pattern, and how English verbs, articles and numbers are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import lexicon

Pair = tuple[str, str]
IRREGULAR = {  # after i, after one other person or thing, after several (and you)
    "be": ("am", "is", "are"),
    "ben't": ("am not", "isn't", "aren't"),
    "was": ("was", "was", "were"),
    "don't": ("don't", "doesn't", "don't"),
    "do": ("do", "does", "do"),
    "have": ("have", "has", "have"),
    "haven't": ("haven't", "hasn't", "haven't"),
}
FORMS = ("", "s", "ed", "pp", "ing")
VERBS = {
    line.split()[0]: dict(zip(FORMS, line.split(), strict=True))
    for line in lexicon.VERBS.strip().splitlines()
}
ASPECTS = {"le": "了", "guo": "过"}
DIGITS = "零一二三四五六七八九十"


@dataclass(frozen=True)
class Item:
    """A word or phrase that fills a slot; agr is i, s or p (also for you), more is other forms."""

    en: str
    zh: str
    agr: str = ""
    more: Mapping[str, Pair] = field(default_factory=dict)


def item(en: str, zh: str, agr: str = "", **more: Pair) -> Item:
    return Item(en, zh, agr, more)


def rows(text: str) -> list[list[str]]:
    """The comma-separated entries of a word list, each cut at its = signs."""
    return [entry.strip().split("=") for entry in text.split(",")]


def words(text: str, agr: str = "") -> list[Item]:
    return [item(en, zh, agr) for en, zh in rows(text)]


def level(*groups: list[Item]) -> list[Item]:
    """One list, the small groups repeated so that each weighs about the same."""
    most = max(map(len, groups))
    return [one for group in groups for one in group * round(most / len(group))]


def by_verb(phrases: list[Item]) -> list[Item]:
    """Phrases so repeated that each verb weighs about the same."""
    verbs: dict[str, list[Item]] = {}
    for phrase in phrases:
        verbs.setdefault(phrase.en.split()[0], []).append(phrase)
    return level(*verbs.values())


def agree(verb: str, agr: str) -> str:
    """The present tense of a verb after a subject."""
    first, _, rest = verb.partition(" ")
    base, third = first, VERBS[first]["s"] if first in VERBS else first + "s"
    i, he, they = IRREGULAR.get(first, (base, third, base))
    return f"{(i, he, they)['isp'.index(agr)]} {rest}".strip()


def inflect(phrase: str, form: str) -> str:
    """Another form of the verb that a phrase begins with."""
    first, _, rest = phrase.partition(" ")
    return f"{VERBS[first][form]} {rest}".strip()


def a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def english_number(n: int) -> str:
    small = f"{lexicon.NUMBERS} {lexicon.TEENS}".split()
    if n >= 100:
        return f"{small[n // 100 - 1]} hundred {english_number(n % 100) if n % 100 else ''}".strip()
    if n < 20:
        return small[n - 1]
    return f"{lexicon.TENS.split()[n // 10 - 2]} {small[n % 10 - 1] if n % 10 else ''}".strip()


def chinese_number(n: int, counting: bool = True) -> str:
    """A number in Chinese; 2 is 两 before a measure word."""
    if n >= 100:
        hundreds = ("两" if n // 100 == 2 else DIGITS[n // 100]) + "百"
        return hundreds + (chinese_number(n % 100) if n % 100 else "")
    if n == 2 and counting:
        return "两"
    if n <= 10:
        return DIGITS[n]
    ten = DIGITS[n // 10] if n >= 20 else ""
    return f"{ten}十{DIGITS[n % 10] if n % 10 else ''}"


def number(n: int) -> Pair:
    return english_number(n), chinese_number(n)
