"""Dev sentences and damaged copies of them, to learn when a translation is not usable."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from seqcli.data.normalization import fold, normalize_source
from seqcli.data.pairs import Pair
from seqcli.data.words import split_words

# Letters of a script that neither side of the corpus has, each with one of its letters.
_SCRIPTS = (
    "абвгдежзиклмнопрстуфхцчшщыэюя",
    "αβγδεζηθικλμνξοπρστυφχψω",
    "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ",
    "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
)
# Shares of the words of a sentence that are replaced by strings.
_SHARES = (0.15, 0.3, 0.5, 0.8)
MIN_STRING_LENGTH, MAX_STRING_LENGTH = 4, 10
# One word in so many is left in a sentence in a foreign script.
KEPT_OF_FOREIGN = 4
DAMAGED = 1 / 3  # share of the examples
# The most damaged copies of a sentence, on average.
COPIES = 3


class Example(NamedTuple):
    """A source to translate. `reference` is what its translation is compared with, None where no
    translation is usable; `half` is 0 to fit and 1 to measure."""

    source: str
    reference: str | None
    half: int
    damaged: bool


def make_examples(pairs: Sequence[Pair], count: int, seed: int) -> list[Example]:
    """About `count` examples, which depend only on the seed: dev sentences as they are, and damaged
    ones, of which there are `DAMAGED` of all.

    In a third of the damaged ones, words are replaced by strings of the corpus' letters that are
    no words of it; the reference stays, so that a translation of what remains may be usable. In a
    third, the beginning of one sentence continues with the end of another, and the reference with
    the end of the other's reference. A third has most of its words in letters of a script that the
    corpus does not have, and no usable translation; so has a sentence without words
    of letters, such as a sum, always: other digits would make another valid sum.
    All copies of a sentence are in the same half.
    """
    generator = random.Random(seed)
    lines = [pair for pair in pairs if pair.source.strip()]
    generator.shuffle(lines)
    halves = [lines[half::2] for half in range(2)]
    undamaged = {pair.source for pair in lines}
    damage = _Damage(lines, generator)
    examples = []
    for half, own in enumerate(halves):
        damaged_count = round(count * DAMAGED / 2)
        plain = own[: -(-count // 2) - damaged_count]
        examples += [Example(pair.source, pair.target, half, damaged=False) for pair in plain]
        for i in range(min(damaged_count, COPIES * len(own))):
            pair = own[i % len(own)]
            kind = (i + i // len(own)) % 3
            damaged: tuple[str, str | None] | None = None
            if kind == 0:
                damaged = damage.replace_words(pair)
            elif kind == 1:
                damaged = damage.splice(pair, generator.choice(own))
            if damaged is None or damaged[0] in undamaged:
                damaged = damage.foreign(pair), None
            source, reference = damaged
            examples.append(Example(source, reference, half, damaged=True))
    return examples


class _Damage:
    """Ways to damage a pair: each returns the new source, with the reference if there is one; None
    where the source has too few words of letters."""

    def __init__(self, pairs: Sequence[Pair], generator: random.Random) -> None:
        self.generator = generator
        sources = [fold(normalize_source(pair.source)) for pair in pairs]
        self.letters = [c for source in sources for c in source if c.isalpha()]
        self.words = {word for source in sources for word in split_words(source)}
        present = set("".join(pair.source + pair.target for pair in pairs).casefold())
        scripts = [script for script in _SCRIPTS if not present & set(script)]
        self.script = (scripts or _SCRIPTS)[0]

    def replace_words(self, pair: Pair) -> tuple[str, str] | None:
        words = split_words(pair.source)
        places = [i for i, word in enumerate(words) if word.isalpha()]
        if not places:
            return None
        share = self.generator.choice(_SHARES)
        for i in self.generator.sample(places, max(1, round(share * len(places)))):
            words[i] = self._string(len(words[i]))
        return _join(words, pair.source), pair.target

    def splice(self, pair: Pair, other: Pair) -> tuple[str, str] | None:
        source, end = split_words(pair.source), split_words(other.source)
        if not any(word.isalpha() for word in source) or min(len(source), len(end)) < 2:
            return None
        target, target_end = split_words(pair.target), split_words(other.target)
        return (
            _join([*source[: len(source) // 2], *end[len(end) // 2 :]], pair.source),
            _join([*target[: len(target) // 2], *target_end[len(target_end) // 2 :]], pair.target),
        )

    def foreign(self, pair: Pair) -> str:
        words = split_words(pair.source)
        alphabetic = [i for i, word in enumerate(words) if word.isalpha()]
        kept = set(self.generator.sample(alphabetic, -(-len(alphabetic) // KEPT_OF_FOREIGN)))
        return _join(
            [word if i in kept else self._in_script(word) for i, word in enumerate(words)],
            pair.source,
        )

    def _in_script(self, word: str) -> str:
        return "".join(
            self.generator.choice(self.script) if character.isalnum() else character
            for character in word
        )

    def _string(self, length: int) -> str:
        length = min(max(length, MIN_STRING_LENGTH), MAX_STRING_LENGTH)
        while True:
            string = "".join(self.generator.choices(self.letters, k=length))
            if string not in self.words:
                return string
            length += 1


def _join(words: Sequence[str], like: str) -> str:
    """Words as one text, with spaces between them if the text `like` has spaces."""
    return (" " if " " in like.strip() else "").join(words)
