"""Assessment of a translator on a test set."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from seqcli import evaluation
from seqcli.data.pairs import Pair
from seqcli.data.written_terms import WrittenTerm
from seqcli.decoding.delays import heard_translation
from seqcli.decoding.faults import FaultLog
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError
from seqcli.latency import Latency, latency
from seqcli.wording import plural

# Lower bounds of the rows in which sentences are counted by their confidence.
CONFIDENCE_BOUNDS = (0.9, 0.7, 0.5, 0.0)


@dataclass(frozen=True)
class Assessed:
    """One sentence of a test set, its translation, its chrF (0 to 100), the confidence, and the
    terms of a glossary that it has."""

    source: str
    translation: str
    references: tuple[str, ...]
    chrf: float
    confidence: float | None = None
    terms: tuple[WrittenTerm, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the translation equals a reference."""
        return evaluation.matches(self.translation, self.references)


class ConfidenceBin(NamedTuple):
    """The sentences with a confidence from `low` to `high`, the lower bound included: their number,
    and how many are usable."""

    low: float
    high: float
    sentences: int
    usable: int


@dataclass(frozen=True)
class ConfidenceReport:
    """How well the confidence tells usable translations from others: the area under the ROC curve,
    None without both, and the sentences by their confidence, highest first."""

    auc: float | None
    bins: tuple[ConfidenceBin, ...]


@dataclass(frozen=True)
class Assessment:
    """Scores on a test set.

    `seconds` is the time of translation alone; `ranked` are the sentences, lowest chrF first;
    `faults` are the line numbers in the test set of sentences whose translations may be incomplete;
    `confidence` is None where no translation has one, `latency` where it was not measured, or no
    sentence has one.
    """

    scores: evaluation.Scores
    seconds: float
    ranked: tuple[Assessed, ...]
    faults: FaultLog
    confidence: ConfidenceReport | None = None
    latency: Latency | None = None


def assess(
    translator: Translator,
    pairs: Iterable[Pair],
    bleu_tokenizer: str = "",
    *,
    measures_latency: bool = False,
) -> Assessment:
    """Translate each source once and score it against all the targets that the pairs give it.

    A pair that occurs twice takes memory once. The translation of an empty source is empty; an
    empty target is a reference like any other. Pairs of two empty sides are left out. Raises
    `UserError` if no pairs remain.
    """
    references: dict[str, dict[str, None]] = {}  # the same target twice counts once
    numbers: dict[str, int] = {}
    for number, pair in enumerate(pairs, start=1):
        if pair.source or pair.target:
            references.setdefault(pair.source, {})[pair.target] = None
            numbers.setdefault(pair.source, number)
    if not references:
        raise UserError("the test set has no pairs: each line is source<TAB>target")
    started = time.perf_counter()
    translations = [best[0] for best in translator.translate(list(references))]
    seconds = time.perf_counter() - started
    faults = FaultLog()
    for translation, number in zip(translations, numbers.values(), strict=True):
        faults.record(number, translation.faults)
    texts = [translation.text for translation in translations]
    assessed = [
        Assessed(
            source,
            best.text,
            tuple(targets),
            evaluation.sentence_chrf(best.text, list(targets)),
            best.confidence,
            best.terms,
        )
        for (source, targets), best in zip(references.items(), translations, strict=True)
    ]
    return Assessment(
        scores=evaluation.score(texts, list(map(list, references.values())), bleu_tokenizer),
        seconds=seconds,
        ranked=tuple(sorted(assessed, key=lambda each: each.chrf)),
        faults=faults,
        confidence=confidence_report(assessed),
        latency=latency(map(heard_translation, translations, map(list, references.values())))
        if measures_latency
        else None,
    )


def confidence_report(assessed: Iterable[Assessed]) -> ConfidenceReport | None:
    """How well the confidence of the sentences that have one tells which are usable."""
    pairs = [
        (each.confidence, each.chrf >= evaluation.USABLE_CHRF)
        for each in assessed
        if each.confidence is not None
    ]
    if not pairs:
        return None
    bins = []
    for high, low in pairwise((1.0, *CONFIDENCE_BOUNDS)):
        inside = [usable for value, usable in pairs if low <= value < high or value == high == 1]
        bins.append(ConfidenceBin(low, high, len(inside), sum(inside)))
    values, labels = zip(*pairs, strict=True)
    return ConfidenceReport(evaluation.area_under_curve(values, labels), tuple(bins))


class EmptySides:
    """Counts the pairs that have one empty side, on their way from one to the next use."""

    def __init__(self) -> None:
        self.pairs = 0  # without those of two empty sides
        self.counts = {"target": 0, "source": 0}

    def counted(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        """The same pairs, which are counted as they pass."""
        for pair in pairs:
            self.pairs += bool(pair.source or pair.target)
            self.counts["target"] += bool(pair.source and not pair.target)
            self.counts["source"] += bool(pair.target and not pair.source)
            yield pair

    def message(self) -> str:
        """A sentence about the pairs that were counted; empty if there are none."""
        total = plural(self.pairs, "pair")
        parts = [
            f"{count:,} of {total} {'has' if count == 1 else 'have'} an empty {side}"
            for side, count in self.counts.items()
            if count
        ]
        return f"{' and '.join(parts)}: scored like the others" if parts else ""


def about_empty_sides(pairs: Iterable[Pair]) -> str:
    """A sentence about the pairs that have one empty side; empty if there are none."""
    empty_sides = EmptySides()
    deque(empty_sides.counted(pairs), maxlen=0)
    return empty_sides.message()
