"""What a translator returns: translations, and given pairs with their probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from seqcli.arrays import Array
from seqcli.data.pairs import Pair
from seqcli.decoding.hypotheses import StoppedBy

# A translation that did not end by itself, or that is of a part of its source only.
Fault = Literal["limit", "repetition", "cut"]


@dataclass(frozen=True)
class Translation:
    """One translation and how it came about.

    The pieces include the end of the sentence, `</s>`: attention has a column for every source
    piece and a row for every target piece, `[T,S]`, each summing to 1; None for a model without.
    Source pieces that the model does not know are shown as they stand in the text. `stopped_by` is
    "eos" where the translation ended by itself, "limit" where it was ended at its length limit (or
    where the settings left no piece to write), "repetition" where it repeated itself up to its
    limit and the repetition was cut off, without an end. `cut` tells that the source was too long
    and only its beginning was translated.
    """

    source: str
    text: str
    score: float
    log_probability: float
    source_pieces: tuple[str, ...]
    target_pieces: tuple[str, ...]
    attention: Array | None
    stopped_by: StoppedBy
    cut: bool = False

    @property
    def faults(self) -> list[Fault]:
        """In what ways it may be incomplete."""
        found: list[Fault] = [] if self.stopped_by == "eos" else [self.stopped_by]
        return [*found, "cut"] if self.cut else found

    def to_dict(self) -> dict[str, Any]:
        """What `--format json` prints."""
        # (Rounded as doubles: rounded floats would be printed with all their digits.)
        attention = None if self.attention is None else self.attention.astype(np.float64).round(6)
        return {
            "source": self.source,
            "translation": self.text,
            "score": round(self.score, 6),
            "log_probability": round(self.log_probability, 6),
            "source_pieces": list(self.source_pieces),
            "target_pieces": list(self.target_pieces),
            "attention": None if attention is None else attention.tolist(),
            "stopped_by": self.stopped_by,
            "cut": self.cut,
        }


@dataclass(frozen=True)
class ScoredPair:
    """A given pair, its target's pieces and the log-probability of each, the end included.

    `unknown` counts target pieces that the model cannot write; `cut` is as in `Translation`.
    """

    pair: Pair
    target_pieces: tuple[str, ...]
    log_probabilities: tuple[float, ...]
    unknown: int
    cut: bool

    @property
    def log_probability(self) -> float:
        return sum(self.log_probabilities)

    @property
    def per_piece(self) -> float:
        """Comparable between short and long targets."""
        return self.log_probability / len(self.log_probabilities)

    def to_dict(self) -> dict[str, Any]:
        """What `seqcli score --json` prints."""
        return {
            "source": self.pair.source,
            "target": self.pair.target,
            "per_piece": round(self.per_piece, 6),
            "log_probability": round(self.log_probability, 6),
            "target_pieces": list(self.target_pieces),
            "log_probabilities": [round(value, 6) for value in self.log_probabilities],
        }
