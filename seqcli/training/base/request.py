"""What to learn on from, with which pairs, and where to save it. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

from seqcli.config import CorpusConfig, ModelConfig, TokenizerConfig, TrainingConfig
from seqcli.config_fields import check_value, override
from seqcli.data.corpus import CorpusFiles, check_standard_input
from seqcli.errors import UserError
from seqcli.paths import STANDARD_STREAM
from seqcli.training.corpus_split import NO_FILES

# The default share of old pairs in an epoch, and that for few new pairs, of which an epoch would
# else be a small batch.
REPLAY, REPLAY_OF_FEW, FEW_PAIRS = 0.5, 0.8, 100
MAX_REPLAY = 0.95

# The network and the pieces are those of the base; these settings of a model change no shape.
CHANGEABLE = {"dropout", "word_dropout"}
# Settings of pairs and vectors that a run with a base does not have.
_REFUSED = {"synthetic_share", "keep_vectors"}


@dataclass(frozen=True)
class BaseRequest:
    """A `base` folder to begin with, new pairs, and where to save what is learned; `overrides` are
    the settings that the user gave.

    Without files, the corrections in the base folder are learned; without dev files, some of the
    new pairs are held out. `keep` are files of the pairs that the base has learned, `keep_dev` its
    dev files; without these some of the kept pairs are held out, as in the training of the base.
    `replay` is the share of the sentences of an epoch that are kept pairs, None: chosen by the
    number of new pairs. Raises `UserError` for a
    setting that does not exist, belongs to the base, or has a wrong value.
    """

    folder: Path
    base: Path
    files: CorpusFiles = NO_FILES
    dev: CorpusFiles = NO_FILES
    keep: CorpusFiles = NO_FILES
    keep_dev: CorpusFiles = NO_FILES
    replay: float | None = None
    columns: tuple[str, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)
    overwrite: bool = False
    device: str = "auto"
    threads: int = 0
    preview: bool = False  # translate a few dev sentences between evaluations
    confidence: bool = True  # fit the confidence at the end
    index: bool = True  # make the index of training pairs at the end

    resume: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_settings(self.overrides)
        if self.replay is not None:
            limits = {"low": 0.0, "high": MAX_REPLAY, "choices": ()}
            check_value("replay", self.replay, float, limits)
        check_standard_input(self.files, self.dev)
        for option, files in (("--keep", self.keep), ("--keep-dev", self.keep_dev)):
            if STANDARD_STREAM in files.paths:
                raise UserError(f"{option} names files, not standard input")
        if self.dev and not self.files:
            raise UserError(
                "the corrections of a folder are measured themselves: leave out --dev, or name new "
                "pairs (PAIRS)"
            )
        # Wrong values are refused before any file is read.
        override(CorpusConfig(), self.overrides)
        override(ModelConfig(), self.overrides)
        override(TrainingConfig(), self.overrides)


def default_replay(pairs: int) -> float:
    """The share of kept pairs in an epoch, for a number of new pairs."""
    return REPLAY_OF_FEW if pairs < FEW_PAIRS else REPLAY


def check_settings(names: Mapping[str, Any]) -> None:
    """Raise a `UserError` for a setting that does not exist, or that is the base's."""
    fixed = {each.name for kind in (ModelConfig, TokenizerConfig) for each in fields(kind)}
    fixed = (fixed | _REFUSED) - CHANGEABLE
    if given := sorted(fixed & set(names)):
        options = " and ".join("--" + name.replace("_", "-") for name in given)
        raise UserError(
            f"--base continues a network with its pieces and vectors: leave out {options}"
        )
    known = {each.name for kind in (CorpusConfig, TrainingConfig) for each in fields(kind)}
    if unknown := sorted(set(names) - known - CHANGEABLE):
        raise UserError(f"there is no setting named {', '.join(unknown)}")
