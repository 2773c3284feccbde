"""The rows of a file of word vectors that a model needs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqcli.data.normalization import fold, normalize_source
from seqcli.vectors.files import Row, open_vectors
from seqcli.vectors.units import is_unit

Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]


@dataclass
class Selection:
    """Words with their vectors [D], in the order of the file, which begins with the most frequent
    ones; and what was found in the file.

    `needed` and `others` are the vectors of words that are asked for, and of further ones. Left out
    are `duplicates` of a word that has a row already, and rows whose word is `unreadable`: blank,
    or not in UTF-8.
    """

    dimensions: int
    needed: dict[str, Vector]
    others: dict[str, Vector]
    rows: int = 0
    duplicates: int = 0
    unreadable: int = 0


def select_vectors(
    path: Path,
    needed: Collection[str],
    keep: int,
    spell: Callable[[str], str],
    *,
    whole: bool = True,
) -> Selection:
    """The vectors of the `needed` words, and of the first `keep` other words that may stand in a
    text.

    `spell` gives a word of the file the spelling of the needed words, such as lower case. Of
    several words with the same spelling, that which is spelled so in the file counts, or else the
    first. No other row is kept, nor are its numbers read. Unless the `whole` file is to be checked,
    nothing is read after the last of these. Raises `UserError` as `VectorFile` does.
    """
    with open_vectors(path) as file:
        selection = Selection(file.dimensions, {}, {})
        kept: dict[str, str] = {}  # as spelled in the file
        for row in file.rows():
            selection.rows += 1
            word = _decode(row)
            if not word:
                selection.unreadable += 1
                continue
            key = spell(word)
            if key in kept:
                selection.duplicates += word == kept[key]
                if word != key or kept[key] == key:
                    continue
            vectors = selection.needed if key in needed else selection.others
            if key in needed or key in kept or (len(vectors) < keep and is_unit(key)):
                kept[key] = word
                vectors[key] = file.numbers(row)
            if not whole and len(selection.others) >= keep and len(selection.needed) == len(needed):
                break
    return selection


def folded_spelling(locale: str) -> Callable[[str], str]:
    """How the words of sources are spelled."""
    return lambda word: fold(normalize_source(word), locale)


def directions(vectors: Matrix) -> Matrix:
    """Vectors [N,D] with length 1; a vector of 0 stays 0."""
    # (The squares of very small or large numbers are no floats.)
    largest: Matrix = np.abs(vectors).max(axis=1, keepdims=True)
    largest[largest == 0] = 1
    vectors = vectors / largest
    norms: Matrix = np.linalg.norm(vectors, axis=1, keepdims=True)
    norms[norms == 0] = 1
    return vectors / norms


def normalized(vectors: Matrix) -> Matrix:
    """Vectors [N,D] with length 1, then a mean of 0, then length 1 again (Artetxe, Labaka & Agirre
    2016, section 2.3)."""
    vectors = directions(vectors)
    return directions(vectors - vectors.mean(axis=0))


def _decode(row: Row) -> str:
    try:
        return row.token.decode("utf-8").strip()
    except UnicodeDecodeError:
        return ""
