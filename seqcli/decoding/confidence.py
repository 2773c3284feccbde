"""Confidence: the chance that a translation is usable, from what its search found on the way.

A logistic regression on a few features of a `Translation`. `seqcli.training.confidence` fits it
when a training ends, and the model folder keeps it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from seqcli.arrays import Array
from seqcli.decoding.translation import Translation
from seqcli.typed import check_values

# A log-probability below this counts as this.
LOWEST = -30.0
LEAST_COVERAGE = 1e-3
# Limits of the numbers of a confidence that is read. (A fit has no smaller scales.)
SMALLEST, LARGEST = 1e-9, 1e9
_UNUSED = {"weight": 0.0, "mean": 0.0, "scale": 1.0}


class Features(NamedTuple):
    """What the confidence depends on. T target pieces, with the end; S source pieces, without it.

    `mean` and `least` are the mean and the least of the log-probabilities of the pieces, `surprise`
    is log(-mean). `unknown_pieces` and `unknown_words` are relative to S. `pieces_per_character` is
    large where rare words are cut into many pieces. `least_coverage` is the log of the least sum of
    attention weights of a source piece, at most 1; `entropy` is the mean entropy of the attention
    weights of a target piece, in nats; both are 0 without attention. `length` is log S, and
    `length_deviation` is |log(T / (S + 1)) - log(expected ratio)|. `faults` is the number of
    faults and of lost items; a misplaced item is none, as `least` has its probability.
    """

    mean: float
    surprise: float
    least: float
    unknown_pieces: float
    unknown_words: float
    pieces_per_character: float
    least_coverage: float
    entropy: float
    length: float
    length_deviation: float
    faults: float


def features(translation: Translation, unknown_pieces: int, length_ratio: float) -> Features:
    """The features of a translation of a text that is not blank.

    `unknown_pieces` of its source pieces are unknown to the tokenizer; `length_ratio` is the
    expected number of target pieces per source piece, ends included.
    """
    found = translation.log_probabilities or (LOWEST,)
    log_probabilities = [max(LOWEST, min(0.0, each)) for each in found]
    mean = sum(log_probabilities) / len(log_probabilities)
    source_pieces = translation.source_pieces[:-1]
    source_length, target_length = len(source_pieces), len(log_probabilities)
    coverage, entropy = _attention_features(translation.attention)
    ratio = target_length / (source_length + 1)
    return Features(
        mean=mean,
        surprise=math.log(1e-3 - mean),
        least=min(log_probabilities),
        unknown_pieces=unknown_pieces / source_length,
        unknown_words=len(translation.unknown) / source_length,
        pieces_per_character=source_length / max(1, sum(map(len, source_pieces))),
        least_coverage=coverage,
        entropy=entropy,
        length=math.log(source_length),
        length_deviation=abs(math.log(ratio / length_ratio)),
        faults=float(
            sum(fault != "misplaced" for fault in translation.faults) + len(translation.missing)
        ),
    )


def _attention_features(weights: Array | None) -> tuple[float, float]:
    """Log of the least coverage of a source piece but the end, and mean entropy: [T,S+1]."""
    if weights is None or not weights.size:
        return 0.0, 0.0
    coverage = np.clip(weights.sum(axis=0)[:-1], LEAST_COVERAGE, 1.0)
    entropies = -(weights * np.log(np.maximum(weights, 1e-12))).sum(axis=1)
    return float(np.log(coverage.min())), float(entropies.mean())


@dataclass(frozen=True)
class Confidence:
    """A logistic regression on standardized features, and how well it did.

    The confidence is 1 / (1 + e^-z), z = bias + Σ weights · (features - means) / scales, over the
    fields of `Features`. It was fitted on one half of `examples` translations, of which `bad` are
    not usable, and measured on the other half: `auc` on all, `dev_auc` on those of undamaged dev
    sentences (each None where all are usable, or none is). With `fitted` False, it is the fixed
    prior.
    """

    bias: float
    weights: Features
    means: Features
    scales: Features
    length_ratio: float
    fitted: bool = False
    examples: int = 0
    bad: int = 0
    auc: float | None = None
    dev_auc: float | None = None

    def __call__(self, translation: Translation, unknown_pieces: int) -> float:
        """The confidence in a translation, from 0 to 1; `unknown_pieces` is as in `features`."""
        values = features(translation, unknown_pieces, self.length_ratio)
        terms = zip(self.weights, values, self.means, self.scales, strict=True)
        total = self.bias + sum(w * (value - mean) / scale for w, value, mean, scale in terms)
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        columns = zip(Features._fields, self.weights, self.means, self.scales, strict=True)
        return {
            "fitted": self.fitted,
            "examples": self.examples,
            "bad": self.bad,
            "auc": self.auc,
            "dev_auc": self.dev_auc,
            "length_ratio": self.length_ratio,
            "bias": self.bias,
            "features": {
                name: {"weight": weight, "mean": mean, "scale": scale}
                for name, weight, mean, scale in columns
            },
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Confidence:
        """The confidence that `to_dict` wrote; a feature that it did not know has the weight 0.

        Raises KeyError, TypeError or ValueError for other values, such as numbers that are no
        finite float or that no fit gives.
        """
        rows = [values["features"].get(name, _UNUSED) for name in Features._fields]

        def column(key: str) -> Features:
            return Features(*(_number(row[key]) for row in rows))

        known = {name: values[name] for name in ("fitted", "examples", "bad", "auc", "dev_auc")}
        found = cls(
            bias=_number(values["bias"]),
            weights=column("weight"),
            means=column("mean"),
            scales=column("scale"),
            length_ratio=_number(values["length_ratio"]),
            **known,
        )
        if min(found.length_ratio, *found.scales) < SMALLEST:
            raise ValueError(f"a scale or a length ratio below {SMALLEST}")
        check_values(cls, known)
        return found


def _number(value: Any) -> float:
    """A number of JSON, no text such as "nan"."""
    if type(value) not in (int, float) or not abs(value) <= LARGEST:
        raise ValueError(f"{str(value)[:20]!r} instead of a number of at most {LARGEST}")
    return float(value)


def joined_confidence(parts: Iterable[float | None]) -> float | None:
    """The confidence in a line from those of its sentences: the lowest, since a line is as usable
    as its worst sentence; None where none has one."""
    return min((part for part in parts if part is not None), default=None)
