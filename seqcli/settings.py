"""The settings that a model is stored with, of each kind of model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seqcli.config import (
    CorpusConfig,
    LanguageModelConfig,
    ModelConfig,
    TokenizerConfig,
    TrainingConfig,
)
from seqcli.config_fields import Config
from seqcli.errors import UserError
from seqcli.typed import from_values

# More target pieces per source piece than any training data have.
MAX_LENGTH_RATIO = 10_000.0


@dataclass(frozen=True)
class Settings:
    """The settings that a model was trained with, and what its use needs to know of the data.

    `max_length_ratio` is the number of target pieces per source piece that the length limit allows;
    `source_punctuation` holds the punctuation marks of the training sources. With `carry_over`,
    names, links and the like are carried over, with `carry_numbers` numbers too; models that
    `read_compatibly` were made before that, and read all text in NFKC without case. `locale` is the
    language whose rules of case the sources follow, empty for the common ones. `about` holds
    information for people.
    """

    corpus: CorpusConfig
    tokenizer: TokenizerConfig
    model: ModelConfig
    training: TrainingConfig
    max_length_ratio: float
    source_punctuation: str
    carry_over: bool
    carry_numbers: bool
    locale: str
    about: dict[str, Any]
    read_compatibly: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.max_length_ratio <= MAX_LENGTH_RATIO:
            raise UserError(f"the length ratio cannot be {self.max_length_ratio}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "corpus": self.corpus.to_dict(),
            "tokenizer": self.tokenizer.to_dict(),
            "model": self.model.to_dict(),
            "training": self.training.to_dict(),
            "max_length_ratio": self.max_length_ratio,
            "source_punctuation": self.source_punctuation,
            "carry_over": self.carry_over,
            "carry_numbers": self.carry_numbers,
            "locale": self.locale,
            "read_compatibly": self.read_compatibly,
            "about": self.about,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Settings:
        """The settings that `to_dict` wrote. Raises `UserError`, `KeyError`, `TypeError` or
        `ValueError` for an unknown or missing one, and for a wrong value."""
        return from_values(
            cls, {**values, **_configs(values, corpus=CorpusConfig, model=ModelConfig)}
        )


@dataclass(frozen=True)
class LanguageModelSettings:
    """The settings that a language model was trained with. `about` holds information for people."""

    tokenizer: TokenizerConfig
    model: LanguageModelConfig
    training: TrainingConfig
    about: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "tokenizer": self.tokenizer.to_dict(),
            "model": self.model.to_dict(),
            "training": self.training.to_dict(),
            "about": self.about,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> LanguageModelSettings:
        """The settings that `to_dict` wrote. Raises as `Settings.from_dict` does."""
        return from_values(cls, {**values, **_configs(values, model=LanguageModelConfig)})


def _configs(values: Mapping[str, Any], **kinds: type[Config]) -> dict[str, Config]:
    """The configs among stored settings: those that every model has, and some more."""
    kinds = {"tokenizer": TokenizerConfig, "training": TrainingConfig, **kinds}
    return {name: kind.from_dict(values[name]) for name, kind in kinds.items()}


def upgrade_settings(values: Mapping[str, Any], version: int) -> Mapping[str, Any]:
    """Settings stored in an older format, as in the current one."""
    if version == 2:
        renamed = {"length_ratio": "max_length_ratio", "punctuation": "source_punctuation"}
        values = {
            renamed.get(name, name): each for name, each in values.items() if name != "search"
        }
    if version <= 3:
        carried_over = {"carry_over": False, "carry_numbers": False, "locale": ""}
        values = {**values, **carried_over, "read_compatibly": True}
    return values
