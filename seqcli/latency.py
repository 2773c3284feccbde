"""How far a translation that is written while its source is heard lags behind it.

Delays are for each word of a translation the number of words of the source that had been heard when
it was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Latency(NamedTuple):
    """Means over sentences: Average Lagging and LAAL in words, and Average Proportion, from 0 to 1.

    Of `sentences`, those without a word of the source, the reference or the translation are not
    among them.
    """

    average_lagging: float
    laal: float
    average_proportion: float
    sentences: int


class HeardTranslation(NamedTuple):
    """The delays of a translation, and the numbers of words of its source and its reference."""

    delays: Sequence[int]
    source_words: int
    reference_words: int


def average_lagging(delays: Sequence[int], source_words: int, reference_words: int) -> float:
    """Average Lagging in words (Ma et al. 2019, equation 8) as SimulEval computes it.

    The mean of d(t) - (t - 1) / γ over the words up to the first that was written when the whole
    source had been heard, where γ is the length of the reference over that of the source.
    """
    return _mean_lag(delays, source_words, reference_words / source_words)


def length_adaptive_average_lagging(
    delays: Sequence[int], source_words: int, reference_words: int
) -> float:
    """LAAL in words (Papi et al. 2022, equation 4): Average Lagging with the longer of translation
    and reference in γ, so that a translation gains nothing by words that the reference lacks."""
    return _mean_lag(delays, source_words, max(len(delays), reference_words) / source_words)


def average_proportion(delays: Sequence[int], source_words: int) -> float:
    """The mean share of the source that had been heard when a word was written (Cho & Esipova 2016,
    section 4.2)."""
    return sum(delays) / (source_words * len(delays))


def latency(translations: Iterable[HeardTranslation]) -> Latency | None:
    """The means over translations; None if there are none of which a latency can be computed."""
    usable = [each for each in translations if each.delays and min(each[1:]) > 0]
    if not usable:
        return None
    count = len(usable)
    return Latency(
        sum(average_lagging(*each) for each in usable) / count,
        sum(length_adaptive_average_lagging(*each) for each in usable) / count,
        sum(average_proportion(each.delays, each.source_words) for each in usable) / count,
        count,
    )


def _mean_lag(delays: Sequence[int], source_words: int, gamma: float) -> float:
    total = 0.0
    for written, delay in enumerate(delays):  # words written before
        total += delay - written / gamma
        if delay >= source_words:
            break
    return total / (written + 1)
