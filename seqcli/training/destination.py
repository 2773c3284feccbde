"""Whether a training may save a model in a folder, and what of it stays."""

from __future__ import annotations

from pathlib import Path

from seqcli.corrections.files import CORRECTIONS_FILE, GLOSSARY_FILE, read_corrections, read_rows
from seqcli.errors import UserError
from seqcli.folder import (
    CARD,
    CHECKPOINT,
    CORRECTIONS,
    CORRECTIONS_LOCK,
    GLOSSARY,
    HISTORY,
    MANIFEST,
    POSSIBLE_PARTS,
    WEIGHTS,
    holds_checkpoint,
)
from seqcli.storage.disk import temporary_name
from seqcli.storage.generation import errors_reported, is_file_of
from seqcli.storage.lock import LOCK_FILES
from seqcli.wording import plural


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
    ours |= {CORRECTIONS, GLOSSARY, CORRECTIONS_LOCK}
    written = (MANIFEST, HISTORY, CARD, CORRECTIONS, GLOSSARY)
    ours |= {temporary_name(name) for name in written}
    others = sorted(name for name in present - ours if not is_file_of(name, POSSIBLE_PARTS))
    if others:
        raise UserError(
            f"{folder} holds other things than a model ({others[0]}): "
            "name a separate folder with --model"
        )


def kept_files(folder: Path) -> str:
    """What a message says of the user's own files in a folder whose model is replaced; an empty
    string if it has none."""
    counts = {}
    try:
        counts[CORRECTIONS_FILE.noun] = len(read_corrections(folder))
        counts[GLOSSARY_FILE.noun] = len(read_rows(folder, GLOSSARY_FILE))
    except UserError as error:  # what is wrong there hinders no training
        return f"kept the corrections and the terms of {folder}, which have a fault: {error}"
    kept = [plural(count, noun) for noun, count in counts.items() if count]
    return f"kept the {' and '.join(kept)} of {folder}" if kept else ""
