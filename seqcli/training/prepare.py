"""Everything that a training needs before its network: pairs, tokenizer, settings, examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqcli import evaluation
from seqcli.config import (
    CorpusConfig,
    ModelConfig,
    TokenizerConfig,
    TrainingConfig,
)
from seqcli.config_fields import override
from seqcli.corpus_check.training_notes import training_notes
from seqcli.data import text
from seqcli.data.batching import Example, PackedExamples
from seqcli.data.carryover import SYMBOLS
from seqcli.data.corpus import CorpusFiles, check_standard_input
from seqcli.data.normalization import find_locale
from seqcli.data.pairs import Pair
from seqcli.data.reading import Selection
from seqcli.data.templates import Templates
from seqcli.data.tokenizer import END, UNKNOWN, Tokenizer
from seqcli.data.tokenizer import build as build_tokenizer
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.data.word_list import WordList
from seqcli.decoding.requests import LENGTH_MARGIN
from seqcli.decoding.text_processor import make_word_reader
from seqcli.errors import UserError
from seqcli.settings import MAX_LENGTH_RATIO, Settings
from seqcli.training.corpus_split import NO_FILES, CorpusSplit, read_data, repetitions
from seqcli.training.pieces import check_drawable, kind_of_pieces, load_tokenizer
from seqcli.training.recipe import count_tokens, recipe
from seqcli.training.vectors import TargetVectors, VectorFiles, load_vectors
from seqcli.vectors.word_reader import WordReader
from seqcli.vectors.word_vectors import WordVectors
from seqcli.wording import plural

# A pair with a longer side is not trained on: attention compares all its pieces with one another,
# which for two sides of 1,000 pieces takes about 2 GB. (A translator reads 1,000 pieces too.)
MAX_PIECES = 1000


@dataclass(frozen=True)
class TrainRequest:
    """What to train on and where to save it; `overrides` are the settings that the user gave.

    Without files, the sample data are used; without dev files, some of the pairs are held out.
    `columns` are those of the sources and the targets in files of pairs that have more than two;
    `synthetic` are files of pairs whose sources a model wrote, to train on beside the others.
    Raises `UserError` for a setting that does not exist or has a wrong value.
    """

    folder: Path
    files: CorpusFiles = field(default_factory=CorpusFiles)
    dev: CorpusFiles = field(default_factory=CorpusFiles)
    synthetic: CorpusFiles = NO_FILES
    columns: tuple[str, ...] = ()
    tokenizer: Path | None = None
    source_vectors: Path | None = None
    target_vectors: Path | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    resume: bool = False
    overwrite: bool = False
    device: str = "auto"
    threads: int = 0
    preview: bool = False  # translate a few dev sentences between evaluations
    confidence: bool = True  # fit the confidence at the end
    index: bool = True  # make the index of training pairs at the end

    def __post_init__(self) -> None:
        kinds = (CorpusConfig, TokenizerConfig, ModelConfig, TrainingConfig)
        unknown = set(self.overrides) - {setting.name for kind in kinds for setting in fields(kind)}
        if unknown:
            raise UserError(f"there is no setting named {', '.join(sorted(unknown))}")
        check_standard_input(self.files, self.dev, self.synthetic)
        # Languages that are named say which texts of a file are read, too.
        languages = (self.overrides.get(f"{side}_language", "") for side in ("source", "target"))
        selection = Selection(self.columns, *languages)
        for name in ("files", "dev"):
            object.__setattr__(self, name, getattr(self, name).selecting(selection))
        if self.synthetic and not self.files and not self.resume:
            raise UserError("synthetic pairs are learned beside others: name these too (PAIRS)")
        # Wrong values are refused before any file is read.
        override(CorpusConfig(), self.overrides)
        tokenizer = override(TokenizerConfig(), self.overrides)
        model, _ = recipe(1, self.overrides)
        check_drawable(model, tokenizer, "--pieces")


@dataclass(frozen=True)
class PreparedData:
    """The pairs, and what is needed to train on them.

    `examples` are the training pairs; their sources are piece ids, their targets output tokens.
    `pairs` are the same as texts, as the model reads and writes them, for subword sampling; without
    it there are none. Of the pairs of an epoch, those with the indices `left_out` are too long, and
    among neither. The pairs of dev are encoded by the validator, as a user's sentences are.
    """

    settings: Settings
    split: CorpusSplit
    tokenizer: Tokenizer
    output_vocabulary: OutputVocabulary
    pairs: Sequence[Pair]
    examples: PackedExamples
    words: WordList
    vectors: WordVectors | None = None
    target_vectors: TargetVectors | None = None
    left_out: tuple[int, ...] = ()


def prepare_data(request: TrainRequest) -> PreparedData:
    """Read the pairs, build or load the tokenizer, choose the settings, encode the pairs."""
    corpus_config = override(CorpusConfig(), request.overrides)
    seed = request.overrides.get("seed", TrainingConfig.seed)
    split = read_data(request.files, request.dev, corpus_config, seed, request.synthetic)
    return encode_data(*choose(request, split))


class Choice(NamedTuple):
    """What is chosen for a training: the arguments of `encode_data`."""

    settings: Settings
    split: CorpusSplit
    tokenizer: Tokenizer
    pairs: Sequence[Pair]
    words: WordList
    vectors: WordVectors | None
    target_vectors: TargetVectors | None


def choose(request: TrainRequest, split: CorpusSplit) -> Choice:
    """Build or load the tokenizer, and choose the settings, for pairs that are read."""
    corpus_config = override(CorpusConfig(), request.overrides)
    seed = request.overrides.get("seed", TrainingConfig.seed)
    notes = training_notes(split.train, split.dev, corpus_config)
    split = replace(split, notes=(*split.notes, *notes))
    tokenizer_config = override(TokenizerConfig(), request.overrides)
    tokenizer = None
    if request.tokenizer:
        tokenizer = load_tokenizer(request.tokenizer)
        tokenizer_config = TokenizerConfig(kind_of_pieces(tokenizer), len(tokenizer))
    has_symbols = tokenizer.has(SYMBOLS[0]) if tokenizer else tokenizer_config.pieces != "word"
    locale = corpus_config.source_language or find_locale(pair.source for pair in split.train)
    templates = Templates.of(split.train, locale, seed, symbols=has_symbols)
    own, synthetic = map(templates.own_pairs, (split.train, split.synthetic))
    tokenizer = tokenizer or build_tokenizer([*own, *synthetic], tokenizer_config)
    number = len(split.train) + len(split.synthetic)
    draws_pieces = tokenizer_config.pieces == "unigram" and not (
        request.source_vectors or request.overrides.get("simultaneous")
    )
    pairs = _epoch_pairs(templates, own, synthetic, corpus_config)
    model_config, training_config = recipe(
        number,
        request.overrides,
        tokens=count_tokens(pairs, tokenizer),
        draws_pieces=draws_pieces,
    )
    references = [pair.target for pair in split.dev]
    if "metric" not in request.overrides and evaluation.too_short_for_bleu(references):
        training_config = override(training_config, {"metric": "chrf"})
    if request.tokenizer:
        check_drawable(model_config, tokenizer_config, "--tokenizer, which has")
    settings = Settings(
        corpus=corpus_config,
        tokenizer=tokenizer_config,
        model=model_config,
        training=training_config,
        max_length_ratio=0.0,
        source_punctuation="",
        carry_over=templates.symbols,
        carry_numbers=templates.numbers,
        locale=locale,
        about=_about(split),
    )
    vectors = load_vectors(
        VectorFiles(request.source_vectors, request.target_vectors),
        settings,
        tokenizer,
        split.train,
        pairs,
        request.overrides.get("embedding"),
    )
    split = replace(split, notes=(*split.notes, *vectors.notes))
    return Choice(
        vectors.settings, split, tokenizer, pairs, templates.words, vectors.source, vectors.target
    )


def _about(split: CorpusSplit) -> dict[str, int]:
    about = {"pairs": len(split.train), "dev_pairs": len(split.dev)}
    return about | ({"synthetic_pairs": len(split.synthetic)} if split.synthetic else {})


def _epoch_pairs(
    templates: Templates, own: list[Pair], synthetic: list[Pair], config: CorpusConfig
) -> list[Pair]:
    """The pairs of an epoch: the pairs themselves, those that are added, the synthetic ones, and
    where there are many of these, the pairs again."""
    pairs = own + templates.added_pairs(own) + synthetic
    if synthetic:
        pairs += own * (repetitions(len(own), len(synthetic), config.synthetic_share) - 1)
    return pairs


def read_pairs(settings: Settings, split: CorpusSplit) -> tuple[list[Pair], WordList]:
    """The pairs of an epoch as the model of these settings reads and writes them, and the words of
    the sources."""
    if settings.read_compatibly:
        pairs = [Pair(text.fold_compatible(pair.source), pair.target) for pair in split.train]
        return pairs, WordList((), frozenset())
    templates = Templates.of(
        split.train, settings.locale, settings.training.seed, symbols=settings.carry_over
    )
    own, synthetic = map(templates.own_pairs, (split.train, split.synthetic))
    return _epoch_pairs(templates, own, synthetic, settings.corpus), templates.words


def encode_data(
    settings: Settings,
    split: CorpusSplit,
    tokenizer: Tokenizer,
    pairs: Sequence[Pair],
    words: WordList,
    vectors: WordVectors | None = None,
    target_vectors: TargetVectors | None = None,
    known: OutputVocabulary | None = None,
) -> PreparedData:
    """Encode the training pairs, which are given as the model reads and writes them, and measure
    from them the settings that translating needs. The pieces of `known` can be written too.

    Raises `UserError` if each pair has a side of more than `MAX_PIECES` pieces.
    """
    reader = make_word_reader(settings, tokenizer, vectors)
    encode = partial(_example, tokenizer, reader, by_word=settings.model.simultaneous)
    # (The first of the pairs are those of the corpus, in its order; added ones follow.)
    originals = chain((pair.source for pair in split.train), repeat(""))
    left_out: list[int] = []

    def encoded() -> Iterator[Example]:
        for number, (pair, original) in enumerate(zip(pairs, originals, strict=False)):
            example = encode(pair, original)
            if max(map(len, example)) <= MAX_PIECES:
                yield example
            else:
                left_out.append(number)

    examples = PackedExamples.of(encoded())
    if not len(examples):
        raise UserError(f"every pair has a side of over {MAX_PIECES:,} pieces: split the lines")
    before = [] if known is None else known.pieces.tolist()
    output_vocabulary = OutputVocabulary.of([np.unique(examples.targets).tolist(), before])
    settings = replace(
        settings,
        max_length_ratio=max_length_ratio(examples),
        source_punctuation=text.find_punctuation(pair.source for pair in pairs),
    )
    unknown = sum(UNKNOWN in example.target for example in examples)
    split = replace(split, notes=(*split.notes, *encoding_notes(len(left_out), unknown)))
    kept: list[Pair] = []
    if settings.model.subword_sampling:
        too_long = set(left_out)
        kept = [pair for number, pair in enumerate(pairs) if number not in too_long]
    tokens = output_vocabulary.to_tokens(examples.targets).astype(np.int32)
    examples = replace(examples, targets=tokens)
    return PreparedData(
        settings, split, tokenizer, output_vocabulary, kept, examples, words, vectors,
        target_vectors,
        tuple(left_out),
    )  # fmt: skip


def encoding_notes(left_out: int, unknown: int) -> Iterator[str]:
    """What the user should know of pairs that were left out, and of targets with unknown
    characters, given their numbers."""
    if left_out:
        yield f"left out {plural(left_out, 'pair')} with a side of over {MAX_PIECES:,} pieces"
    if unknown:
        yield (
            f"{plural(unknown, 'target')} {'has' if unknown == 1 else 'have'} characters that "
            "the tokenizer does not know: translations will not have them"
        )


def _example(
    tokenizer: Tokenizer, reader: WordReader | None, pair: Pair, original: str, *, by_word: bool
) -> Example:
    """A pair as the model reads and writes it, encoded; `original` is its source as it was. With
    `by_word`, the words of the source are encoded one by one."""
    target = [*tokenizer.encode(pair.target), END]
    if reader is None:
        encode = tokenizer.encode_words if by_word else tokenizer.encode
        return Example([*encode(pair.source), END], target)
    pieces = (tokenizer.segment_words if by_word else tokenizer.segment)(pair.source)
    source = reader.read(pieces, pair.source, reader.items(pair.source, original))
    return Example([*(i for _, i in source), END], target)


def max_length_ratio(examples: Sequence[Example]) -> float:
    """The number of target pieces per source piece, beyond a margin, that is enough for 999 of
    1,000 targets; from 1.5 to `MAX_LENGTH_RATIO`."""
    needed = [(len(e.target) - LENGTH_MARGIN) / len(e.source) for e in examples]
    return round(min(max(1.5, float(np.quantile(needed, 0.999))), MAX_LENGTH_RATIO), 2)
