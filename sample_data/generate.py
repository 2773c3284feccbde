"""Write the sample corpus: files of `english<TAB>chinese` lines beside this one.

    python sample_data/generate.py

Sentences are made from the patterns of patterns.py and the words of lexicon.py, with one seeded
random number generator, so every run writes the same bytes. An English sentence never gets two
Chinese ones, nor the other way round: that would raise an error here. Daily talk, from
daily_patterns.py, is made after them with a generator of its own: it only adds to what they give.
"""

from __future__ import annotations

import random
import re
import sys
from pathlib import Path

import lexicon
import patterns
from classes import all_classes
from daily_talk import daily_talk
from filling import Corpus, Filling
from grammar import Item, Pair, rows

SEED = 2035
DEV_SIZE = TEST_SIZE = 300
SHORT_WORDS, LONG_WORDS = range(1, 15), range(15, 31)
SILLY = [re.compile(silly) for silly in lexicon.SILLY]


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
    talk = daily_talk(corpus)
    files["train"] += talk["train"]
    return files | {"test-open": talk["test-open"]}


def main(folder: Path) -> None:
    """Write the files into a folder."""
    for name, pairs in corpora().items():
        text = "".join(f"{english}\t{chinese}\n" for english, chinese in pairs)
        (folder / f"{name}.en-zh.tsv").write_bytes(text.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
