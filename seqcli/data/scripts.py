"""The script of a text, and which side of a corpus a text looks like."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import log

from seqcli.data.pairs import Pair

MAX_PAIRS_EXAMINED = 5000  # evenly spaced ones; more would only take more time
MAX_CHARACTERS_EXAMINED = 1000  # of a text
# By how much a trigram of a swapped text must be more probable on the other side, in nats.
SWAPPED_MARGIN = 0.1

HAN = "Han or kana"
# Scripts by the first word of a character's name in Unicode, where they are not named like it.
_SCRIPTS = {"CJK": HAN, "HIRAGANA": HAN, "KATAKANA": HAN, "FULLWIDTH": "Latin", "HALFWIDTH": HAN}
# Languages that are always written in one script, and not in Latin.
LANGUAGE_SCRIPTS = (
    dict.fromkeys(("zh", "ja", "yue"), HAN)
    | dict.fromkeys(("ru", "uk", "bg", "be", "mk"), "Cyrillic")
    | dict.fromkeys(("ar", "fa", "ur"), "Arabic")
    | dict.fromkeys(("hi", "mr", "ne"), "Devanagari")
    | {"ko": "Hangul", "el": "Greek", "he": "Hebrew", "th": "Thai", "ka": "Georgian"}
)


def main_script(text: str) -> str:
    """The script of most letters of a text: `Latin`, `Cyrillic`, …; Han and kana are one. An empty
    string for a text without letters."""
    scripts = Counter(filter(None, map(_script, text[:MAX_CHARACTERS_EXAMINED])))
    return scripts.most_common(1)[0][0] if scripts else ""


@lru_cache(maxsize=20_000)
def _script(character: str) -> str:
    if not character.isalpha():
        return ""
    name = unicodedata.name(character, "").partition(" ")[0]
    return _SCRIPTS.get(name, name.capitalize())


def are_swapped(pairs: Sequence[Pair], others: Sequence[Pair]) -> bool:
    """Whether the sides of other pairs are swapped: whether each looks more like the opposite side
    of the pairs. Of many, some are examined."""
    sources, targets = _side_trigrams(pairs)
    other_sources, other_targets = _side_trigrams(others)
    kinds = len({*sources, *targets, *other_sources, *other_targets})

    def looks_like_other(texts: Counter[str], other: Counter[str], own: Counter[str]) -> bool:
        """Whether the texts are more probable by the trigrams of the other side, each with a
        smoothed frequency."""
        ratio = sum(
            count * log((other[trigram] + 1) / (own[trigram] + 1))
            for trigram, count in texts.items()
        )
        ratio /= max(1, texts.total())
        return ratio + log((own.total() + kinds) / (other.total() + kinds)) > SWAPPED_MARGIN

    return looks_like_other(other_sources, targets, sources) and looks_like_other(
        other_targets, sources, targets
    )


def _side_trigrams(pairs: Sequence[Pair]) -> list[Counter[str]]:
    examined = pairs[:: -(-len(pairs) // MAX_PAIRS_EXAMINED) or 1]
    return [_trigrams(side) for side in zip(*examined, strict=True)]


def _trigrams(texts: Iterable[str]) -> Counter[str]:
    """The groups of three characters in the texts, beginnings and ends of words included."""
    padded = [f" {text[:MAX_CHARACTERS_EXAMINED]} " for text in texts]
    return Counter(text[i : i + 3] for text in padded for i in range(len(text) - 2))
