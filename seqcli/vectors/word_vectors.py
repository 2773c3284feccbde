"""The word vectors that a model keeps, and how they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from seqcli.arrays import Array, Ints
from seqcli.data.normalization import normalize
from seqcli.data.source_ids import split_ids
from seqcli.vectors.files import MAX_DIMENSIONS

MAX_BYTES = 1 << 30  # as a file
MAX_WORDS = 1 << 21
MAX_TRANSLATION = 100  # characters
_TEXTS = _WORDS, _TRANSLATIONS = "words", "translations"
_NUMBERS, _VECTORS = "numbers", "vectors"


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Folded words of sources, numbered from 1, with their vectors.

    `vectors` [N+1,D] are in fp16, or in fp32 if the training changed them; row 0, for no word, is
    0. The first `seen` words are in the training sources; the others are known from the file alone.
    `lexicon` has translations of some of these. Where the pieces of the tokenizer are whole words,
    a vector `replaces_pieces`; else it is read beside the pieces of its word.
    """

    words: tuple[str, ...]
    seen: int
    vectors: NDArray[Any]
    replaces_pieces: bool = False
    lexicon: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.seen <= len(self.words) <= MAX_WORDS:
            raise ValueError("too many words")
        if self.vectors.dtype not in (np.float16, np.float32) or self.vectors.ndim != 2:
            raise ValueError("vectors of another type or shape")
        if not 1 <= self.dimensions <= MAX_DIMENSIONS:
            raise ValueError("vectors of an impossible size")
        if len(self.vectors) != len(self.words) + 1 or self.vectors[0].any():
            raise ValueError("another number of vectors than words")
        if not self.lexicon.keys() <= self.unseen:
            raise ValueError("translations of other words")
        if not all(map(_is_word, self.lexicon.values())):
            raise ValueError("a translation that is no word")
        if not np.isfinite(self.vectors).all():
            raise ValueError("a vector that is not finite")

    @property
    def dimensions(self) -> int:
        return int(self.vectors.shape[1])

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each word."""
        return {word: number for number, word in enumerate(self.words, start=1)}

    @cached_property
    def unseen(self) -> frozenset[str]:
        """The words that are in no training source."""
        return frozenset(self.words[self.seen :])

    def to_bytes(self) -> bytes:
        """A safetensors file."""
        translations = [self.lexicon.get(word, "") for word in self.words]
        return save(
            {
                _WORDS: _to_bytes(self.words),
                _TRANSLATIONS: _to_bytes(translations),
                _NUMBERS: np.array([self.seen, self.replaces_pieces], dtype=np.int64),
                _VECTORS: self.vectors,
            }
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> WordVectors:
        """The vectors of a `to_bytes`; a `ValueError` for any other content."""
        try:
            tensors = load(content)
            seen, replaces_pieces = tensors.pop(_NUMBERS).tolist()
            words, translations = (_from_bytes(tensors.pop(name)) for name in _TEXTS)
            vectors = tensors.pop(_VECTORS)
        except (SafetensorError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(str(error)) from error
        if type(seen) is not int or replaces_pieces not in (0, 1) or tensors:
            raise ValueError("not the words and vectors of a model")
        if not all(words) or len(set(words)) < len(words):
            raise ValueError("not the words and vectors of a model")
        lexicon = {word: other for word, other in zip(words, translations, strict=True) if other}
        return cls(words, seen, vectors, bool(replaces_pieces), lexicon)


def _is_word(translation: str) -> bool:
    return normalize(translation) == translation and 0 < len(translation) <= MAX_TRANSLATION


def _to_bytes(words: Sequence[str]) -> Array:
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def _from_bytes(array: Array) -> tuple[str, ...]:
    return tuple(array.tobytes().decode().split("\n"))


class VectorTable(NamedTuple):
    """The vectors [N+1,D] that a network reads beside the pieces of sources.

    `pieces` is the number of pieces of the tokenizer.
    """

    vectors: Array
    pieces: int

    def look_up(self, source: Ints) -> tuple[Ints, NDArray[np.float32]]:
        """Source ids [B,S] -> their pieces [B,S] and the vectors of their words [B,S,D]."""
        pieces, words = split_ids(source, self.pieces)
        return pieces, self.vectors[words].astype(np.float32)
