"""Arguments of a training that exclude each other; needs no torch."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from seqcli.errors import UserError

# What may be given together with --resume; everything else stays as it was.
RESUMABLE = {"updates"}


def check_combination(
    settings: Collection[str], *, resume: bool, overwrite: bool, tokenizer: Path | None
) -> None:
    """Raise a `UserError` for arguments that exclude each other; `settings` are their names."""
    named = set(settings)
    if resume and overwrite:
        raise UserError("--resume continues a training and --overwrite replaces it: choose one")
    if resume and (tokenizer or named - RESUMABLE):
        options = ", ".join(map(_option, sorted(named - RESUMABLE) or ["tokenizer"]))
        raise UserError(f"--resume continues with the settings in the folder: leave out {options}")
    if tokenizer and named & {"pieces", "vocabulary"}:
        raise UserError("--tokenizer has its own pieces: leave out --pieces and --vocabulary")
    if len(named & {"minutes", "updates", "epochs"}) > 1:
        raise UserError("--minutes, --updates and --epochs are three kinds of budget: choose one")


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
