"""Makes a large corpus of a smaller one, to measure `seqcli prepare` and training on it.

    python benchmarks/large_corpus.py pairs.tsv 10000000 > large.tsv

Each pair is one of the corpus in which both sides have another name in place of a capitalized word
that they share, or two pairs joined. The pairs are drawn at random, always the same.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

SYLLABLES = ("ba", "do", "ki", "lu", "me", "na", "po", "ri", "sa", "te", "vo", "zu")
LONGEST_JOINED = 25  # characters of the second source


def main() -> None:
    path, count = sys.argv[1:]
    rows = (line.split("\t") for line in Path(path).read_text(encoding="utf-8").splitlines())
    pairs = [(source, target) for source, target, *_ in rows]
    short = [pair for pair in pairs if len(pair[0]) <= LONGEST_JOINED]
    draw = random.Random(1)
    for _ in range(int(count)):
        source, target = draw.choice(pairs)
        names = {w for w in source.split() if w.istitle() and w.isalpha()} & set(target.split())
        if names:
            name = "".join(draw.choices(SYLLABLES, k=3)).title()
            old = min(names)
            source, target = source.replace(old, name), target.replace(old, name)
        else:
            more = draw.choice(short)
            source, target = f"{source} {more[0]}", f"{target} {more[1]}"
        print(f"{source}\t{target}")


if __name__ == "__main__":
    main()
