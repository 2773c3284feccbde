"""What a training with the default settings would take, and the score that it would reach."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from seqcli.arrays import Array
from seqcli.config import ModelConfig, TrainingConfig
from seqcli.data.pairs import Pair
from seqcli.data.words import UNSPACED
from seqcli.evaluation import too_short_for_bleu

# No score is forecast if forecasts of the measured runs, each from other corpora, err by more.
MAX_ERROR = 5.0
# Nor for a corpus with fewer pairs than the smallest of these runs by this factor, or more than the
# largest; or where another feature, as compared with what is usual of so many pairs, is outside of
# those of the runs by more than this share of their range (as in a corpus made from templates).
PAIRS_BEYOND, RANGE_BEYOND = 2.0, 0.5
# Shares are at least this, so that they have a logarithm.
SMALLEST = 1e-5
# So many evenly spaced pairs show whether targets are too short for BLEU.
PAIRS_EXAMINED = 2000

_WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+|[^\w\s]")
# Two characters of a script without spaces are about a word.
_LONGER_WORD = re.compile(rf"[{UNSPACED}]{{1,2}}|[^\W{UNSPACED}]+|[^\w\s]")


class Features(NamedTuple):
    """What the score depends on, and whether a corpus is like the measured ones.

    `length` is the mean number of words and marks of a target, or of characters in scripts without
    spaces. `new_words` estimates the chance that the next word is a new one, on the side where it
    is smaller: the share of the words that occur once (Good 1953).
    """

    pairs: int
    length: float
    new_words: float

    def vector(self) -> Array:
        """The logarithms, [3]."""
        return np.log(np.maximum(self, SMALLEST))


class Run(NamedTuple):
    """A training that was measured: its name (corpus.pairs, with an r if it was reversed), its
    budget, the seconds that it took, and BLEU of the dev sentences."""

    name: str
    features: Features
    hidden: int
    epochs: int
    updates: int
    seconds: int
    bleu: float

    @property
    def corpus(self) -> str:
        """What was trained on, in this direction or the other, as a whole or in part."""
        return self.name.partition(".")[0]


# Written by benchmarks/forecast.py.
RUNS = (
    Run("m30k.1000", Features(1000, 12.802, 0.0846), 256, 55, 3685, 571, 12.3),
    Run("m30k.3000", Features(3000, 12.691, 0.0502), 256, 18, 2340, 320, 20.62),
    Run("m30k.10000", Features(10000, 12.652, 0.0236), 256, 6, 1782, 231, 27.47),
    Run("zh.1000", Features(1000, 9.589, 0.1141), 256, 55, 1430, 187, 7.11),
    Run("zh.3000", Features(3000, 9.607, 0.0611), 256, 18, 1116, 138, 14.76),
    Run("zh.10000", Features(9990, 9.643, 0.0285), 256, 6, 960, 123, 25.24),
    Run("de.1000", Features(1000, 7.862, 0.1117), 256, 55, 2310, 296, 3.89),
    Run("de.3000", Features(3000, 7.848, 0.0656), 256, 18, 1584, 209, 8.97),
    Run("de.10000", Features(10000, 7.816, 0.0313), 256, 6, 1194, 263, 16.38),
    Run("m30k.3000r", Features(3000, 13.15, 0.0502), 256, 18, 2214, 775, 25.28),
    Run("zh.3000r", Features(3000, 7.786, 0.0611), 256, 18, 1242, 329, 9.97),
    Run("de.3000r", Features(3000, 8.204, 0.0656), 256, 18, 1458, 324, 9.81),
    Run("m30k.10000r", Features(10000, 13.177, 0.0236), 256, 6, 1734, 250, 31.73),
    Run("zh.10000r", Features(9990, 7.795, 0.0285), 256, 6, 1002, 155, 17.95),
    Run("de.10000r", Features(10000, 8.202, 0.0313), 256, 6, 1146, 165, 18.86),
    Run("zh.30000", Features(29789, 9.689, 0.0134), 384, 10, 2650, 1275, 33.0),
    Run("de.30000", Features(30000, 7.814, 0.0147), 384, 10, 3130, 1334, 29.61),
)


@dataclass(frozen=True)
class Forecast:
    """The size of the network and the updates that `train` would choose, the minutes that they
    take on one core of a server processor, and BLEU with its mean error; if `bleu` is None, `why`
    says why."""

    embedding: int
    hidden: int
    updates: int
    minutes: float
    bleu: float | None
    error: float
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The values for JSON."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}


def forecast(
    pairs: Sequence[Pair],
    model: ModelConfig,
    training: TrainingConfig,
    runs: Sequence[Run] = RUNS,
) -> Forecast | None:
    """What to expect of the training pairs with these settings; None without pairs."""
    if not pairs:
        return None
    features = measure(pairs)
    same_size = [run for run in runs if run.hidden == model.hidden] or runs
    similar = _most_similar(features, same_size)
    words = _words_read(features, training.epochs)
    updates = similar.updates * words / _words_read(similar.features, similar.epochs)
    # (Other programs slowed some of the runs.)
    rate = median(run.seconds / _words_read(run.features, run.epochs) for run in same_size)
    error = mean_error(runs)
    why = _why_none(pairs, features, runs, error)
    return Forecast(
        model.embedding,
        model.hidden,
        max(1, round(updates)),
        rate * words / 60,
        None if why else max(0.0, fitted(runs)(features)),
        error,
        why,
    )


def measure(pairs: Sequence[Pair]) -> Features:
    """The features of some training pairs, of which there is at least one."""
    new_words = min(_share_of_new_words(side) for side in zip(*pairs, strict=True))
    words = sum(len(_WORD.findall(pair.target)) for pair in pairs)
    return Features(len(pairs), round(words / len(pairs), 3), round(new_words, 4))


def _share_of_new_words(texts: Iterable[str]) -> float:
    words = Counter(word for text in texts for word in _LONGER_WORD.findall(text))
    return sum(count == 1 for count in words.values()) / max(1, words.total())


def _words_read(features: Features, epochs: int) -> float:
    return features.pairs * features.length * epochs


def _most_similar(features: Features, runs: Sequence[Run]) -> Run:
    """The run with the most similar features."""
    scale = np.maximum(_table(runs).std(axis=0), SMALLEST)

    def distance(run: Run) -> float:
        return float(np.abs((run.features.vector() - features.vector()) / scale).sum())

    return min(runs, key=distance)


def _why_none(pairs: Sequence[Pair], features: Features, runs: Sequence[Run], error: float) -> str:
    """Why no score can be forecast; an empty string if one can."""
    if error > MAX_ERROR:
        return f"forecasts err by {error:.1f} BLEU on average, which says too little"
    if too_short_for_bleu(pair.target for pair in pairs[:: -(-len(pairs) // PAIRS_EXAMINED)]):
        return "most targets are too short for BLEU"
    counts = [run.features.pairs for run in runs]
    if not min(counts) / PAIRS_BEYOND <= features.pairs <= max(counts) * PAIRS_BEYOND:
        return f"only corpora of {min(counts):,} to {max(counts):,} pairs have been measured"
    if _is_unlike(features, runs):
        return "its lengths or its variety are unlike those of the corpora that have been measured"
    return ""


def _is_unlike(features: Features, runs: Sequence[Run]) -> bool:
    table = _table(runs)
    amounts = np.column_stack([np.ones(len(runs)), table[:, 0]])
    usual = np.linalg.lstsq(amounts, table[:, 1:], rcond=None)[0]
    differences = table[:, 1:] - amounts @ usual
    low, high = differences.min(axis=0), differences.max(axis=0)
    margin = RANGE_BEYOND * (high - low)
    vector = features.vector()
    difference = vector[1:] - np.array([1.0, vector[0]]) @ usual
    return bool(((difference < low - margin) | (difference > high + margin)).any())


def leave_one_out(runs: Sequence[Run], key: Callable[[Run], str]) -> dict[str, float]:
    """The errors of BLEU by the names of the runs, where each is forecast from those with another
    key: from all others (their names), or from other corpora (`Run.corpus`)."""
    return {
        run.name: fitted([other for other in runs if key(other) != key(run)])(run.features)
        - run.bleu
        for run in runs
    }


def mean_error(runs: Sequence[Run]) -> float:
    """The mean absolute error of BLEU, where the runs of each corpus are forecast from those of
    other corpora, as those of a user are."""
    errors = leave_one_out(runs, lambda run: run.corpus)
    return float(np.mean(np.abs(list(errors.values()))))


def fitted(runs: Sequence[Run]) -> Callable[[Features], float]:
    """Forecasts BLEU, by least squares on the logarithms of the number of pairs and the length of
    the runs. (Their variety made forecasts of other corpora worse.)"""
    table = np.column_stack([np.ones(len(runs)), _table(runs)[:, :2]])
    weights = np.linalg.lstsq(table, np.array([run.bleu for run in runs]), rcond=None)[0]

    def predict(features: Features) -> float:
        return float(np.array([1.0, *features.vector()[:2]]) @ weights)

    return predict


def _table(runs: Sequence[Run]) -> Array:
    """The features of the runs, one in each row."""
    return np.array([run.features.vector() for run in runs])
