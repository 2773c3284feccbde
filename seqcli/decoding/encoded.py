"""Texts as a model reads and writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from seqcli.data.source_text import SourceText


@dataclass(frozen=True)
class EncodedSource:
    """A source as the model reads it: `ids` and `pieces`, with the end.

    Of a source that is `cut`, only the beginning is read. Pieces are shown as they are in the
    source, also unknown ones and those that a symbol stands for. `symbol_pieces` are the indices of
    the pieces that a symbol stands for, in order; `spans` are [start, end) of each piece but the
    end in the text that the model reads, if marks are to be put back between the pieces.

    Of a source that is read word by word, `heard` is the number of pieces that have been heard
    after each word with pieces, with the end after the last; `words` is the number of all words at
    each of these, also of those that the model does not read, such as emoji.
    """

    source: SourceText
    ids: tuple[int, ...]
    pieces: tuple[str, ...]
    cut: bool
    symbol_pieces: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    heard: tuple[int, ...] = ()
    words: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that the model reads."""
        return len(self.ids) == 1


class Copy(NamedTuple):
    """An item that was carried over: its text in the translation, the index of its source piece and
    of its target piece, and its text in the source, which is another for a word that word vectors
    have translated, and for a term of a glossary."""

    text: str
    source_piece: int
    target_piece: int
    source: str

    @property
    def is_translated(self) -> bool:
        """Whether word vectors, or a glossary, have translated it."""
        return self.text != self.source

    def to_dict(self) -> dict[str, Any]:
        """The values that `--format json` prints; `source` if it is another text."""
        return {name: value for name, value in self._asdict().items() if name != "source"} | (
            {"source": self.source} if self.is_translated else {}
        )


@dataclass(frozen=True)
class DecodedTarget:
    """The text of a translation, its pieces, and what it carries over; `missing` are the items of
    the source that it lacks."""

    text: str
    pieces: tuple[str, ...]
    copies: tuple[Copy, ...]
    missing: tuple[str, ...]
