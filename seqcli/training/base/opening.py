"""Opens the folder that a run begins with, and reads it whole: the run may replace it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seqcli.arrays import Tensors
from seqcli.bundle import Bundle, open_bundle
from seqcli.corrections.files import read_corrections
from seqcli.data.corpus import CorpusFiles
from seqcli.data.pairs import Pair
from seqcli.data.shortlist import Shortlist
from seqcli.decoding.runtime import read_shortlist
from seqcli.errors import UserError
from seqcli.folder import (
    CHECKPOINT,
    CHECKPOINT_MANIFEST,
    CORRECTIONS,
    GLOSSARY,
    SHORTLIST,
    WEIGHTS,
    WRONG_VALUES,
    holds_language_model,
)
from seqcli.storage.generation import damaged, read_manifest
from seqcli.storage.reading import MissingFileError, read_regular
from seqcli.training.base.network import check_weights

# The user's own files in a folder, which a folder that begins with it gets too.
COMPANIONS = (CORRECTIONS, GLOSSARY)
_MAX_COMPANION_BYTES = 1 << 26
_FILES_NAMED = 3


@dataclass(frozen=True)
class Base:
    """A translator to begin with: what its folder holds, its weights, and its corrections.

    `companions` are the user's own files in the folder, by name. `hint` names the files of pairs
    that the folder says it has learned, for the user to read; empty if it does not say. None of
    them is opened.
    """

    bundle: Bundle
    weights: Tensors
    corrections: list[Pair]
    shortlist: Shortlist | None
    companions: dict[str, bytes]
    hint: str


def open_base(folder: Path, *, corrections: bool) -> Base:
    """The translator in a folder; its `corrections` only if they are to be learned.

    Raises `UserError` for a folder that cannot be continued: a language model, one of format 2 or
    3, which reads text in another way, a damaged one, and one without corrections to learn.
    """
    if holds_language_model(folder):
        raise UserError(f"{folder} holds a language model: --base continues a translator")
    bundle = open_bundle(folder, (WEIGHTS, SHORTLIST))
    if bundle.settings.read_compatibly:
        raise UserError(
            f"{folder} has an old format, whose models read text in another way: train it again"
        )
    weights = bundle.weights()
    try:
        check_weights(bundle, weights)
    except UserError as error:
        raise damaged(bundle.path(WEIGHTS), error) from error
    pairs = read_corrections(folder, bundle.settings.locale) if corrections else []
    if corrections and not pairs:
        raise UserError(
            f"{folder} has no corrections to learn ({CORRECTIONS}): name files of new pairs"
        )
    shortlist = read_shortlist(bundle)
    return Base(bundle, weights, pairs, shortlist, _companions(folder), _hint(folder))


def _companions(folder: Path) -> dict[str, bytes]:
    contents = {}
    for name in COMPANIONS:
        try:
            contents[name] = read_regular(folder / name, _MAX_COMPANION_BYTES)
        except MissingFileError:
            continue
    return contents


def _hint(folder: Path) -> str:
    """The names of the files of pairs in the record of the folder's training."""
    try:
        record = read_manifest(folder / CHECKPOINT / CHECKPOINT_MANIFEST)["record"]
        paths = CorpusFiles.from_dict(record["files"]).paths
        names = [str(path)[:500] for path in paths]
    except (UserError, *WRONG_VALUES):
        return ""
    more = " …" if len(names) > _FILES_NAMED else ""
    return ", ".join(names[:_FILES_NAMED]) + more
