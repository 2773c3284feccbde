"""The mean of a base and of the network that is trained from it."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from seqcli.config import ModelConfig
from seqcli.data.batching import Example, PackedExamples, collate
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.base import merging
from seqcli.training.base.distillation import frozen
from seqcli.training.base.merging import Merging
from seqcli.training.base.replay import Replay
from seqcli.training.gradients import batch_loss
from seqcli.training.loss import cross_entropy


@pytest.fixture
def networks():
    """A base, which nothing trains, and another network."""
    torch.manual_seed(0)
    config = ModelConfig(embedding=6, hidden=6, attention_size=6)
    base, trained = (Seq2Seq(config, 12, torch.arange(1, 12)) for _ in range(2))
    return frozen(base), trained


@pytest.fixture
def examples():
    draw = random.Random(1)
    texts = [[draw.randint(3, 10) for _ in range(draw.randint(1, 5))] for _ in range(6)]
    return PackedExamples.of(Example(text, text[::-1]) for text in texts)


def squares(network, examples):
    """By the definition: the squares of the gradient of the mean loss of the examples."""
    network.zero_grad()
    batch = collate(examples)
    loss = batch_loss(network, batch, cross_entropy).objective / int(batch.target_lengths.sum())
    loss.backward()
    return [
        torch.zeros_like(each) if each.grad is None else each.grad**2
        for each in network.parameters()
    ]


@pytest.mark.parametrize("threads", [1, 3])
def test_a_weight_is_nearer_to_the_network_whose_pairs_depend_on_it(networks, examples, threads):
    base, trained = networks
    draw = Replay(np.array([0, 1, 2]), np.array([3, 4, 5]), 0.5, seed=1)
    merged = Merging(base, examples, draw, threads)(trained)
    # (Of three examples, each batch has all.)
    new = squares(trained, examples[:3])
    old = squares(base.requires_grad_(), examples[3:])
    new_mean, old_mean = (
        torch.cat([each.flatten() for each in part]).mean() for part in (new, old)
    )
    for weight, before, after, for_new, for_old in zip(
        *(each.parameters() for each in (merged, base, trained)), new, old, strict=True
    ):
        pull = merging.OLD_WEIGHT * for_old / old_mean
        needed = for_new / new_mean
        part = (needed / (needed + pull).clamp_min(1e-30)).clamp_min(merging.LEAST_PART)
        expected = part * after + (1 - part) * before
        clear = needed + pull > 1e-4  # (Of weights without influence, either value is right.)
        assert torch.allclose(weight[clear], expected[clear], atol=1e-4)


def test_without_old_pairs_the_mean_is_the_same_for_all_weights(networks, examples):
    base, trained = networks
    for draw in (
        Replay(np.arange(6), np.arange(0), 0.5, 1),
        Replay(np.arange(6), np.arange(0), 0.0, 1),
    ):
        merged = Merging(base, examples, draw, 1)(trained)
        part = merging.TRAINED_PART
        for weight, before, after in zip(
            *(each.parameters() for each in (merged, base, trained)), strict=True
        ):
            assert torch.allclose(weight, part * after + (1 - part) * before, atol=1e-6)


def test_a_base_that_has_learned_nothing_stays_as_it_is(networks, examples):
    base, _ = networks
    draw = Replay(np.array([0, 1]), np.array([3, 4, 5]), 0.5, seed=1)
    merged = Merging(base, examples, draw, 1)(base)
    assert all(map(torch.equal, merged.parameters(), base.parameters()))
