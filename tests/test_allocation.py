"""The search with places for each number of counted tokens, against its definition."""

from itertools import groupby

import numpy as np
import pytest
from fakes import END, PrefixModel
from hypothesis import given, settings
from hypothesis import strategies as st

from seqcli.data.batching import pad
from seqcli.decoding.allocation import allocated_search
from seqcli.decoding.search import SearchRequest, beam_search


def counted(counts):
    """The counted tokens: all but the end, as far as there are counts."""
    return tuple(token for token in range(len(counts) + 1) if token != END)[: len(counts)]


def request(sources, counts, limit):
    limits = [limit] * len(sources)
    return SearchRequest(
        *pad(sources), END, limits, counted=counted(counts[0]), counts=np.array(counts)
    )


def lacking(tokens, counts):
    pairs = zip(counted(counts), counts, strict=True)
    return sum(max(0, n - tokens.count(token)) for token, n in pairs)


def may_write(tokens, token, counts):
    return (
        token not in counted(counts) or tokens.count(token) < counts[counted(counts).index(token)]
    )


def in_banks(candidates, counts):
    """The best of each bank, then the second of each, ..."""
    order = sorted(candidates, key=lambda each: (lacking(each[0], counts), -each[1]))
    ranked = [
        (rank, bank, each)
        for bank, members in groupby(order, key=lambda each: lacking(each[0], counts))
        for rank, each in enumerate(members)
    ]
    return [each for _, _, each in sorted(ranked, key=lambda item: item[:2])]


def slow_search(model, source, counts, beam, limit):
    """The search without arrays and without an early stop: tokens with their log-probabilities,
    best first."""
    live, ended, truncated = [((), 0.0)], [], []
    for length in range(limit + 1):
        candidates = [
            ((*tokens, token), total + log_probability)
            for tokens, total in live
            for token, log_probability in enumerate(model.draw(source, tokens)[0])
            if may_write(tokens, token, counts)
        ]
        candidates = in_banks(candidates, counts)
        by_themselves = [each for each in candidates[:beam] if each[0][-1] == END]
        ended += by_themselves
        if length == limit:
            ends = [each for each in candidates if each[0][-1] == END]
            truncated = [each for each in ends if each not in by_themselves]
        live = [each for each in candidates if each[0][-1] != END][:beam]

    def rank(each):
        return lacking(each[0], counts), -each[1] / len(each[0])

    return sorted(ended, key=rank) + sorted(truncated, key=rank)


@given(
    st.integers(1, 4),
    st.integers(2, 6),
    st.integers(1, 4),
    st.integers(1, 7),
    st.lists(st.integers(2, 9), min_size=1, max_size=6),
    st.lists(st.integers(0, 2), min_size=1, max_size=8),
    st.floats(0.5, 3.0),
)
@settings(max_examples=200)
def test_the_search_is_that_of_its_definition(
    others, beam, nbest, limit, source, counts, sharpness
):
    model = PrefixModel(1 + len(counts) + others, sharpness)
    slow = slow_search(model, source, counts, beam, limit)[: min(nbest, beam)]
    (found,) = allocated_search(model, request([source], [counts], limit), beam=beam, nbest=nbest)
    assert [h.tokens for h in found] == [tokens for tokens, _ in slow]
    assert [h.log_probability for h in found] == pytest.approx([t for _, t in slow], abs=1e-4)
    assert [h.lacking for h in found] == [lacking(h.tokens, counts) for h in found]


@given(st.integers(2, 6), st.integers(1, 8), st.integers(0, 99))
@settings(max_examples=30)
def test_a_sentence_does_not_see_its_neighbours(beam, limit, number):
    model = PrefixModel(vocabulary=5)
    sources, counts = [[2 + number % 9, number // 9], [4, number], [7]], [[1, 1], [0, 2], [0, 0]]
    together = allocated_search(model, request(sources, counts, limit), beam=beam, nbest=3)
    for source, allowed, found in zip(sources, counts, together, strict=True):
        (alone,) = allocated_search(model, request([source], [allowed], limit), beam=beam, nbest=3)
        assert [h.tokens for h in alone] == [h.tokens for h in found]


class OnlyAtFirst(PrefixModel):
    """Writes token 0 at the first step or never, and there at 1 in a thousand."""

    def draw(self, source, prefix):
        probabilities = np.full(self.vocabulary, 0.2 / (self.vocabulary - 2))
        probabilities[END], probabilities[0] = 0.8, 1e-12 if len(prefix) else 1e-3
        return np.log(probabilities / probabilities.sum()), np.full(len(source), 1 / len(source))


def test_an_unlikely_counted_token_keeps_a_place():
    model, asked = OnlyAtFirst(vocabulary=30), request([[5, 6]], [[1, 0]], 6)
    ((ordinary, *_),) = beam_search(model, asked, beam=6)
    ((found, *_),) = allocated_search(model, asked, beam=6)
    assert ordinary.lacking == 1
    assert (found.tokens, found.lacking) == ((0, END), 0)
