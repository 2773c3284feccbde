"""The events and results of a comparison. No torch: views may import this."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from seqcli.arrays import Array
from seqcli.evaluation import Scores

# The factors of the recurrent weights at which the loss is computed: 0 to 4.
SCALES = tuple((np.arange(161) / 40).tolist())

# A station whose measure (0 to 100) is less than this above the baseline on every test has learned
# almost nothing.
LEARNED_MARGIN = 1.0


@dataclass(frozen=True)
class Started:
    """A station begins, numbered from 1; the events of its training follow."""

    name: str
    number: int
    total: int


@dataclass(frozen=True)
class Failed:
    """The training of the last station has failed."""

    why: str


@dataclass(frozen=True)
class Scoring:
    """All stations are trained, and are being scored. `notes` are sentences about the tests."""

    notes: tuple[str, ...] = ()


class Bucket(NamedTuple):
    """BLEU (0 to 100) and exact match (0 to 1) of the sentences with `shortest` to `longest` source
    words, and their mean number of words."""

    shortest: int
    longest: int
    mean: float
    sentences: int
    bleu: float
    exact_match: float


@dataclass(frozen=True)
class Result:
    """The result of a station.

    `weights`: the number of parameters. `size`: bytes of the graph of a decoder step. `speed`:
    target tokens per second of training. `tests`: scores by file name; `by_length` is over all
    files.
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
    """The result of a comparison.

    `short`: most targets are too short for BLEU. `gradient_norms`: by cell, before and after
    training, the norm [N] of the gradient n steps back relative to n = 0. `loss_curves`: by
    station, the loss at SCALES. `update_frequency`: results with updates per batch and per
    sentence. `failed`: by station, why it did not finish. `budget`: the settings that all stations
    share. `baseline`: the measure, 0 to 100, of answering every source with the most frequent
    target; 0 if the measure is BLEU.
    """

    results: tuple[Result, ...]
    short: bool
    gradient_norms: dict[str, tuple[Array, Array]]
    loss_curves: dict[str, Array]
    update_frequency: tuple[Result, ...]
    failed: dict[str, str]
    budget: Mapping[str, Any]
    baseline: float = 0.0

    @property
    def measure(self) -> str:
        """The score that buckets are compared by, from 0 to 100."""
        return "exact match" if self.short else "BLEU"

    @property
    def lacks_bleu(self) -> bool:
        """Whether a test has no BLEU, its references being too short."""
        return any(scores.bleu is None for each in self.results for scores in each.tests.values())

    def measure_of(self, scored: Bucket | Scores) -> float:
        """The measure of a bucket or a test; exact match if it has no BLEU."""
        if self.short or scored.bleu is None:
            return 100 * scored.exact_match
        return scored.bleu

    @property
    def learned_threshold(self) -> float:
        """The lowest measure of a station that has learned something."""
        return self.baseline + LEARNED_MARGIN

    @property
    def unlearned(self) -> list[str]:
        """The stations that have learned almost nothing."""
        tests = {result.name: result.tests for result in (*self.results, *self.update_frequency)}
        return [
            name
            for name, scores in tests.items()
            if all(self.measure_of(each) < self.learned_threshold for each in scores.values())
        ]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "budget": dict(self.budget),
            "unlearned": self.unlearned,
            "results": [self._plain(result) for result in self.results],
            "gradient_norms": {
                cell: {"before": before.tolist(), "after": after.tolist()}
                for cell, (before, after) in self.gradient_norms.items()
            },
            "scales": list(SCALES) if self.loss_curves else [],
            # (JSON has no NaN and no infinity.)
            "loss_curves": {
                name: [loss if math.isfinite(loss) else None for loss in losses.tolist()]
                for name, losses in self.loss_curves.items()
            },
            "update_frequency": [self._plain(result) for result in self.update_frequency],
            "failed": self.failed,
        }

    def _plain(self, result: Result) -> dict[str, Any]:
        unscored = {"bleu": None} if self.short else {}
        by_length = [each._asdict() | unscored for each in result.by_length]
        return asdict(result) | {"by_length": by_length}
