"""Text to pieces and tokens, and back: what a translator does around its model."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, cast

import numpy as np

from seqcli.arrays import Array, Ints
from seqcli.data.batching import Example
from seqcli.data.carryover import SYMBOLS
from seqcli.data.pairs import Pair
from seqcli.data.source_ids import split_ids
from seqcli.data.source_text import (
    CarryingReader,
    CompatibleReader,
    SourceReader,
    SourceText,
)
from seqcli.data.target_text import put_symbols
from seqcli.data.tokenizer import END, UNKNOWN, Tokenizer
from seqcli.data.vocabulary import END_TOKEN, OutputVocabulary
from seqcli.data.word_list import WordList
from seqcli.decoding.encoded import Copy, DecodedTarget, EncodedSource
from seqcli.decoding.items import items_by_symbol, put_items, with_capital
from seqcli.decoding.markup import (
    MarkedSource,
    insert,
    insert_into_pieces,
    place_as_heard,
    place_marks,
)
from seqcli.errors import UserError
from seqcli.settings import Settings

if TYPE_CHECKING:
    from seqcli.data.glossary import Glossary
    from seqcli.data.heard_words import WordByWordReader
    from seqcli.data.word_counter import WordCounter
    from seqcli.vectors.word_reader import WordReader
    from seqcli.vectors.word_vectors import WordVectors


@dataclass(frozen=True)
class TextProcessor:
    """A tokenizer, an output vocabulary, and how source text is read and cut.

    Of a source, the first `max_source_pieces` pieces are read, with the vectors of their words if
    there is a `word_reader`.
    """

    tokenizer: Tokenizer
    output_vocabulary: OutputVocabulary
    reader: SourceReader
    max_source_pieces: int
    word_reader: WordReader | None = None

    def with_glossary(self, glossary: Glossary) -> TextProcessor:
        """The same text processor, which looks for the terms of a glossary in sources.

        Raises `UserError` for a reader of an old format, or one that reads word by word.
        """
        if not isinstance(self.reader, CarryingReader):
            raise UserError(
                "this model takes no glossary: it reads word by word (train --simultaneous), or is "
                "of format 2 or 3"
            )
        return replace(self, reader=replace(self.reader, glossary=glossary))

    def encode_source(self, text: str) -> EncodedSource:
        """A source as the model reads it; without pieces if nothing of it is to be translated."""
        source = self.reader.read(text)
        return self._encode(source, end=len(source.ends))

    def encode_carrying(self, text: str, terms: Collection[str]) -> EncodedSource:
        """A source as the model reads it, in which these terms of a glossary are carried over."""
        source = cast("CarryingReader", self.reader).read(text, terms)
        return self._encode(source, end=None)

    def _encode(self, source: SourceText, end: int | None) -> EncodedSource:
        """A source as the model reads it, given its text. Of one that is read word by word, the end
        is heard with the word number `end`, or has not been heard."""
        parts = [] if source.is_foreign else self._pieces(source)
        pieces = [piece for part in parts for piece in part]
        read = pieces[: self.max_source_pieces]
        texts = [piece for piece, _ in read]
        shown, places = put_items(texts, items_by_symbol(source, source.items))
        heard = _heard(parts, len(read), end) if source.ends else []
        return EncodedSource(
            source,
            ids=(*(i for _, i in read), END),
            pieces=(*shown, *self.tokenizer.pieces([END])),
            cut=len(pieces) > len(read),
            symbol_pieces=tuple(places[item] for item in sorted(places)),
            spans=tuple(_spans(texts, source.text)) if source.marks else (),
            heard=tuple(pieces for pieces, _ in heard),
            words=tuple(words for _, words in heard),
        )

    def encode_words(
        self, words: Sequence[str], *, ended: bool = True, followed: bool = False
    ) -> EncodedSource:
        """The words of a source that have been heard, for a model that reads word by word.

        Where the source has not `ended`, its end has not been heard; where it is `followed`, it is
        heard with the first word of what follows.
        """
        end = len(words) + followed if ended else None
        return self._encode(cast("WordByWordReader", self.reader).read_words(words), end)

    def _pieces(self, source: SourceText) -> list[list[tuple[str, int]]]:
        """The pieces of a source with their ids; of each word by itself if it is read so."""
        if not source.ends:
            pieces = self.tokenizer.segment(source.text)
            if self.word_reader is not None:
                pieces = self.word_reader.read(pieces, source.text, source.items)
            return [pieces]
        parts, items = [], iter(source.items)
        for start, end in pairwise((0, *source.ends)):
            text = source.text[start:end]
            pieces = self.tokenizer.segment_words(text, begins=start == 0)
            if self.word_reader is not None:
                inside = [next(items) for character in text if character in SYMBOLS]
                pieces = self.word_reader.read(pieces, text, inside)
            parts.append(pieces)
        return parts

    def count_unknown(self, encoded: EncodedSource) -> int:
        """The number of pieces of a source that the tokenizer does not know."""
        pieces = (split_ids(i, len(self.tokenizer))[0] for i in encoded.ids)
        return sum(piece == UNKNOWN for piece in pieces)

    def symbol_tokens(self, encoded: EncodedSource) -> list[int]:
        """The tokens of the symbols that a translation must have, each as often as the source."""
        ids = [split_ids(encoded.ids[i], len(self.tokenizer))[0] for i in encoded.symbol_pieces]
        return self.output_vocabulary.to_tokens(ids).tolist() if ids else []

    @cached_property
    def all_symbol_tokens(self) -> list[int]:
        """The tokens of all symbols of the reader."""
        ids = [self.tokenizer.id_of(symbol) for symbol in self.reader.symbols]
        return list(map(int, self.output_vocabulary.to_tokens(ids))) if ids else []

    def symbols_heard(self, encoded: EncodedSource, symbols: Sequence[int]) -> Ints:
        """How often each of N symbols, given as tokens, has been heard after each of W words:
        [W,N]."""
        counts = np.zeros((len(encoded.heard), len(symbols)), dtype=np.int64)
        tokens = self.symbol_tokens(encoded)
        for piece, token in zip(encoded.symbol_pieces, tokens, strict=True):
            counts[bisect_right(encoded.heard, piece) :, list(symbols).index(token)] += 1
        return counts

    @cached_property
    def target_words(self) -> WordCounter:
        """What counts the words of target tokens."""
        from seqcli.data.word_counter import WordCounter  # noqa: PLC0415  (for a quick start)

        return WordCounter.of_target(self.tokenizer, self.output_vocabulary)

    def target_tokens(self, text: str) -> list[int]:
        """The tokens of a target text, with the end."""
        return [*self.output_vocabulary.encode(self.tokenizer, text), END_TOKEN]

    def encode_pair(self, pair: Pair) -> tuple[EncodedSource, list[int]]:
        """A source and the tokens of its target, in which symbols stand for the same items."""
        encoded = self.encode_source(pair.source)
        return encoded, self.target_tokens(put_symbols(pair.target, encoded.source))

    def to_example(self, pair: Pair) -> Example:
        """A pair as the ids of its source and the tokens of its target, with their ends."""
        encoded, tokens = self.encode_pair(pair)
        return Example(encoded.ids, tokens)

    def prefix_tokens(self, prefix: str, encoded: EncodedSource) -> list[int]:
        """The tokens of the beginning of a source's translation, without an end; symbols stand for
        the items that it has."""
        # NFC like the targets of training. A space at its end would be written twice: the next word
        # brings its own.
        prefix = put_symbols(unicodedata.normalize("NFC", prefix), encoded.source).rstrip()
        return self.output_vocabulary.encode(self.tokenizer, prefix) if prefix else []

    def target_pieces(self, tokens: Sequence[int]) -> tuple[str, ...]:
        """The pieces of tokens."""
        return tuple(self.tokenizer.pieces(self.output_vocabulary.to_ids(tokens)))

    def piece_name(self, encoded: EncodedSource, token: int) -> str:
        """A piece that may be written for a source; a symbol as ⟨the item that it stands for⟩, or
        as ⟨its number⟩ if it stands for none."""
        (piece,) = self.target_pieces([token])
        if piece not in SYMBOLS:
            return piece
        items = items_by_symbol(encoded.source, encoded.source.carried).get(piece)
        return f"⟨{items[0][1] if items else SYMBOLS.index(piece) + 1}⟩"

    def decode(
        self,
        encoded: EncodedSource,
        tokens: Sequence[int],
        attention: Array | None,
        heard: Sequence[int] = (),
        *,
        ended: bool = True,
    ) -> DecodedTarget:
        """The translation of a source by tokens, whose last one may be the end.

        Items are put where their symbols are, marks by the attention weights [T,S]. Of a
        translation that was written while the source was `heard` ([T] words), nothing is put where
        it was not known at the time; if it has not `ended`, marks are left out whose place is not
        known yet.
        """
        source = encoded.source
        # (Of a source that is cut, the symbols that were not read stand for nothing.)
        items = items_by_symbol(source, source.carried[: len(encoded.symbol_pieces)])
        length = len(tokens) - (tokens[-1:] == (END_TOKEN,))
        pieces, places = put_items(self.target_pieces(tokens), items, "▁")
        copies = tuple(
            Copy(source.carried[item], encoded.symbol_pieces[item], place, source.items[item])
            for item, place in sorted(places.items())
        )
        ids = self.output_vocabulary.to_ids(tokens[:length])
        (text,), _ = put_items([self.tokenizer.decode(ids)], items, " ")
        first = next((i for i, copy in enumerate(copies) if copy.is_translated), None)
        if first is not None and text.startswith(copies[first].text):
            text, copies = with_capital(text, pieces, copies, first)
        if source.marks:
            marked = MarkedSource(source.text, encoded.spans, source.marks)
            copied = [copy.target_piece for copy in copies]
            if heard and attention is not None:
                insertions = place_as_heard(marked, pieces[:length], attention, ended=ended)
            else:
                insertions = place_marks(marked, pieces[:length], copied, attention)
            text = insert(text, insertions, offset=sum(map(len, pieces[:length])) - len(text))
            pieces[:length] = insert_into_pieces(pieces[:length], insertions)
        missing = tuple(item for i, item in enumerate(source.items) if i not in places)
        return DecodedTarget(text, tuple(pieces), copies, missing)


def _heard(words: Sequence[Sequence[object]], read: int, end: int | None) -> list[tuple[int, int]]:
    """The numbers of pieces and of words heard after each word with pieces, given the pieces of all
    words, of which so many are read. With the word number `end` the end is heard too."""
    heard: list[tuple[int, int]] = []
    for number, pieces in enumerate(accumulate(map(len, words)), start=1):
        if min(pieces, read) > (heard[-1][0] if heard else 0):
            heard.append((min(pieces, read), number))
    if end is None:
        return heard
    return [*(each for each in heard if each[1] < end), (read + 1, end)]


def _spans(pieces: Sequence[str], text: str) -> list[tuple[int, int]]:
    """[start, end) of each piece in a text, of which they are the beginning, with or without a
    space before it."""
    end = -1 if pieces and pieces[0].startswith("▁") and not text.startswith("▁") else 0
    spans = []
    for piece in pieces:
        spans.append((end, end + len(piece)))
        end += len(piece)
    return spans


def make_processor(
    settings: Settings,
    tokenizer: Tokenizer,
    output_vocabulary: OutputVocabulary,
    words: WordList,
    max_source_pieces: int,
    vectors: WordVectors | None = None,
) -> TextProcessor:
    """The text processor of a model with these settings, these words of its sources, and their
    vectors if it has any."""
    reader: SourceReader = CompatibleReader(settings.source_punctuation)
    if not settings.read_compatibly:
        writable = set(output_vocabulary.pieces.tolist())
        symbols = [s for s in SYMBOLS if tokenizer.has(s) and tokenizer.id_of(s) in writable]
        reader = CarryingReader(
            settings.source_punctuation,
            words,
            "".join(symbols) if settings.carry_over else "",
            settings.carry_numbers,
            tokenizer.has,
            {} if vectors is None else vectors.lexicon,
            vectors.unseen if vectors is not None and vectors.replaces_pieces else frozenset(),
        )
        if settings.model.simultaneous:
            from seqcli.data.heard_words import WordByWordReader  # noqa: PLC0415  (quick start)

            reader = WordByWordReader(reader)
    word_reader = make_word_reader(settings, tokenizer, vectors)
    return TextProcessor(tokenizer, output_vocabulary, reader, max_source_pieces, word_reader)


def make_word_reader(
    settings: Settings, tokenizer: Tokenizer, vectors: WordVectors | None
) -> WordReader | None:
    """What gives the pieces of sources their vectors; None without vectors."""
    if vectors is None:
        return None
    from seqcli.vectors.word_reader import WordReader  # noqa: PLC0415  (for a quick start)

    return WordReader(vectors, len(tokenizer), settings.locale)
