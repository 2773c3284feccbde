"""The model folder: what it holds, how it is written whole or not at all, how it is opened.

Nothing here needs torch, and nothing in the folder is code: JSON, SentencePiece, safetensors, text.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from seqcli import __version__
from seqcli.config import CorpusConfig, ModelConfig, SearchConfig, TokenizerConfig, TrainingConfig
from seqcli.data.tokenizer import Tokenizer
from seqcli.errors import UserError

FORMAT = 1
MANIFEST = "config.json"
TOKENIZER = "tokenizer.model"
WEIGHTS = "model.safetensors"
HISTORY = "history.jsonl"
CARD = "README.md"
CHECKPOINT = "checkpoint"

Tensors = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Settings:
    """Everything that made a model, and that is needed to use it.

    `length_ratio` is the most target pieces a source piece needed in training; `about` is
    for people.
    """

    corpus: CorpusConfig
    tokenizer: TokenizerConfig
    model: ModelConfig
    training: TrainingConfig
    search: SearchConfig
    length_ratio: float
    about: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return {
            "corpus": self.corpus.to_dict(),
            "tokenizer": self.tokenizer.to_dict(),
            "model": self.model.to_dict(),
            "training": self.training.to_dict(),
            "search": self.search.to_dict(),
            "length_ratio": self.length_ratio,
            "about": self.about,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Settings:
        return cls(
            corpus=CorpusConfig.from_dict(values["corpus"]),
            tokenizer=TokenizerConfig.from_dict(values["tokenizer"]),
            model=ModelConfig.from_dict(values["model"]),
            training=TrainingConfig.from_dict(values["training"]),
            search=SearchConfig.from_dict(values["search"]),
            length_ratio=float(values["length_ratio"]),
            about=dict(values["about"]),
        )


@dataclass(frozen=True)
class Bundle:
    """An opened model folder."""

    folder: Path
    settings: Settings
    tokenizer: Tokenizer
    weights: Tensors


def holds_model(folder: Path) -> bool:
    return (folder / MANIFEST).exists()


def check_writable(folder: Path) -> None:
    """Raise a `UserError` if a model could not be saved here: better now than after a training."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise UserError(f"{place} is not a folder: name another with --model")
    if not os.access(place, os.W_OK):
        raise UserError(f"{place} cannot be written: name another folder with --model")


def open_bundle(folder: Path) -> Bundle:
    """The model in a folder; a `UserError` says what is missing or damaged."""
    if not holds_model(folder):
        raise UserError(
            f"{folder} holds no model: a bare `seqcli train` makes one from the sample data "
            "in about a minute, `seqcli train FILE` one from your own pairs"
        )
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version = manifest["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder / MANIFEST} is damaged: not a manifest of seqcli") from error
    if version != FORMAT:
        raise UserError(
            f"{folder} has format {version}, and this seqcli ({__version__}) reads {FORMAT}: "
            "train it again, or use the seqcli that made it"
        )
    contents = {
        name: _read_checked(folder / name, sum_) for name, sum_ in manifest["files"].items()
    }
    try:
        settings = Settings.from_dict(manifest["settings"])
        weights = load(contents[WEIGHTS])
    except (KeyError, TypeError, ValueError, SafetensorError) as error:
        raise UserError(f"{folder} is damaged: {error}") from error
    tokenizer = Tokenizer(contents[TOKENIZER], str(folder / TOKENIZER))
    return Bundle(folder, settings, tokenizer, weights)


def write_bundle(
    folder: Path,
    settings: Settings,
    tokenizer: Tokenizer,
    weights: Tensors,
    history: list[dict[str, Any]],
    card: str,
) -> None:
    """Write a model folder: every file under a temporary name, then renamed, the manifest last.

    The manifest holds a checksum of each file that the model consists of, so that a folder with old
    and new files mixed is never taken for a model.
    """
    lines = [json.dumps(entry, ensure_ascii=False) + "\n" for entry in history]
    parts = {TOKENIZER: tokenizer.model, WEIGHTS: save(weights)}
    manifest = {
        "format": FORMAT,
        "seqcli": __version__,
        "settings": settings.to_dict(),
        "files": {name: zlib.crc32(content) for name, content in parts.items()},
    }
    texts = {
        HISTORY: "".join(lines),
        CARD: card,
        MANIFEST: json.dumps(manifest, ensure_ascii=False, indent=2) + "\n",
    }
    write_files(folder, parts | {name: text.encode() for name, text in texts.items()})


def write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """All files under temporary names first, then renamed in the order given."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (folder / f".{name}.part").write_bytes(content)
        for name in contents:
            (folder / f".{name}.part").replace(folder / name)
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror or error})") from error


def tensors_to_bytes(tensors: Tensors) -> bytes:
    return save({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()})


def tensors_from_file(path: Path) -> Tensors:
    try:
        return load(path.read_bytes())
    except (OSError, SafetensorError) as error:
        raise UserError(f"{path}: cannot be read ({error})") from error


def _read_checked(path: Path, checksum: int) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    if zlib.crc32(content) != checksum:
        raise UserError(
            f"{path} is damaged or from another model (its checksum differs): copy the folder again"
        )
    return content
