"""Opens a prepared corpus to train on it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from seqcli.config import CorpusConfig, TokenizerConfig
from seqcli.config_fields import override
from seqcli.data.batching import PackedExamples
from seqcli.data.cleaning import CleaningReport
from seqcli.data.corpus import CorpusFiles
from seqcli.data.pairs import Pair
from seqcli.data.tokenizer import Tokenizer
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.data.word_list import WordList
from seqcli.errors import UserError
from seqcli.folder import WRONG_VALUES
from seqcli.settings import Settings
from seqcli.storage.reading import parse_json
from seqcli.training.corpus_split import CorpusSplit
from seqcli.training.prepare import PreparedData, TrainRequest
from seqcli.training.prepared.folder import (
    ARRAYS,
    FORMAT,
    MANIFEST,
    TOKENIZER,
    WORDS,
    WORK,
    array_file,
    holds_corpus,
    piece_type,
)
from seqcli.training.prepared.mapped import MappedExamples
from seqcli.training.recipe import recipe


def prepared_folder(files: CorpusFiles) -> Path | None:
    """The folder of a prepared corpus, if that is what files of pairs are; None for other files.

    Raises `UserError` for such a folder among other files, and for one that is not complete.
    """
    for path in files.paths:
        if (path / WORK).is_dir() and not holds_corpus(path):
            raise UserError(f"{path} is not completely prepared: run seqcli prepare again")
    folders = [path for path in files.paths if holds_corpus(path)]
    if folders and folders != list(files.pairs):
        raise UserError(f"{folders[0]} is a prepared corpus: name it alone, as PAIRS")
    return folders[0] if folders else None


@dataclass(frozen=True)
class PreparedCorpus:
    """A prepared corpus. Raises `UserError` for a folder that is damaged.

    An epoch of its `pairs` has `tokens`, counted as for batches. `fingerprint` is that of the
    pairs.
    """

    settings: Settings
    split: CorpusSplit
    tokenizer: Tokenizer
    output_vocabulary: OutputVocabulary
    words: WordList
    examples: PackedExamples
    pairs: int
    tokens: int
    fingerprint: str

    @classmethod
    def open(cls, folder: Path) -> PreparedCorpus:
        """Open a folder; its arrays stay on the disk."""
        try:
            values = parse_json((folder / MANIFEST).read_bytes())
            if values["format"] != FORMAT:
                raise UserError(
                    f"{folder} was prepared by another version of seqcli: prepare it again"
                )
            return cls._of(folder, values)
        except (OSError, json.JSONDecodeError, *WRONG_VALUES) as error:
            raise UserError(f"{folder} is damaged ({error}): prepare it again") from error

    @classmethod
    def _of(cls, folder: Path, values: Mapping[str, Any]) -> PreparedCorpus:
        tokenizer = Tokenizer((folder / TOKENIZER).read_bytes(), str(folder / TOKENIZER))
        settings = Settings.from_dict(values["settings"])
        report = values["report"]
        split = CorpusSplit(
            [],
            [Pair(*pair) for pair in values["dev"]],
            CleaningReport(
                report["read"],
                report["kept"],
                Counter(report["dropped"]),
                {reason: Pair(*pair) for reason, pair in report["examples"].items()},
            ),
            tuple(values["notes"]),
        )
        vocabulary = OutputVocabulary(np.array(values["output_pieces"], dtype=np.int64))
        return cls(
            settings,
            split,
            tokenizer,
            vocabulary,
            WordList.from_text((folder / WORDS).read_text(encoding="utf-8"), settings.locale),
            _examples(folder, values["examples"], len(tokenizer)),
            values["pairs"],
            values["tokens"],
            values["fingerprint"],
        )

    def data(self, settings: Settings) -> PreparedData:
        """The data of a training with these settings."""
        return PreparedData(
            settings, self.split, self.tokenizer, self.output_vocabulary, (), self.examples,
            self.words,
        )  # fmt: skip

    @staticmethod
    def check_resumed(request: TrainRequest) -> None:
        """Raise `UserError` if a training that is resumed is given other pairs beside these."""
        if request.dev or request.synthetic:
            named = "--dev" if request.dev else "--synthetic"
            raise UserError(
                f"a training on a prepared corpus goes on without {named}: leave it out"
            )

    def new_settings(self, request: TrainRequest) -> Settings:
        """The settings of a new training: those of the preparation, and of model and training.

        Raises `UserError` for options that the preparation has decided.
        """
        _check_options(request)
        model, training = recipe(self.pairs, request.overrides, tokens=self.tokens)
        if "metric" not in request.overrides:
            training = override(training, {"metric": self.settings.training.metric})
        about = {"pairs": self.pairs, "dev_pairs": len(self.split.dev)}
        return replace(self.settings, model=model, training=training, about=about)


def _check_options(request: TrainRequest) -> None:
    decided = {each.name for kind in (CorpusConfig, TokenizerConfig) for each in fields(kind)}
    names = {"source_language": "from", "target_language": "to"}
    given = [
        f"--{names.get(name, name).replace('_', '-')}"
        for name in request.overrides
        if name in decided
    ]
    others = {
        "--dev": request.dev,
        "--columns": request.columns,
        "--tokenizer": request.tokenizer,
    }
    given += [name for name, value in others.items() if value]
    if given:
        raise UserError(
            f"{request.files.names} is prepared already, with its own {' and '.join(given)}: give "
            "this to seqcli prepare"
        )
    needs_texts = {
        "--source-vectors": request.source_vectors,
        "--target-vectors": request.target_vectors,
        "--synthetic": request.synthetic,
        "--simultaneous": request.overrides.get("simultaneous"),
        "--subword-sampling": request.overrides.get("subword_sampling"),
    }
    if named := [name for name, value in needs_texts.items() if value]:
        raise UserError(
            f"{named[0]} needs the texts of the pairs, which a prepared corpus does not have: "
            "train on the files of pairs"
        )


def _examples(folder: Path, count: int, pieces: int) -> PackedExamples:
    """The examples. Raises `ValueError` for arrays that do not belong together."""
    arrays = {
        name: np.load(array_file(folder, name), mmap_mode="r", allow_pickle=False)
        for name in ARRAYS
    }
    for side in ("source", "target"):
        values, ends = arrays[f"{side}s"], arrays[f"{side}_ends"]
        if values.dtype != piece_type(pieces) or ends.dtype != np.int64:
            raise ValueError("an array of another type")
        if values.ndim != 1 or ends.shape != (count + 1,) or count < 1:
            raise ValueError("an array of another shape")
        if ends[0] or ends[-1] != len(values) or (np.diff(ends) < 1).any():
            raise ValueError("examples that are not of its pieces")
    return MappedExamples(**arrays)
