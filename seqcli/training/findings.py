"""What a comparison finds. No torch here: views may import this."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqcli.evaluation import Scores

Array = NDArray[Any]

# Where the loss is looked at: times so much the recurrent weights that were learned.
PLACES = tuple((np.arange(161) / 40).tolist())


class Bucket(NamedTuple):
    """BLEU (0 to 100) and exact match (0 to 1) of sentences with so many source words."""

    shortest: int
    longest: int
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

    `reach` are sizes [N] of the gradient n steps back, by cell, before and after learning; `lines`
    the loss at PLACES by station; `habits` are updates after a batch and after every sentence.
    """

    results: tuple[Result, ...]
    reach: dict[str, tuple[Array, Array]]
    lines: dict[str, Array]
    habits: tuple[Result, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "results": [_plain(result) for result in self.results],
            "reach": {
                cell: {"before": before.tolist(), "after": after.tolist()}
                for cell, (before, after) in self.reach.items()
            },
            "places": list(PLACES) if self.lines else [],
            "lines": {name: losses.tolist() for name, losses in self.lines.items()},
            "habits": [_plain(result) for result in self.habits],
        }


def _plain(result: Result) -> dict[str, Any]:
    return asdict(result) | {"by_length": [each._asdict() for each in result.by_length]}
