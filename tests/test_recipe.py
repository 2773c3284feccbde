import pytest

from seqcli.config import ModelConfig, TokenizerConfig
from seqcli.data.pairs import Pair
from seqcli.data.tokenizer import build
from seqcli.training.recipe import (
    LARGE,
    NOISE,
    PAIRS_MEASURED,
    RATE_ON,
    SMALL,
    TOKENS_A_MINUTE,
    TOKENS_A_PAIR,
    count_tokens,
    expected_epochs,
    learning_on_recipe,
    recipe,
)

PAIRS = 30_000


def noise_of(pairs=PAIRS, tokens=None, **overrides):
    model, _ = recipe(pairs, overrides, tokens=tokens, draws_pieces=True)
    return model.dropout, model.subword_sampling


@pytest.mark.parametrize("first, dropout, share", NOISE)
def test_noise_grows_with_the_epochs_whatever_the_kind_of_budget(first, dropout, share):
    epochs = first + 1
    for length in (TOKENS_A_PAIR, 9.0, 30.0):
        tokens = PAIRS * length
        updates = round(epochs * tokens / 1200)
        minutes = epochs * tokens / TOKENS_A_MINUTE
        for budget in ({"epochs": epochs}, {"updates": updates}, {"minutes": minutes}):
            assert noise_of(**budget, tokens=tokens) == (dropout, share)
            model, training = recipe(PAIRS, budget, tokens=tokens)
            assert expected_epochs(tokens, model, training) == pytest.approx(epochs, rel=0.01)
            if length == TOKENS_A_PAIR:
                assert noise_of(**budget) == (dropout, share)
    assert noise_of(pairs=LARGE, epochs=epochs) == (dropout, share)


def test_a_large_network_has_fewer_epochs_in_the_same_minutes():
    minutes = 12 * PAIRS * TOKENS_A_PAIR / TOKENS_A_MINUTE
    assert noise_of(minutes=minutes) == noise_of(minutes=minutes, hidden=128) == NOISE[1][1:]
    assert noise_of(minutes=minutes, hidden=768) == NOISE[0][1:]


def test_the_tokens_of_an_epoch_are_those_of_its_batches():
    pairs = [Pair("a" * (1 + i % 7), "b" * (1 + i % 5)) for i in range(3 * PAIRS_MEASURED)]
    tokenizer = build(pairs, TokenizerConfig("char"))
    sides = [[tokenizer.encode(side) for side in pair] for pair in pairs]
    counted = sum(1 + max(map(len, pair)) for pair in sides)
    assert count_tokens(pairs, tokenizer) == pytest.approx(counted, rel=0.01)


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
