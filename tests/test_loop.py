import math

import numpy as np
import pytest
import torch

from seqcli.config import ModelConfig, TrainingConfig
from seqcli.data.batching import Example, Packed, collate
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.gradients import Gradients
from seqcli.training.loop import Position, learn
from seqcli.training.optimization import make_optimizer

DRAW = np.random.default_rng(3)
EXAMPLES = Packed.of(
    Example([*DRAW.integers(3, 9, s), 2], [*DRAW.integers(2, 8, t), 1])
    for s, t in zip(DRAW.integers(1, 7, 40), DRAW.integers(1, 7, 40), strict=True)
)
TOKENS = sum(len(example.target) for example in EXAMPLES)


def learner(examples=EXAMPLES, position=None, rate=lambda _: 0.0, **settings):
    """A network, its `Gradients` and the updates of plain descent on it."""
    torch.manual_seed(1)
    config = TrainingConfig(optimizer="sgd", **({"batch_tokens": 30} | settings))
    network = Seq2Seq(ModelConfig(embedding=6, hidden=8, dropout=0.0), 9, torch.arange(1, 9))
    gradients = Gradients(network, config, 1)
    optimizer = make_optimizer(network.parameters(), config)
    position = Position() if position is None else position
    return network, gradients, learn(gradients, optimizer, examples, position, rate)


def copies(network):
    return [weight.detach().clone() for weight in network.parameters()]


@pytest.mark.parametrize("clip", [0.0, 0.05, 1000.0])
def test_an_update_steps_down_the_gradient_clipped_to_a_norm(clip):
    settings = {"clip": clip, "batch_tokens": 10_000}
    network, gradients, updates = learner(rate=lambda update: 0.5 - update, **settings)
    nll = gradients(collate(EXAMPLES), 0)
    gradient = [weight.grad.clone() for weight in network.parameters()]
    norm = math.sqrt(sum(float(each.square().sum()) for each in gradient))
    assert 0.05 < norm < 1000
    before = copies(network)
    learned = next(updates)
    assert learned == (pytest.approx(nll), TOKENS, 0.5)
    step = 0.5 * (min(1.0, clip / norm) if clip else 1.0)
    for old, new, slope in zip(before, copies(network), gradient, strict=True):
        torch.testing.assert_close(new, old - step * slope, atol=1e-6, rtol=1e-4)


def test_the_rate_of_each_update_is_asked_for_by_its_number():
    *_, updates = learner(rate=lambda update: update / 1000, position=Position(update=7))
    assert [next(updates).rate for _ in range(20)] == [(7 + i) / 1000 for i in range(20)]


def test_an_epoch_shows_every_pair_once_and_the_next_in_another_order():
    position = Position()
    *_, updates = learner(position=position)
    epochs = []
    for learned in updates:
        if position.epoch == 3:
            break
        if position.batch == 1:
            epochs.append([])
        epochs[position.epoch].append(learned)
        assert position.batch == len(epochs[position.epoch])
    assert [sum(each.tokens for each in epoch) for epoch in epochs] == [TOKENS] * 3
    # Nothing is learned at a rate of 0, so a pair costs the same in each epoch.
    costs = [[each.nll for each in epoch] for epoch in epochs]
    assert [sum(cost) for cost in costs] == pytest.approx([sum(costs[0])] * 3)
    assert costs[0] != costs[1] != costs[2]


def test_the_position_counts_what_has_been_learned():
    position = Position(update=5, loss=2.0, tokens=3, all_tokens=100)
    *_, updates = learner(position=position)
    learned = [next(updates) for _ in range(7)]
    tokens = sum(each.tokens for each in learned)
    assert position.update == 12
    assert (position.tokens, position.all_tokens) == (3 + tokens, 100 + tokens)
    assert position.loss == pytest.approx(2 + sum(each.nll for each in learned))


def test_a_run_goes_on_where_it_stands():
    *_, updates = learner()
    whole = [next(updates) for _ in range(25)]
    position = Position()
    *_, updates = learner(position=position)
    parts = [next(updates) for _ in range(9)]
    *_, updates = learner(position=position)
    parts += [next(updates) for _ in range(16)]
    assert parts == whole
    *_, updates = learner(seed=2)
    assert [next(updates) for _ in range(25)] != whole
