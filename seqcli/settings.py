"""The settings that a model is stored with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seqcli.config import CorpusConfig, ModelConfig, TokenizerConfig, TrainingConfig


@dataclass(frozen=True)
class Settings:
    """The settings that a model was trained with, and what its use needs to know of the data.

    `max_length_ratio` is the number of target pieces per source piece that the length limit allows;
    `source_punctuation` holds the punctuation marks of the training sources; `about` holds
    information for people.
    """

    corpus: CorpusConfig
    tokenizer: TokenizerConfig
    model: ModelConfig
    training: TrainingConfig
    max_length_ratio: float
    source_punctuation: str
    about: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "corpus": self.corpus.to_dict(),
            "tokenizer": self.tokenizer.to_dict(),
            "model": self.model.to_dict(),
            "training": self.training.to_dict(),
            "max_length_ratio": self.max_length_ratio,
            "source_punctuation": self.source_punctuation,
            "about": self.about,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Settings:
        """The settings that `to_dict` wrote; a `UserError` for an unknown one or a wrong value."""
        return cls(
            corpus=CorpusConfig.from_dict(values["corpus"]),
            tokenizer=TokenizerConfig.from_dict(values["tokenizer"]),
            model=ModelConfig.from_dict(values["model"]),
            training=TrainingConfig.from_dict(values["training"]),
            max_length_ratio=float(values["max_length_ratio"]),
            source_punctuation=str(values["source_punctuation"]),
            about=dict(values["about"]),
        )


def settings_of_format_2(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings stored in format 2, under their names in format 3."""
    renamed = {"length_ratio": "max_length_ratio", "punctuation": "source_punctuation"}
    return {renamed.get(name, name): value for name, value in values.items() if name != "search"}
