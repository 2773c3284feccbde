"""What the runs of all kinds of models do to be resumed, or to replace the model of another run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from seqcli.config import TrainingConfig
from seqcli.errors import FinishedError, UserError
from seqcli.folder import CHECKPOINT, MANIFEST, model_run
from seqcli.paths import STANDARD_STREAM
from seqcli.storage.generation import DamagedError
from seqcli.training.checkpoint import RunRecord, SavedRun
from seqcli.training.loop import Position
from seqcli.training.prepared.folder import holds_corpus
from seqcli.training.recorder import Recorder
from seqcli.training.trainer import Trainer
from seqcli.wording import plural


class InputFiles(Protocol):
    """The files that a run reads."""

    @property
    def paths(self) -> tuple[Path, ...]: ...


Files = TypeVar("Files", bound=InputFiles)


def replaced_run(folder: Path) -> str:
    """The run that made the model which the user wants to replace, empty if that is not known."""
    try:
        return model_run(folder) or ""
    except UserError:
        return ""


def check_belongs(checkpoint: SavedRun, folder: Path) -> None:
    """Raise `UserError` if a folder has the model of another run than that of the checkpoint, or a
    model of a newer seqcli. A damaged model is replaced by the next save."""
    try:
        run = model_run(folder)
    except DamagedError:
        run = None
    if not checkpoint.belongs_to(run):
        raise UserError(
            f"{folder} holds the model of one run and the checkpoint of another: remove "
            f"{CHECKPOINT} and start again with --overwrite, or remove {MANIFEST} to go on without "
            "the model"
        )


def check_same_pairs(fingerprint: str, record: RunRecord, folder: Path) -> None:
    """Raise `UserError` unless the pairs are those of the record."""
    if fingerprint != record.fingerprint:
        raise UserError(
            f"the pairs are not those that {folder} was trained on: name the same files, or start "
            "again with --overwrite"
        )


def extended(training: TrainingConfig, updates: int | None, position: Position) -> TrainingConfig:
    """The settings with a new number of updates, if one is given; `position` gets it too."""
    if not updates:
        return training
    position.total = updates
    return dataclasses.replace(training, updates=updates, minutes=0.0)


def check_unfinished(
    folder: Path,
    position: Position,
    run: str,
    is_complete: Callable[[Path], bool] = lambda _: True,
) -> None:
    """Raise `FinishedError` for a run that has finished, and whose own model is there and
    complete."""
    finished = position.total is not None and position.update >= position.total
    if finished and _own_model(folder, run) and is_complete(folder):
        raise FinishedError(
            f"{folder} has finished its {plural(position.update, 'update')}: give a "
            "larger --updates to continue"
        )


def _own_model(folder: Path, run: str) -> bool:
    """Whether the model in the folder is that of the run, and not one that it replaces. (Folders of
    older versions have no names of runs.)"""
    try:
        return model_run(folder) in (run, "")
    except UserError:
        return False


def restore(checkpoint: SavedRun, trainer: Trainer, recorder: Recorder) -> None:
    """Set weights, optimizer and best network to those of the checkpoint."""
    if trainer.schedule.out_of_patience():  # a run that is resumed tries again
        trainer.position.evaluations_since_best = 0
    checkpoint.restore(trainer.network, trainer.optimizer)
    recorder.restore_best(checkpoint.best())


def resumed_files(named: Files, before: Files, options: str, what: str = "pairs") -> Files:
    """The files that a resumed run reads: those named now, or else those of the first run.

    `options` name standard input on the command line, `what` the data in messages.
    """
    if not named and STANDARD_STREAM in before.paths:
        raise UserError(
            f"this run read {what} from standard input: give it the same {what} again "
            f"(seqcli train {options} < {what.upper()})"
        )
    if named:
        return named
    for path in before.paths:
        if path.exists() and not (path.is_file() or holds_corpus(path)):
            raise UserError(f"{path}, which this run has read, is no file: name the {what} again")
    return before
