"""The count model of benchmarks/ngrams.py: interpolated modified Kneser-Ney."""

from __future__ import annotations

import importlib.util
import itertools
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

PATH = Path(__file__).resolve().parent.parent / "benchmarks" / "ngrams.py"
SPEC = importlib.util.spec_from_file_location("ngrams", PATH)
assert SPEC is not None and SPEC.loader is not None
ngrams = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(ngrams)

PIECES = [ngrams.END, 3, 4, 5, 6]
sentences = st.lists(st.lists(st.sampled_from(PIECES[1:]), max_size=5), min_size=1, max_size=12)


@given(sentences, st.integers(1, 4))
def test_the_probabilities_after_each_history_sum_to_1(text, order):
    model = ngrams.KneserNey(text, order, len(PIECES))
    histories = itertools.product([ngrams.BEGIN, *PIECES], repeat=order - 1)
    for history in list(histories)[:200]:
        total = sum(model.probability(history, piece) for piece in PIECES)
        assert total == pytest.approx(1.0)


def test_two_pieces_by_hand():
    """Bigrams of "a b", "a b", "a": counts <s>a 3, ab 2, b</s> 2, a</s> 1; without all of n1 to n4
    the discount is 1/2. Unigrams count what stands before a piece: a 1, b 1, </s> 2."""
    a, b = 3, 4
    model = ngrams.KneserNey([[a, b], [a, b], [a]], 2, vocabulary=3)
    unigram = (1 - 0.5 + 3 * 0.5 / 3) / 4
    assert model.probability((), b) == pytest.approx(unigram)
    assert model.probability((a,), b) == pytest.approx((2 - 0.5 + 2 * 0.5 * unigram) / 3)
    assert model.probability((b,), b) == pytest.approx((0.5 * unigram) / 2)


def test_discounts_are_those_of_chen_and_goodman():
    """With n1 to n4 of 4, 3, 2 and 1: Y = 4 / (4 + 6), D1 = 1 - 2 Y 3/4, D2 = 2 - 3 Y 2/3,
    D3 = 3 - 4 Y 1/2."""
    counts = Counter({(i,): n for i, n in enumerate([1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 9])})
    assert ngrams._discounts(counts) == pytest.approx([0.0, 0.4, 1.2, 2.2])


@given(sentences)
def test_bits_are_those_of_the_pieces(text):
    model = ngrams.KneserNey(text, 3, len(PIECES))
    for sentence in text:
        padded = (ngrams.BEGIN, ngrams.BEGIN, *sentence, ngrams.END)
        product = 1.0
        for i in range(2, len(padded)):
            product *= model.probability(padded[i - 2 : i], padded[i])
        assert 2.0 ** -model.bits(sentence) == pytest.approx(product)
