"""Write the sample corpus: four files of `english<TAB>chinese` lines beside this one.

    python sample_data/generate.py

Sentences are made from the patterns of patterns.py and the words of lexicon.py, with one seeded
random number generator, so every run writes the same bytes. An English sentence never gets two
Chinese ones, nor the other way round: that would raise an error here.
"""

from __future__ import annotations

import random
import re
import sys
from pathlib import Path

import lexicon
import patterns
from classes import all_classes
from grammar import ASPECTS, FORMS, Item, Pair, agree, inflect, rows

SEED = 2035
DEV_SIZE = TEST_SIZE = 300
SHORT_WORDS, LONG_WORDS = range(1, 15), range(15, 31)
SLOT = re.compile(r"\[([A-Za-z]+)(\d?)(?:\.(\w+))?\??\]")
AGREEING = re.compile(r"\(([\w']+)(?::(\w+))?\)")
ABSENT = Item("", "")
SILLY = [re.compile(silly) for silly in lexicon.SILLY]


class Filling:
    """One choice of items for the slots of a pattern."""

    def __init__(self, pattern: str, classes: dict[str, list[Item]], rng: random.Random) -> None:
        self.items: dict[str, Item] = {}
        self.subject = ""  # what verbs agree with unless told otherwise
        for slot in SLOT.finditer(pattern):
            name = slot[1] + slot[2]
            if name not in self.items:
                absent = slot[0].endswith("?]") and rng.random() < 0.5
                self.items[name] = ABSENT if absent else rng.choice(classes[slot[1]])
                self.subject = self.subject or (name if self.items[name].agr else "")

    def english(self, pattern: str) -> str:
        agreed = AGREEING.sub(lambda m: agree(m[1], self.items[m[2] or self.subject].agr), pattern)
        return " ".join(SLOT.sub(self.english_form, agreed).split())

    def english_form(self, slot: re.Match[str]) -> str:
        chosen, form = self.items[slot[1] + slot[2]], slot[3] or ""
        if form == "s":
            return agree(chosen.en, self.items[self.subject].agr)
        if form == "as":
            owner = self.items["G2" if slot[2] else self.subject]
            several = owner.agr == "p" and owner.en != "you"
            return chosen.more["many" if several else "one"][0]
        if form in FORMS[1:]:
            return inflect(chosen.en, form)
        return chosen.more[form][0] if form and chosen is not ABSENT else chosen.en

    def chinese(self, pattern: str) -> str:
        return SLOT.sub(self.chinese_form, pattern)

    def chinese_form(self, slot: re.Match[str]) -> str:
        chosen, form = self.items[slot[1] + slot[2]], slot[3] or ""
        if form in ASPECTS:
            return chosen.zh.replace("*", ASPECTS[form])
        return (chosen.more[form][1] if form else chosen.zh).replace("*", "")

    def sensible(self) -> bool:
        """Nobody meets himself or goes twice to one place, and it is clear who he or she is."""
        chinese = [chosen.zh for chosen in self.items.values() if chosen.zh]
        if self.items.keys() >= {"G", "G2"}:
            persons = self.items["G"], self.items["G2"]
            pronouns = [one.more["pro"][1] for one in persons]
            chinese += [zh for zh, one in zip(pronouns, persons, strict=True) if zh != one.zh]
        return len({zh.removesuffix("们") for zh in chinese}) == len(chinese)


class Corpus:
    """Sentence pairs, no sentence of either language twice."""

    def __init__(self) -> None:
        self.chinese_of: dict[str, str] = {}
        self.english_of: dict[str, str] = {}
        for english, chinese in rows(lexicon.HELD_OUT):
            self.add(english, chinese)

    def add(self, english: str, chinese: str) -> None:
        """Keep a new pair; an error if either sentence has another translation already."""
        known = (
            self.chinese_of.setdefault(english, chinese),
            self.english_of.setdefault(chinese, english),
        )
        if known != (chinese, english):
            raise ValueError(f"{(english, chinese)} against {known}")


def sample(
    line: str, lengths: range, corpus: Corpus, classes: dict[str, list[Item]], rng: random.Random
) -> list[Pair]:
    """The sentences of one pattern."""
    count, english_pattern, chinese_pattern = (part.strip() for part in line.split("|"))
    pairs: list[Pair] = []
    for _ in range(100 * int(count)):
        if len(pairs) == int(count):
            return pairs
        filling = Filling(english_pattern, classes, rng)
        english, chinese = filling.english(english_pattern), filling.chinese(chinese_pattern)
        silly = any(silly.search(english) for silly in SILLY) or not filling.sensible()
        if silly or english in corpus.chinese_of or len(english.split()) not in lengths:
            continue
        corpus.add(english, chinese)
        pairs.append((english, chinese))
    raise ValueError(f"only {len(pairs)} sentences of: {line}")


def shares(counts: list[int], size: int) -> list[int]:
    """Parts of size in proportion to the counts, of largest remainder."""
    exact = [count * size / sum(counts) for count in counts]
    parts = [int(share) for share in exact]
    order = sorted(range(len(counts)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[: size - sum(parts)]:
        parts[i] += 1
    return parts


def corpora() -> dict[str, list[Pair]]:
    """The sentence pairs of every file."""
    rng, corpus, classes = random.Random(SEED), Corpus(), all_classes()
    famous = [(english, chinese) for english, chinese in rows(lexicon.HELD_OUT)]
    short = [
        sample(line, SHORT_WORDS, corpus, classes, rng)
        for line in patterns.SHORT.strip().splitlines()
    ]
    counts = [len(pairs) for pairs in short]
    files: dict[str, list[Pair]] = {"train": [], "dev": [], "test": famous, "test-long": []}
    dev, test = shares(counts, DEV_SIZE), shares(counts, TEST_SIZE - len(famous))
    for pairs, n_dev, n_test in zip(short, dev, test, strict=True):
        files["dev"] += pairs[:n_dev]
        files["test"] += pairs[n_dev : n_dev + n_test]
        files["train"] += pairs[n_dev + n_test :]
    for line in patterns.LONG.strip().splitlines():
        files["test-long"] += sample(line, LONG_WORDS, corpus, classes, rng)
    for pairs in files.values():
        rng.shuffle(pairs)
    return files


def main(folder: Path) -> None:
    """Write the four files into a folder."""
    for name, pairs in corpora().items():
        text = "".join(f"{english}\t{chinese}\n" for english, chinese in pairs)
        (folder / f"{name}.en-zh.tsv").write_bytes(text.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
