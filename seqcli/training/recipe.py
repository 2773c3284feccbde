"""Defaults that depend on the amount of data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from seqcli.config import Config, ModelConfig, TrainingConfig

AnyConfig = TypeVar("AnyConfig", bound=Config)

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


def override(config: AnyConfig, given: Mapping[str, Any]) -> AnyConfig:
    """The config with those of the given settings that are its own."""
    names = {each.name for each in fields(config)}
    return replace(config, **{name: value for name, value in given.items() if name in names})
