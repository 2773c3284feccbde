"""What a person would want to know about a corpus before a model learns from it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from math import log

from seqcli.config import CorpusConfig
from seqcli.data.pairs import Pair
from seqcli.wording import plural, shortened

FEW_PAIRS = 500
MAX_PAIRS_EXAMINED = 5000  # evenly spaced ones; more would only take more time
MAX_CHARACTERS_EXAMINED = 1000  # of a text
MIN_SHARE = 0.02  # of the pairs; fewer strange ones are not worth a note
# By how much a trigram of a swapped text must be more probable on the other side, in nats.
SWAPPED_MARGIN = 0.1

HAN = "Han or kana"
_WORD = re.compile(r"\w{2,}")
# Scripts by the first word of a character's name in Unicode, where they are not named like it.
_SCRIPTS = {"CJK": HAN, "HIRAGANA": HAN, "KATAKANA": HAN, "FULLWIDTH": "Latin", "HALFWIDTH": HAN}
# Languages that are always written in one script, and not in Latin.
_LANGUAGES = (
    dict.fromkeys(("zh", "ja", "yue"), HAN)
    | dict.fromkeys(("ru", "uk", "bg", "be", "mk"), "Cyrillic")
    | dict.fromkeys(("ar", "fa", "ur"), "Arabic")
    | dict.fromkeys(("hi", "mr", "ne"), "Devanagari")
    | {"ko": "Hangul", "el": "Greek", "he": "Hebrew", "th": "Thai", "ka": "Georgian"}
)


def corpus_notes(train: Sequence[Pair], dev: Sequence[Pair], config: CorpusConfig) -> list[str]:
    """Sentences about what may be wrong with the pairs; in a large corpus some are examined."""
    examined = train[:: -(-len(train) // MAX_PAIRS_EXAMINED)]
    notes = []
    if len(train) < FEW_PAIRS:
        notes.append(
            f"{plural(len(train), 'training pair')}: enough to try the program; a translator needs "
            "thousands"
        )
    return [
        *notes,
        *_empty_notes(examined),
        *_script_notes(examined, config),
        *_swapped_dev_note(train, dev),
    ]


def main_script(text: str) -> str:
    """The script of most letters of a text: `Latin`, `Cyrillic`, …; Han and kana are one. An empty
    string for a text without letters."""
    scripts = Counter(filter(None, map(_script, text[:MAX_CHARACTERS_EXAMINED])))
    return scripts.most_common(1)[0][0] if scripts else ""


def _without_shared_words(pair: Pair, side: int) -> str:
    """A side of a pair without the words, such as names, that the other side has too."""
    text = pair[side][:MAX_CHARACTERS_EXAMINED]
    for word in _WORD.findall(pair[1 - side][:MAX_CHARACTERS_EXAMINED]):
        text = text.replace(word, " ")
    return text


@lru_cache(maxsize=20_000)
def _script(character: str) -> str:
    if not character.isalpha():
        return ""
    name = unicodedata.name(character, "").partition(" ")[0]
    return _SCRIPTS.get(name, name.capitalize())


def _empty_notes(pairs: Sequence[Pair]) -> Iterator[str]:
    """Pairs from which nothing can be learned: copies, and punctuation alone."""
    copies = sum(pair.source == pair.target for pair in pairs)
    if copies > len(pairs) / 2:
        yield f"{_share(copies, pairs)} the target is the source: are both sides one language?"
    marks = sum(not all(any(map(str.isalnum, side)) for side in pair) for pair in pairs)
    if marks > len(pairs) / 2:
        yield f"{_share(marks, pairs)} a side has neither letters nor digits"


def _script_notes(pairs: Sequence[Pair], config: CorpusConfig) -> Iterator[str]:
    """Sides in another script than in the other pairs, or than their language has."""
    scripts = [Pair(*map(main_script, pair)) for pair in pairs]
    usual = Pair(*(_most_frequent(side) for side in zip(*scripts, strict=True)))
    sides = zip(("source", "target"), ("from", "to"), usual, strict=True)
    tags = (config.source_language, config.target_language)
    for (side, option, script), tag in zip(sides, tags, strict=True):
        expected = _LANGUAGES.get(tag.partition("-")[0].lower())
        if expected and script and script != expected:
            yield (
                f"most {side}s are in {script} letters, not in {expected} as --{option} {tag} says"
                " (--reverse swaps the sides)"
            )
    swapped = [i for i, each in enumerate(scripts) if each == usual.reversed() != usual]
    if swapped and all(usual):
        example = " / ".join(repr(shortened(side)) for side in pairs[swapped[0]])
        yield f"{_share(len(swapped), pairs)} the sides are swapped, such as {example}"
    for number, side in enumerate(("source", "target")):
        strange = [
            i
            for i, each in enumerate(scripts)
            if each[number] not in ("", usual[number])
            and each != usual.reversed()
            and main_script(_without_shared_words(pairs[i], number)) not in ("", usual[number])
        ]
        if len(strange) > MIN_SHARE * len(pairs):
            yield (
                f"{_share(len(strange), pairs)} the {side} is not in {usual[number]} letters, "
                f"unlike in the others, such as {shortened(pairs[strange[0]][number])!r}"
            )


def _swapped_dev_note(train: Sequence[Pair], dev: Sequence[Pair]) -> Iterator[str]:
    if are_swapped(train, dev):
        yield "the sides of dev are swapped: its sources look like the training targets"


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
    examined = pairs[:: -(-len(pairs) // MAX_PAIRS_EXAMINED)]
    return [_trigrams(side) for side in zip(*examined, strict=True)]


def _trigrams(texts: Iterable[str]) -> Counter[str]:
    """The groups of three characters in the texts, beginnings and ends of words included."""
    padded = [f" {text[:MAX_CHARACTERS_EXAMINED]} " for text in texts]
    return Counter(text[i : i + 3] for text in padded for i in range(len(text) - 2))


def _most_frequent(scripts: Iterable[str]) -> str:
    counts = Counter(filter(None, scripts))
    return counts.most_common(1)[0][0] if counts else ""


def _share(count: int, pairs: Sequence[Pair]) -> str:
    return f"in {count:,} of {plural(len(pairs), 'pair')}"
