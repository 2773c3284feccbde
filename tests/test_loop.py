import copy
import itertools
import math
import time

import numpy as np
import pytest
import torch

from seqcli.config import ModelConfig, TrainingConfig
from seqcli.data.batching import Example, PackedExamples, collate
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.gradients import Gradients, batch_loss
from seqcli.training.loop import Position, UpdateResult, learn
from seqcli.training.optimization import make_optimizer
from seqcli.training.trainer import Trainer

DRAW = np.random.default_rng(3)
EXAMPLES = PackedExamples.of(
    Example([*DRAW.integers(3, 9, s), 2], [*DRAW.integers(2, 8, t), 1])
    for s, t in zip(DRAW.integers(1, 7, 40), DRAW.integers(1, 7, 40), strict=True)
)
TOKENS = sum(len(example.target) for example in EXAMPLES)


def learner(examples=EXAMPLES, position=None, rate=lambda _: 0.0, **settings):
    """A network, its `Gradients` and the updates of plain SGD on it."""
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
    result = next(updates)
    assert result == (pytest.approx(nll), TOKENS, 0.5)
    step = 0.5 * (min(1.0, clip / norm) if clip else 1.0)
    for old, new, slope in zip(before, copies(network), gradient, strict=True):
        torch.testing.assert_close(new, old - step * slope, atol=1e-6, rtol=1e-4)


def test_each_update_has_the_rate_of_its_number():
    *_, updates = learner(rate=lambda update: update / 1000, position=Position(update=7))
    assert [next(updates).rate for _ in range(20)] == [(7 + i) / 1000 for i in range(20)]


def test_each_epoch_has_every_pair_once_in_another_order():
    position = Position()
    *_, updates = learner(position=position)
    epochs: list[list[UpdateResult]] = []
    for result in updates:
        if position.epoch == 3:
            break
        if position.batch == 1:
            epochs.append([])
        epochs[position.epoch].append(result)
        assert position.batch == len(epochs[position.epoch])
    assert [sum(each.tokens for each in epoch) for epoch in epochs] == [TOKENS] * 3
    # The weights do not change at a rate of 0, so a pair has the same loss in each epoch.
    losses = [[each.nll for each in epoch] for epoch in epochs]
    assert [sum(loss) for loss in losses] == pytest.approx([sum(losses[0])] * 3)
    assert losses[0] != losses[1] != losses[2]


def test_the_position_counts_updates_tokens_and_loss():
    position = Position(update=5, loss=2.0, tokens=3, all_tokens=100)
    *_, updates = learner(position=position)
    results = [next(updates) for _ in range(7)]
    tokens = sum(result.tokens for result in results)
    assert position.update == 12
    assert (position.tokens, position.all_tokens) == (3 + tokens, 100 + tokens)
    assert position.loss == pytest.approx(2 + sum(result.nll for result in results))


def test_a_run_continues_at_its_position():
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


def trainer(network, position=None, **settings):
    config = TrainingConfig(optimizer="sgd", batch_tokens=30, warmup=0, decay="none", **settings)
    return Trainer(network, EXAMPLES, config, position or Position(), 1, time.monotonic())


def test_a_trainer_updates_the_network_that_it_is_handed():
    network, _, updates = learner(rate=lambda _: 0.5)
    handed = copy.deepcopy(network)
    results = [next(updates) for _ in range(5)]
    events = list(trainer(handed, updates=5, learning_rate=0.5).updates())
    assert [(event.update, event.total) for event in events] == [(i, 5) for i in range(1, 6)]
    assert [(event.loss, event.tokens, event.rate) for event in events] == results
    for weight, expected in zip(handed.parameters(), network.parameters(), strict=True):
        assert torch.equal(weight, expected)


def test_a_trainer_measures_the_time_of_its_updates_without_that_of_its_caller(monkeypatch):
    clock = itertools.count(1000, 0.25)
    monkeypatch.setattr("seqcli.training.trainer.time.monotonic", lambda: next(clock))
    position = Position(seconds=50.0, learning_seconds=3.0)
    trained = trainer(learner()[0], position, updates=4)
    for _ in trained.updates():
        [next(clock) for _ in range(100)]  # 25 seconds of the caller
    assert position.learning_seconds == 3 + 4 * 0.25
    assert trained.seconds() == pytest.approx(50 + 4 * 25, abs=5)


def test_examples_that_are_encoded_anew_are_those_of_their_epoch():
    epochs = []

    def encode(epoch):
        epochs.append(epoch)
        return PackedExamples.of(Example([3 + epoch, 2], [2 + epoch, 1]) for _ in range(6))

    network, gradients, _ = learner()
    seen = []

    def measure(network, batch, *others):
        seen.append(batch)
        return batch_loss(network, batch, *others)

    gradients.measure = measure
    optimizer = make_optimizer(network.parameters(), gradients.config)
    updates = learn(gradients, optimizer, EXAMPLES, Position(epoch=1), lambda _: 0.0, encode=encode)
    for _ in range(4):
        next(updates)
    assert epochs[0] == 1
    assert epochs == sorted(set(epochs))
    first = [int(batch.source[0, 0]) for batch in seen]
    assert set(first) == {3 + epoch for epoch in epochs}
