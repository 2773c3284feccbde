"""The model folder: what it holds, how it is written whole or not at all, how it is opened.

Nothing here needs torch, and nothing in the folder is code: JSON, SentencePiece, safetensors, text.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from seqcli import __version__
from seqcli.arrays import Tensors
from seqcli.config import CorpusConfig, ModelConfig, TokenizerConfig, TrainingConfig
from seqcli.data.tokenizer import Tokenizer
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.errors import UserError

FORMAT = 3
READABLE_FORMATS = (2, FORMAT)
MANIFEST = "config.json"
TOKENIZER = "tokenizer.model"
WEIGHTS = "model.safetensors"
ENCODER = "encoder.onnx"
STEP = "step.onnx"
STEP_INT8 = "step.int8.onnx"
HISTORY = "history.jsonl"
CARD = "README.md"
CHECKPOINT = "checkpoint"

# The network in several forms, what the manifest has checksums of, and all that a folder may hold.
NETWORK = (WEIGHTS, ENCODER, STEP, STEP_INT8)
_PARTS = (TOKENIZER, *NETWORK)
_OURS = {MANIFEST, *_PARTS, HISTORY, CARD, CHECKPOINT}


@dataclass(frozen=True)
class Settings:
    """Everything that made a model, and that is needed to use it.

    `max_length_ratio` is the number of target pieces per source piece that the length limit allows;
    `source_punctuation` holds the punctuation marks of the training sources; `about` is for people.
    """

    corpus: CorpusConfig
    tokenizer: TokenizerConfig
    model: ModelConfig
    training: TrainingConfig
    max_length_ratio: float
    source_punctuation: str
    about: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return {
            "corpus": self.corpus.to_dict(),
            "tokenizer": self.tokenizer.to_dict(),
            "model": self.model.to_dict(),
            "training": self.training.to_dict(),
            "max_length_ratio": self.max_length_ratio,
            "source_punctuation": self.source_punctuation,
            "about": self.about,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Settings:
        return cls(
            corpus=CorpusConfig.from_dict(values["corpus"]),
            tokenizer=TokenizerConfig.from_dict(values["tokenizer"]),
            model=ModelConfig.from_dict(values["model"]),
            training=TrainingConfig.from_dict(values["training"]),
            max_length_ratio=float(values["max_length_ratio"]),
            source_punctuation=str(values["source_punctuation"]),
            about=dict(values["about"]),
        )


@dataclass(frozen=True)
class Bundle:
    """An opened model folder; what is large is read when it is asked for."""

    folder: Path
    settings: Settings
    tokenizer: Tokenizer
    output_vocabulary: OutputVocabulary
    checksums: Mapping[str, int]

    def part(self, name: str) -> bytes:
        """The content of a file that the model consists of; a `UserError` if it is damaged."""
        return _read_checked(self.folder / name, self.checksums[name])

    def checked(self, name: str) -> Path:
        """The path of such a file, found undamaged: for who reads it without a copy in memory."""
        path = self.folder / name
        _check_file(path, self.checksums[name])
        return path

    def weights(self) -> Tensors:
        """The weights of the network by name."""
        try:
            tensors = load(self.part(WEIGHTS))
        except SafetensorError as error:
            raise UserError(f"{self.folder / WEIGHTS} is damaged ({error})") from error
        tensors.pop("writable", None)  # format 2 also keeps the output pieces here
        return tensors


def holds_model(folder: Path) -> bool:
    return (folder / MANIFEST).exists()


def _holds_checkpoint(folder: Path) -> bool:
    return any((folder / CHECKPOINT).glob("[!.]*"))


def check_writable(folder: Path) -> None:
    """Raise a `UserError` if no file can be made in the folder."""
    try:
        TemporaryDirectory(dir=folder).cleanup()  # permissions alone do not tell
    except OSError as error:
        raise UserError(f"{folder} cannot be written: name another folder with --model") from error


def check_output_dir(folder: Path, *, overwrite: bool) -> None:
    """Raise a `UserError` if a model must not or could not be saved here."""
    place = folder
    try:
        while not place.exists() and place != place.parent:
            place = place.parent
        present = {each.name for each in folder.iterdir()} if folder.is_dir() else set()
        is_model = bool(present & {MANIFEST, WEIGHTS})
        is_work = is_model or _holds_checkpoint(folder)
    except OSError as error:
        raise UserError(f"{place}: {error.strerror or error}; name another with --model") from error
    if not place.is_dir():
        raise UserError(f"{place} is not a folder: name another with --model")
    check_writable(place)
    if is_work and not overwrite:
        raise UserError(
            f"{folder} holds a {'model' if is_model else 'training'} already: --resume goes on "
            "with it, --overwrite replaces it, --model DIR writes another"
        )
    # Where no model is, a README is somebody's own.
    ours = _OURS if is_model else _OURS - {CARD}
    strangers = sorted(n for n in present - ours if not n.endswith(".part"))
    if strangers:
        raise UserError(
            f"{folder} holds other things than a model ({strangers[0]}): "
            "name a folder of its own with --model"
        )


def open_bundle(folder: str | Path) -> Bundle:
    """The model in a folder; a `UserError` says what is missing or damaged."""
    folder = Path(folder)
    path = folder / MANIFEST
    try:
        if not holds_model(folder) and _holds_checkpoint(folder):
            raise UserError(
                f"{folder} holds an unfinished training, but no model yet: "
                f"`seqcli train --model {folder} --resume` goes on with it"
            )
        if not holds_model(folder):
            raise UserError(
                f"{folder} holds no model: a bare `seqcli train` makes one from the sample data "
                "in about a minute, `seqcli train FILE` one from your own pairs"
            )
        manifest = json.loads(path.read_text(encoding="utf-8"))
        check_format(folder, manifest["format"])
        if manifest["format"] == 2:
            manifest["output_pieces"] = manifest["writable"]
            manifest["settings"] = settings_of_format_2(manifest["settings"])
        checksums = {name: int(manifest["files"][name]) for name in _PARTS}
        try:
            settings = Settings.from_dict(manifest["settings"])
        except UserError as error:
            raise UserError(f"{path} is damaged: {error}") from error
        output_vocabulary = OutputVocabulary(np.array(manifest["output_pieces"], dtype=np.int64))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"{path} is damaged ({error}): copy the folder again") from error
    model = _read_checked(folder / TOKENIZER, checksums[TOKENIZER])
    tokenizer = Tokenizer(model, str(folder / TOKENIZER))
    return Bundle(folder, settings, tokenizer, output_vocabulary, checksums)


def check_format(place: Path, version: object) -> None:
    """Raise a `UserError` if this version of seqcli cannot read the format of a folder or file."""
    if version not in READABLE_FORMATS:
        readable = " and ".join(map(str, READABLE_FORMATS))
        raise UserError(
            f"{place} has format {version}, and this seqcli ({__version__}) reads {readable}: "
            "train it again, or use the seqcli that made it"
        )


def settings_of_format_2(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings in a manifest or checkpoint of format 2 under their names in format 3."""
    renamed = {"length_ratio": "max_length_ratio", "punctuation": "source_punctuation"}
    return {renamed.get(name, name): value for name, value in values.items() if name != "search"}


def write_bundle(
    folder: Path,
    settings: Settings,
    output_vocabulary: OutputVocabulary,
    parts: Mapping[str, bytes],
    history: list[dict[str, Any]],
    card: str,
) -> None:
    """Write a model folder: every file under a temporary name, then renamed, the manifest last.

    The manifest holds a checksum of each file that the model consists of, so that a folder with old
    and new files mixed is never taken for a model.
    """
    assert set(parts) == set(_PARTS)
    lines = [json.dumps(entry, ensure_ascii=False) + "\n" for entry in history]
    manifest = {
        "format": FORMAT,
        "seqcli": __version__,
        "settings": settings.to_dict(),
        "output_pieces": output_vocabulary.pieces.tolist(),
        "files": {name: zlib.crc32(content) for name, content in parts.items()},
    }
    texts = {
        HISTORY: "".join(lines),
        CARD: card,
        MANIFEST: json.dumps(manifest, ensure_ascii=False, indent=1) + "\n",
    }
    write_files(folder, dict(parts) | {name: text.encode() for name, text in texts.items()})


def write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """All files under temporary names first, then renamed in the order given."""
    parts = {name: folder / f".{name}.part" for name in contents}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            parts[name].write_bytes(content)
        for name, part in parts.items():
            part.replace(folder / name)
    except OSError as error:
        names = ", ".join(contents)
        raise UserError(
            f"{folder}: {names} cannot be written ({error.strerror or error})"
        ) from error
    finally:
        for part in parts.values():
            with suppress(OSError):
                part.unlink()


def _read_checked(path: Path, checksum: int) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    _compare(path, zlib.crc32(content), checksum)
    return content


def _check_file(path: Path, checksum: int) -> None:
    found = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                found = zlib.crc32(chunk, found)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    _compare(path, found, checksum)


def _compare(path: Path, found: int, checksum: int) -> None:
    if found != checksum:
        raise UserError(
            f"{path} is damaged or from another model (its checksum differs): copy the folder again"
        )
