"""The files of a folder that holds a model: their names, their format, and what a folder holds.

There are two kinds of models, translators (`seqcli.bundle`) and language models
(`seqcli.language_model.folder`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.numpy import load

from seqcli import __version__
from seqcli.arrays import Tensors
from seqcli.errors import UserError
from seqcli.storage.disk import replace_content
from seqcli.storage.generation import damaged, errors_reported, read_manifest
from seqcli.storage.reading import MissingFileError

FORMAT = 11
READABLE_FORMATS = (2, 3, 4, 5, 6, 7, 8, 9, 10, FORMAT)
MANIFEST = "config.json"
TOKENIZER = "tokenizer.model"
WORDS = "words.txt"
VECTORS = "vectors.safetensors"
INDEX = "index.safetensors"
SHORTLIST = "shortlist.safetensors"
WEIGHTS = "model.safetensors"
ENCODER = "encoder.onnx"
STEP = "step.onnx"
STEP_INT8 = "step.int8.onnx"
HISTORY = "history.jsonl"
CARD = "README.md"
CHECKPOINT = "checkpoint"  # a folder
CHECKPOINT_MANIFEST = "checkpoint.json"
STATE = "state.safetensors"

# The user's own files beside the model, of no generation, and their lock: see `seqcli.corrections`.
CORRECTIONS = "corrections.tsv"
GLOSSARY = "glossary.tsv"
CORRECTIONS_LOCK = ".corrections.lock"

# The parts of a translator, whose files the manifest names; and those that a model may have.
PARTS = (TOKENIZER, WORDS, WEIGHTS, ENCODER, STEP, STEP_INT8)
POSSIBLE_PARTS = (*PARTS, VECTORS, INDEX, SHORTLIST)
# What a folder may lack, and is then not among what is read of it.
OPTIONAL_PARTS = (INDEX, SHORTLIST)

# The kinds of models. Folders of format 7 or older hold translators, and do not say so.
TRANSLATOR, LANGUAGE_MODEL = "translator", "language model"

# What a manifest with other values than expected raises.
WRONG_VALUES = (
    *(KeyError, TypeError, ValueError, AttributeError, OverflowError),
    RecursionError,  # of values within values
)


def holds_model(folder: Path) -> bool:
    """Whether the folder has the manifest of a model."""
    return (folder / MANIFEST).exists()


def holds_checkpoint(folder: Path) -> bool:
    """Whether the folder has a training that can be resumed."""
    return any((folder / CHECKPOINT / name).exists() for name in (CHECKPOINT_MANIFEST, STATE))


def model_run(folder: Path) -> str | None:
    """The name of the run that made the model of a folder, empty in a folder of format 4 or older;
    None if there is no model.

    Raises `DamagedError` if its manifest is damaged, and `UserError` if it cannot be read.
    """
    try:
        run = read_model_manifest(folder).get("run", "")
    except MissingFileError:
        return None
    if not isinstance(run, str):
        raise damaged(folder / MANIFEST, "its run has no name")
    return run


def holds_language_model(folder: Path) -> bool:
    """Whether the folder holds a language model; False also where that cannot be read."""
    try:
        return kind_of(read_model_manifest(folder)) == LANGUAGE_MODEL
    except UserError:
        return False


def checkpoint_kind(folder: Path) -> str:
    """The kind of the model whose training the folder holds; a translator if that is not known."""
    try:
        return kind_of(read_manifest(folder / CHECKPOINT / CHECKPOINT_MANIFEST))
    except UserError:
        return TRANSLATOR


def kind_of(values: dict[str, Any]) -> str:
    """The kind of model in a manifest with these values."""
    return str(values.get("kind", TRANSLATOR))


def read_model_manifest(folder: Path) -> dict[str, Any]:
    """The values of the manifest of a folder of a format that can be read.

    Raises `MissingFileError` if there is none, and `UserError` if it is damaged.
    """
    values = read_manifest(folder / MANIFEST)
    check_format(folder, values.get("format"))
    return values


def no_model(folder: Path, kind: str = TRANSLATOR) -> UserError:
    """The error for a folder without a manifest, where a kind of model is looked for."""
    if holds_checkpoint(folder):
        return UserError(
            f"{folder} holds an unfinished training, but no model yet: "
            f"`seqcli train --model {folder} --resume` continues it"
        )
    if kind == LANGUAGE_MODEL:
        return UserError(
            f"{folder} holds no model: `seqcli train --text FILE` makes a language model from text"
        )
    return UserError(
        f"{folder} holds no model: a bare `seqcli train` makes one from the sample data "
        "in about two minutes, `seqcli train FILE` one from your own pairs"
    )


def check_format(place: Path, version: object) -> None:
    """Raise a `UserError` if this version of seqcli cannot read the format of a folder or file."""
    if version not in READABLE_FORMATS:
        readable = ", ".join(map(str, READABLE_FORMATS[:-1])) + f" and {READABLE_FORMATS[-1]}"
        raise UserError(
            f"{place} has format {str(version)[:20]}, and this seqcli ({__version__}) reads "
            f"{readable}: train it again, or use the seqcli that made it"
        )


def read_tensors(path: Path, content: bytes) -> Tensors:
    """The arrays in the content of a safetensors file; a `DamagedError` for any other content."""
    try:
        return load(content)
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(path, error) from error


def write_documents(folder: Path, history: list[dict[str, Any]], card: str) -> None:
    """Write the two files for people: the evaluations, and the model card."""
    lines = [json.dumps(entry, ensure_ascii=False) + "\n" for entry in history]
    with errors_reported(folder):
        replace_content(folder / HISTORY, "".join(lines).encode("utf-8", "backslashreplace"))
        replace_content(folder / CARD, card.encode("utf-8", "backslashreplace"))
