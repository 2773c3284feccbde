"""Defaults that depend on the amount of data, and on one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from seqcli.config import PERPLEXITY, LanguageModelConfig, ModelConfig, TrainingConfig
from seqcli.config_fields import override
from seqcli.data.pairs import Pair
from seqcli.data.tokenizer import Tokenizer

# Learning rates of the optimizers whose rate does not depend on the amount of data.
RATES = {"rmsprop": 0.001, "nesterov": 0.3, "sgd": 1.0}

# Learning rates of Adam for cells that learn worse with the rate of the others, from `SMALL` on.
RATES_OF_CELLS = {"rnn": 0.002}

SMALL, LARGE = 15_000, 80_000

# What is expected of a budget before anything is measured: the tokens, counted as for batches, that
# two cores learn from in a minute at the default size. A larger network takes longer, about in
# proportion to its units; a smaller one is not expected to be faster.
TOKENS_A_MINUTE = 330_000
# The tokens of a pair, the length of its longer side, where they are not known.
TOKENS_A_PAIR = 18.0
# The number of pairs from which they are estimated.
PAIRS_MEASURED = 2000

# Noise by the number of epochs from which it pays: dropout, and the share of the texts whose pieces
# are drawn. (Small corpora have the first: with drawn pieces they were worse.)
NOISE = ((0, 0.2, 0.0), (9, 0.25, 0.0), (20, 0.3, 1.0))

# A small corpus is repeated until about this many sentences have been trained on.
SENTENCES_SEEN = 55_000

# To learn on: the learning rate of Adam, that of other optimizers relative to theirs, and that
# without old pairs relative to that with them; its warm-up; new sentences to train on, and the
# fewest and the most epochs of them. (With old pairs the rate is high, as the weights that these
# depend on are moved back: `seqcli.training.base.merging`.)
RATE_ON, TIMES_RATE, RATE_ALONE, WARMUP_ON = 0.004, 2.0, 0.375, 20
NEW_SENTENCES_SEEN, MIN_EPOCHS_ON, MAX_EPOCHS_ON = 3000, 4, 30
EVALUATIONS_ON = 4


def recipe(
    pairs: int,
    overrides: Mapping[str, Any],
    *,
    tokens: float | None = None,
    draws_pieces: bool = False,
) -> tuple[ModelConfig, TrainingConfig]:
    """Model and training settings for a number of training pairs, with the overrides applied.

    `tokens` is the number of tokens in an epoch, counted as for batches; None: it is guessed.
    `draws_pieces` is whether the pieces are of a kind that subword sampling can draw.
    """
    model, training = _by_amount(pairs)
    defaults: dict[str, Any] = {}
    if pairs >= SMALL and overrides.get("cell") in RATES_OF_CELLS:
        defaults["learning_rate"] = RATES_OF_CELLS[overrides["cell"]]
    if overrides.get("optimizer") in RATES:
        defaults["learning_rate"] = RATES[overrides["optimizer"]]
    if overrides.get("loss") == "mse":
        defaults["label_smoothing"] = 0.0
    training = override(training, defaults | dict(overrides))
    model = override(model, overrides)
    tokens = pairs * TOKENS_A_PAIR if tokens is None else tokens
    epochs = 0.0 if pairs < SMALL else expected_epochs(tokens, model, training)
    noise = _noise(epochs, draws_pieces=draws_pieces)
    return override(model, noise | dict(overrides)), training


def count_tokens(pairs: Sequence[Pair], tokenizer: Tokenizer) -> float:
    """About how many tokens an epoch of these pairs has, counted as for batches: the longer side of
    each pair, with its end. They are estimated from evenly spaced pairs."""
    sample = pairs[:: -(-len(pairs) // PAIRS_MEASURED)]
    return len(pairs) * fmean(
        1 + max(len(tokenizer.encode(side)) for side in pair) for pair in sample
    )


def expected_epochs(tokens: float, model: ModelConfig, training: TrainingConfig) -> float:
    """About how many epochs of so many tokens a training with these settings will have."""
    if training.minutes:
        slower = max(1.0, model.hidden / ModelConfig.hidden)
        return training.minutes * TOKENS_A_MINUTE / slower / tokens
    if training.updates:
        return training.updates * training.batch_tokens / tokens
    return training.epochs


def language_model_recipe(
    sentences: int, overrides: Mapping[str, Any]
) -> tuple[LanguageModelConfig, TrainingConfig]:
    """Model and training settings of a language model for a number of training sentences, with the
    overrides applied."""
    model, epochs = LanguageModelConfig(), 10
    training = TrainingConfig(batch_tokens=1200, learning_rate=0.003)
    if sentences < SMALL:
        model, epochs = LanguageModelConfig(embedding=128, hidden=256), 12
    elif sentences >= LARGE:
        epochs = 5
    # Smoothed probabilities would be too flat to be compared.
    defaults: dict[str, Any] = {
        "label_smoothing": 0.0,
        "metric": PERPLEXITY,
        "epochs": epochs,
    }
    if overrides.get("optimizer") in RATES:
        defaults["learning_rate"] = RATES[overrides["optimizer"]]
    return override(model, overrides), override(training, defaults | dict(overrides))


def learning_on_recipe(
    base: TrainingConfig, pairs: int, overrides: Mapping[str, Any], *, replays: bool
) -> TrainingConfig:
    """Training settings to learn on from a base that was trained with its own, for a number of new
    pairs, with the overrides applied. `replays` is whether old pairs are repeated: without, a high
    rate forgets them."""
    optimizer = overrides.get("optimizer", base.optimizer)
    rate = RATE_ON if optimizer == "adam" else TIMES_RATE * RATES[optimizer]
    epochs = min(MAX_EPOCHS_ON, max(MIN_EPOCHS_ON, round(NEW_SENTENCES_SEEN / pairs)))
    defaults = {
        "learning_rate": rate if replays else rate * RATE_ALONE,
        "warmup": WARMUP_ON,
        "epochs": epochs,
        "updates": 0,
        "minutes": 0.0,
        "evaluations": EVALUATIONS_ON,
        "metric": "chrf",
        "patience": 0,
    }
    return override(base, defaults | dict(overrides))


def _noise(epochs: float, *, draws_pieces: bool) -> dict[str, float]:
    """The settings of the noise for a number of epochs."""
    _, dropout, share = next(each for each in reversed(NOISE) if epochs >= each[0])
    return {"dropout": dropout, "subword_sampling": share if draws_pieces else 0.0}


def _by_amount(pairs: int) -> tuple[ModelConfig, TrainingConfig]:
    if pairs < SMALL:
        epochs = max(4, round(SENTENCES_SEEN / pairs))
        return (
            ModelConfig(embedding=128, hidden=256),
            TrainingConfig(batch_tokens=800, learning_rate=0.007, epochs=epochs),
        )
    if pairs < LARGE:
        return ModelConfig(), TrainingConfig()
    return ModelConfig(hidden=512), TrainingConfig(epochs=5)
