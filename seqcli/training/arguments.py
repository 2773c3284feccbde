"""Arguments of a training that exclude each other; needs no torch."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from seqcli.errors import UserError

# Settings that may be changed with --resume.
RESUMABLE = {"updates"}


def check_combination(
    settings: Collection[str],
    *,
    resume: bool,
    overwrite: bool,
    tokenizer: Path | None,
    source_vectors: Path | None = None,
    target_vectors: Path | None = None,
    synthetic: bool = False,
) -> None:
    """Raise a `UserError` for arguments that exclude each other; `settings` are their names."""
    names = set(settings)
    if resume and overwrite:
        raise UserError("--resume continues a model and --overwrite replaces it: choose one")
    if resume and (tokenizer or names - RESUMABLE):
        options = ", ".join(map(_option, sorted(names - RESUMABLE) or ["tokenizer"]))
        raise UserError(f"--resume continues with the settings of the folder: leave out {options}")
    if resume and (source_vectors or target_vectors):
        raise UserError("--resume continues with the vectors of the folder: leave out their files")
    if "keep_vectors" in names and not source_vectors:
        raise UserError("--keep-vectors is for word vectors: name a file (--source-vectors)")
    if "learn_vectors" in names and not (source_vectors or target_vectors):
        raise UserError("--learn-vectors is for word vectors: name a file (--source-vectors)")
    if "synthetic_share" in names and not synthetic:
        raise UserError("--synthetic-share is for synthetic pairs: name a file (--synthetic)")
    if tokenizer and names & {"pieces", "vocabulary"}:
        raise UserError("--tokenizer sets the pieces already: leave out --pieces and --vocabulary")
    if len(names & {"minutes", "updates", "epochs"}) > 1:
        raise UserError("--minutes, --updates and --epochs are three kinds of budget: choose one")


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
