"""Write the task files: `NAME.{train,dev,test}.tsv` beside this one, a few thousand lines each.

    python sample_data/tasks/generate.py

Every task is a rule with random examples of it, drawn by one seeded generator, so every run writes
the same bytes. No source stands in two files.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import words

Pair = tuple[str, str]
Draw = Callable[[random.Random], Pair]

SEED = 1997
HELD_OUT = 300  # pairs of dev, and of test
BITS, MORE_BITS = (3, 8), (9, 16)
LARGEST = 99_999

UNITS, TENS = words.UNITS.split(), words.TENS.split()
HAN = "零一二三四五六七八九"


def addition(bits: tuple[int, int]) -> Draw:
    """Two binary numbers, lowest digits first, and their sum: `1+1 0+1 0+0` is `0 0 1`.

    A last 0+0 makes room for the carry.
    """

    def draw(rng: random.Random) -> Pair:
        size = rng.randint(*bits)
        first, second = rng.getrandbits(size), rng.getrandbits(size)
        digits = range(size + 1)
        asked = " ".join(f"{first >> i & 1}+{second >> i & 1}" for i in digits)
        return asked, " ".join(str(first + second >> i & 1) for i in digits)

    return draw


def english_number(number: int) -> str:
    """A number below a million, the British way: 1205 is one thousand two hundred and five."""
    if number >= 1000:
        thousands, rest = divmod(number, 1000)
        joined = " and " if 0 < rest < 100 else " "
        return f"{english_number(thousands)} thousand" + (rest > 0) * (
            joined + english_number(rest)
        )
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        return f"{UNITS[hundreds]} hundred" + (rest > 0) * f" and {english_number(rest)}"
    if number >= 20:
        tens, rest = divmod(number, 10)
        return TENS[tens] + (rest > 0) * f" {UNITS[rest]}"
    return UNITS[number]


def chinese_number(number: int) -> str:
    """A number below a hundred thousand: 2205 is 两千二百零五, 15 is 十五."""
    written, skipped = "", False
    for power, unit in ((4, "万"), (3, "千"), (2, "百"), (1, "十"), (0, "")):
        digit = number // 10**power % 10
        if digit:
            two = digit == 2 and power > 2
            written += "零" * (skipped and bool(written)) + ("两" if two else HAN[digit]) + unit
        skipped = not digit
    return written.removeprefix("一") if 10 <= number < 20 else written or HAN[0]


def number(say: Callable[[int], str]) -> Draw:
    """A number, its digits apart, and how it is said."""

    def draw(rng: random.Random) -> Pair:
        chosen = rng.randint(0, 10 ** rng.randint(1, len(str(LARGEST))) - 1)
        return " ".join(str(chosen)), say(chosen)

    return draw


def tagged(rng: random.Random) -> Pair:
    """A sentence and the part of speech of each word; many words could have been another."""
    found = " ".join(_expand(rng, rng.choice(words.SENTENCES))).split()
    text, tags = zip(*(word.rsplit("/", 1) for word in found), strict=True)
    return re.sub(r"\ba (?=[aeiou])", "an ", " ".join(text)), " ".join(tags)


def _expand(rng: random.Random, pattern: str) -> Iterator[str]:
    """Words with their tags; a name in capitals stands for one of its phrases."""
    for part in pattern.split():
        if part in words.PHRASES:
            yield from _expand(rng, rng.choice(words.PHRASES[part]))
        else:
            yield part


def judged(rng: random.Random) -> Pair:
    """A sentence about something, and what it comes to: praise or complaint.

    Of two halves one counts: the one after `but`, the one without `although`. And `not` turns
    everything round.
    """
    things = rng.sample(words.THINGS, 2)
    kinds = [rng.choice(("praise", "complaint")) for _ in things]
    halves = [
        rng.choice(words.JUDGEMENTS[kind]).replace("*", thing)
        for kind, thing in zip(kinds, things, strict=True)
    ]
    first, second = halves
    shape = rng.randrange(5)
    if shape < 2:
        return first, kinds[0]
    if shape == 2:
        return f"{first} but {second}", kinds[1]
    if shape == 3:
        return f"although {first} , {second}", kinds[1]
    return f"{first} although {second}", kinds[0]


# How many lines of train, and what each is.
TASKS: dict[str, tuple[int, Draw]] = {
    "adding": (6000, addition(BITS)),
    "tagging": (4000, tagged),
    "mood": (3000, judged),
    "numbers-en": (4000, number(english_number)),
    "numbers-zh": (4000, number(chinese_number)),
}


def distinct(draw: Draw, rng: random.Random, count: int, seen: set[str]) -> list[Pair]:
    """So many pairs whose sources are not among those seen, which they join."""
    pairs: list[Pair] = []
    while len(pairs) < count:
        pair = draw(rng)
        if pair[0] not in seen:
            seen.add(pair[0])
            pairs.append(pair)
    return pairs


def corpora() -> Iterator[tuple[str, list[Pair]]]:
    """The name of every file, and its pairs."""
    for name, (size, draw) in TASKS.items():
        rng, seen = random.Random(f"{SEED} {name}"), set[str]()
        for part, count in (("train", size), ("dev", HELD_OUT), ("test", HELD_OUT)):
            yield f"{name}.{part}", distinct(draw, rng, count, seen)
    rng = random.Random(f"{SEED} long")
    yield "adding.test-long", distinct(addition(MORE_BITS), rng, HELD_OUT, set())


def main(folder: Path) -> None:
    """Write all files into a folder."""
    for name, pairs in corpora():
        text = "".join(f"{source}\t{target}\n" for source, target in pairs)
        (folder / f"{name}.tsv").write_bytes(text.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
