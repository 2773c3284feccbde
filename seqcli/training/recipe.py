"""Defaults that depend on the amount of data, and on one another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seqcli.config import PERPLEXITY, LanguageModelConfig, ModelConfig, TrainingConfig
from seqcli.config_fields import override

# Learning rates of the optimizers whose rate does not depend on the amount of data.
RATES = {"rmsprop": 0.001, "nesterov": 0.3, "sgd": 1.0}

SMALL, LARGE = 15_000, 80_000

# A small corpus is repeated until about this many sentences have been trained on.
SENTENCES_SEEN = 55_000

# To learn on: the learning rate relative to the base's, its warm-up, new sentences to train on, and
# the fewest and the most epochs of them. (The rate is high, as the weights that the old pairs
# depend on are moved back: `seqcli.training.base.merging`.)
TIMES_RATE, TIMES_RATE_ALONE, WARMUP_ON = 2.0, 0.75, 20
NEW_SENTENCES_SEEN, MIN_EPOCHS_ON, MAX_EPOCHS_ON = 3000, 4, 30
EVALUATIONS_ON = 4


def recipe(pairs: int, overrides: Mapping[str, Any]) -> tuple[ModelConfig, TrainingConfig]:
    """Model and training settings for a number of training pairs, with the overrides applied."""
    model, training = _by_amount(pairs)
    defaults: dict[str, Any] = {}
    if overrides.get("optimizer") in RATES:
        defaults["learning_rate"] = RATES[overrides["optimizer"]]
    if overrides.get("loss") == "mse":
        defaults["label_smoothing"] = 0.0
    return override(model, overrides), override(training, defaults | dict(overrides))


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
    rate = RATES.get(overrides.get("optimizer", ""), base.learning_rate)
    epochs = min(MAX_EPOCHS_ON, max(MIN_EPOCHS_ON, round(NEW_SENTENCES_SEEN / pairs)))
    defaults = {
        "learning_rate": rate * (TIMES_RATE if replays else TIMES_RATE_ALONE),
        "warmup": WARMUP_ON,
        "epochs": epochs,
        "updates": 0,
        "minutes": 0.0,
        "evaluations": EVALUATIONS_ON,
        "metric": "chrf",
        "patience": 0,
    }
    return override(base, defaults | dict(overrides))


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
