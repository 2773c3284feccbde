"""Arguments of a training that exclude each other; needs no torch."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
    base: Path | None = None,
    keep: bool = False,
    keep_dev: bool = False,
    replay: float | None = None,
) -> None:
    """Raise a `UserError` for arguments that exclude each other; `settings` are their names."""
    names = set(settings)
    if base:
        others = {
            "--resume": resume,
            "--tokenizer": tokenizer,
            "--source-vectors": source_vectors,
            "--target-vectors": target_vectors,
            "--synthetic": synthetic,
        }
        _check_base([option for option, value in others.items() if value])
    elif keep or keep_dev or replay is not None:
        raise UserError("--keep, --keep-dev and --replay are for learning on: name a --base")
    if replay is not None and not keep:
        raise UserError("--replay is a share of the pairs of the base: name these (--keep)")
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
    if "subword_sampling" in names and source_vectors:
        raise UserError(
            "--source-vectors gives each word one vector for its pieces: leave out "
            "--subword-sampling"
        )
    if "synthetic_share" in names and not synthetic:
        raise UserError("--synthetic-share is for synthetic pairs: name a file (--synthetic)")
    if tokenizer and names & {"pieces", "vocabulary"}:
        raise UserError("--tokenizer sets the pieces already: leave out --pieces and --vocabulary")
    if len(names & {"minutes", "updates", "epochs"}) > 1:
        raise UserError("--minutes, --updates and --epochs are three kinds of budget: choose one")


def _check_base(others: Sequence[str]) -> None:
    """Raise a `UserError` for options that a run with a base does not take."""
    if others == ["--resume"]:
        raise UserError("--base begins a run and --resume continues one: choose one")
    if others:
        raise UserError(
            f"--base continues a network with its pieces and vectors: leave out "
            f"{' and '.join(others)}"
        )


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
