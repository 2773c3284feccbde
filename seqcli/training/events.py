"""The events that a training yields. Imports no torch, so that displays may import it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from seqcli.data.cleaning import CleaningReport
from seqcli.decoding.confidence import Confidence
from seqcli.settings import LanguageModelSettings, Settings
from seqcli.typed import from_values


class Sample(NamedTuple):
    """A dev sentence and its translation by the current model."""

    source: str
    reference: str
    translation: str


@dataclass(frozen=True)
class DevScores:
    """The scores of a network on one set of dev: the loss in nats per token, and BLEU and chrF
    (from 0 to 100) of greedy translations, of which `exact` are like their references."""

    pairs: int
    loss: float
    bleu: float
    chrf: float
    exact: int

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> DevScores:
        """The scores of a `dataclasses.asdict`. Raises `ValueError` for others."""
        return from_values(cls, values)


@dataclass(frozen=True)
class Prepared:
    """Data, tokenizer and network are ready.

    `batches` is the number of updates of an epoch, `notes` are sentences for the user.
    """

    settings: Settings
    report: CleaningReport
    train_pairs: int
    dev_pairs: int
    pieces: int
    output_size: int
    parameters: int
    batches: int
    device: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class TextPrepared:
    """Text, tokenizer and network of a language model are ready.

    Of `read` lines, some were `dropped`, by reason. `batches` is the number of updates of an epoch,
    `notes` are sentences for the user.
    """

    settings: LanguageModelSettings
    read: int
    dropped: Mapping[str, int]
    train_sentences: int
    dev_sentences: int
    pieces: int
    parameters: int
    batches: int
    device: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Updated:
    """An update was made. `loss` is the sum of -log p (nats) over `tokens` target tokens.

    It was skipped, and changed no weight, if the loss or its gradient was not finite. `total` is
    None until a budget in minutes is fixed.
    """

    update: int
    total: int | None
    epoch: int
    loss: float
    tokens: int
    rate: float
    seconds: float
    seconds_left: float
    skipped: bool = False


@dataclass(frozen=True)
class WentBack:
    """The training diverged, and goes on from its best network so far with a rate of at most
    `rate`; from the beginning, if no network was scored yet (`to_beginning`)."""

    update: int
    rate: float
    to_beginning: bool


@dataclass(frozen=True)
class BatchHalved:
    """There was not enough memory for a batch, or a part of it: from now on, such batches are
    computed in halves, which gives the same update."""

    update: int


@dataclass(frozen=True)
class SaveFailed:
    """The run could not be saved; it goes on, and is saved at the next occasion."""

    update: int
    reason: str


@dataclass(frozen=True)
class BudgetFixed:
    """The speed was measured: the run will have `total` updates and `evaluations` evaluations."""

    total: int
    seconds_per_update: float
    evaluations: int


@dataclass(frozen=True)
class Previewed:
    """A few dev sentences, translated between evaluations."""

    update: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Evaluated:
    """The network was scored on dev after `update`. Losses are in nats per token.

    `improved` is True for the best score so far, whose weights are kept for the model folder.
    """

    update: int
    seconds: float
    train_loss: float
    dev_loss: float
    metric: str
    score: float
    improved: bool
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Saved:
    """The run was saved after `update`: nothing is lost if it ends before the next one."""

    update: int


@dataclass(frozen=True)
class ConfidenceFitted:
    """The confidence of the best model was fitted in `seconds`, or the fixed prior was kept; with
    `kept`, that of the model which the run began with."""

    confidence: Confidence
    seconds: float
    kept: bool = False


@dataclass(frozen=True)
class IndexMade:
    """The index of training pairs was made in `seconds`; it has so many `words` of `pairs`."""

    words: int
    pairs: int
    seconds: float


@dataclass(frozen=True)
class Ended:
    """The run has ended and the model folder is written.

    `score` is the best, None without an evaluation, and `scored_on` says of what; `skipped` updates
    changed no weight.
    """

    reason: Literal["finished", "no improvement", "interrupted"]
    folder: Path
    update: int
    total: int | None
    seconds: float
    metric: str
    score: float | None
    scored_on: str = "dev"
    skipped: int = 0
    is_language_model: bool = False


@dataclass(frozen=True)
class LearnedOn:
    """What a run with a base has learned and forgotten: the scores of the base and of the network
    that is kept, on dev of the new pairs and of those that the base has learned.

    There are no old scores if no pairs of the base were given; `hint` may then name its files. The
    network that is kept was scored best after `kept_update` updates (0: the base as it was) by
    `metric`, of both sets the mean; `last` are the scores of the last network. `corrections`: the
    new pairs are corrections, and are measured themselves.
    """

    new_before: DevScores
    new_after: DevScores
    old_before: DevScores | None
    old_after: DevScores | None
    last: tuple[DevScores, ...]
    kept_update: int
    metric: str
    corrections: bool
    hint: str


Trouble = WentBack | BatchHalved | SaveFailed
Note = BudgetFixed | ConfidenceFitted | IndexMade
Event = (
    Prepared
    | TextPrepared
    | Updated
    | Trouble
    | BudgetFixed
    | Previewed
    | Evaluated
    | Saved
    | ConfidenceFitted
    | IndexMade
    | LearnedOn
    | Ended
)
