"""What a comparison tells its watchers, and what it finds. No torch: views may import this."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqcli.evaluation import Scores

Array = NDArray[Any]

# Where the loss is looked at: times so much the recurrent weights that were learned.
PLACES = tuple((np.arange(161) / 40).tolist())

# A station that scores no more than this above a guess on every test, of 100, has learned next to
# nothing.
LEAST_SCORE = 1.0


@dataclass(frozen=True)
class Started:
    """One of the stations begins, counted from 1; the events of its training follow."""

    name: str
    number: int
    total: int


@dataclass(frozen=True)
class Failed:
    """The station that began last comes to no end."""

    why: str


@dataclass(frozen=True)
class Scoring:
    """All stations have had their turn; what they came to is being worked out. `notes` are
    sentences about the tests."""

    notes: tuple[str, ...] = ()


class Bucket(NamedTuple):
    """BLEU (0 to 100) and exact match (0 to 1) of sentences with so many source words, the mean
    among them."""

    shortest: int
    longest: int
    mean: float
    sentences: int
    bleu: float
    exact_match: float


@dataclass(frozen=True)
class Result:
    """What a station came to. `speed` is in target tokens a second of learning, `size` of the graph
    that translates in bytes; scores are by the name of the file; `by_length` is over all of them.
    """

    name: str
    weights: int
    size: int
    updates: int
    seconds: float
    speed: float
    dev: float | None
    metric: str
    tests: dict[str, Scores]
    by_length: tuple[Bucket, ...]


@dataclass(frozen=True)
class Comparison:
    """Everything that was found.

    `short` tells that most targets are too short for BLEU. `reach` are sizes [N] of the gradient n
    steps back, as a share of what the last piece gets, by cell, before and after learning; `lines`
    the loss at PLACES by station; `habits` are updates after a batch and after every sentence;
    `failed` says of stations that came to no end why; `budget` are the settings that all had;
    `guess` is the measure, 0 to 100, of answering every source with the most frequent target.
    """

    results: tuple[Result, ...]
    short: bool
    reach: dict[str, tuple[Array, Array]]
    lines: dict[str, Array]
    habits: tuple[Result, ...]
    failed: dict[str, str]
    budget: Mapping[str, Any]
    guess: float = 0.0

    @property
    def measure(self) -> str:
        """The score that lengths are compared by, from 0 to 100."""
        return "exact match" if self.short else "BLEU"

    @property
    def lacks_bleu(self) -> bool:
        """Whether a test has no BLEU, its references being too short."""
        return any(own.bleu is None for each in self.results for own in each.tests.values())

    def of(self, scored: Bucket | Scores) -> float:
        """That score of a bucket, or of a test; exact match where it has no BLEU."""
        if self.short or scored.bleu is None:
            return 100 * scored.exact_match
        return scored.bleu

    @property
    def least(self) -> float:
        """The least measure of a station that has learned something."""
        return self.guess + LEAST_SCORE

    @property
    def unlearned(self) -> list[str]:
        """The stations that have learned next to nothing."""
        tests = {result.name: result.tests for result in (*self.results, *self.habits)}
        return [
            name
            for name, scores in tests.items()
            if all(self.of(each) < self.least for each in scores.values())
        ]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "budget": dict(self.budget),
            "unlearned": self.unlearned,
            "results": [self._plain(result) for result in self.results],
            "reach": {
                cell: {"before": before.tolist(), "after": after.tolist()}
                for cell, (before, after) in self.reach.items()
            },
            "places": list(PLACES) if self.lines else [],
            # (JSON has no word for what is no number.)
            "lines": {
                name: [loss if math.isfinite(loss) else None for loss in losses.tolist()]
                for name, losses in self.lines.items()
            },
            "habits": [self._plain(result) for result in self.habits],
            "failed": self.failed,
        }

    def _plain(self, result: Result) -> dict[str, Any]:
        unscored = {"bleu": None} if self.short else {}
        by_length = [each._asdict() | unscored for each in result.by_length]
        return asdict(result) | {"by_length": by_length}
