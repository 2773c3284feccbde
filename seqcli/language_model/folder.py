"""The folder of a language model: written, checked and opened. Nothing here needs torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqcli import __version__
from seqcli.data import piece_model
from seqcli.data.tokenizer import Tokenizer
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.errors import UserError
from seqcli.folder import (
    FORMAT,
    LANGUAGE_MODEL,
    MANIFEST,
    POSSIBLE_PARTS,
    STEP,
    TOKENIZER,
    WEIGHTS,
    WRONG_VALUES,
    kind_of,
    no_model,
    read_model_manifest,
    write_documents,
)
from seqcli.settings import LanguageModelSettings
from seqcli.storage.generation import (
    MAX_FILE_BYTES,
    StoredFile,
    damaged,
    parse_entry,
    read_part,
    write_generation,
)
from seqcli.storage.reading import MissingFileError
from seqcli.typed import from_values

LANGUAGE_MODEL_PARTS = (TOKENIZER, WEIGHTS, STEP)
_MAX_BYTES = {TOKENIZER: piece_model.MAX_BYTES}


@dataclass(frozen=True)
class LanguageModelBundle:
    """An open folder of a language model, read once and checked. `step` is its graph."""

    folder: Path
    settings: LanguageModelSettings
    tokenizer: Tokenizer
    output_vocabulary: OutputVocabulary
    step: bytes
    step_path: Path


@dataclass(frozen=True)
class _Manifest:
    """The typed values of a manifest."""

    format: int
    seqcli: str
    kind: str
    run: str
    settings: dict[str, Any]
    output_pieces: list[int]
    files: dict[str, Any]


def open_language_model(folder: str | Path) -> LanguageModelBundle:
    """The language model in a folder.

    A training may save while the folder is read: then the manifest is read once more. Raises
    `UserError`, which says what is missing or damaged.
    """
    folder = Path(folder)
    try:
        manifest = _read_manifest(folder)
    except MissingFileError as error:
        raise no_model(folder, LANGUAGE_MODEL) from error
    while True:
        try:
            return _open(folder, manifest)
        except UserError:
            before, manifest = manifest, _read_manifest(folder)
            if manifest == before:
                raise


def _open(folder: Path, manifest: _Manifest) -> LanguageModelBundle:
    place = folder / MANIFEST
    try:
        settings = LanguageModelSettings.from_dict(manifest.settings)
        output_vocabulary = OutputVocabulary(np.array(manifest.output_pieces, dtype=np.int64))
        files: dict[str, StoredFile] = {
            part: parse_entry(part, entry, _MAX_BYTES.get(part, MAX_FILE_BYTES))
            for part, entry in manifest.files.items()
        }
    except (UserError, *WRONG_VALUES) as error:
        raise damaged(place, error) from error
    tokenizer = Tokenizer(read_part(folder, files[TOKENIZER]), str(folder / files[TOKENIZER].name))
    if manifest.output_pieces[-1] >= len(tokenizer):
        raise damaged(place, "an output piece that the tokenizer has not")
    return LanguageModelBundle(
        folder,
        settings,
        tokenizer,
        output_vocabulary,
        read_part(folder, files[STEP]),
        folder / files[STEP].name,
    )


def _read_manifest(folder: Path) -> _Manifest:
    values = read_model_manifest(folder)
    if kind_of(values) != LANGUAGE_MODEL:
        raise UserError(
            f"{folder} holds a translator, and a language model is needed: "
            "`seqcli train --text FILE` makes one from plain text"
        )
    try:
        manifest = from_values(_Manifest, values)
        if manifest.files.keys() != set(LANGUAGE_MODEL_PARTS):
            raise ValueError("files are missing or unknown")
    except WRONG_VALUES as error:
        raise damaged(folder / MANIFEST, error) from error
    return manifest


def write_language_model(
    folder: Path,
    run: str,
    settings: LanguageModelSettings,
    output_vocabulary: OutputVocabulary,
    parts: Mapping[str, bytes],
    history: list[dict[str, Any]],
    card: str,
) -> None:
    """Write the folder: all parts as one generation, then the two files for people.

    Raises `UserError` where this fails. The model before is then still there, or the new one.
    """
    assert set(parts) == set(LANGUAGE_MODEL_PARTS)
    values = {
        "format": FORMAT,
        "seqcli": __version__,
        "kind": LANGUAGE_MODEL,
        "run": run,
        "settings": settings.to_dict(),
        "output_pieces": output_vocabulary.pieces.tolist(),
    }
    write_generation(folder / MANIFEST, values, parts, POSSIBLE_PARTS)
    write_documents(folder, history, card)
