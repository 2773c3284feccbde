"""Checks a whole corpus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from seqcli.config import CorpusConfig
from seqcli.corpus_check.chinese import ChineseScripts
from seqcli.corpus_check.cleaning import Dropped, Unlearnable
from seqcli.corpus_check.faults import KINDS, Fault
from seqcli.corpus_check.findings import CorpusReport, SuspiciousPair, fault_findings, ordered
from seqcli.corpus_check.items import differing_items
from seqcli.corpus_check.lengths import LARGEST_RATIO, Distribution, UnusualLengths, count_words
from seqcli.corpus_check.overlap import Overlap
from seqcli.corpus_check.scripts import Languages, Scripts
from seqcli.corpus_check.spelling import RawTexts, written_faults
from seqcli.data.pairs import Pair

# So many evenly spaced pairs show what is usual in a corpus.
PAIRS_FOR_STATISTICS = 50_000

Check = Callable[[Pair], Iterator[Fault]]


def check_corpus(
    pairs: Iterable[Pair],
    config: CorpusConfig,
    *,
    dev: Sequence[Pair] = (),
    test: Sequence[Pair] = (),
    raw: RawTexts | None = None,
    unit: str = "pair",
) -> CorpusReport:
    """Check every pair. `raw` has watched the same pairs being read; `unit` is what the number of a
    pair counts, for sentences."""
    pairs = list(pairs)
    faults = _dropped(pairs, config)
    usable = [pair for number, pair in enumerate(pairs, 1) if number not in faults]
    sample = usable[:: -(-len(usable) // PAIRS_FOR_STATISTICS) or 1]
    scripts, overlap, unlearnable = Scripts(sample), Overlap(dev, test), Unlearnable()
    checks: list[Check] = [scripts, overlap, unlearnable, Languages(sample), ChineseScripts(sample)]
    checks += [UnusualLengths(sample), written_faults, differing_items]
    raw = raw or RawTexts()
    for number, pair in enumerate(pairs, 1):
        if number not in faults:
            found = [fault for check in checks for fault in check(pair)]
            if found := [*found, *raw.faults(number)]:
                unique = {fault.kind: fault for fault in found}
                faults[number] = [unique[kind] for kind in KINDS if kind in unique]
    suspicious = [
        SuspiciousPair(number, pairs[number - 1], tuple(found)) for number, found in faults.items()
    ]
    counts = Counter(fault.kind for each in suspicious for fault in each.faults)
    findings = [
        *unlearnable.findings(len(usable)),
        *scripts.findings(config, len(usable)),
        *overlap.findings(usable),
        *fault_findings(suspicious, counts, len(pairs), unit),
        *raw.findings(),
    ]
    return CorpusReport(
        read=len(pairs),
        counts={kind: counts[kind] for kind in KINDS},
        told=overlap.told | unlearnable.told | raw.told,
        findings=ordered(findings),
        suspicious=tuple(sorted(suspicious, key=lambda each: each.order)),
        scripts=scripts.counts,
        lengths=(_lengths(pairs, 0), _lengths(pairs, 1)),
        ratios=_ratios(pairs),
    )


def _dropped(pairs: Sequence[Pair], config: CorpusConfig) -> dict[int, list[Fault]]:
    """The faults of the pairs that cleaning drops, by number."""
    check = Dropped(config)
    found = ((number, list(check(pair))) for number, pair in enumerate(pairs, 1))
    return {number: faults for number, faults in found if faults}


def _lengths(pairs: Sequence[Pair], side: int) -> Distribution:
    return Distribution.of(np.array([count_words(pair[side]) for pair in pairs if all(pair)]))


def _ratios(pairs: Sequence[Pair]) -> Distribution:
    """Of targets to sources, in characters."""
    ratios = [len(pair.target) / len(pair.source) for pair in pairs if all(pair)]
    return Distribution.of(np.array(ratios), LARGEST_RATIO)
