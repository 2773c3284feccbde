"""Whether a training may save a model in a folder."""

from __future__ import annotations

from pathlib import Path

from seqcli.errors import UserError
from seqcli.folder import (
    CARD,
    CHECKPOINT,
    HISTORY,
    MANIFEST,
    POSSIBLE_PARTS,
    WEIGHTS,
    holds_checkpoint,
)
from seqcli.storage.disk import temporary_name
from seqcli.storage.generation import errors_reported, is_file_of
from seqcli.storage.lock import LOCK_FILES


def check_places(folder: Path) -> None:
    """Raise a `UserError` if something in the folder would stop a save, or lead it elsewhere."""
    with errors_reported(folder):
        for path in folder.iterdir() if folder.is_dir() else ():
            is_folder = path.is_dir() and not path.is_symlink()
            if path.name == CHECKPOINT and not is_folder:
                raise UserError(f"{path} is not a folder, but must be one: remove it")
            is_file = path.name in (MANIFEST, HISTORY, CARD) or is_file_of(
                path.name, POSSIBLE_PARTS
            )
            if is_file and is_folder:
                raise UserError(f"{path} is a folder, and a file is written there: remove it")


def check_model_folder(folder: Path, *, overwrite: bool) -> None:
    """Raise a `UserError` if a new model must not be saved in the folder."""
    existing = folder  # the folder, or the nearest one above it that exists
    try:
        while not existing.exists() and existing != existing.parent:
            existing = existing.parent
        present = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        has_model = MANIFEST in present or any(is_file_of(name, [WEIGHTS]) for name in present)
        has_training = holds_checkpoint(folder)
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{existing}: {reason}; name another with --model") from error
    if not existing.is_dir():
        raise UserError(f"{existing} is not a folder: name another with --model")
    if (has_model or has_training) and not overwrite:
        raise UserError(
            f"{folder} holds a {'model' if has_model else 'training'} already: --resume continues "
            "it, --overwrite replaces it, --model DIR writes to another folder"
        )
    # Where there is no model, a README is the user's own.
    ours = {MANIFEST, HISTORY, CHECKPOINT, *LOCK_FILES} | ({CARD} if has_model else set())
    ours |= {temporary_name(name) for name in (MANIFEST, HISTORY, CARD)}
    others = sorted(name for name in present - ours if not is_file_of(name, POSSIBLE_PARTS))
    if others:
        raise UserError(
            f"{folder} holds other things than a model ({others[0]}): "
            "name a separate folder with --model"
        )
