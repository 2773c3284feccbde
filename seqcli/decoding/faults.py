"""Faults: the ways in which a translation or a score may be incomplete, and where they occurred."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

# "limit", "repetition": the translation did not end by itself (`Translation.stopped_by`). "cut":
# only the beginning of the source, or of a target to score, was read. "missing": an item to be
# carried over, or a term, is not in the translation. "misplaced": such an item stands where the
# model would hardly have put it. "foreign": the model knows no word of the source. "unknown": the
# model cannot write the whole target.
Fault = Literal["limit", "repetition", "cut", "missing", "misplaced", "foreign", "unknown"]


class FaultLog(dict[Fault, list[int]]):
    """Faults, and the numbers of the sentences that have each, counted from 1, in order."""

    def record(self, number: int, faults: Iterable[Fault]) -> None:
        """Add the faults of a sentence."""
        for fault in faults:
            self.setdefault(fault, []).append(number)
