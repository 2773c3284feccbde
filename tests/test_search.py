import numpy as np
import pytest
from fakes import END, PrefixModel
from hypothesis import given, settings
from hypothesis import strategies as st

from seqcli.data.batching import pad
from seqcli.decoding.search import beam_search

SOURCES = [[3, 4, 5], [7], [9, 8, 7, 6, 5], [2, 2]]


def search(model, sources, **options):
    source, lengths = pad(sources)
    settings = {"end": END, "beam": 4, "max_lengths": [8] * len(sources)} | options
    return beam_search(model, source, lengths, **settings)


@pytest.mark.parametrize("length_penalty", [0.0, 0.6, 1.0])
def test_a_wide_beam_finds_what_brute_force_finds(length_penalty):
    model = PrefixModel(vocabulary=4)
    # 3 ** 4 live prefixes at most, so nothing can fall out of this beam.
    found = search(model, SOURCES, beam=90, max_lengths=[5] * 4, length_penalty=length_penalty)
    for source, hypotheses in zip(SOURCES, found, strict=True):
        everything = sorted(
            model.every_translation(source, 5),
            key=lambda item: item[1] / len(item[0]) ** length_penalty,
            reverse=True,
        )
        best = everything[: len(hypotheses)]
        assert [h.tokens for h in hypotheses[:20]] == [tokens for tokens, _ in best[:20]]
        assert hypotheses[0].log_probability == pytest.approx(best[0][1], abs=1e-5)


@given(
    st.lists(st.lists(st.integers(2, 9), min_size=1, max_size=6), min_size=1, max_size=5),
    st.integers(1, 6),
    st.sampled_from([0.0, 1.0]),
)
@settings(max_examples=40)
def test_a_hypothesis_rescores_to_its_own_score(sources, beam, length_penalty):
    model = PrefixModel(vocabulary=6)
    for source, hypotheses in zip(
        sources, search(model, sources, beam=beam, length_penalty=length_penalty), strict=True
    ):
        assert 1 <= len(hypotheses) <= beam
        assert len({h.tokens for h in hypotheses}) == len(hypotheses)
        scores = [h.score for h in hypotheses]
        assert scores == sorted(scores, reverse=True)
        for h in hypotheses:
            assert h.log_probability == pytest.approx(
                model.log_probability(source, h.tokens), abs=1e-4
            )
            assert h.score == pytest.approx(
                h.log_probability / len(h.tokens) ** length_penalty, abs=1e-6
            )
            assert (h.tokens[-1] == END) == (h.stopped_by == "eos")
            assert END not in h.tokens[:-1]


@given(st.permutations(range(4)), st.integers(1, 5))
@settings(max_examples=20)
def test_a_sentence_does_not_see_its_neighbours(order, beam):
    model = PrefixModel(vocabulary=5)
    together = search(model, [SOURCES[i] for i in order], beam=beam)
    for place, i in enumerate(order):
        (alone,) = search(model, [SOURCES[i]], beam=beam)
        assert [h.tokens for h in alone] == [h.tokens for h in together[place]]
        assert [h.score for h in alone] == pytest.approx([h.score for h in together[place]])


def test_attention_belongs_to_the_tokens_of_its_own_hypothesis():
    model = PrefixModel(vocabulary=5)
    for source, hypotheses in zip(SOURCES, search(model, SOURCES), strict=True):
        for h in hypotheses:
            assert h.weights.shape == (len(h.tokens), len(source))
            for i in range(len(h.tokens)):
                np.testing.assert_allclose(h.weights[i], model.draw(source, h.tokens[:i])[1])


def test_greedy_takes_the_best_token_at_every_step():
    model = PrefixModel(vocabulary=6)
    for source, (hypothesis,) in zip(SOURCES, search(model, SOURCES, beam=1), strict=True):
        tokens = []
        while END not in tokens and len(tokens) < 8:
            tokens.append(int(np.argmax(model.draw(source, tokens)[0])))
        assert hypothesis.tokens == tuple(tokens)


class Endless(PrefixModel):
    """Never ends of its own will."""

    def draw(self, source, prefix):
        log_probabilities, weights = super().draw(source, prefix)
        log_probabilities[END] = -np.inf
        return log_probabilities, weights


def test_each_sentence_has_its_own_limit_and_says_that_it_hit_it():
    found = search(Endless(vocabulary=4), SOURCES, max_lengths=[1, 2, 3, 7])
    assert [len(hypotheses[0].tokens) for hypotheses in found] == [1, 2, 3, 7]
    assert all(hypotheses[0].stopped_by == "limit" for hypotheses in found)


def test_forbidden_tokens_are_never_written():
    free = search(PrefixModel(vocabulary=4), SOURCES)
    assert any(0 in h.tokens for hypotheses in free for h in hypotheses)
    bound = search(PrefixModel(vocabulary=4), SOURCES, forbidden=[0])
    assert not any(0 in h.tokens for hypotheses in bound for h in hypotheses)
