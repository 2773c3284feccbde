"""What a corpus shows of its language, its marks, its numbers and its names."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from seqcli.data.carryover import find_items
from seqcli.data.pairs import Pair
from seqcli.data.words import find_words

# Targets of fewer different words are labels or digits: nothing new can be in them.
MIN_OPEN_WORDS = 100

# Numbers are carried over, unless the targets of most pairs that have some differ in them.
MIN_SAME_NUMBERS = 0.2
MIN_PAIRS_WITH_NUMBERS = 10

COMMAS = (",", "，", "、", "،")
MIN_WITH_COMMA = 0.01

# A name begins with a capital in nearly all places but the first of a text.
MIN_CAPITALIZED = 0.9
MIN_INSIDE = 3


def has_open_targets(pairs: Iterable[Pair]) -> bool:
    """Whether targets are sentences: they are made of many different words."""
    words: set[str] = set()
    for pair in pairs:
        words.update(word.text for word in find_words(pair.target))
        if len(words) >= MIN_OPEN_WORDS:
            return True
    return False


def lack_end_marks(pairs: Sequence[Pair]) -> bool:
    """Whether most sources have no end mark, so that a line of several cannot be split."""
    return sum(not has_end_mark(pair.source) for pair in pairs) > len(pairs) / 2


def has_end_mark(text: str) -> bool:
    return unicodedata.category(text[-1:] or " ").startswith("P")


def numbers_are_carried(pairs: Iterable[Pair]) -> bool:
    """Whether targets have the numbers of their sources, as far as the pairs show."""
    count = same = 0
    for source, target in pairs:
        numbers = [
            item.text
            for item in find_items(
                source, numbers=True, is_new=lambda _: False, is_readable=lambda _: True
            )
            if item.kind == "number"
        ]
        if numbers:
            count += 1
            same += all(number in target for number in numbers)
    return count < MIN_PAIRS_WITH_NUMBERS or same >= MIN_SAME_NUMBERS * count


def find_commas(pairs: Sequence[Pair]) -> list[str]:
    """The most frequent commas of the sources and of the targets."""
    return [find_comma(texts) for texts in zip(*pairs, strict=True)]


def find_comma(texts: Sequence[str]) -> str:
    """The most frequent comma of the texts; an empty string if at most 1 % of them have one."""
    counts = {comma: sum(comma in text for text in texts) for comma in COMMAS}
    comma = max(COMMAS, key=lambda comma: counts[comma])
    return comma if counts[comma] > MIN_WITH_COMMA * len(texts) else ""


def find_names(texts: Iterable[str]) -> frozenset[str]:
    """The words of the texts, folded, that are written with a capital wherever they stand: names,
    and the nouns of German. (Single letters are left out, such as the "I" of English.)"""
    inside: Counter[str] = Counter()
    capitalized: Counter[str] = Counter()
    for text in texts:
        for word in find_words(text)[1:]:
            inside[word.folded] += 1
            capitalized[word.folded] += word.text[0].isupper()
    return frozenset(
        word
        for word, count in capitalized.items()
        if len(word) > 1 and count >= max(MIN_INSIDE, MIN_CAPITALIZED * inside[word])
    )
