"""Lengths of the sides and their ratios, and pairs whose ratio is unusual."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any

import numpy as np

from seqcli.arrays import Array
from seqcli.corpus_check.faults import Fault
from seqcli.data.pairs import Pair
from seqcli.data.scripts import HAN
from seqcli.data.words import UNSPACED

BINS = 24
# The last bin of ratios ends here.
LARGEST_RATIO = 3.0
# So many bytes are added to both lengths, since the ratios of short texts vary most.
SMOOTHING_BYTES = 20
# A ratio is unusual at so many standard deviations from the median (of logarithms, estimated from
# the quartiles), and if it is at least so many times the usual one, or so many times less.
UNUSUAL_DEVIATIONS, UNUSUAL_TIMES = 5.0, 2.0
_QUARTILES_PER_DEVIATION = 1.349  # of a normal distribution

# Scripts without spaces, as `main_script` names them; their texts are measured in characters.
UNSPACED_SCRIPTS = (HAN, "Thai", "Lao", "Khmer", "Myanmar")
_WORD = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}]+")


def count_words(text: str) -> int:
    """The number of words; in scripts without spaces, of characters."""
    return len(text.split()) if text.isascii() else len(_WORD.findall(text))


def unit_of_length(script: str) -> str:
    """What `count_words` counts in texts of a script."""
    return "characters" if script in UNSPACED_SCRIPTS else "words"


@dataclass(frozen=True)
class Distribution:
    """Counts of values in bins between `edges`, the largest ones in the last bin; and of all
    values, 5, 50 and 95 percent are at most `low`, `median` and `high`."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    low: float
    median: float
    high: float
    largest: float

    @classmethod
    def of(cls, values: Array, last_edge: float = 0.0) -> Distribution:
        """The distribution of values from 0. By default the bins are of whole numbers, and the
        last edge is near the 99th percentile."""
        if not len(values):
            return cls((0.0, 1.0), (0,), 0.0, 0.0, 0.0, 0.0)
        low, median, high, most = np.percentile(values, (5, 50, 95, 99))
        width = last_edge / BINS or max(1.0, float(np.ceil(most / BINS)))
        edges = np.arange(BINS + 1) * width
        counts, _ = np.histogram(np.minimum(values, edges[-1]), bins=edges)
        return cls(
            tuple(edges.tolist()),
            tuple(counts.tolist()),
            *(round(float(value), 3) for value in (low, median, high, values.max())),
        )

    def to_dict(self) -> dict[str, Any]:
        """The values for JSON."""
        return {**vars(self), "edges": list(self.edges), "counts": list(self.counts)}


class UnusualLengths:
    """Finds pairs with a ratio of lengths that is unusual among some pairs."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        ratios = np.array([_log_ratio(pair) for pair in pairs] or [0.0])
        first, self._median, third = np.percentile(ratios, (25, 50, 75))
        deviation = (third - first) / _QUARTILES_PER_DEVIATION
        self._allowed = max(UNUSUAL_DEVIATIONS * deviation, log(UNUSUAL_TIMES))

    def __call__(self, pair: Pair) -> Iterator[Fault]:
        distance = _log_ratio(pair) - self._median
        if abs(distance) > self._allowed:
            side = "source" if distance < 0 else "target"
            times = exp(abs(distance))
            yield Fault("lengths", f"the {side} is {times:.1f} times as long as usual")


def _log_ratio(pair: Pair) -> float:
    """The logarithm of the ratio of the target's length to the source's."""
    source, target = (len(side.encode()) + SMOOTHING_BYTES for side in pair)
    return log(target / source)
