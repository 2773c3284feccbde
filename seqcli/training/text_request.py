"""What to train a language model on. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from seqcli.config import (
    PERPLEXITY,
    CorpusConfig,
    LanguageModelConfig,
    TokenizerConfig,
    TrainingConfig,
)
from seqcli.config_fields import override
from seqcli.data.text_files import TextFiles, check_text_input
from seqcli.errors import UserError
from seqcli.training.recipe import language_model_recipe

# Settings of the corpus that text has too.
TEXT_SETTINGS = {"reverse", "max_characters", "held_out"}


@dataclass(frozen=True)
class TextRequest:
    """The text to train a language model on, and where to save it; `overrides` are the settings
    that the user gave.

    Without dev files, some of the sentences are held out. Raises `UserError` for a setting that a
    language model does not have, and for a wrong value.
    """

    folder: Path
    files: TextFiles = field(default_factory=TextFiles)
    dev: TextFiles = field(default_factory=TextFiles)
    tokenizer: Path | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    resume: bool = False
    overwrite: bool = False
    device: str = "auto"
    threads: int = 0

    def __post_init__(self) -> None:
        kinds = (TokenizerConfig, LanguageModelConfig, TrainingConfig)
        known = {setting.name for kind in kinds for setting in fields(kind)} | TEXT_SETTINGS
        if unknown := sorted(set(self.overrides) - known):
            names = ", ".join("--" + name.replace("_", "-") for name in unknown)
            raise UserError(f"a language model (--text) has no {names}")
        if self.overrides.get("metric", PERPLEXITY) != PERPLEXITY:
            raise UserError("a language model is measured by its perplexity: leave out --metric")
        check_text_input(self.files, self.dev)
        override(CorpusConfig(), self.overrides)
        override(TokenizerConfig(), self.overrides)
        language_model_recipe(1, self.overrides)
