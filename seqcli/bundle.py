"""The model folder: its files, and how it is checked, opened and written.

Nothing here needs torch, and nothing in the folder is code: JSON, SentencePiece, safetensors, ONNX,
text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqcli import __version__
from seqcli.arrays import Tensors
from seqcli.config import PRECISIONS
from seqcli.data import piece_model, word_list
from seqcli.data.tokenizer import Tokenizer
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.data.word_list import WordList
from seqcli.errors import UserError
from seqcli.folder import (
    ENCODER,
    FORMAT,
    INDEX,
    LANGUAGE_MODEL,
    MANIFEST,
    OPTIONAL_PARTS,
    PARTS,
    POSSIBLE_PARTS,
    SHORTLIST,
    STEP,
    STEP_INT8,
    TOKENIZER,
    TRANSLATOR,
    VECTORS,
    WEIGHTS,
    WORDS,
    WRONG_VALUES,
    kind_of,
    no_model,
    read_model_manifest,
    read_tensors,
    write_documents,
)
from seqcli.settings import Settings, upgrade_settings
from seqcli.storage.generation import (
    MAX_FILE_BYTES,
    OldFile,
    StoredFile,
    damaged,
    parse_entry,
    read_part,
    write_generation,
)
from seqcli.storage.reading import MissingFileError
from seqcli.typed import from_values

if TYPE_CHECKING:
    from seqcli.vectors.word_vectors import WordVectors

# The steps of the decoder, for each precision.
_STEPS = {"fp32": STEP, "int8": STEP_INT8}
TRANSLATING_PARTS = (ENCODER, STEP, SHORTLIST)  # of the first of these

# Other parts may have up to `MAX_FILE_BYTES`.
_MAX_BYTES = {
    TOKENIZER: piece_model.MAX_BYTES,
    WORDS: word_list.MAX_BYTES,
    VECTORS: 1 << 30,  # `seqcli.vectors.word_vectors.MAX_BYTES`
    INDEX: 1 << 27,  # `seqcli.pair_index.index.MAX_BYTES`
    SHORTLIST: 1 << 26,  # `seqcli.data.shortlist.MAX_BYTES`
}


@dataclass(frozen=True)
class Bundle:
    """An open model folder: what was asked of it, read once and checked.

    `files` say where the parts lie in the folder, `contents` are those that were read. `run` names
    the training that made the model; it is empty in folders of older versions. `confidence` holds
    the values of a `seqcli.decoding.confidence.Confidence`; None in folders of older versions.
    `vectors` are the word vectors that the model reads, None if it reads none.
    """

    folder: Path
    run: str
    settings: Settings
    tokenizer: Tokenizer
    output_vocabulary: OutputVocabulary
    words: WordList
    files: Mapping[str, StoredFile | OldFile]
    contents: Mapping[str, bytes]
    confidence: Mapping[str, Any] | None = None
    vectors: WordVectors | None = None

    def path(self, part: str) -> Path:
        """The file of a part of the model."""
        return self.folder / self.files[part].name

    def weights(self) -> Tensors:
        """The weights of the network by name."""
        tensors = read_tensors(self.path(WEIGHTS), self.contents[WEIGHTS])
        tensors.pop("writable", None)  # format 2 also keeps the output pieces here
        return tensors


@dataclass(frozen=True)
class _Manifest:
    """The typed values of a manifest."""

    format: int
    seqcli: str
    kind: str
    run: str
    settings: dict[str, Any]
    confidence: dict[str, Any] | None
    output_pieces: list[int]
    files: dict[str, Any]


def translating_parts(precision: str) -> tuple[str, ...]:
    """The parts that translate with a precision; a `UserError` for an unknown one."""
    if precision not in _STEPS:
        raise UserError(f"precision is one of {', '.join(PRECISIONS)}, not {precision!r}")
    return ENCODER, _STEPS[precision], SHORTLIST


def open_bundle(folder: str | Path, parts: Collection[str] = TRANSLATING_PARTS) -> Bundle:
    """The model in a folder, with the contents of some parts; without a word, what translates.
    (A folder may lack `OPTIONAL_PARTS`, which are then not among the contents.)

    A training may save while the folder is read: then the manifest is read once more. Raises
    `UserError`, which says what is missing or damaged.
    """
    folder = Path(folder)
    try:
        manifest = _read_manifest(folder)
    except MissingFileError as error:
        raise no_model(folder) from error
    while True:
        try:
            return _open(folder, manifest, parts)
        except UserError:
            before, manifest = manifest, _read_manifest(folder)
            if manifest == before:
                raise


def read_settings(folder: Path) -> Settings:
    """The settings of the translator in a folder, of which only the manifest is read.

    Raises `UserError` if there is none, or its manifest is damaged.
    """
    try:
        manifest = _read_manifest(folder)
    except MissingFileError as error:
        raise no_model(folder) from error
    try:
        return _settings(manifest)
    except (UserError, *WRONG_VALUES) as error:
        raise damaged(folder / MANIFEST, error) from error


def _settings(manifest: _Manifest) -> Settings:
    return Settings.from_dict(upgrade_settings(manifest.settings, manifest.format))


def _open(folder: Path, manifest: _Manifest, parts: Collection[str]) -> Bundle:
    place = folder / MANIFEST
    version = manifest.format
    try:
        settings = _settings(manifest)
        output_vocabulary = OutputVocabulary(np.array(manifest.output_pieces, dtype=np.int64))
        files = {
            part: parse_entry(part, entry, _MAX_BYTES.get(part, MAX_FILE_BYTES))
            if version > 4
            else from_values(
                OldFile,
                {"name": part, "crc32": entry, "size": _MAX_BYTES.get(part, MAX_FILE_BYTES)},
            )
            for part, entry in manifest.files.items()
        }
    except (UserError, *WRONG_VALUES) as error:
        raise damaged(place, error) from error
    parts = [part for part in parts if part not in OPTIONAL_PARTS or part in files]
    with ThreadPoolExecutor(len(parts) or 1) as pool:  # for a quick start
        reading = pool.map(lambda part: read_part(folder, files[part]), parts)
        tokenizer = Tokenizer(
            read_part(folder, files[TOKENIZER]), str(folder / files[TOKENIZER].name)
        )
        if manifest.output_pieces[-1] >= len(tokenizer):
            raise damaged(place, "an output piece that the tokenizer has not")
        words = WordList((), frozenset())  # unknown for older formats
        if WORDS in files:
            content = read_part(folder, files[WORDS])
            words = WordList.from_text(content.decode("utf-8", "replace"), settings.locale)
        contents = dict(zip(parts, reading, strict=True))
        vectors = _read_vectors(folder, files.get(VECTORS)) if parts else None
    return Bundle(
        folder, manifest.run, settings, tokenizer, output_vocabulary, words, files, contents,
        manifest.confidence, vectors,
    )  # fmt: skip


def _read_vectors(folder: Path, file: StoredFile | OldFile | None) -> WordVectors | None:
    """The word vectors in a file of a folder; None without one."""
    if file is None:
        return None
    from seqcli.vectors.word_vectors import WordVectors  # noqa: PLC0415  (for a quick start)

    try:
        return WordVectors.from_bytes(read_part(folder, file))
    except ValueError as error:
        raise damaged(folder / file.name, error) from error


def _read_manifest(folder: Path) -> _Manifest:
    """The manifest of a folder of any format that can be read, in its present form.

    Raises `MissingFileError` if there is none, and `UserError` if it is damaged.
    """
    path = folder / MANIFEST
    values = read_model_manifest(folder)
    version = values["format"]
    if kind_of(values) not in (TRANSLATOR, LANGUAGE_MODEL):
        raise damaged(path, f"an unknown kind of model: {kind_of(values)[:20]}")
    if kind_of(values) == LANGUAGE_MODEL:
        raise UserError(
            f"{folder} holds a language model, which tells how probable a text is and writes "
            "others: use it with seqcli score, seqcli sample or translate --language-model"
        )
    if version < 8:
        values = {"kind": TRANSLATOR} | values
    if version < 5:
        values = {"run": "", "confidence": None, "files": {}} | values
    if version == 2:
        values["output_pieces"] = values.pop("writable", None)
    try:
        manifest = from_values(_Manifest, values)
        needed = set(PARTS) - ({WORDS} if version < 4 else set())
        possible = needed | ({VECTORS} if version > 5 else set())
        possible |= {INDEX} if version > 8 else set()
        possible |= {SHORTLIST} if version > 10 else set()
        if not needed <= manifest.files.keys() <= possible:
            raise ValueError("files are missing or unknown")
    except WRONG_VALUES as error:
        raise damaged(path, error) from error
    return manifest


def write_bundle(
    folder: Path,
    run: str,
    settings: Settings,
    output_vocabulary: OutputVocabulary,
    parts: Mapping[str, bytes],
    history: list[dict[str, Any]],
    card: str,
    confidence: Mapping[str, Any] | None = None,
) -> None:
    """Write a model folder: all parts as one generation, then the two files for people.

    Raises `UserError` where this fails. The model before is then still there, or the new one.
    """
    assert set(PARTS) <= set(parts) <= set(POSSIBLE_PARTS)
    values = {
        "format": FORMAT,
        "seqcli": __version__,
        "kind": TRANSLATOR,
        "run": run,
        "settings": settings.to_dict(),
        "confidence": None if confidence is None else dict(confidence),
        "output_pieces": output_vocabulary.pieces.tolist(),
    }
    write_generation(folder / MANIFEST, values, parts, POSSIBLE_PARTS)
    write_documents(folder, history, card)
