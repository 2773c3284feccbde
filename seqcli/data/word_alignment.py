"""Word alignment: which source words stand for which target words, from sentence pairs alone.

IBM Model 1 in both directions (`seqcli.data.ibm_model1`). Learning takes seconds on NumPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from seqcli.arrays import Ints
from seqcli.data.ibm_model1 import TranslationTable
from seqcli.data.words import Word, find_words

MAX_PAIRS = 20_000  # that the probabilities are learned from
MAX_WORDS = 50  # of a side: longer sentences say little, and cost their square
MIN_POSTERIOR = 0.5
MAX_UNSPACED_WORDS = 4  # characters of a script without spaces that may be one name


class AlignedSpans(NamedTuple):
    """Words of the source and of the target that stand for each other: [start, end) in characters,
    and the number of times that the source words occur in what was learned from."""

    source: tuple[int, int]
    target: tuple[int, int]
    frequency: int


@dataclass(frozen=True)
class _Side:
    """The words of one side of a corpus: their numbers, from 1 (0 is the empty word)."""

    numbers: dict[str, int]
    sentences: list[list[int]]

    @classmethod
    def of(cls, texts: Sequence[str]) -> _Side:
        numbers: dict[str, int] = {}
        sentences = [
            [numbers.setdefault(word.folded, len(numbers) + 1) for word in find_words(text)]
            for text in texts
        ]
        return cls(numbers, sentences)

    def encode(self, words: Sequence[Word]) -> list[int]:
        """The numbers of words; -1 for a new one."""
        return [self.numbers.get(word.folded, -1) for word in words]


class WordAligner:
    """Aligns words of sentence pairs, after learning from some."""

    def __init__(self, sources: Sequence[str], targets: Sequence[str]) -> None:
        """Learn from pairs of texts; of many, an even selection."""
        step = max(1, -(-len(sources) // MAX_PAIRS))
        self._source = _Side.of(sources[::step])
        self._target = _Side.of(targets[::step])
        sides = [self._source.sentences, self._target.sentences]
        short = [pair for pair in zip(*sides, strict=True) if max(map(len, pair)) <= MAX_WORDS]
        a, b = [pair[0] for pair in short], [pair[1] for pair in short]
        self._forward, self._backward = TranslationTable.of(a, b), TranslationTable.of(b, a)
        numbers = [number for sentence in self._source.sentences for number in sentence]
        self._counts: Ints = np.bincount(numbers, minlength=len(self._source.numbers) + 1)

    def frequency_at(self, share: float) -> int:
        """The frequency of the last of the most frequent source words that together make up a share
        of the text."""
        counts = np.sort(self._counts)[::-1]
        return int(counts[np.searchsorted(counts.cumsum(), share * counts.sum())])

    def align(self, source: str, target: str) -> list[AlignedSpans]:
        """The words of a pair that stand for each other and for nothing else, in source order.

        A word of a script with spaces is aligned with one word, or with up to MAX_UNSPACED_WORDS
        neighbouring characters of a script without.
        """
        words, others = find_words(source), find_words(target)
        if not words or not others or max(len(words), len(others)) > MAX_WORDS:
            return []
        a, b = self._source.encode(words), self._target.encode(others)
        forward = self._forward.posteriors(a, b)  # [target, source]
        backward = self._backward.posteriors(b, a)  # [source, target]
        links = {
            (int(row.argmax()), j) for j, row in enumerate(forward) if row.max() > MIN_POSTERIOR
        } | {(i, int(row.argmax())) for i, row in enumerate(backward) if row.max() > MIN_POSTERIOR}
        spans = []
        for i_group, j_group in _groups(links):
            # The target words must also explain the source words, together.
            supported = all(backward[i, j_group].sum() > MIN_POSTERIOR for i in i_group) and all(
                forward[j, i_group].sum() > MIN_POSTERIOR for j in j_group
            )
            if supported and _is_name_like(words, i_group) and _is_name_like(others, j_group):
                count = min(int(self._counts[a[i]]) for i in i_group)
                spans.append(AlignedSpans(_span(words, i_group), _span(others, j_group), count))
        return sorted(spans)


def _groups(links: set[tuple[int, int]]) -> list[tuple[list[int], list[int]]]:
    """The connected components of links between two sides, as sorted indices of both."""
    groups: list[tuple[set[int], set[int]]] = []
    for i, j in sorted(links):
        touched = [group for group in groups if i in group[0] or j in group[1]]
        groups = [group for group in groups if group not in touched]
        merged = ({i}.union(*(g[0] for g in touched)), {j}.union(*(g[1] for g in touched)))
        groups.append(merged)
    return [(sorted(i_group), sorted(j_group)) for i_group, j_group in groups]


def _is_name_like(words: Sequence[Word], group: Sequence[int]) -> bool:
    """Whether the words are one word, or neighbouring characters of a script without spaces."""
    first, last = words[group[0]], words[group[-1]]
    if len(group) == 1:
        return True
    return (
        group[-1] - group[0] + 1 == len(group) <= MAX_UNSPACED_WORDS
        and all(words[i].unspaced for i in group)
        and last.end - first.start == len(group)
    )


def _span(words: Sequence[Word], group: Sequence[int]) -> tuple[int, int]:
    return words[group[0]].start, words[group[-1]].end
