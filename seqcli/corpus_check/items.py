"""Numbers, placeholders, tags and links that one side has and the other has not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from seqcli.corpus_check.faults import Fault
from seqcli.data.carryover import find_items, find_tags
from seqcli.data.pairs import Pair

# Most pairs have none of what items consist of; letters and digits may come later.
_SIGN = re.compile(r"[<{%`@#&/_$]|\(\)|\.[a-z]{2}")
_DIGITS = re.compile(r"\d+(?:[.,:'’·٫٬，．：]\d+|[ \u00a0\u202f]\d{3}(?!\d))*")
_NO_DIGIT = re.compile(r"\D+")
_PLACEHOLDER = re.compile(r"[$#%]?\{|%")
_BLOCK = re.compile(r"[,|][^{}]*(?:\{.*)?")  # of a plural of ICU, all but its name
_VOID = frozenset(("br", "hr", "img", "input", "wbr"))  # tags of HTML that are never closed
_TAG_NAME = re.compile(r"</?\w+")
# A side with such a character may write a number in words of Chinese, such as 二十 for 20.
_HAN_NUMERALS = frozenset("〇一二三四五六七八九十百千万萬亿億两兩零半")
# Numbers up to this one are often written in words on one side alone: hours, months, a dozen.
LARGEST_IN_WORDS = 12


def differing_items(pair: Pair) -> Iterator[Fault]:
    """The kinds of items that differ between the sides of a pair."""
    if _SIGN.search(pair.source) or _SIGN.search(pair.target):
        yield from _differences("tags", pair, _tags)
        yield from _differences("placeholders", pair, _placeholders)
        yield from _differences("links", pair, _links)
    yield from _differing_numbers(pair)


def _differences(kind: str, pair: Pair, find: Callable[[str], Iterable[str]]) -> Iterator[Fault]:
    source, target = (Counter(find(side)) for side in pair)
    if source != target:
        yield Fault(kind, f"{kind} differ: {_listed(source - target)} / {_listed(target - source)}")


def _listed(items: Counter[str]) -> str:
    return " ".join(items.elements()) or "none"


def _tags(text: str) -> list[str]:
    """The names of the tags; attributes, such as a title, may be translated. What is in angle
    brackets and never closed, such as <file>, may be meant for people."""
    tags = [
        (name[0].lower(), tag.endswith("/>"))
        for tag in find_tags(text)
        if (name := _TAG_NAME.match(tag))
    ]
    names = {name for name, _ in tags}
    return [
        f"{name}>"
        for name, is_empty in tags
        if is_empty or name[1:] in _VOID or name[1] == "/" or f"</{name[1:]}" in names
    ]


def _placeholders(text: str) -> list[str]:
    """The placeholders; of a plural block of ICU its name, since the rest may be translated."""
    return [_BLOCK.sub("", word) for word in _words(text) if _PLACEHOLDER.match(word)]


def _links(text: str) -> list[str]:
    return [word for word in _words(text) if not _PLACEHOLDER.match(word) and word[0] != "&"]


def _words(text: str) -> Iterator[str]:
    items = find_items(text, numbers=False, is_new=_never, is_readable=_always)
    return (item.text for item in items if item.kind == "word")


def _never(_: str) -> bool:
    return False


def _always(_: str) -> bool:
    return True


def _differing_numbers(pair: Pair) -> Iterator[Fault]:
    """Numbers differ if both sides have some, and what is left after those that both have is no
    other way to write the same: 15 for 3 p.m., 20,000 for 2万, or a small number in words."""
    source, target = (Counter(map(_digits, _DIGITS.findall(side))) for side in pair)
    if source == target or not source or not target:
        return
    extra = [
        sorted((mine - other).elements()) for mine, other in ((source, target), (target, source))
    ]
    if not _may_be_equal(*extra) and not _may_be_in_words(pair, *extra):
        lists = " / ".join(" ".join(numbers) or "none" for numbers in extra)
        yield Fault("numbers", f"numbers differ: {lists}")


def _digits(number: str) -> str:
    """The digits of a number without separators, in ASCII, without zeros at the beginning."""
    digits = _NO_DIGIT.sub("", number)
    if not digits.isascii():
        digits = "".join(str(int(digit)) for digit in digits)
    return digits.lstrip("0") or "0"


def _may_be_equal(source: list[str], target: list[str]) -> bool:
    """Whether the numbers of two lists may be the same: but for zeros at the end (2万 is 20,000),
    or 12 hours apart."""
    return len(source) == len(target) and all(
        one.rstrip("0") == other.rstrip("0") or _are_same_hour(one, other)
        for one, other in zip(source, target, strict=True)
    )


def _are_same_hour(one: str, other: str) -> bool:
    """Whether two times, of hours or of hours and minutes, are the same in the morning and in the
    afternoon."""
    hours = [int(time.removesuffix("00") or "0") for time in (one, other)]
    return abs(hours[0] - hours[1]) == (12 if max(hours) <= 24 else 1200)


def _may_be_in_words(pair: Pair, source: list[str], target: list[str]) -> bool:
    """Whether one side alone has further numbers, which the other may have in words."""
    if source and target:
        return False
    text = pair.target if source else pair.source
    return all(int(number) <= LARGEST_IN_WORDS for number in source + target) or not (
        _HAN_NUMERALS.isdisjoint(text)
    )
