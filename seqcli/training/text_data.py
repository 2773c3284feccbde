"""Everything that the training of a language model needs before its network."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from seqcli.config import (
    CorpusConfig,
    TokenizerConfig,
    TrainingConfig,
)
from seqcli.config_fields import override
from seqcli.data.batching import Example, PackedExamples
from seqcli.data.pairs import Pair
from seqcli.data.splitting import hold_out
from seqcli.data.text_files import TextFiles
from seqcli.data.tokenizer import UNKNOWN, Tokenizer
from seqcli.data.tokenizer import build as build_tokenizer
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN, OutputVocabulary
from seqcli.errors import UserError
from seqcli.settings import LanguageModelSettings
from seqcli.training.pieces import kind_of_pieces, load_tokenizer
from seqcli.training.prepare import MAX_PIECES
from seqcli.training.recipe import language_model_recipe
from seqcli.training.text_request import TextRequest
from seqcli.wording import plural

MAX_DEV_SENTENCES = 10_000


@dataclass(frozen=True)
class TextSplit:
    """Sentences to train and to evaluate on; how many lines were read, how many dropped for each
    reason; notes for the user."""

    train: list[str]
    dev: list[str]
    read: int
    dropped: Mapping[str, int]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TextData:
    """The sentences, and what is needed to train on them. Examples have no source."""

    settings: LanguageModelSettings
    split: TextSplit
    tokenizer: Tokenizer
    output_vocabulary: OutputVocabulary
    examples: PackedExamples
    dev_examples: PackedExamples


def read_text(files: TextFiles, dev: TextFiles, config: CorpusConfig, seed: int) -> TextSplit:
    """Read the sentences, and hold out a part of them if there are no dev files.

    Empty and overlong lines are dropped; a sentence that occurs twice counts twice.
    """
    read, dropped, train = 0, Counter[str](), []
    for line in files.read(reverse=config.reverse):
        read += 1
        if not line:
            dropped["empty"] += 1
        elif len(line) > config.max_characters:
            dropped[f"over {config.max_characters} characters"] += 1
        else:
            train.append(line)
    if not train:
        raise UserError(
            f"{files.names}: {plural(read, 'line')} read, and none is a usable sentence"
        )
    notes = []
    if dev:
        dev_sentences = [
            line
            for line in dev.read(reverse=config.reverse)
            if 0 < len(line) <= config.max_characters
        ]
        if not dev_sentences:
            raise UserError(f"{dev.names}: no line is a usable sentence")
        shared = len(set(train) & set(dev_sentences))
        if shared:
            notes.append(
                f"{plural(shared, 'dev sentence')} {'is' if shared == 1 else 'are'} in the "
                "training text too: the perplexity of dev will be too low"
            )
    else:
        pairs = [Pair(sentence, "") for sentence in train]
        kept, held_out, _ = hold_out(pairs, config.held_out, seed, "sentence")
        train, dev_sentences = [p.source for p in kept], [p.source for p in held_out]
    if len(dev_sentences) > MAX_DEV_SENTENCES:
        dev_sentences = random.Random(seed).sample(dev_sentences, MAX_DEV_SENTENCES)
    return TextSplit(train, dev_sentences, read, dropped, tuple(notes))


def prepare_text(request: TextRequest) -> TextData:
    """Read the text, build or load the tokenizer, choose the settings, encode the sentences."""
    corpus = override(CorpusConfig(), request.overrides)
    seed = request.overrides.get("seed", TrainingConfig.seed)
    split = read_text(request.files, request.dev, corpus, seed)
    config = override(TokenizerConfig(), request.overrides)
    if request.tokenizer:
        tokenizer = load_tokenizer(request.tokenizer)
        config = TokenizerConfig(kind_of_pieces(tokenizer), len(tokenizer))
    else:
        tokenizer = build_tokenizer([Pair(sentence, "") for sentence in split.train], config)
    model, training = language_model_recipe(len(split.train), request.overrides)
    about = {
        "sentences": len(split.train),
        "dev_sentences": len(split.dev),
        "reverse": corpus.reverse,
        "max_characters": corpus.max_characters,
        "held_out": corpus.held_out,
    }
    settings = LanguageModelSettings(config, model, training, about)
    return encode_text(settings, split, tokenizer)


def encode_text(
    settings: LanguageModelSettings, split: TextSplit, tokenizer: Tokenizer
) -> TextData:
    """Encode the sentences. The model predicts every piece of the tokenizer, so that any text in
    its characters has a probability; longer sentences than `MAX_PIECES` are cut."""
    vocabulary = OutputVocabulary(np.arange(UNKNOWN, len(tokenizer), dtype=np.int64))
    train, dev = (
        PackedExamples.of(Example([], text_tokens(tokenizer, vocabulary, each)) for each in part)
        for part in (split.train, split.dev)
    )
    unknown = int((train.targets == UNKNOWN_TOKEN).sum())
    if unknown:
        note = (
            f"{plural(unknown, 'piece')} of characters that the tokenizer does not know: they "
            "count as unknown, and are never written"
        )
        split = replace(split, notes=(*split.notes, note))
    return TextData(settings, split, tokenizer, vocabulary, train, dev)


def text_tokens(tokenizer: Tokenizer, vocabulary: OutputVocabulary, text: str) -> Sequence[int]:
    """The tokens of a sentence, with its end unless it is cut."""
    tokens = [int(token) for token in vocabulary.to_tokens(tokenizer.encode(text))]
    return [*tokens, END_TOKEN][:MAX_PIECES]
