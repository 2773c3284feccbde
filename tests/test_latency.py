"""Latencies, against values that were worked out by hand.

Average Lagging is the mean of d(t) - (t - 1) |x| / |y*| up to the first t with d(t) = |x|.
"""

from __future__ import annotations

import pytest

from seqcli.latency import (
    HeardTranslation,
    average_lagging,
    average_proportion,
    latency,
    length_adaptive_average_lagging,
)

EXAMPLES = [
    # k = 1, as long as the source: 1-0, 2-1, 3-2, 4-3 -> 1; 10 / 16.
    ([1, 2, 3, 4], 4, 4, 1.0, 1.0, 10 / 16),
    # k = 3, source of 6, target of 6: 3, 3, 3, 3 (d = 6 at t = 4) -> 3; 3+4+5+6+6+6 = 30 of 36.
    ([3, 4, 5, 6, 6, 6], 6, 6, 3.0, 3.0, 30 / 36),
    # k = 1, a target longer than the source, γ = 6/3 = 2: 1, 1.5, 2 -> 4.5/3; 1+2+3+3+3+3 = 15.
    ([1, 2, 3, 3, 3, 3], 3, 6, 1.5, 1.5, 15 / 18),
    # k = 3, a target shorter than the source, γ = 3/6: 3, 4-2, 5-4 -> 6/3, never all heard: 12/18.
    ([3, 4, 5], 6, 3, 2.0, 2.0, 12 / 18),
    # The end reached early: all is heard at t = 2, so only 2-0 and 5-1 count: 3; 2+5+5+5+5 = 22.
    ([2, 5, 5, 5, 5], 5, 5, 3.0, 3.0, 22 / 25),
    # Waiting until the end: 4 -> 4; 12 of 12.
    ([4, 4, 4], 4, 3, 4.0, 4.0, 1.0),
    # Twice as many words as the reference. AL, γ = 3/6: 1, 2-2, 3-4, 4-6, 5-8, 6-10 -> -9/6;
    # LAAL, γ = 6/6: 1 each -> 1; 21 of 36.
    ([1, 2, 3, 4, 5, 6], 6, 3, -1.5, 1.0, 21 / 36),
    # One word of a source of one word: 1; 1.
    ([1], 1, 1, 1.0, 1.0, 1.0),
]


@pytest.mark.parametrize(("delays", "source", "reference", "lag", "laal", "share"), EXAMPLES)
def test_the_values_of_hand_worked_examples(delays, source, reference, lag, laal, share):
    assert average_lagging(delays, source, reference) == pytest.approx(lag, abs=1e-9)
    found = length_adaptive_average_lagging(delays, source, reference)
    assert found == pytest.approx(laal, abs=1e-9)
    assert average_proportion(delays, source) == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize("wait", [1, 3])
@pytest.mark.parametrize("words", [4, 7, 12])
def test_the_lag_of_wait_k_is_k_where_both_sides_are_equally_long(wait, words):
    delays = [min(wait + t, words) for t in range(words)]
    assert average_lagging(delays, words, words) == pytest.approx(min(wait, words), abs=1e-9)


def test_the_mean_is_over_sentences_that_have_words():
    first, second = EXAMPLES[0], EXAMPLES[2]
    found = latency(
        [
            HeardTranslation(first[0], first[1], first[2]),
            HeardTranslation([], 3, 3),
            HeardTranslation([1, 2], 2, 0),
            HeardTranslation([0], 0, 2),
            HeardTranslation(second[0], second[1], second[2]),
        ]
    )
    assert found is not None
    assert found.sentences == 2
    assert found.average_lagging == pytest.approx((1.0 + 1.5) / 2, abs=1e-9)
    assert found.average_proportion == pytest.approx((10 / 16 + 15 / 18) / 2, abs=1e-9)
    assert latency([HeardTranslation([], 3, 3)]) is None
