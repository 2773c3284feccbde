"""The pairs that a model finds least probable, such as those with the translation of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from seqcli.corpus_check.faults import Fault
from seqcli.corpus_check.findings import CorpusReport, SuspiciousPair
from seqcli.data.pairs import Pair

# A pair is improbable at so many standard deviations below the median (estimated from the quartile
# below it); in any case the few least probable ones are.
IMPROBABLE_DEVIATIONS = 4.0
LEAST_PROBABLE = 10
_QUARTILE_TO_DEVIATION = 0.6745  # of a normal distribution


def with_scores(
    report: CorpusReport, pairs: Sequence[Pair], scores: Mapping[int, float]
) -> CorpusReport:
    """The report with the mean log-probabilities of the target's pieces, by the numbers of the
    pairs: the least probable pairs are suspicious too, and all are sorted by their score."""
    if not scores:
        return report
    quartile, median = np.percentile(list(scores.values()), (25, 50))
    limit = median - IMPROBABLE_DEVIATIONS * (median - quartile) / _QUARTILE_TO_DEVIATION
    lowest = sorted(scores, key=lambda number: scores[number])
    improbable = {
        number
        for rank, number in enumerate(lowest)
        if rank < LEAST_PROBABLE or scores[number] < limit
    }
    found = {
        each.number: replace(each, score=scores.get(each.number)) for each in report.suspicious
    }
    for number in improbable:
        fault = Fault("improbable", f"log-probability {scores[number]:.2f} per piece")
        pair = found.get(number, SuspiciousPair(number, pairs[number - 1], (), scores[number]))
        found[number] = replace(pair, faults=(*pair.faults, fault))
    return replace(
        report,
        counts={**report.counts, "improbable": len(improbable)},
        suspicious=tuple(sorted(found.values(), key=lambda each: each.order)),
    )
