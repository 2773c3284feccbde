"""The search that drops hopeless hypotheses, against its definition and the whole search."""

import numpy as np
import pytest
from fakes import END, PrefixModel
from hypothesis import given, settings
from hypothesis import strategies as st

from seqcli.data.batching import pad
from seqcli.decoding import pruning
from seqcli.decoding.constraints import Constraints
from seqcli.decoding.pruning import pruned_search
from seqcli.decoding.search import SearchRequest, beam_search

SOURCES = [[3, 4, 5], [7], [9, 8, 7, 6, 5], [2, 2]]


def request(sources, limit=8, counted=(), counts=None, **constraints):
    return SearchRequest(
        *pad(sources), END, [limit] * len(sources), counted=counted,
        counts=None if counts is None else np.array(counts), constraints=Constraints(**constraints),
    )  # fmt: skip


def slow_pruned_search(model, source, beam, limit, norm):
    """The best hypothesis by the definition of the search: its tokens, its score, and the number
    of steps."""
    live: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    ended = []
    for length in range(limit + 1):
        candidates = []
        for tokens, total in live:
            candidates += [
                ((*tokens, token), total + log_probability)
                for token, log_probability in enumerate(model.draw(source, tokens)[0])
            ]
        candidates.sort(key=lambda each: -each[1])
        finished = [each for each in candidates[:beam] if each[0][-1] == END]
        ended += [(tokens, total / norm(len(tokens))) for tokens, total in finished]
        if length == limit and not ended:
            tokens, total = next(each for each in candidates if each[0][-1] == END)
            return tokens, total / norm(len(tokens)), length + 1
        live = [each for each in candidates if each[0][-1] != END][:beam]
        live = [each for each in live if each[1] >= live[0][1] - pruning.THRESHOLD]
        longest = min(limit + 1, length + 2 + pruning.HORIZON)
        best = max((score for _, score in ended), default=-np.inf)
        if (beam == 1 and ended) or live[0][1] / norm(longest) <= best:
            break
    return *max(ended, key=lambda each: each[1]), length + 1


class Counting(PrefixModel):
    """Counts its steps."""

    steps = 0

    def step(self, previous, memory, state):
        self.steps += 1
        return super().step(previous, memory, state)


@given(
    st.integers(3, 6),
    st.integers(1, 4),
    st.integers(1, 9),
    st.sampled_from([0.0, 0.6, 1.0, 2.0]),
    st.sampled_from(["power", "wu"]),
    st.lists(st.integers(2, 9), min_size=1, max_size=6),
    st.floats(0.5, 4.0),
    st.sampled_from([(4.0, 3), (1.0, 0), (0.0, 1), (100.0, 0)]),
)
@settings(max_examples=150, deadline=None)
def test_it_finds_what_its_definition_says(
    vocabulary, beam, limit, alpha, kind, source, sharpness, rules
):
    model, before = Counting(vocabulary, sharpness), (pruning.THRESHOLD, pruning.HORIZON)
    pruning.THRESHOLD, pruning.HORIZON = rules
    try:
        wanted = request([source], limit, length_penalty=alpha, length_norm=kind)
        ((found,),) = pruned_search(model, wanted, beam=beam)
        norm = wanted.constraints.norm
        tokens, score, steps = slow_pruned_search(model, source, beam, limit, norm)
    finally:
        pruning.THRESHOLD, pruning.HORIZON = before
    assert found.tokens == tokens
    assert model.steps == steps
    assert found.score == pytest.approx(score, abs=1e-5)
    assert found.log_probability == pytest.approx(model.log_probability(source, tokens), abs=1e-5)


def test_with_nothing_hopeless_it_is_the_whole_search(monkeypatch):
    monkeypatch.setattr(pruning, "THRESHOLD", np.inf)
    monkeypatch.setattr(pruning, "HORIZON", 100)
    model = PrefixModel(vocabulary=5)
    whole = beam_search(model, request(SOURCES), beam=4)
    pruned = pruned_search(model, request(SOURCES), beam=4)
    assert [h.tokens for (h,) in pruned] == [h.tokens for (h,) in whole]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [2, 0], [3, 1, 2]])
def test_a_sentence_does_not_see_its_neighbours(order):
    model = PrefixModel(vocabulary=6)
    together = pruned_search(model, request([SOURCES[i] for i in order]), beam=3)
    for (found,), i in zip(together, order, strict=True):
        ((alone,),) = pruned_search(model, request([SOURCES[i]]), beam=3)
        assert found.tokens == alone.tokens
        assert found.score == pytest.approx(alone.score)


class Late(PrefixModel):
    """Token 0 or 2 is improbable at first, and begins the translation with the best score; the best
    one that begins with 3 ends at once."""

    first = 2

    def draw(self, source, prefix):
        _, weights = super().draw(source, prefix)
        probabilities = np.full(self.vocabulary, 1e-9)
        if not len(prefix):
            probabilities[[self.first, 3]] = 1e-3, 1 - 1e-3
        elif prefix[0] == 3:
            probabilities[4] = 0.3
            probabilities[END] = 1e-9 if len(prefix) > 1 else 0.02
        else:
            probabilities[END if len(prefix) == 7 else 4] = 1
        return np.log(probabilities / probabilities.sum()), weights


def test_where_tokens_are_to_be_written_nothing_improbable_is_dropped():
    wanted = request([[5]], counted=[2], counts=[[1]])
    ((found,),) = pruned_search(Late(5), wanted, beam=3)
    ((whole,),) = beam_search(Late(5), request([[5]]), beam=3)
    ((plain,),) = pruned_search(Late(5), request([[5]]), beam=3)
    assert found.tokens == whole.tokens == (2, *[4] * 6, END)
    assert plain.tokens == (3, END)


def test_the_neighbour_of_a_sentence_with_tokens_to_write_is_searched_as_alone():
    model = Late(5)
    model.first = 0
    wanted = request([[5]] * 2, counted=[2], counts=[[1], [0]])
    _, (neighbour,) = pruned_search(model, wanted, beam=3)
    assert neighbour.tokens == (3, END)
    _, (whole,) = beam_search(model, wanted, beam=3)
    assert whole.tokens == (0, *[4] * 6, END)
