"""How a network learns."""

from __future__ import annotations

from dataclasses import dataclass

from seqcli.config.limits import BY_DATA, MAX_COUNT, MAX_EVALUATIONS, NO_BUDGET
from seqcli.config_fields import Config, setting
from seqcli.errors import UserError

PERPLEXITY = "perplexity"  # of a piece; lower is better, unlike the other scores


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
        0.006,
        "the highest learning rate, reached after the warm-up",
        low=0.0,
        high=100.0,
        shown_default="chosen by the amount of data, the optimizer and the cell",
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
        "the dev score that picks the best model; chrf suits sentences too short for bleu; "
        "language models have perplexity alone",
        choices=("bleu", "chrf", PERPLEXITY),
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
