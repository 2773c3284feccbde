"""What the index of training pairs holds, and how it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from seqcli.arrays import Array, Int32s
from seqcli.data.pairs import Pair

MAX_BYTES = 1 << 27  # as a file
MAX_POSITIONS = 50_000
MAX_CHARACTERS = 300  # of a side that is kept
MAX_DIMENSIONS = 1 << 12
_TYPES = ["float16", "float32", "float32", "int32", "int32"]
_NAMES = ("states", "mean", "projection", "positions", "pairs", "synthetic", "files", "texts")


class Position(NamedTuple):
    """Columns of `PairIndex.positions`: the index of the pair, the token that the word begins with,
    the code of the source word with the most attention (-1 without attention), and [start, end) of
    the word in the text of the target; 0 and 0 where it is not there."""

    pair: int
    token: int
    source_word: int
    start: int
    end: int


class IndexedPair(NamedTuple):
    """A training pair, cut at `MAX_CHARACTERS`, the name of its file, its number in it (of its
    line, or of the pair), and whether it is a synthetic one."""

    pair: Pair
    file: str
    number: int
    is_synthetic: bool


class Projection(NamedTuple):
    """A map of states of the decoder [N,F] to shorter vectors of length 1: the difference from a
    mean [F], times a matrix [F,D]."""

    mean: NDArray[np.float32]
    matrix: NDArray[np.float32]

    def __call__(self, states: Array) -> NDArray[np.float32]:
        projected = (states.astype(np.float32) - self.mean) @ self.matrix
        norms = np.linalg.norm(projected, axis=1, keepdims=True)
        return np.asarray(projected / np.maximum(norms, 1e-12), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class PairIndex:
    """States before N words of P training pairs.

    `states` [N,D] are in fp16, as the `projection` gives them. `positions` [N,5] are those of
    `Position`. `pairs` [P,2] are the index of a file in `files` and the number of the pair in it;
    the last `synthetic` files are of synthetic pairs. `texts` are the source and the target of each
    pair. Raises `ValueError` for arrays that do not belong together.
    """

    states: NDArray[np.float16]
    projection: Projection
    positions: Int32s
    pairs: Int32s
    files: tuple[str, ...]
    synthetic: int
    texts: tuple[str, ...]

    def __post_init__(self) -> None:
        mean, matrix = self.projection
        arrays: list[Array] = [self.states, mean, matrix, self.positions, self.pairs]
        if [array.dtype.name for array in arrays] != _TYPES:
            raise ValueError("arrays of other types")
        if [array.ndim for array in arrays] != [2, 1, 2, 2, 2]:
            raise ValueError("arrays of other shapes")
        count, size = self.states.shape
        if count > MAX_POSITIONS or not 1 <= size <= MAX_DIMENSIONS:
            raise ValueError("states of an impossible number or size")
        if matrix.shape != (len(mean), size) or len(mean) > MAX_DIMENSIONS:
            raise ValueError("a projection of another shape than the states")
        if self.positions.shape != (count, len(Position._fields)) or self.pairs.shape[1] != 2:
            raise ValueError("another number of positions than states")
        if len(self.texts) != 2 * len(self.pairs) or not 0 <= self.synthetic <= len(self.files):
            raise ValueError("another number of texts than pairs")
        if not _are_within(self.positions[:, 0], len(self.pairs)):
            raise ValueError("positions in unknown pairs")
        if not _are_within(self.pairs[:, 0], len(self.files)) or (self.pairs < 0).any():
            raise ValueError("pairs of unknown files")
        if not all(np.isfinite(array).all() for array in (self.states, mean, matrix)):
            raise ValueError("a state that is not finite")

    @cached_property
    def tokens(self) -> Int32s:
        """The token that each word begins with, [N]."""
        return self.positions[:, 1]

    @cached_property
    def source_words(self) -> Int32s:
        """The code of the source word of each word, [N]."""
        return self.positions[:, 2]

    def position(self, index: int) -> Position:
        """A position; [start, end) is in the text of its target."""
        pair, token, source_word, start, end = self.positions[index].tolist()
        length = len(self.texts[2 * pair + 1])
        is_there = 0 <= start < end <= length
        return Position(pair, token, source_word, *((start, end) if is_there else (0, 0)))

    def pair(self, number: int) -> IndexedPair:
        """A pair by its index."""
        file, line = self.pairs[number].tolist()
        return IndexedPair(
            Pair(self.texts[2 * number], self.texts[2 * number + 1]),
            self.files[file],
            line,
            file >= len(self.files) - self.synthetic,
        )

    def to_bytes(self) -> bytes:
        """A safetensors file."""
        return save(
            {
                "states": self.states,
                "mean": self.projection.mean,
                "projection": self.projection.matrix,
                "positions": self.positions,
                "pairs": self.pairs,
                "synthetic": np.array([self.synthetic], dtype=np.int64),
                "files": _to_bytes(self.files),
                "texts": _to_bytes(self.texts),
            }
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> PairIndex:
        """The index of a `to_bytes`; a `ValueError` for any other content."""
        try:
            tensors = load(content)
            if tensors.keys() != set(_NAMES):
                raise ValueError("not the arrays of an index")
            synthetic = tensors["synthetic"].tolist()
            return cls(
                tensors["states"],
                Projection(tensors["mean"], tensors["projection"]),
                tensors["positions"],
                tensors["pairs"],
                _from_bytes(tensors["files"]),
                _only(synthetic),
                _from_bytes(tensors["texts"]),
            )
        except (SafetensorError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(str(error)) from error


def _only(values: Any) -> int:
    """The only integer of a list; a `ValueError` for any other value."""
    if not isinstance(values, list) or len(values) != 1 or type(values[0]) is not int:
        raise ValueError("not a number")
    return values[0]


def _are_within(values: Int32s, end: int) -> bool:
    return bool(((values >= 0) & (values < end)).all())


# A text may have any character but this one, which ends it.
_END = "\0"


def _to_bytes(texts: Sequence[str]) -> Array:
    whole = "".join(text.replace(_END, " ") + _END for text in texts)
    return np.frombuffer(whole.encode("utf-8", "replace"), dtype=np.uint8)


def _from_bytes(array: Array) -> tuple[str, ...]:
    if array.dtype != np.uint8 or array.ndim != 1:
        raise ValueError("not texts")
    return tuple(array.tobytes().decode().split(_END)[:-1])
