"""Back-translation: sentence pairs from text of one side (Sennrich, Haddow & Birch 2016).

A model of the other direction translates text of the target language; its translations become the
sources of synthetic pairs, whose targets are what somebody wrote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from seqcli.data.normalization import normalize
from seqcli.data.text import one_line
from seqcli.decoding.faults import Fault
from seqcli.decoding.translation import Translation
from seqcli.decoding.translator import Translator
from seqcli.decoding.windows import in_windows

# The third column of a file of synthetic pairs.
MARK = "synthetic"

_REASONS: dict[Fault, str] = {
    "limit": "translation cut off at its length limit",
    "repetition": "translation repeats itself",
    "cut": "text too long",
    "missing": "translation lacks a name, number or the like",
    "foreign": "no word that the model knows",
}


class SyntheticPair(NamedTuple):
    """A text, its translation, and the score that the model gives to this: the log-probability per
    piece (natural logarithm), with the length penalty of the settings."""

    text: str
    translation: str
    score: float

    def to_line(self, *, swapped: bool) -> str:
        """A line of a file: text, translation (`swapped`: the other way round), mark and score."""
        columns = [one_line(each).replace("\t", " ") for each in (self.text, self.translation)]
        columns = columns[::-1] if swapped else columns
        return "\t".join([*columns, MARK, f"{self.score:.4f}"])


@dataclass
class Augmentation:
    """The synthetic pairs made from text, and how many lines were dropped for each reason."""

    pairs: list[SyntheticPair] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    read: int = 0

    def best(self, share: float) -> list[SyntheticPair]:
        """The share of the pairs with the best scores, in their order; at least one."""
        count = max(1, round(share * len(self.pairs)))
        order = sorted(range(len(self.pairs)), key=lambda i: (-self.pairs[i].score, i))
        return [self.pairs[i] for i in sorted(order[:count])]


def back_translate(
    translator: Translator, lines: Iterable[str], advance: Callable[[int], None] = lambda _: None
) -> Augmentation:
    """A synthetic pair of each line that the model translates without a fault; a line that occurs
    twice is translated once. `advance` is called with numbers of lines that are done."""
    made, seen = Augmentation(), set[str]()
    for window in in_windows(lines, len):
        texts = []
        for text in map(normalize, window):
            made.read += 1
            if not text or text in seen:
                made.dropped["duplicate" if text else "empty"] += 1
                continue
            seen.add(text)
            texts.append(text)
        advance(len(window) - len(texts))
        for text, (best, *_) in zip(texts, translator.translate(texts, "", advance), strict=True):
            if reason := _reason(text, best):
                made.dropped[reason] += 1
            else:
                made.pairs.append(SyntheticPair(text, best.text, best.score))
    return made


def _reason(text: str, translation: Translation) -> str:
    """Why a translation makes no pair; empty if it does."""
    reasons: Sequence[str] = [_REASONS[fault] for fault in translation.faults if fault in _REASONS]
    if reasons:
        return reasons[0]
    if not translation.text.strip():
        return "empty translation"
    return "translation equals the text" if translation.text == text else ""
