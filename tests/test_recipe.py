import pytest

from seqcli.config import ModelConfig
from seqcli.training.recipe import (
    LARGE,
    NOISE,
    PAIRS_A_MINUTE,
    RATE_ON,
    SMALL,
    expected_epochs,
    learning_on_recipe,
    recipe,
)

PAIRS = 30_000


def noise_of(pairs=PAIRS, **overrides):
    model, _ = recipe(pairs, overrides, draws_pieces=True)
    return model.dropout, model.subword_sampling


@pytest.mark.parametrize("first, dropout, share", NOISE)
def test_noise_grows_with_the_epochs_whatever_the_kind_of_budget(first, dropout, share):
    epochs = first + 1
    updates = epochs * PAIRS * 18 // 1200
    minutes = epochs * PAIRS / PAIRS_A_MINUTE
    for budget in ({"epochs": epochs}, {"updates": updates + 9}, {"minutes": minutes}):
        assert noise_of(**budget) == (dropout, share)
        _, training = recipe(PAIRS, budget)
        assert expected_epochs(PAIRS, training) == pytest.approx(epochs, rel=0.05)
    assert noise_of(pairs=LARGE, epochs=epochs) == (dropout, share)


def test_noise_that_the_user_sets_is_taken():
    assert noise_of(epochs=100, dropout=0.1) == (0.1, NOISE[-1][2])
    assert noise_of(epochs=1, subword_sampling=0.5) == (NOISE[0][1], 0.5)


def test_pieces_that_cannot_be_drawn_are_not():
    model, _ = recipe(PAIRS, {"epochs": 100})
    assert (model.dropout, model.subword_sampling) == (NOISE[-1][1], 0.0)


def test_small_corpora_have_the_noise_that_was_measured_there():
    assert noise_of(pairs=SMALL - 1, epochs=100) == NOISE[0][1:]
    assert noise_of(pairs=1000) == (ModelConfig.dropout, 0.0)


@pytest.mark.parametrize(
    "optimizer, expected", [("adam", RATE_ON), ("sgd", 2.0), ("nesterov", 0.6), ("rmsprop", 0.002)]
)
def test_learning_on_has_a_rate_of_its_own(optimizer, expected):
    for rate in (0.001, 0.02):
        _, base = recipe(PAIRS, {"learning_rate": rate, "optimizer": optimizer})
        for given in ({}, {"optimizer": optimizer}):
            with_old = learning_on_recipe(base, 300, given, replays=True)
            assert with_old.learning_rate == pytest.approx(expected)
            alone = learning_on_recipe(base, 300, given, replays=False)
            assert alone.learning_rate == pytest.approx(0.375 * expected)
    _, base = recipe(PAIRS, {})
    own = learning_on_recipe(base, 300, {"learning_rate": 0.5}, replays=True)
    assert own.learning_rate == 0.5


def test_a_plain_cell_has_a_lower_rate_than_others():
    rates = {
        (pairs, cell): recipe(pairs, {"cell": cell})[1].learning_rate
        for pairs in (SMALL - 1, SMALL, LARGE)
        for cell in ("rnn", "lstm", "gru")
    }
    for pairs in (SMALL, LARGE):
        assert rates[pairs, "rnn"] < rates[pairs, "gru"] == rates[pairs, "lstm"]
    assert rates[SMALL - 1, "rnn"] == rates[SMALL - 1, "lstm"]
    assert recipe(PAIRS, {"cell": "rnn", "learning_rate": 0.5})[1].learning_rate == 0.5
