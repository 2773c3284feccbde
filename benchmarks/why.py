"""Does `seqcli why` find the pairs that taught a wrong word?

    python benchmarks/why.py plant PAIRS OUT                 OUT/train.tsv and OUT/planted.json
    seqcli train OUT/train.tsv --dev DEV -m MODEL
    python benchmarks/why.py measure OUT MODEL [--shown 3]   how many are found

PAIRS is source<TAB>target with spaces between words. 20 source words that occur 4 to 40 times are
drawn, each with the target word that it is most often beside (by the Dice coefficient, at least
0.5). In three of its pairs a random other word of the targets takes that word's place. One more
pair of each word is left out of the training, to ask about.

`measure` asks about the source of a planted pair, and about the source that was left out: at the
source word, is a planted pair among the first pairs shown? The draw is seeded.
"""

import argparse
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

from seqcli.bundle import open_bundle
from seqcli.config import SearchConfig
from seqcli.decoding.runtime import load_translator
from seqcli.decoding.why import Why, read_index
from seqcli.decoding.words import group_pieces
from seqcli.folder import ENCODER, INDEX, STEP

WORDS, PLANTED = 20, 3
OCCURRENCES = range(4, 41)
LEAST_DICE = 0.5
WORD = re.compile(r"\w+")


def words_of(text: str) -> list[str]:
    return WORD.findall(text)


def associated(lines: list[list[str]]) -> dict[str, str]:
    """The target word of each source word of the right frequency."""
    sources = [set(map(str.lower, words_of(source))) for source, _ in lines]
    targets = [set(words_of(target)) for _, target in lines]
    source_counts = Counter(word for words in sources for word in words)
    target_counts = Counter(word for words in targets for word in words)
    together: dict[str, Counter[str]] = {}
    for source, target in zip(sources, targets, strict=True):
        for word in source:
            if source_counts[word] in OCCURRENCES:
                together.setdefault(word, Counter()).update(target)
    found = {}
    for word, counts in together.items():

        def dice(other: str, word: str = word, counts: Counter[str] = counts) -> float:
            return 2 * counts[other] / (source_counts[word] + target_counts[other])

        best = max(counts, key=lambda other: (dice(other), other))
        if dice(best) >= LEAST_DICE and counts[best] > PLANTED and word.isalpha():
            found[word] = best
    return found


def plant(pairs: Path, out: Path, seed: int) -> None:
    lines = [line.split("\t") for line in pairs.read_text("utf-8").splitlines()]
    draw = random.Random(seed)
    partners = associated(lines)
    vocabulary = sorted({word for _, target in lines for word in words_of(target)})
    planted, left_out, used = [], set(), set()
    for word in draw.sample(sorted(partners), len(partners)):
        right = partners[word]
        places = [
            i
            for i, (source, target) in enumerate(lines)
            if word in map(str.lower, words_of(source)) and right in words_of(target)
        ]
        if used & set(places) or len(places) <= PLANTED:
            continue
        used |= set(places)
        false = draw.choice(vocabulary)
        *chosen, other = draw.sample(places, PLANTED + 1)
        for i in chosen:
            lines[i][1] = re.sub(rf"\b{right}\b", false, lines[i][1], count=1)
        left_out.add(other)
        planted.append(
            {
                "word": word, "right": right, "false": false, "occurrences": len(places),
                "pairs": chosen, "other": lines[other],
            }
        )  # fmt: skip
        if len(planted) == WORDS:
            break
    kept = [i for i in range(len(lines)) if i not in left_out]
    number = {i: n for n, i in enumerate(kept, start=1)}
    for each in planted:
        each["sources"] = [lines[i][0] for i in each["pairs"]]
        each["lines"] = [number[i] for i in each.pop("pairs")]
    out.mkdir(parents=True, exist_ok=True)
    text = "".join("\t".join(lines[i]) + "\n" for i in kept)
    (out / "train.tsv").write_text(text, "utf-8")
    (out / "planted.json").write_text(json.dumps(planted, ensure_ascii=False, indent=1), "utf-8")


def asked(why: Why, source: str, word: str, shown: int) -> tuple[str, list[int], list[int]]:
    """The word of the translation that attends most to a source word, and the lines of the pairs
    shown for it; the lines of those shown for any word."""
    written, most, lines, everywhere = "", 0.0, list[int](), list[int]()
    for sentence in why.sentences(source, shown):
        pieces, attention = sentence.translation.source_pieces, sentence.translation.attention
        groups = group_pieces(pieces)
        texts = [words_of("".join(pieces[i] for i in group).lower()) for group in groups]
        columns = [
            i for group, text in zip(groups, texts, strict=True) if word in text for i in group
        ]
        for each in sentence.words:
            numbers = [near.pair.number for near in each.pairs]
            everywhere += numbers
            weight = float(attention[each.piece, columns].sum()) if attention is not None else 0.0
            if weight > most:
                written, most, lines = each.word, weight, numbers
    return written, lines, everywhere


def measure(planted: list[dict[str, Any]], model: Path, shown: int) -> None:
    bundle = open_bundle(model, (ENCODER, STEP, INDEX))
    index = read_index(bundle)
    assert index is not None, "the model has no index"
    why = Why(load_translator(bundle, SearchConfig(exact=True)), index)
    totals: Counter[str] = Counter()
    for each in planted:
        found = []
        for kind, source in (("own", each["sources"][0]), ("other", each["other"][0])):
            written, lines, everywhere = asked(why, source, each["word"], shown)
            hits = {kind: set(lines), f"{kind}, any word": set(everywhere)}
            totals.update(name for name, those in hits.items() if those & set(each["lines"]))
            found.append(f"{kind}: {written or '-'} {bool(set(lines) & set(each['lines']))}")
        print(f"{each['word']} ({each['occurrences']}), {each['false']}; {'; '.join(found)}")
    for name, count in sorted(totals.items()):
        print(f"{name}: {count} of {len(planted)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    planting = commands.add_parser("plant")
    planting.add_argument("pairs", type=Path)
    planting.add_argument("out", type=Path)
    planting.add_argument("--seed", type=int, default=1)
    measuring = commands.add_parser("measure")
    measuring.add_argument("out", type=Path)
    measuring.add_argument("model", type=Path)
    measuring.add_argument("--shown", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.command == "plant":
        plant(arguments.pairs, arguments.out, arguments.seed)
    else:
        planted = json.loads((arguments.out / "planted.json").read_text("utf-8"))
        measure(planted, arguments.model, arguments.shown)
