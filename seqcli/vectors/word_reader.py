"""The pieces of a source with the words that they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seqcli.data.carryover import SYMBOLS
from seqcli.data.normalization import fold, normalize_source
from seqcli.data.source_ids import join_id
from seqcli.data.tokenizer import PAD, UNKNOWN
from seqcli.data.words import find_words
from seqcli.vectors.units import find_units
from seqcli.vectors.word_vectors import WordVectors

_WORD = re.compile("▁?[^▁]+|▁")  # in the text of word pieces
_SYMBOL = re.compile(f"[{SYMBOLS}]")

Segment = tuple[str, int]  # a piece of a text with its id


@dataclass(frozen=True)
class WordReader:
    """Gives the pieces of a source the vectors of their words.

    `pieces` is the number of pieces of the tokenizer. The vector of a word takes the place of its
    piece, or is read beside each of its pieces, as the vectors say. A symbol gets the vector of the
    word that it stands for, so that the network knows what kind of word it carries over.
    """

    vectors: WordVectors
    pieces: int
    locale: str

    def read(
        self, segments: Sequence[Segment], text: str, items: Sequence[str] = ()
    ) -> list[Segment]:
        """The pieces of a text as the model reads it, with ids that name their words too.

        `items` are what its symbols stand for, in order.
        """
        if self.vectors.replaces_pieces:
            return [read for segment in segments for read in self._replaced(*segment)]
        if segments and segments[0][0].startswith("▁"):  # which the text may lack
            text = " " + text.removeprefix(" ")
        numbers = [0] * len(text)  # of the word at each place
        for unit in find_units(text, self.vectors.numbers):
            # A space belongs to the word after it.
            start = unit.start - (unit.start > 0 and text[unit.start - 1] == " ")
            width = unit.end - start
            numbers[start : unit.end] = [self.vectors.numbers[unit.text]] * width
        symbols = (place for place, character in enumerate(text) if character in SYMBOLS)
        for place, item in zip(symbols, items, strict=False):
            numbers[place] = self._number_of_item(item)
        read = []
        end = 0
        for piece, piece_id in segments:
            start, end = end, end + len(piece)
            number = next(filter(None, numbers[start:end]), 0)
            read.append((piece, join_id(piece_id, number, self.pieces)))
        return read

    def items(self, text: str, original: str) -> list[str]:
        """What the symbols of a text stand for, found by comparing it with the text as it was;
        nothing if other parts of the texts differ."""
        parts = _SYMBOL.split(text)
        original = self._spell(original)
        if len(parts) == 1 or not original.startswith(parts[0]):
            return []
        items = []
        begin = len(parts[0])
        for part in parts[1:-1]:
            end = original.find(part, begin + 1) if part else -1
            if end < 0:
                return []
            items.append(original[begin:end])
            begin = end + len(part)
        end = len(original) - len(parts[-1])
        is_found = end > begin and original.endswith(parts[-1])
        return [*items, original[begin:end]] if is_found else []

    def _replaced(self, piece: str, piece_id: int) -> Iterator[Segment]:
        # (SentencePiece makes unknown words that follow each other one piece.)
        for word in _WORD.findall(piece) if piece_id == UNKNOWN else [piece]:
            number = self.vectors.numbers.get(word.removeprefix("▁"), 0)
            yield word, join_id(PAD if number else piece_id, number, self.pieces)

    def _number_of_item(self, item: str) -> int:
        """The word of an item, of several the last, as in a compound; 0 without a vector."""
        words = find_words(self._spell(item))
        return self.vectors.numbers.get(words[-1].text, 0) if words else 0

    def _spell(self, text: str) -> str:
        return fold(normalize_source(text), self.locale)
