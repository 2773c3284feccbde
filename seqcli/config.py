"""Every setting of seqcli, with its default, its unit and its range.

A config is a frozen dataclass of `setting`s. It checks its values when it is made and refuses
unknown keys when it is read. Defaults are written down only here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from seqcli.config_fields import Config, setting
from seqcli.errors import UserError

# A language tag of BCP 47, roughly.
_LANGUAGE_TAG = re.compile("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")

# A translation waits for so many words of its source, for a share of them, or for all.
WHOLE = "full"
_WAIT = re.compile(f"[1-9][0-9]{{0,5}}|[1-9][0-9]?/[1-9][0-9]?|{WHOLE}")

BY_DATA = "chosen by the amount of data"
NO_BUDGET = "none"

# The recurrent cells and the match functions of attention, each with its class in
# `seqcli.model.cells` and `seqcli.model.attention`.
CELLS = {
    "lstm": "LSTM",
    "gru": "GRU",
    "rnn": "RNN",
    "peephole": "Peephole",
    "lstm-simple": "SimpleLSTM",
    "none": "Feedforward",
}
ATTENTIONS = {"additive": "Additive", "bilinear": "Bilinear", "dot": "Dot", "cosine": "Cosine"}

# Number formats of the decoder's matrix products; the first is the default.
PRECISIONS = ("fp32", "int8")

MAX_THREADS = 1024
MAX_EVALUATIONS = 1000  # on dev in one run
MAX_COUNT = 10**9  # of updates and the like, where there is no other limit


@dataclass(frozen=True)
class CorpusConfig(Config):
    """Which pairs are used, and how many are held out when there is no dev file."""

    reverse: bool = setting(False, "swap the columns: the second one is the source")
    source_language: str = setting(
        "",
        "language of the source, as a tag such as tr or en-GB; Turkish, Azeri and Lithuanian have "
        "their own rules of upper and lower case",
        shown_default="Turkish is recognized",
        option="from",
    )
    target_language: str = setting(
        "", "language of the target, for the model card", shown_default="not stated", option="to"
    )
    max_characters: int = setting(
        500, "leave out pairs with a side longer than this many characters", low=1, high=MAX_COUNT
    )
    max_ratio: float = setting(
        10.0,
        "leave out pairs with one side over 100 bytes and more than this many times the other",
        low=1.0,
        high=MAX_COUNT,
    )
    held_out: int = setting(
        1000, "pairs to hold out without --dev (at most one in twenty)", low=1, high=2000
    )
    keep_vectors: int = setting(
        20_000,
        "with --source-vectors: keep the vectors of so many words that are in no pair, the first "
        "of the file",
        low=0,
        high=1_000_000,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for option, tag in (("from", self.source_language), ("to", self.target_language)):
            if tag and not _LANGUAGE_TAG.fullmatch(tag):
                raise UserError(
                    f"{option} is a language tag such as en, zh-Hans or pt-BR, not {tag!r}"
                )


@dataclass(frozen=True)
class TokenizerConfig(Config):
    """How text is split into pieces."""

    pieces: str = setting(
        "unigram", "how the pieces are learned", choices=("unigram", "bpe", "char", "word")
    )
    vocabulary: int = setting(
        0, "number of pieces", low=0, high=100_000, shown_default=f"0 ({BY_DATA})"
    )


@dataclass(frozen=True)
class ModelConfig(Config):
    """The shape of the network. E, H and A are numbers of units."""

    embedding: int = setting(
        256, "size of the embeddings (E)", low=1, high=4096, shown_default=BY_DATA
    )
    hidden: int = setting(
        384,
        "size of the decoder's hidden state (H); each encoder direction has half",
        low=2,
        high=4096,
        shown_default=BY_DATA,
    )
    encoder_layers: int = setting(1, "number of encoder layers", low=1, high=16)
    cell: str = setting("lstm", "the recurrent cell", choices=tuple(CELLS))
    attention: str = setting(
        "additive",
        "how source positions are scored; none gives the decoder one vector for the whole sentence",
        choices=(*ATTENTIONS, "none"),
    )
    attention_size: int = setting(128, "inner size of additive attention (A)", low=1, high=4096)
    lexical: bool = setting(True, "attention also averages the embeddings of the source pieces")
    context: str = setting(
        "every",
        "with --attention none: give the one vector to every step or only to the first",
        choices=("every", "first"),
    )
    dropout: float = setting(0.2, "share of units set to zero in training", low=0.0, high=0.95)
    word_dropout: float = setting(
        0.0, "share of whole embeddings set to zero in training, on both sides", low=0.0, high=0.95
    )
    tied: bool = setting(True, "source, target and output share one embedding table")
    learn_vectors: bool = setting(False, "train the word vectors too, of words that pairs have")
    simultaneous: bool = setting(
        False,
        "read the source one way, so that a translation may begin before the source has ended: see "
        "translate --wait",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.simultaneous and self.attention == "none":
            raise UserError(
                "--simultaneous needs attention: with --attention none the decoder gets one vector "
                "of the whole sentence, which cannot be had before its end"
            )
        if self.hidden % 2:
            raise UserError(
                f"hidden must be even (each encoder direction has half), not {self.hidden}"
            )
        if (self.cell, self.attention, self.context) == ("none", "none", "first"):
            raise UserError(
                "the cell none keeps no state and forgets what the first step receives: choose "
                "another cell, another attention, or the context of every step"
            )


@dataclass(frozen=True)
class TrainingConfig(Config):
    """How the network learns."""

    loss: str = setting(
        "cross-entropy",
        "what is minimized; mse, the squared error of the probabilities, is for comparison",
        choices=("cross-entropy", "mse"),
    )
    optimizer: str = setting(
        "adam", "the optimizer", choices=("adam", "rmsprop", "nesterov", "sgd")
    )
    learning_rate: float = setting(
        0.002,
        "the highest learning rate, reached after the warm-up",
        low=0.0,
        high=100.0,
        shown_default="chosen by the optimizer and the amount of data",
    )
    warmup: int = setting(
        100, "updates over which the learning rate rises from 0", low=0, high=MAX_COUNT
    )
    decay: str = setting(
        "cosine",
        "how the learning rate falls to 0 at the end; none keeps it",
        choices=("cosine", "linear", "none"),
    )
    clip: float = setting(
        1.0,
        "scale gradients of a larger norm down to this norm; 0 turns it off",
        low=0.0,
        high=MAX_COUNT,
    )
    label_smoothing: float = setting(
        0.1,
        "share of the target probability spread over all pieces",
        low=0.0,
        high=0.9,
        shown_default="0.1, or 0 with --loss mse",
    )
    batch_tokens: int = setting(
        1200,
        "about how many pieces are in a batch (longer side, padding included)",
        low=1,
        high=1_000_000,
        shown_default=BY_DATA,
    )
    epochs: int = setting(
        10,
        "train for this many passes over the data",
        low=1,
        high=MAX_COUNT,
        shown_default=BY_DATA,
    )
    updates: int = setting(
        0, "train for this many updates", low=0, high=MAX_COUNT, shown_default=NO_BUDGET
    )
    minutes: float = setting(
        0.0,
        "train for this many minutes, evaluation and saving included",
        low=0.0,
        high=100_000.0,
        shown_default=NO_BUDGET,
    )
    evaluations: int = setting(8, "number of evaluations on dev", low=1, high=MAX_EVALUATIONS)
    metric: str = setting(
        "bleu",
        "the dev score that picks the best model; chrf suits sentences too short for bleu",
        choices=("bleu", "chrf"),
    )
    patience: int = setting(
        5,
        "stop after this many evaluations without a better score; 0 turns it off",
        low=0,
        high=MAX_COUNT,
    )
    seed: int = setting(1, "seed of all random choices", low=0, high=2**31 - 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.loss == "mse" and self.label_smoothing:
            raise UserError("mse compares with the one right token: no label-smoothing")


@dataclass(frozen=True)
class SkipGramConfig(Config):
    """How word vectors are learned from text."""

    size: int = setting(128, "size of the vectors", low=2, high=4096)
    window: int = setting(5, "a word predicts up to so many words on each side", low=1, high=100)
    min_count: int = setting(2, "leave out words that are rarer than this", low=1, high=10**9)
    negatives: float = setting(5.0, "weight of the negative words", low=0.1, high=1000)
    sample: float = setting(
        1e-3, "leave out a part of the words that are more frequent than this", low=0, high=1
    )
    epochs: int = setting(
        0, "passes over the text", low=0, high=10**6, shown_default=f"0 ({BY_DATA})"
    )
    seed: int = setting(1, "seed of all random choices", low=0, high=2**31 - 1)


@dataclass(frozen=True)
class SearchConfig(Config):
    """How translations are searched for."""

    beam: int = setting(
        5, "partial translations kept at each step; 1 (greedy) is fastest", low=1, high=1000
    )
    nbest: int = setting(
        1, "translations for each sentence; widens a smaller beam", low=1, high=1000
    )
    length_penalty: float = setting(
        1.0, "how strongly longer translations are favoured; 0 turns it off", low=0.0, high=5.0
    )
    length_norm: str = setting(
        "power",
        "what divides scores: length, or for wu (5 + length) / 6, to the power of --length-penalty",
        choices=("power", "wu"),
    )
    coverage_penalty: float = setting(
        0.0,
        "how strongly unattended source words lower the score; 0.2 is a lot, 0 turns it off",
        low=0.0,
        high=100.0,
    )
    min_length: int = setting(0, "fewest pieces of a translation", low=0, high=100_000)
    max_length: int = setting(
        0,
        "most pieces of a translation",
        low=0,
        high=100_000,
        shown_default="0 (chosen by the source's length)",
    )
    no_repeat_ngram: int = setting(
        0, "never write the same N pieces in sequence twice; 0 allows it", low=0, high=100
    )
    repetition_guard: bool = setting(
        True,
        "cut off a translation that repeats itself up to its length limit, unless the source "
        "repeats itself too",
    )
    split: bool = setting(True, "translate the sentences of a line one by one")
    wait: str = setting(
        WHOLE,
        "begin to write when so many words have been heard, and hear one more before each word "
        "that is written; a share such as 1/2 is that of the words of each sentence (for models "
        "that were trained with --simultaneous)",
        metavar="K",
    )
    sample: bool = setting(False, "draw translations at random instead of searching for the best")
    temperature: float = setting(
        1.0,
        "with --sample: below 1 keeps to likely pieces, above 1 takes more risks",
        low=0.01,
        high=100.0,
    )
    seed: int = setting(1, "with --sample: seed of the random draws", low=0, high=2**31 - 1)
    batch_size: int = setting(32, "most sentences translated together", low=1, high=10_000)
    max_source_pieces: int = setting(
        1000,
        "pieces read of each source (by score, of each target too); the rest is left out",
        low=1,
        high=MAX_COUNT,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_wait(self.wait)
        if self.sample and self.wait != WHOLE:
            raise UserError("--sample draws whole translations: leave out --wait")
        if 0 < self.max_length < self.min_length:
            raise UserError(
                f"min-length ({self.min_length}) must not be over max-length ({self.max_length})"
            )


def check_wait(wait: str) -> None:
    """Raise a `UserError` unless it is a number of words, a share of at most 1, or "full"."""
    part, _, whole = wait.partition("/")
    if not _WAIT.fullmatch(wait) or (whole and int(part) > int(whole)):
        raise UserError(
            f"wait is a number of words such as 3, a share such as 1/2, or {WHOLE}, not {wait!r}"
        )
