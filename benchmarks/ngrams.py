"""A count model beside the recurrent language models: interpolated modified Kneser-Ney.

    python benchmarks/ngrams.py --tokenizer MODEL [--order 5] TRAIN DEV

TRAIN and DEV are plain text, one sentence per line. MODEL is a file that `seqcli tokenizer build`
has written, or the folder of a model: the pieces are those that the recurrent models predict, so
that the figures can be compared with `seqcli score`.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import log2
from pathlib import Path

from seqcli.data.normalization import normalize
from seqcli.data.readers.lines import read_lines
from seqcli.data.tokenizer import END, PAD, Tokenizer
from seqcli.training.pieces import load_tokenizer

BEGIN = -1
Gram = tuple[int, ...]


class KneserNey:
    """Probabilities from counts of n-grams up to an order.

    p(w | h) = max(c(h w) - D, 0) / Σ c(h ·) + γ(h) p(w | h'), where h' lacks the first piece of h,
    D is D1, D2 or D3 for counts of 1, 2 and more, and γ(h) gives to p(w | h') what was taken away
    (Chen & Goodman 1999, section 3). Below the highest order, c counts the different pieces before
    an n-gram instead of its occurrences (Kneser & Ney 1995). The last resort is 1 / V.
    """

    def __init__(self, sentences: Iterable[Sequence[int]], order: int, vocabulary: int) -> None:
        """Sentences of pieces without their ends; `vocabulary` is the number of pieces that may
        follow, the end included."""
        self.order = order
        self.vocabulary = vocabulary
        highest: Counter[Gram] = Counter()
        for sentence in sentences:
            padded = self._padded(sentence)
            highest.update(padded[i - order : i] for i in range(order, len(padded) + 1))
        self.counts = [highest]
        while len(self.counts) < order:
            # (The n-grams of a set are different, so each counts one piece before it.)
            self.counts.insert(0, Counter(gram[1:] for gram in self.counts[0]))
        self.discounts = [_discounts(counts) for counts in self.counts]
        self.totals: list[defaultdict[Gram, int]] = []
        self.taken: list[defaultdict[Gram, float]] = []
        for counts, discounts in zip(self.counts, self.discounts, strict=True):
            totals, taken = defaultdict[Gram, int](int), defaultdict[Gram, float](float)
            for gram, count in counts.items():
                totals[gram[:-1]] += count
                taken[gram[:-1]] += discounts[min(count, 3)]
            self.totals.append(totals)
            self.taken.append(taken)

    def probability(self, context: Gram, piece: int) -> float:
        """p(piece | the last `order` - 1 pieces of the context)."""
        probability = 1 / self.vocabulary
        for length in range(self.order):
            history = context[len(context) - length :]
            total = self.totals[length].get(history, 0)
            if not total:
                break  # nor has a longer history been seen
            count = self.counts[length].get((*history, piece), 0)
            kept = count - self.discounts[length][min(count, 3)] if count else 0.0
            probability = (kept + self.taken[length][history] * probability) / total
        return probability

    def bits(self, sentence: Sequence[int]) -> float:
        """The sum of -log2 p over the pieces of a sentence and its end."""
        padded = self._padded(sentence)
        return -sum(
            log2(self.probability(padded[i - self.order + 1 : i], padded[i]))
            for i in range(self.order - 1, len(padded))
        )

    def _padded(self, sentence: Sequence[int]) -> Gram:
        return (*[BEGIN] * (self.order - 1), *sentence, END)


def _discounts(counts: Counter[Gram]) -> list[float]:
    """What is taken from a count of 0, of 1, of 2, and of 3 or more: by how many n-grams have a
    count of 1 to 4 (Chen & Goodman 1999, equation 26)."""
    n = Counter(count for count in counts.values() if count <= 4)
    if not all(n[i] for i in range(1, 5)):
        return [0.0, 0.5, 0.5, 0.5]
    y = n[1] / (n[1] + 2 * n[2])
    return [0.0, *(max(0.0, i - (i + 1) * y * n[i + 1] / n[i]) for i in (1, 2, 3))]


def _pieces(path: Path, tokenizer: Tokenizer) -> tuple[list[list[int]], int]:
    """The pieces of the lines, and the number of characters, ends of lines included."""
    lines = [line for line in map(normalize, read_lines(path)) if line]
    return [tokenizer.encode(line) for line in lines], sum(len(line) + 1 for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("dev", type=Path)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--order", type=int, default=5)
    arguments = parser.parse_args()
    tokenizer = load_tokenizer(arguments.tokenizer)
    train, _ = _pieces(arguments.train, tokenizer)
    dev, characters = _pieces(arguments.dev, tokenizer)
    pieces = sum(len(sentence) + 1 for sentence in dev)
    print("| order | seconds | bits per piece | bits per character | perplexity |")
    print("| --- | --- | --- | --- | --- |")
    for order in range(1, arguments.order + 1):
        started = time.perf_counter()
        model = KneserNey(train, order, len(tokenizer) - 1 - PAD)
        bits = sum(map(model.bits, dev))
        seconds = time.perf_counter() - started
        print(
            f"| {order} | {seconds:.1f} | {bits / pieces:.3f} | {bits / characters:.3f} | "
            f"{2 ** (bits / pieces):.2f} |"
        )


if __name__ == "__main__":
    main()
