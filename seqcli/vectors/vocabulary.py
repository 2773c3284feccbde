"""Words or pieces with their vectors, to look at: what is near, what is like what, in two
dimensions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqcli.arrays import Array
from seqcli.data.normalization import fold, normalize_source
from seqcli.errors import UserError
from seqcli.vectors.selection import directions, select_vectors
from seqcli.wording import shortened

Matrix = NDArray[np.float32]


class Near(NamedTuple):
    """A word, and the cosine of the angle between its vector and the one that was asked for."""

    word: str
    cosine: float


class Vocabulary:
    """Words [N] with their vectors [N,D]. `name` is what they are from, for messages."""

    def __init__(self, words: Sequence[str], vectors: Array, name: str) -> None:
        self.words = list(words)
        self.vectors: Matrix = np.asarray(vectors, dtype=np.float32)
        self.name = name

    def find(self, word: str) -> int:
        """The index of a word; of one that begins a word of its own (▁), without case if need be.

        Raises `UserError` for a word that is not there.
        """
        for spelled in _spellings(word):
            for begun in (f"▁{spelled}", spelled):
                if begun in self._indices:
                    return self._indices[begun]
        raise UserError(f"there is no vector of {shortened(word)!r} in {self.name}")

    def near(self, word: str, count: int) -> list[Near]:
        """The words whose vectors have the largest cosines with that of a word, without it."""
        index = self.find(word)
        return self._nearest(self._directions[index], [index], count)

    def like(self, first: str, second: str, third: str, count: int) -> list[Near]:
        """The words d for which `first` is to `second` as `third` is to d: those with the largest
        cosines with second - first + third (Mikolov, Yih & Zweig 2013, section 4), without these.
        """
        indices = [self.find(word) for word in (first, second, third)]
        a, b, c = self._directions[indices]
        return self._nearest(b - a + c, indices, count)

    def project(self, words: Sequence[str]) -> tuple[list[str], Array]:
        """The words as they are spelled here, each once, and their places [N,2] (`project`)."""
        indices = list(dict.fromkeys(self.find(word) for word in words))
        return [self.words[i] for i in indices], project(self._directions[indices])

    def _nearest(self, vector: Matrix, without: Sequence[int], count: int) -> list[Near]:
        norm = float(np.linalg.norm(vector)) or 1.0
        cosines = self._directions @ (vector / norm)
        cosines[list(without)] = -np.inf
        # (Of equal cosines, the word that comes first.)
        best = np.argsort(-cosines, kind="stable")[
            : min(count, len(self.words) - len(set(without)))
        ]
        return [Near(self.words[i], float(cosines[i])) for i in best]

    @cached_property
    def _indices(self) -> dict[str, int]:
        return {word: index for index, word in reversed(list(enumerate(self.words)))}

    @cached_property
    def _directions(self) -> Matrix:
        return directions(self.vectors)


def _spellings(word: str) -> list[str]:
    """A word as it is given, and in lower case, by the common rules and by those of Turkish."""
    plain = normalize_source(word)
    return [word, fold(plain), fold(plain, "tr")]


def read_vocabulary(path: Path, words: Iterable[str], count: int) -> Vocabulary:
    """The first `count` words of a file of word vectors, and those of `words` that come later."""
    asked = {spelled for word in words for spelled in _spellings(word)}
    selection = select_vectors(path, asked, count, str, whole=False)
    found = {**selection.others, **selection.needed}
    if not found:
        raise UserError(f"{path} has no words")
    return Vocabulary(list(found), np.stack(list(found.values())), str(path))


def project(vectors: Array) -> Array:
    """The vectors [N,D] in the plane in which they differ most [N,2]: their first two principal
    components (Pearson 1901), by a singular value decomposition. The largest number of each is
    positive, so that equal vectors give the same picture everywhere."""
    centred = np.asarray(vectors, dtype=np.float64) - np.mean(vectors, axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    places = np.zeros((len(centred), 2))
    found = (left * sizes)[:, :2]
    places[:, : found.shape[1]] = found
    largest = np.take_along_axis(places, np.abs(places).argmax(axis=0)[None], axis=0)
    return np.where(largest < 0, -places, places)
