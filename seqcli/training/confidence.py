"""Fits the confidence of a model on dev sentences and damaged copies of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from seqcli.arrays import Array, Bools
from seqcli.data.pairs import Pair
from seqcli.decoding.confidence import Confidence, Features, features
from seqcli.decoding.translation import Translation
from seqcli.decoding.translator import Translator
from seqcli.evaluation import area_under_curve, is_usable
from seqcli.training.damage import Example, make_examples

# Translations to fit and to measure the confidence, where dev and the budget have room.
EXAMPLES = 1200
# With fewer translations that are not usable, the fixed prior is kept.
MIN_BAD = 100
# L2 regularization of the weights. The bias needs a little, in case one class is empty.
RIDGE, BIAS_RIDGE = 1.0, 0.01
MAX_ITERATIONS, TOLERANCE = 100, 1e-10

# Fitted to a model of Multi30k, on the mean log-probability alone.
_NOTHING = Features(*(0.0 for _ in Features._fields))
PRIOR = Confidence(
    bias=0.82,
    weights=_NOTHING._replace(mean=2.41),
    means=_NOTHING._replace(mean=-1.03),
    scales=Features(*(1.0 for _ in Features._fields))._replace(mean=0.57),
    length_ratio=1.0,
)


class LogisticRegression(NamedTuple):
    """P(true) = 1 / (1 + e^-z), z = bias + Σ weights · (values - means) / scales."""

    bias: float
    weights: Array
    means: Array
    scales: Array


def fit_confidence(
    translator: Translator, pairs: Sequence[Pair], seed: int, count: int = EXAMPLES
) -> Confidence:
    """The confidence of a model, fitted on about `count` translations; the fixed prior if fewer
    than `MIN_BAD` of them are not usable.

    `translator` searches as `seqcli translate` does by default: other beams have other features.
    """
    if count < MIN_BAD:
        return PRIOR
    examples = make_examples(pairs, count, seed)
    results = translator.translate([example.source for example in examples])
    best = [translations[0] for translations in results]
    # What has no known word is not translated, so there is nothing to learn from.
    kept = [i for i, translation in enumerate(best) if not translation.is_foreign]
    examples, best = [examples[i] for i in kept], [best[i] for i in kept]
    usable = np.array(
        [_is_usable(each.text, example) for each, example in zip(best, examples, strict=True)],
        dtype=bool,
    )
    bad = int((~usable).sum())
    if bad < MIN_BAD:
        return replace(PRIOR, examples=len(examples), bad=bad)
    fitting = np.array([example.half == 0 for example in examples])
    length_ratio = _length_ratio([best[i] for i in np.flatnonzero(fitting & usable)])
    unknown = [
        translator.processor.count_unknown(translator.processor.encode_source(example.source))
        for example in examples
    ]
    values = np.array([features(*each, length_ratio) for each in zip(best, unknown, strict=True)])
    regression = fit_logistic_regression(values[fitting], usable[fitting])
    weights = Features(*regression.weights.tolist())
    confidence = Confidence(
        bias=regression.bias,
        # Faults are rare: by chance, the few may be in usable translations.
        weights=weights._replace(faults=min(0.0, weights.faults)),
        means=Features(*regression.means.tolist()),
        scales=Features(*regression.scales.tolist()),
        length_ratio=length_ratio,
        fitted=True,
        examples=len(examples),
        bad=bad,
    )
    scores = np.array([confidence(*each) for each in zip(best, unknown, strict=True)])
    undamaged = ~fitting & np.array([not example.damaged for example in examples])
    return replace(
        confidence,
        auc=area_under_curve(scores[~fitting], usable[~fitting]),
        dev_auc=area_under_curve(scores[undamaged], usable[undamaged]),
    )


def fit_logistic_regression(values: Array, labels: Bools) -> LogisticRegression:
    """The regression of labels [N] on values [N,F] with the least sum of negative log-likelihood
    and `RIDGE` / 2 times the squared weights of the standardized values, by Newton's method.

    A column of equal values gets the weight 0.
    """
    means, scales = values.mean(axis=0), values.std(axis=0)
    scales[scales < 1e-9] = 1.0
    inputs = np.column_stack([np.ones(len(values)), (values - means) / scales])
    ridge = np.array([BIAS_RIDGE] + [RIDGE] * len(means))
    weights = np.zeros(len(ridge))
    for _ in range(MAX_ITERATIONS):
        probabilities = 1 / (1 + np.exp(-inputs @ weights))
        gradient = inputs.T @ (probabilities - labels) + ridge * weights
        variances = probabilities * (1 - probabilities)
        hessian = (inputs.T * variances) @ inputs + np.diag(ridge)
        move = np.linalg.solve(hessian, gradient)
        weights -= move
        if np.abs(move).max() < TOLERANCE:
            break
    return LogisticRegression(float(weights[0]), weights[1:], means, scales)


def _is_usable(text: str, example: Example) -> bool:
    return example.reference is not None and is_usable(text, [example.reference])


def _length_ratio(translations: Sequence[Translation]) -> float:
    """The geometric mean of target pieces per source piece, ends included; 1 of no translations."""
    logs = [np.log(len(each.target_pieces) / len(each.source_pieces)) for each in translations]
    return float(np.exp(np.mean(logs))) if logs else 1.0
