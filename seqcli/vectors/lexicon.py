"""Translations of words that no pair has, from the word vectors of both languages.

Words are used in similar ways in both languages, so one rotation takes the vectors of one to those
of the other. It is found from words whose translation the pairs show (Xing et al. 2015, section 3).
The vector of another word is rotated too, and the word of the other language that is nearest to it
is its translation, if each is the nearest of the other and near enough.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqcli.arrays import Ints
from seqcli.data.pairs import Pair
from seqcli.data.text import is_unspaced
from seqcli.data.word_alignment import MAX_PAIRS, WordAligner
from seqcli.vectors.selection import folded_spelling, normalized

Matrix = NDArray[np.float32]

MIN_SEEDS = 50  # fewer pairs of words give no rotation worth having
MIN_SHARE = 0.3  # of the occurrences of a word, for a translation that the pairs show
NEIGHBOURS = 10
# Of the words whose translation the pairs show, a part is looked for as words of no pair are. Of
# unrelated vectors a rotation finds NEIGHBOURS of the number of words; of those of Tatoeba, English
# to German, 52 to 66 %.
MIN_FOUND, MAX_HELD_OUT = 0.3, 300
# On Tatoeba, English to German, with 1,000 or 3,000 pairs and vectors of 1.2 million words: half of
# the translations with a larger similarity are right, and 97 % of the words that both languages
# have, where one is among so many neighbours of the other.
MIN_SIMILARITY = 0.1
SAME_NEIGHBOURS = 50
_BLOCK = 1024  # words whose similarities are in memory at once


class Seed(NamedTuple):
    """A word and a translation that the pairs show: indices."""

    source: int
    target: int


def find_translations(pairs: Sequence[Pair], locale: str = "") -> dict[str, list[str]]:
    """The usual translations of the words of the sources, in their spelling, as word alignment
    finds them in the pairs (of many, an even selection)."""
    spell = folded_spelling(locale)
    pairs = pairs[:: max(1, -(-len(pairs) // MAX_PAIRS))]
    aligner = WordAligner(*zip(*pairs, strict=True))
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for source, target in pairs:
        for span in aligner.align(source, target):
            word = spell(source[slice(*span.source)])
            counts[word][target[slice(*span.target)]] += 1
    return {
        word: [other for other, n in found.most_common() if n >= MIN_SHARE * found.total()]
        for word, found in counts.items()
    }


def induce_lexicon(
    source: Mapping[str, Matrix],
    target: Mapping[str, Matrix],
    shown: Mapping[str, Iterable[str]],
    wanted: Collection[str],
) -> dict[str, str]:
    """Translations of wanted source words, as far as they are found.

    `source` and `target` are words with their vectors, `shown` the translations that pairs show.
    A single character of a script without spaces is mostly a part of a word, and is no translation.
    Nothing is found if fewer than `MIN_SEEDS` of these have vectors on both sides, or if a rotation
    that is fitted to most of them does not find the others.
    """
    target = {word: vector for word, vector in target.items() if not _is_part(word)}
    words, others = list(source), list(target)
    seeds = _seeds(words, others, shown)
    if len(seeds) < MIN_SEEDS:
        return {}
    x, y = (normalized(np.stack(list(side.values()))) for side in (source, target))
    if _share_found(x, y, seeds) < MIN_FOUND:
        return {}
    x = x @ _rotation(x, y, seeds)
    nearest, similarity = _mutual_neighbours(x, y)
    found = {
        word: others[nearest[i]] for i, word in enumerate(words) if similarity[i] > MIN_SIMILARITY
    }
    return {
        word: translation
        for word, translation in (found | _same_words(words, others, x, y)).items()
        if word in wanted
    }


def _is_part(word: str) -> bool:
    return len(word) == 1 and is_unspaced(word)


def _rotation(x: Matrix, y: Matrix, seeds: Ints) -> Matrix:
    """The rotation that takes the vectors of the seeds nearest to those of their translations
    (Schönemann 1966)."""
    left, _, right = np.linalg.svd(x[seeds[:, 0]].T @ y[seeds[:, 1]], full_matrices=False)
    rotation: Matrix = left @ right
    return rotation


def _share_found(x: Matrix, y: Matrix, seeds: Ints) -> float:
    """The share of seeds whose translation is among the nearest words by a rotation that is fitted
    to other seeds."""
    order = np.random.default_rng(0).permutation(len(seeds))
    held_out, fitted = np.split(seeds[order], [min(len(seeds) // 5, MAX_HELD_OUT)])
    cosines = x[held_out[:, 0]] @ _rotation(x, y, fitted) @ y.T
    own = np.take_along_axis(cosines, held_out[:, 1:], axis=1)
    return float(((cosines > own).sum(axis=1) < NEIGHBOURS).mean())


def _seeds(words: Sequence[str], others: Sequence[str], shown: Mapping[str, Iterable[str]]) -> Ints:
    """The words and their translations of which both have vectors, as indices [N,2]."""
    places = {word: place for place, word in enumerate(words)}
    other_places = {word: place for place, word in enumerate(others)}
    found = [
        (places[word], other_places[spelled])
        for word, translations in shown.items()
        if word in places
        for other in translations
        if (spelled := other if other in other_places else other.lower()) in other_places
    ]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _same_words(
    words: Sequence[str], others: Sequence[str], x: Matrix, y: Matrix
) -> dict[str, str]:
    """The words that the other language has too, but for case, among the `SAME_NEIGHBOURS` nearest:
    names, and words of common origin."""
    places: dict[str, int] = {}
    for place, other in enumerate(others):
        places.setdefault(other.lower(), place)  # the more frequent spelling comes first
    found = {}
    for word, vector in zip(words, x, strict=True):
        if word in places:
            cosines = y @ vector
            if (cosines > cosines[places[word]]).sum() < SAME_NEIGHBOURS:
                found[word] = others[places[word]]
    return found


def _mutual_neighbours(x: Matrix, y: Matrix) -> tuple[Ints, Matrix]:
    """For each row of x the nearest row of y, and their similarity; -∞ unless it is also the
    nearest of that.

    The similarity is 2 cos(x, y) less the mean cosines of both with their neighbours on the other
    side, since some vectors are near to very many (Conneau et al. 2018, section 2.3).
    """
    count = min(NEIGHBOURS, len(x), len(y))
    density_x = np.empty(len(x), dtype=np.float32)
    largest = np.full((count, len(y)), -np.inf, dtype=np.float32)  # cosines with rows of x
    for rows, cosines in _blocks(x, y):
        density_x[rows] = np.partition(cosines, -count, axis=1)[:, -count:].mean(axis=1)
        stacked = np.concatenate([largest, cosines])
        largest = np.partition(stacked, -count, axis=0)[-count:]
    density_y = largest.mean(axis=0)
    nearest = np.zeros(len(x), dtype=np.int64)
    similarity = np.empty(len(x), dtype=np.float32)
    best, best_of = np.full(len(y), -np.inf), np.zeros(len(y), dtype=np.int64)
    for rows, cosines in _blocks(x, y):
        similarities = 2 * cosines - density_x[rows, None] - density_y
        nearest[rows] = similarities.argmax(axis=1)
        similarity[rows] = similarities.max(axis=1)
        better = similarities.max(axis=0) > best
        best_of[better] = rows.start + similarities.argmax(axis=0)[better]
        best[better] = similarities.max(axis=0)[better]
    similarity[best_of[nearest] != np.arange(len(x))] = -np.inf
    return nearest, similarity


def _blocks(x: Matrix, y: Matrix) -> Iterator[tuple[slice, Matrix]]:
    """The cosines of some rows of x at a time with all rows of y."""
    for begin in range(0, len(x), _BLOCK):
        rows = slice(begin, min(begin + _BLOCK, len(x)))
        yield rows, x[rows] @ y.T
