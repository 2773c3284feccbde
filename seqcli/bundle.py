"""The model folder: its files, and how it is checked, opened and written.

Nothing here needs torch, and nothing in the folder is code: JSON, SentencePiece, safetensors, ONNX,
text.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from seqcli import __version__
from seqcli.arrays import Tensors
from seqcli.data.tokenizer import Tokenizer
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.data.word_list import WordList
from seqcli.errors import UserError
from seqcli.files import check_output_folder, write_files
from seqcli.settings import Settings, upgrade_settings

FORMAT = 4
READABLE_FORMATS = (2, 3, FORMAT)
MANIFEST = "config.json"
TOKENIZER = "tokenizer.model"
WORDS = "words.txt"
WEIGHTS = "model.safetensors"
ENCODER = "encoder.onnx"
STEP = "step.onnx"
STEP_INT8 = "step.int8.onnx"
HISTORY = "history.jsonl"
CARD = "README.md"
CHECKPOINT = "checkpoint"

# The files that the manifest has checksums of, and all files of a model folder.
_PARTS = (TOKENIZER, WORDS, WEIGHTS, ENCODER, STEP, STEP_INT8)
_OURS = {MANIFEST, *_PARTS, HISTORY, CARD, CHECKPOINT}


@dataclass(frozen=True)
class Bundle:
    """An open model folder. Large files are read on request.

    `confidence` holds the values of a `seqcli.decoding.confidence.Confidence`; None in folders of
    older versions.
    """

    folder: Path
    settings: Settings
    tokenizer: Tokenizer
    output_vocabulary: OutputVocabulary
    words: WordList
    checksums: Mapping[str, int]
    confidence: Mapping[str, Any] | None = None

    def part(self, name: str) -> bytes:
        """The content of a file of the model; a `UserError` if it is missing or damaged."""
        return _read_checked(self.folder / name, self.checksums[name])

    def checked(self, name: str) -> Path:
        """The path of a file of the model, after a check of its content, for programs that map the
        file into RAM; a `UserError` if it is missing or damaged."""
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
    """Whether the folder has the manifest of a model."""
    return (folder / MANIFEST).exists()


def _holds_checkpoint(folder: Path) -> bool:
    return any((folder / CHECKPOINT).glob("[!.]*"))


def check_model_folder(folder: Path, *, overwrite: bool) -> None:
    """Raise a `UserError` if a new model must not or cannot be saved in the folder."""
    existing = folder  # the folder, or the nearest one above it that exists
    try:
        while not existing.exists() and existing != existing.parent:
            existing = existing.parent
        present = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        has_model = bool(present & {MANIFEST, WEIGHTS})
        has_training = _holds_checkpoint(folder)
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{existing}: {reason}; name another with --model") from error
    if not existing.is_dir():
        raise UserError(f"{existing} is not a folder: name another with --model")
    check_output_folder(existing)
    if (has_model or has_training) and not overwrite:
        raise UserError(
            f"{folder} holds a {'model' if has_model else 'training'} already: --resume continues "
            "it, --overwrite replaces it, --model DIR writes to another folder"
        )
    # Where there is no model, a README is the user's own.
    ours = _OURS if has_model else _OURS - {CARD}
    others = sorted(name for name in present - ours if not name.endswith(".part"))
    if others:
        raise UserError(
            f"{folder} holds other things than a model ({others[0]}): "
            "name a separate folder with --model"
        )


def open_bundle(folder: str | Path) -> Bundle:
    """The model in a folder; a `UserError` says what is missing or damaged."""
    folder = Path(folder)
    path = folder / MANIFEST
    try:
        _check_holds_model(folder)
        manifest = json.loads(path.read_text(encoding="utf-8"))
        check_format(folder, manifest["format"])
        version = int(manifest["format"])
        if version == 2:
            manifest["output_pieces"] = manifest["writable"]
        parts = [name for name in _PARTS if name != WORDS or version > 3]
        checksums = {name: int(manifest["files"][name]) for name in parts}
        try:
            settings = Settings.from_dict(upgrade_settings(manifest["settings"], version))
        except UserError as error:
            raise UserError(f"{path} is damaged: {error}") from error
        output_vocabulary = OutputVocabulary(np.array(manifest["output_pieces"], dtype=np.int64))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"{path} is damaged ({error}): copy the folder again") from error
    model = _read_checked(folder / TOKENIZER, checksums[TOKENIZER])
    tokenizer = Tokenizer(model, str(folder / TOKENIZER))
    words = WordList((), frozenset())  # unknown for older formats
    if WORDS in checksums:
        content = _read_checked(folder / WORDS, checksums[WORDS])
        words = WordList.from_text(content.decode("utf-8", "replace"), settings.locale)
    confidence = manifest.get("confidence")
    return Bundle(folder, settings, tokenizer, output_vocabulary, words, checksums, confidence)


def _check_holds_model(folder: Path) -> None:
    if holds_model(folder):
        return
    if _holds_checkpoint(folder):
        raise UserError(
            f"{folder} holds an unfinished training, but no model yet: "
            f"`seqcli train --model {folder} --resume` continues it"
        )
    raise UserError(
        f"{folder} holds no model: a bare `seqcli train` makes one from the sample data "
        "in about a minute, `seqcli train FILE` one from your own pairs"
    )


def check_format(place: Path, version: object) -> None:
    """Raise a `UserError` if this version of seqcli cannot read the format of a folder or file."""
    if version not in READABLE_FORMATS:
        readable = ", ".join(map(str, READABLE_FORMATS[:-1])) + f" and {READABLE_FORMATS[-1]}"
        raise UserError(
            f"{place} has format {version}, and this seqcli ({__version__}) reads {readable}: "
            "train it again, or use the seqcli that made it"
        )


def write_bundle(
    folder: Path,
    settings: Settings,
    output_vocabulary: OutputVocabulary,
    parts: Mapping[str, bytes],
    history: list[dict[str, Any]],
    card: str,
    confidence: Mapping[str, Any] | None = None,
) -> None:
    """Write a model folder: every file under a temporary name, then renamed, the manifest last.

    The manifest holds a checksum of each file of the model, so that a folder in which old and new
    files are mixed is detected as damaged.
    """
    assert set(parts) == set(_PARTS)
    lines = [json.dumps(entry, ensure_ascii=False) + "\n" for entry in history]
    manifest = {
        "format": FORMAT,
        "seqcli": __version__,
        "settings": settings.to_dict(),
        "confidence": None if confidence is None else dict(confidence),
        "output_pieces": output_vocabulary.pieces.tolist(),
        "files": {name: zlib.crc32(content) for name, content in parts.items()},
    }
    texts = {
        HISTORY: "".join(lines),
        CARD: card,
        MANIFEST: json.dumps(manifest, ensure_ascii=False, indent=1) + "\n",
    }
    write_files(folder, dict(parts) | {name: text.encode() for name, text in texts.items()})


def _read_checked(path: Path, expected: int) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    _check_checksum(path, zlib.crc32(content), expected)
    return content


def _check_file(path: Path, expected: int) -> None:
    checksum = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                checksum = zlib.crc32(chunk, checksum)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    _check_checksum(path, checksum, expected)


def _check_checksum(path: Path, checksum: int, expected: int) -> None:
    if checksum != expected:
        raise UserError(
            f"{path} is damaged or from another model (its checksum differs): copy the folder again"
        )
