"""From what was asked for to everything a training needs before its first update."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from seqcli import evaluation
from seqcli.bundle import Settings
from seqcli.config import (
    CorpusConfig,
    ModelConfig,
    TokenizerConfig,
    TrainingConfig,
    override,
)
from seqcli.data import corpus, text, tokenizer
from seqcli.data.batching import Example, Packed
from seqcli.data.corpus import CleaningReport, CorpusFiles, Pair
from seqcli.data.sample import sample_file
from seqcli.data.tokenizer import END, UNKNOWN, Tokenizer
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.decoding.translator import LENGTH_MARGIN
from seqcli.errors import UserError
from seqcli.training.recipe import recipe

# Dev is translated again and again; more sentences than this would only cost time.
MOST_DEV_PAIRS = 2000

SAMPLE = ("train.en-zh.tsv", "dev.en-zh.tsv")


@dataclass(frozen=True)
class TrainRequest:
    """What a training is asked for; `overrides` holds the settings that were named, by their name.

    Without files it learns the sample data; without dev files it holds a part of the pairs out.
    """

    folder: Path
    files: CorpusFiles = field(default_factory=CorpusFiles)
    dev: CorpusFiles = field(default_factory=CorpusFiles)
    tokenizer: Path | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    resume: bool = False
    overwrite: bool = False
    device: str = "auto"
    threads: int = 0
    preview: bool = False  # glance at a few dev sentences between evaluations

    def __post_init__(self) -> None:
        kinds = (CorpusConfig, TokenizerConfig, ModelConfig, TrainingConfig)
        unknown = set(self.overrides) - {each.name for kind in kinds for each in fields(kind)}
        if unknown:
            raise UserError(f"there is no setting named {', '.join(sorted(unknown))}")
        corpus.check_standard_input(self.files, self.dev)
        # A wrong value is told before any file is read.
        override(CorpusConfig(), self.overrides)
        override(TokenizerConfig(), self.overrides)
        recipe(1, self.overrides)


@dataclass(frozen=True)
class CorpusSplit:
    """Pairs to learn from and to measure on."""

    train: list[Pair]
    dev: list[Pair]
    report: CleaningReport
    notes: tuple[str, ...]


@dataclass(frozen=True)
class PreparedData:
    """All that the loop works on. Targets of the examples are tokens, not piece ids.

    `train` holds the pairs as they are; those of dev are read as a user's are, by the validator.
    """

    settings: Settings
    data: CorpusSplit
    tokenizer: Tokenizer
    output_vocabulary: OutputVocabulary
    train: Packed


def read_data(files: CorpusFiles, dev: CorpusFiles, config: CorpusConfig, seed: int) -> CorpusSplit:
    """Read, clean and split."""
    if not files:
        sample, sample_dev = (CorpusFiles(pairs=(sample_file(name),)) for name in SAMPLE)
        files, dev = sample, dev or sample_dev
    train, report = corpus.clean(files.read(reverse=config.reverse), config)
    _refuse_nothing(files, report)
    notes = []
    if dev:
        held, dev_report = corpus.clean(dev.read(reverse=config.reverse), config)
        _refuse_nothing(dev, dev_report)
        if dev_report.dropped:
            notes.append(f"dropped {sum(dev_report.dropped.values()):,} pairs of dev")
    else:
        train, held, strict = corpus.hold_out(train, config.held_out, seed)
        if not strict:
            notes.append("targets repeat too much to be held out; only sources are kept apart")
    if len(held) > MOST_DEV_PAIRS:
        notes.append(f"{MOST_DEV_PAIRS:,} of the {len(held):,} dev pairs are used, drawn at random")
        held = random.Random(seed).sample(held, MOST_DEV_PAIRS)
    if dev:  # what is held out has no sentence of train
        notes += _overlap_note(train, held)
    return CorpusSplit(train, held, report, tuple(notes))


def _overlap_note(train: Sequence[Pair], dev: Sequence[Pair]) -> list[str]:
    """A note on the sentences of dev that are in train too, as the model reads them."""
    sources = Counter(text.normalize_source(pair.source) for pair in dev)
    found = sources.keys() & map(text.normalize_source, (pair.source for pair in train))
    count = sum(sources[source] for source in found)
    if not count:
        return []
    return [
        f"{count:,} of {len(dev):,} dev sentences are among the training pairs too: the dev scores "
        "will be too high, and the best model is chosen by them"
    ]


def _refuse_nothing(files: CorpusFiles, report: CleaningReport) -> None:
    if not report.kept:
        why = ", ".join(f"{count} {reason}" for reason, count in report.dropped.items())
        raise UserError(
            f"{files.names}: {report.read} lines were read, and none is a usable pair"
            + (f" ({why})" if why else "")
        )


def prepare(request: TrainRequest) -> PreparedData:
    """Read the data, build or load the tokenizer, choose the sizes."""
    corpus_config = override(CorpusConfig(), request.overrides)
    seed = request.overrides.get("seed", TrainingConfig.seed)
    data = read_data(request.files, request.dev, corpus_config, seed)
    tokenizer_config = override(TokenizerConfig(), request.overrides)
    if request.tokenizer:
        pieces = tokenizer.load(request.tokenizer)
        tokenizer_config = TokenizerConfig(kind_of_pieces(pieces), len(pieces))
    else:
        pieces = tokenizer.build(data.train, tokenizer_config)
    model_config, training_config = recipe(len(data.train), request.overrides)
    references = [pair.target for pair in data.dev]
    if "metric" not in request.overrides and evaluation.too_short_for_bleu(references):
        training_config = override(training_config, {"metric": "chrf"})
    settings = Settings(
        corpus=corpus_config,
        tokenizer=tokenizer_config,
        model=model_config,
        training=training_config,
        max_length_ratio=0.0,
        source_punctuation="",
        about={"pairs": len(data.train), "dev_pairs": len(data.dev)},
    )
    return encode(settings, data, pieces)


def kind_of_pieces(pieces: Tokenizer) -> str:
    """What `TokenizerConfig.pieces` was when the tokenizer was built, as its model tells."""
    # (It needs protobuf, which comes with onnx; its names are made at run time.)
    from sentencepiece import sentencepiece_model_pb2  # noqa: PLC0415

    messages: Any = sentencepiece_model_pb2
    kind = messages.ModelProto.FromString(pieces.model).trainer_spec.model_type
    return str(messages.TrainerSpec.ModelType.Name(kind)).lower()


def encode(settings: Settings, data: CorpusSplit, pieces: Tokenizer) -> PreparedData:
    """Turn the pairs into examples and measure what the search must allow for."""
    train = Packed.of(
        Example(
            [*pieces.encode_source(pair.source), END], [*pieces.encode_target(pair.target), END]
        )
        for pair in data.train
    )
    output_vocabulary = OutputVocabulary.of([np.unique(train.targets).tolist()])
    lost = sum(UNKNOWN in example.target for example in train)
    settings = replace(
        settings,
        max_length_ratio=max_length_ratio(train),
        source_punctuation=text.find_punctuation(pair.source for pair in data.train),
    )
    if lost:
        note = (
            f"{lost:,} targets have characters that the tokenizer does not know: they will be lost"
        )
        data = replace(data, notes=(*data.notes, note))
    train = replace(train, targets=output_vocabulary.to_tokens(train.targets))
    return PreparedData(settings, data, pieces, output_vocabulary, train)


def max_length_ratio(examples: Sequence[Example]) -> float:
    """Target pieces a source piece, beyond a margin, that let 999 of 1,000 targets be written."""
    needed = [(len(e.target) - LENGTH_MARGIN) / len(e.source) for e in examples]
    return round(max(1.5, float(np.quantile(needed, 0.999))), 2)
