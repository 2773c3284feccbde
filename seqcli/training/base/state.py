"""What a run with a base keeps of it, so that it can be resumed without the folder of the base."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqcli.arrays import Array, Tensors
from seqcli.data.pairs import Pair
from seqcli.data.shortlist import Shortlist
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.data.word_list import WordList

_WORDS, _PIECES, _CORRECTIONS, _SHORTLIST = (
    f"base.{name}" for name in ("words", "output_pieces", "corrections", "shortlist")
)


@dataclass(frozen=True)
class BaseState:
    """The words of the sources of a base, the pieces that it writes, the corrections that are
    learned, if these are the new pairs, and its shortlist, if it has one."""

    words: WordList
    output_vocabulary: OutputVocabulary
    corrections: Sequence[Pair] = ()
    shortlist: Shortlist | None = None

    def to_tensors(self) -> Tensors:
        """The state as tensors of a checkpoint."""
        return {
            _WORDS: _from_text(self.words.to_text()),
            _PIECES: self.output_vocabulary.pieces,
            _CORRECTIONS: _from_text(json.dumps(self.corrections)),
        } | ({} if self.shortlist is None else {_SHORTLIST: _from_bytes(self.shortlist.to_bytes())})

    @classmethod
    def from_tensors(cls, tensors: Tensors, locale: str, pieces: int) -> BaseState:
        """The state that `to_tensors` wrote, of a tokenizer of so many pieces. Raises `KeyError`,
        `TypeError` or `ValueError` for another."""
        writable = tensors[_PIECES]
        if writable.dtype != np.int64 or writable.ndim != 1 or not (writable < pieces).all():
            raise ValueError("output pieces of a base that the tokenizer has not")
        corrections = [Pair(*each) for each in json.loads(_to_text(tensors[_CORRECTIONS]))]
        if not all(isinstance(text, str) for pair in corrections for text in pair):
            raise TypeError("a correction that is no text")
        json.dumps(corrections, ensure_ascii=False).encode()  # (A lone surrogate is no text.)
        words = WordList.from_text(_to_text(tensors[_WORDS]), locale)
        shortlist = None
        if _SHORTLIST in tensors:
            shortlist = Shortlist.from_bytes(tensors[_SHORTLIST].tobytes())
        return cls(words, OutputVocabulary(writable), corrections, shortlist)


def _from_text(text: str) -> Array:
    return _from_bytes(text.encode())


def _from_bytes(content: bytes) -> Array:
    return np.frombuffer(content, dtype=np.uint8)


def _to_text(content: Array) -> str:
    return content.tobytes().decode()
