"""Which pairs are fit for training."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from seqcli.config import CorpusConfig
from seqcli.data.pairs import Pair

# The ratio of lengths is not checked below this length: "7" may well become "seven hundred".
RATIO_CHECKED_FROM_BYTES = 100


@dataclass
class CleaningReport:
    """Numbers of pairs read, kept and dropped for each reason, with the first dropped as an
    example.

    `numbers` are those of the kept pairs among all that were read, from 1.
    """

    read: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Pair] = field(default_factory=dict)
    numbers: array[int] = field(default_factory=lambda: array("I"), compare=False, repr=False)

    def drop(self, reason: str, pair: Pair) -> None:
        """Count a dropped pair."""
        self.dropped[reason] += 1
        self.examples.setdefault(reason, pair)


def clean(pairs: Iterable[Pair], config: CorpusConfig) -> tuple[list[Pair], CleaningReport]:
    """The pairs fit for training, in their order, and a report on the dropped ones."""
    report = CleaningReport()
    seen: set[Pair] = set()
    kept = []
    for pair in pairs:
        report.read += 1
        reason = drop_reason(pair, config)
        if reason is None and pair in seen:
            reason = "exact duplicate"
        if reason is None:
            seen.add(pair)
            kept.append(pair)
            report.numbers.append(report.read)
        else:
            report.drop(reason, pair)
    report.kept = len(kept)
    return kept, report


def drop_reason(pair: Pair, config: CorpusConfig) -> str | None:
    """Why a pair is dropped; None if it is kept."""
    if not pair.source or not pair.target:
        return "empty side"
    if max(len(pair.source), len(pair.target)) > config.max_characters:
        return f"over {config.max_characters} characters"
    # UTF-8 bytes are about as many for the same content in Chinese as in English; characters
    # are not.
    shorter, longer = sorted((len(pair.source.encode()), len(pair.target.encode())))
    if longer > max(RATIO_CHECKED_FROM_BYTES, config.max_ratio * shorter):
        return f"one side over {config.max_ratio:g} times the other"
    return None
