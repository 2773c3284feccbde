"""What a training tells those who watch it. No torch here: displays may import this."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from seqcli.bundle import Settings
from seqcli.data.cleaning import CleaningReport


class Sample(NamedTuple):
    """A dev sentence as the model translates it now."""

    source: str
    reference: str
    translation: str


@dataclass(frozen=True)
class Prepared:
    """Data, tokenizer and network are ready. `notes` are sentences for the user."""

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
class Updated:
    """One update is done. `loss` is the sum of -log p (nats) over `tokens` target tokens.

    `total` is None while a budget in minutes is still being measured.
    """

    update: int
    total: int | None
    epoch: int
    loss: float
    tokens: int
    rate: float
    seconds: float
    seconds_left: float


@dataclass(frozen=True)
class BudgetFixed:
    """The speed is measured: the run will have `total` updates and so many evaluations."""

    total: int
    seconds_per_update: float
    evaluations: int


@dataclass(frozen=True)
class Previewed:
    """A glance at a few dev sentences between evaluations."""

    update: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Evaluated:
    """Dev scores after `update`. Losses are nats per token; `improved` tells that it was saved."""

    update: int
    seconds: float
    train_loss: float
    dev_loss: float
    metric: str
    score: float
    improved: bool
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Ended:
    """The model folder is written. `score` is None when no evaluation came about."""

    reason: Literal["finished", "no improvement", "interrupted"]
    folder: Path
    update: int
    total: int | None
    seconds: float
    metric: str
    score: float | None


Event = Prepared | Updated | BudgetFixed | Previewed | Evaluated | Ended
