"""Every setting of seqcli, with its default, its unit and its range.

A config is a frozen dataclass made of `setting`s. It checks itself when it is made, refuses
unknown keys when it is read, and is the only place where a default value is written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self, TypeVar, get_type_hints

from seqcli.errors import UserError

BY_DATA = "by the amount of data"

# The recurrent cells and the match functions of attention, each with its class in
# `seqcli.model.cells` and `seqcli.model.attention`.
CELLS = {
    "lstm": "LSTM",
    "gru": "GRU",
    "rnn": "RNN",
    "peephole": "Peephole",
    "lstm-simple": "SimpleLSTM",
    "none": "Memoryless",
}
ATTENTIONS = {"additive": "Additive", "bilinear": "Bilinear", "dot": "Dot", "cosine": "Cosine"}

# Numbers that a decoder's products can be made of; the first is the default.
PRECISIONS = ("fp32", "int8")


def setting(
    default: Any,
    explanation: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    unless_given: str = "",
) -> Any:
    """A dataclass field that knows its explanation, its range and its choices.

    `unless_given` says in words what happens when a user does not name the setting, where that is
    something else than the plain default.
    """
    metadata = {
        "explanation": explanation,
        "low": low,
        "high": high,
        "choices": choices,
        "unless_given": unless_given,
    }
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Config:
    """Base of all configs: checked when made, strict when read."""

    def __post_init__(self) -> None:
        kinds = get_type_hints(type(self))
        for each in fields(self):
            check_value(each.name, getattr(self, each.name), kinds[each.name], each.metadata)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The config that `to_dict` wrote; an unknown key or a wrong value is a `UserError`."""
        unknown = sorted(set(values) - {each.name for each in fields(cls)})
        if unknown:
            raise UserError(f"{cls.__name__} has no setting named {', '.join(unknown)}")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


AnyConfig = TypeVar("AnyConfig", bound=Config)


def override(config: AnyConfig, overrides: Mapping[str, Any]) -> AnyConfig:
    """The config with those of the given settings that are its own."""
    names = {each.name for each in fields(config)}
    return replace(config, **{name: value for name, value in overrides.items() if name in names})


def check_value(name: str, value: Any, kind: Any, metadata: Mapping[str, Any]) -> None:
    """Raise a `UserError` that names the setting when a value has the wrong type or range."""
    spoken = name.replace("_", "-")
    accepted = (int, float) if kind is float else kind
    if not isinstance(value, accepted) or (kind is not bool and isinstance(value, bool)):
        raise UserError(f"{spoken} cannot be {value!r}")
    low, high, choices = metadata["low"], metadata["high"], metadata["choices"]
    if choices and value not in choices:
        raise UserError(f"{spoken} is one of {', '.join(choices)}, not {value!r}")
    if isinstance(value, (int, float)):
        # Written so that a NaN fails too.
        if low is not None and not value >= low:
            raise UserError(f"{spoken} must be at least {low}, not {value}")
        if high is not None and not value <= high:
            raise UserError(f"{spoken} must be at most {high}, not {value}")


@dataclass(frozen=True)
class CorpusConfig(Config):
    """Which pairs are kept, and how many are held out when no dev file is given."""

    reverse: bool = setting(False, "learn the other direction: the second column is the source")
    max_characters: int = setting(
        500, "drop pairs with a side longer than this many characters", low=1
    )
    max_ratio: float = setting(
        10.0,
        "drop pairs with a side over 100 bytes and this many times as long as the other",
        low=1.0,
    )
    held_out: int = setting(
        1000, "pairs to hold out without --dev (at most a twentieth of the data)", low=1, high=2000
    )


@dataclass(frozen=True)
class TokenizerConfig(Config):
    """How text is cut into pieces."""

    pieces: str = setting(
        "unigram", "how pieces are found", choices=("unigram", "bpe", "char", "word")
    )
    vocabulary: int = setting(
        0, "number of pieces; 0 chooses from the data", low=0, high=100_000, unless_given=BY_DATA
    )


@dataclass(frozen=True)
class ModelConfig(Config):
    """The shape of the network. E, H, A are numbers of units."""

    embedding: int = setting(
        256, "size of a piece's vector (E)", low=1, high=4096, unless_given=BY_DATA
    )
    hidden: int = setting(
        384,
        "size of the decoder's memory (H); each encoder direction has half",
        low=2,
        high=4096,
        unless_given=BY_DATA,
    )
    encoder_layers: int = setting(1, "bidirectional layers in the encoder", low=1, high=16)
    cell: str = setting("lstm", "the recurrent cell", choices=tuple(CELLS))
    attention: str = setting(
        "additive",
        "how the decoder chooses where to look; none gives it one vector for the whole sentence",
        choices=(*ATTENTIONS, "none"),
    )
    attention_size: int = setting(128, "inner size of additive attention (A)", low=1, high=4096)
    lexical: bool = setting(
        True, "attention also hands on the vectors of the source pieces themselves"
    )
    context: str = setting(
        "every",
        "with --attention none: hand the one vector to every step or to the first alone",
        choices=("every", "first"),
    )
    dropout: float = setting(0.2, "share of units silenced in training", low=0.0, high=0.95)
    word_dropout: float = setting(
        0.0, "share of pieces silenced in training, on both sides", low=0.0, high=0.95
    )
    tied: bool = setting(True, "source, target and output share one table of piece vectors")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.hidden % 2:
            raise UserError(
                f"hidden must be even (each encoder direction has half), not {self.hidden}"
            )
        if (self.cell, self.attention, self.context) == ("none", "none", "first"):
            raise UserError(
                "a cell that is none forgets what the first step is handed: choose another cell, "
                "another attention, or the context of every step"
            )


@dataclass(frozen=True)
class TrainingConfig(Config):
    """How the network learns."""

    loss: str = setting(
        "cross-entropy",
        "what is minimised; mse, the squared error of the probabilities, shows why it is not used",
        choices=("cross-entropy", "mse"),
    )
    optimizer: str = setting(
        "adam", "how gradients become updates", choices=("adam", "rmsprop", "nesterov", "sgd")
    )
    learning_rate: float = setting(
        0.002,
        "the highest rate, reached after the warm-up",
        low=0.0,
        high=100.0,
        unless_given="by the optimizer and the data",
    )
    warmup: int = setting(100, "updates over which the rate rises from nothing", low=0)
    decay: str = setting(
        "cosine",
        "how the rate falls to nothing at the end; none keeps it",
        choices=("cosine", "linear", "none"),
    )
    clip: float = setting(1.0, "scale longer gradients down to this length; 0 never", low=0.0)
    label_smoothing: float = setting(
        0.1,
        "share of the target probability spread over all pieces",
        low=0.0,
        high=0.9,
        unless_given="0.1; 0 with --loss mse",
    )
    batch_tokens: int = setting(
        1200,
        "pieces in a batch, about (of the longer side, padding included)",
        low=1,
        high=1_000_000,
        unless_given=BY_DATA,
    )
    epochs: int = setting(
        10,
        "budget in passes through the data, unless another is given",
        low=1,
        unless_given=BY_DATA,
    )
    updates: int = setting(0, "budget in updates; 0 for none", low=0, unless_given="none")
    minutes: float = setting(
        0.0,
        "budget in minutes, evaluation and saving included; 0 for none",
        low=0.0,
        high=100_000.0,
        unless_given="none",
    )
    evaluations: int = setting(8, "evaluations on dev in a run", low=1, high=1000)
    metric: str = setting(
        "bleu",
        "the dev score that picks the best model; chrf where sentences are too short for bleu",
        choices=("bleu", "chrf"),
    )
    patience: int = setting(
        5,
        "stop after this many evaluations without a better score; 0 never",
        low=0,
    )
    seed: int = setting(1, "seed of every random choice", low=0, high=2**31 - 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.loss == "mse" and self.label_smoothing:
            raise UserError("mse is measured against the one right piece: no label-smoothing")


@dataclass(frozen=True)
class SearchConfig(Config):
    """How a translation is looked for."""

    beam: int = setting(
        5, "candidate translations followed at once; 1 (greedy) is fastest", low=1, high=1000
    )
    nbest: int = setting(
        1, "translations given for each sentence; the beam is at least as wide", low=1, high=1000
    )
    length_penalty: float = setting(
        1.0, "how far long translations are helped; 0 not at all", low=0.0, high=5.0
    )
    length_norm: str = setting(
        "power",
        "what scores are divided by: length to the power of the penalty, or, wu, (5 + length) / 6",
        choices=("power", "wu"),
    )
    coverage_penalty: float = setting(
        0.0,
        "how far translations that leave source words unread are pushed back (0.2 is a lot)",
        low=0.0,
        high=100.0,
    )
    min_length: int = setting(0, "pieces that a translation has at least", low=0, high=100_000)
    max_length: int = setting(
        0,
        "pieces that a translation has at most; 0 decides by its source",
        low=0,
        high=100_000,
        unless_given="by the source's length",
    )
    no_repeat_ngram: int = setting(
        0, "never write a run of so many pieces twice; 0 may", low=0, high=100
    )
    repetition_guard: bool = setting(
        True,
        "cut off a translation that repeats itself up to its length limit, unless the source "
        "repeats itself too",
    )
    sample: bool = setting(False, "draw translations at random instead of looking for the best")
    temperature: float = setting(
        1.0,
        "of --sample: below 1 keeps to what is likely, above 1 dares more",
        low=0.01,
        high=100.0,
    )
    seed: int = setting(1, "of --sample: another seed draws others", low=0, high=2**31 - 1)
    batch_size: int = setting(32, "sentences translated together, at most", low=1, high=10_000)
    max_source_pieces: int = setting(
        1000, "pieces of a sentence that are read; what comes after is left out", low=1
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if 0 < self.max_length < self.min_length:
            raise UserError(
                f"min-length ({self.min_length}) must not be over max-length ({self.max_length})"
            )
