import numpy as np
import pytest
import torch
from fakes import END, PrefixModel

from seqcli.config import ModelConfig
from seqcli.data import tokenizer
from seqcli.data.batching import pad
from seqcli.data.vocabulary import END_TOKEN
from seqcli.decoding.ensemble import Ensemble
from seqcli.decoding.search import SearchRequest, beam_search
from seqcli.model.seq2seq import Seq2Seq
from seqcli.model.stepper import TorchSearchModel

SOURCES = [[3, 4, 5], [7], [9, 8, 7, 6, 5]]


class Other(PrefixModel):
    """Another model of the same kind: its draws differ."""

    def draw(self, source, prefix):
        log_probabilities, weights = super().draw(source, [*prefix, 99])
        return log_probabilities, weights


class Together(PrefixModel):
    """The ensemble by its definition: the mean of the members' probabilities after every prefix.

    `columns` are as in `Ensemble`.
    """

    def __init__(self, members, columns):
        super().__init__(len(columns[0]))
        self.members = list(zip(members, columns, strict=True))

    def draw(self, source, prefix):
        probabilities, member_weights = [], []
        for member, columns in self.members:
            log_probabilities, weights = member.draw(source, [max(columns[t], 0) for t in prefix])
            probabilities.append([np.exp(log_probabilities[c]) if c >= 0 else 0.0 for c in columns])
            member_weights.append(weights)
        with np.errstate(divide="ignore"):
            return np.log(np.mean(probabilities, axis=0)), np.mean(member_weights, axis=0)


@pytest.mark.parametrize(
    "columns",
    [
        [np.arange(5), np.arange(5)],
        [np.array([0, 1, 2, -1, 3, 4]), np.array([0, 1, -1, 2, 3, 4])],
    ],
)
def test_an_ensemble_has_the_mean_of_its_members_probabilities(columns):
    members = [PrefixModel(vocabulary=5), Other(vocabulary=5)]
    source, lengths = pad(SOURCES)
    request = SearchRequest(source, lengths, END, [7] * 3)
    found = beam_search(Ensemble(members, columns), request, beam=4, nbest=4)
    slow = beam_search(Together(members, columns), request, beam=4, nbest=4)
    for ours, theirs in zip(found, slow, strict=True):
        assert [h.tokens for h in ours] == [h.tokens for h in theirs]
        for h, other in zip(ours, theirs, strict=True):
            assert h.log_probability == pytest.approx(other.log_probability, abs=1e-4)
            assert h.weights is not None
            assert other.weights is not None
            np.testing.assert_allclose(h.weights, other.weights, atol=1e-6)


def test_a_model_with_itself_is_the_model():
    model = PrefixModel(vocabulary=5)
    request = SearchRequest(*pad(SOURCES), END, [7] * 3)
    twice = beam_search(Ensemble([model, model], [np.arange(5)] * 2), request, beam=3)
    once = beam_search(model, request, beam=3)
    assert [h[0].tokens for h in twice] == [h[0].tokens for h in once]


def test_members_may_be_of_different_shapes():
    writable = torch.tensor([tokenizer.UNKNOWN, tokenizer.END, *range(20, 30)])
    members = []
    for hidden, settings in (
        (16, {"lexical": True}),
        (12, {"lexical": False, "attention": "dot"}),
        (10, {"attention": "none"}),
    ):
        torch.manual_seed(hidden)
        config = ModelConfig(embedding=8, hidden=hidden, attention_size=6, **settings)
        members.append(TorchSearchModel(Seq2Seq(config, 30, writable)))
    together = Ensemble(members, [np.arange(len(writable))] * len(members))
    source, lengths = pad(SOURCES)
    tokens = [np.full(len(SOURCES), END_TOKEN), np.array([3, 2, 5])]
    memory, state = together.encode(source, lengths)
    alone = [member.encode(source, lengths) for member in members]
    for previous in tokens:
        log_mean, _, state = together.step(previous, memory, state)
        steps = [member.step(previous, *each) for member, each in zip(members, alone, strict=True)]
        mean = np.mean([np.exp(log_probabilities) for log_probabilities, _, _ in steps], axis=0)
        np.testing.assert_allclose(np.exp(log_mean), mean, atol=1e-6)
        alone = [
            (memory_, state_) for (memory_, _), (_, _, state_) in zip(alone, steps, strict=True)
        ]
