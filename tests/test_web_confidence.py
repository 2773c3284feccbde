"""The confidence that the scripts of the page give, against Python."""

import random

import numpy as np
import pytest
from javascript import Scripts
from test_confidence import translation

from seqcli.decoding.confidence import Confidence, Features


@pytest.fixture(scope="module")
def scripts():
    return Scripts("translation/confidence.js")


def random_translation(draw, numbers, dtype):
    pieces, targets = draw.randint(1, 9), draw.randint(0, 9)
    return translation(
        source_pieces=(*(draw.choice(["▁a", "你", "ing😀", "x"]) for _ in range(pieces)), "</s>"),
        target_pieces=("x",) * targets,
        log_probabilities=tuple((-numbers.exponential(size=targets) * 3).tolist()),
        attention=draw.choice(
            [None, numbers.dirichlet(np.full(pieces + 1, 0.3), size=targets).astype(dtype)]
        ),
        stopped_by=draw.choice(["eos", "limit", "repetition"]),
        cut=draw.random() < 0.5,
        missing=("7",) * draw.randint(0, 2),
        misplaced=("7",) * draw.randint(0, 1),
        unknown=("ab",) * draw.randint(0, 2),
        is_foreign=draw.random() < 0.1,
    )


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-6)])
def test_a_confidence_is_that_of_python(scripts, dtype, tolerance):
    draw, numbers = random.Random(7), np.random.default_rng(7)
    cases, expected = [], []
    for _ in range(200):
        weights, means = (
            Features(*numbers.normal(size=len(Features._fields)).tolist()) for _ in range(2)
        )
        scales = Features(*(0.5 + numbers.random(len(Features._fields))).tolist())
        confidence = Confidence(draw.random(), weights, means, scales, 0.5 + draw.random())
        values = confidence.to_dict()
        if draw.random() < 0.2:  # as in folders of older versions
            del values["features"]["surprise"]
        one = random_translation(draw, numbers, dtype)
        given = {
            **one.to_dict(),
            "log_probabilities": one.log_probabilities,
            "attention": None if one.attention is None else one.attention.tolist(),
        }
        unknown = draw.randint(0, 3)
        cases.append((values, given, unknown))
        expected.append(Confidence.from_dict(values)(one, unknown))
    found = scripts.call("(cases => cases.map((each) => confidenceOf(...each)))", cases)
    assert found == pytest.approx(expected, abs=tolerance)
    assert min(expected) < 0.1 and max(expected) > 0.9
