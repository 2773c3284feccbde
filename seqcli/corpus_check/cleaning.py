"""The pairs that training drops anyway, and pairs from which nothing can be learned."""

from __future__ import annotations

from collections.abc import Iterator

from seqcli.config import CorpusConfig
from seqcli.corpus_check.faults import FEW_PAIRS, Fault
from seqcli.corpus_check.findings import Finding
from seqcli.data.cleaning import drop_reason
from seqcli.data.pairs import Pair
from seqcli.wording import plural

# Most pairs must be strange for a finding: labels may be copies, and marks alone.
STRANGE_SHARE = 0.5


class Dropped:
    """Finds the pairs that `seqcli.data.cleaning.clean` drops. It is called with each pair once, in
    their order."""

    def __init__(self, config: CorpusConfig) -> None:
        self._config = config
        self._numbers: dict[Pair, int] = {}
        self._number = 0

    def __call__(self, pair: Pair) -> Iterator[Fault]:
        self._number += 1
        if reason := drop_reason(pair, self._config):
            yield Fault(self._kind(pair), reason)
        elif (first := self._numbers.setdefault(pair, self._number)) != self._number:
            yield Fault("duplicate", f"exact duplicate of {first:,}")

    def _kind(self, pair: Pair) -> str:
        if not all(pair):
            return "empty"
        return "long" if max(map(len, pair)) > self._config.max_characters else "ratio"


class Unlearnable:
    """Counts pairs whose target is the source, and those with a side of punctuation alone."""

    def __init__(self) -> None:
        self.told = {"identical": 0, "marks_only": 0}

    def __call__(self, pair: Pair) -> Iterator[Fault]:
        self.told["identical"] += pair.source == pair.target
        self.told["marks_only"] += not all(any(map(str.isalnum, side)) for side in pair)
        yield from ()

    def findings(self, pairs: int) -> Iterator[Finding]:
        """What is to be said of a number of pairs."""
        if pairs < FEW_PAIRS:
            sentence = (
                f"{plural(pairs, 'training pair')}: enough to try the program; a translator needs "
                "thousands"
            )
            yield Finding("few_pairs", sentence, "warning", pairs)
        identical, marks_only = self.told.values()
        of = f"of {plural(pairs, 'pair')}"
        if identical > STRANGE_SHARE * pairs:
            sentence = (
                f"in {identical:,} {of} the target is the source: are both sides one language?"
            )
            yield Finding("identical", sentence, "error", identical)
        if marks_only > STRANGE_SHARE * pairs:
            sentence = f"in {marks_only:,} {of} a side has neither letters nor digits"
            yield Finding("marks_only", sentence, "error", marks_only)
