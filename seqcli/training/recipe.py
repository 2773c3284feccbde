"""Defaults that depend on the amount of data."""

from __future__ import annotations

from seqcli.config import ModelConfig, TrainingConfig

RATES = {"adam": 0.002, "rmsprop": 0.001, "nesterov": 0.3}


def recipe(pairs: int) -> tuple[ModelConfig, TrainingConfig]:
    """Model and training settings that suit a number of training pairs."""
    if pairs < 15_000:
        return (
            ModelConfig(embedding=128, hidden=256, attention_size=128, dropout=0.2),
            TrainingConfig(batch_tokens=400, epochs=20, learning_rate=0.002),
        )
    if pairs < 80_000:
        return ModelConfig(), TrainingConfig()
    return ModelConfig(hidden=512), TrainingConfig(epochs=5)
