"""A source as a person wrote it, and as the model reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from seqcli.data.carryover import SYMBOLS, Item, find_items
from seqcli.data.glossary import FoundTerm, Glossary, carry_terms, words_outside
from seqcli.data.normalization import fold, normalize, normalize_source
from seqcli.data.text import drop_unseen_punctuation, fold_compatible
from seqcli.data.word_list import WordList
from seqcli.data.words import Word, find_words

Span = tuple[int, int]

# Stands for a mark until its place is known. Like the symbols, it is a lone surrogate.
_MARK = "\ud8ff"
_SURROGATES = re.compile("[\ud800-\udfff]+")


class Mark(NamedTuple):
    """Something beside the words of a source, such as a tag or an emoji.

    `place` is its index in the text that the model reads. `after_space` and `before_space` tell
    whether it stood apart from its neighbours, or at an end of the source; of a source that is read
    word by word, of its word.
    """

    text: str
    place: int
    after_space: bool
    before_space: bool


@dataclass(frozen=True)
class SourceText:
    """A source as the model reads it.

    `text` has a symbol for each of the `items`, in their order; the `marks` are not in it. A
    translation has the items in place of the symbols, or what is `written` for them, if that is not
    empty. `unknown` are the words that no training source has, `dropped` the punctuation marks that
    the model does not know, so that they are not in the text. A source that `is_foreign` has no
    word of the training sources: nothing of it is to be translated. `ends` are the ends of the
    words in the text, if it is read word by word: see `seqcli.data.heard_words`. `terms` are those
    of a glossary that the source has.
    """

    text: str
    items: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    unknown: tuple[str, ...] = ()
    dropped: str = ""
    is_foreign: bool = False
    written: tuple[str, ...] = ()
    ends: tuple[int, ...] = ()
    terms: tuple[FoundTerm, ...] = ()

    @property
    def carried(self) -> tuple[str, ...]:
        """What a translation has in place of the symbols."""
        return self.written or self.items


class SourceReader(Protocol):
    """How sources are read."""

    @property
    def symbols(self) -> str:
        """The symbols that may be in what is read, none if nothing is carried over."""
        ...

    def read(self, text: str) -> SourceText:
        """What the model reads of a source."""
        ...

    def normalize(self, text: str) -> str:
        """A source, or a word of it, as it is spelled in the pieces of the source."""
        ...


@dataclass(frozen=True)
class CompatibleReader:
    """Reads sources as the models of formats 2 and 3 do: nothing is carried over.

    `punctuation` are the punctuation marks of the training sources.
    """

    punctuation: str
    symbols: str = ""

    def read(self, text: str) -> SourceText:
        text = fold_compatible(drop_surrogates(text))
        read, dropped = drop_unseen_punctuation(text, self.punctuation)
        return SourceText(read, dropped=dropped)

    def normalize(self, text: str) -> str:
        return self.read(text).text


@dataclass(frozen=True)
class CarryingReader:
    """Reads sources so that names, numbers, links and the like are carried over.

    `words` and `punctuation` are those of the training sources. `symbols` are those that the model
    reads and writes, empty if it has none; `numbers` tells whether numbers are carried over.
    `is_readable` tells whether the tokenizer has a character. `lexicon` has translations of words
    of no pair, which are written in place of their symbols; `other_words` of no pair are understood
    without. Terms of the `glossary` with new words or the like are carried over as one item, in
    place of which the term is written.
    """

    punctuation: str
    words: WordList
    symbols: str
    numbers: bool
    is_readable: Callable[[str], bool]
    lexicon: Mapping[str, str] = field(default_factory=dict)
    other_words: frozenset[str] = frozenset()
    glossary: Glossary | None = None

    def read(self, text: str, carry: Collection[str] = ()) -> SourceText:
        """What the model reads of a source; terms whose source is in `carry` are carried over."""
        text = normalize(drop_surrogates(text))
        items = self._find_items(text)
        terms: tuple[FoundTerm, ...] = ()
        if self.glossary is not None and (terms := tuple(self.glossary.find(text))):
            items, terms = carry_terms(text, items, terms, self._find_items, carry)
        words = words_outside(terms, self._words_beside(text, items))
        unknown = self._unknown(words)
        # Also if there are no words, as in "-5" or "♪".
        if len(unknown) == len(words) and not (
            terms or any(self.words.spell(word) in self.other_words for word in unknown)
        ):
            return SourceText(text, unknown=tuple(unknown), is_foreign=bool(text))
        source = self._assemble(text, items, unknown)
        return _with_terms(source, items, terms) if terms else source

    def read_word(self, text: str, items_before: int) -> SourceText:
        """What the model reads of one word, or of a part of a source, given the number of items
        before it."""
        text = normalize(drop_surrogates(text))
        items = self._find_items(text)
        return self._assemble(
            text, items, self._unknown(self._words_beside(text, items)), items_before
        )

    def normalize(self, text: str) -> str:
        text = normalize(drop_surrogates(text))
        return with_items(self._assemble(text, self._find_items(text)))

    def _words_beside(self, text: str, items: Sequence[Item]) -> list[Word]:
        """The words of a text that are no part of links, numbers and the like."""
        inside = {i for item in items if item.kind != "new" for i in range(item.start, item.end)}
        return [word for word in find_words(text) if word.start not in inside]

    def _unknown(self, words: Sequence[Word]) -> list[str]:
        return [word.text for word in words if not self.words.is_known(word.text)]

    def _assemble(
        self,
        text: str,
        items: Sequence[Item],
        unknown: Sequence[str] = (),
        items_before: int = 0,
    ) -> SourceText:
        count = len(self.symbols)
        symbols = [self.symbols[(items_before + i) % count] for i in range(len(items))]
        source = assemble(text, items, symbols, self.punctuation, self.words.locale, unknown)
        if not self.lexicon:
            return source
        return replace(source, written=tuple(self._translation(i) or i for i in source.items))

    def _find_items(self, text: str) -> list[Item]:
        if not self.symbols:
            return []
        items = find_items(
            text,
            numbers=self.numbers,
            is_new=lambda word: self.words.is_carried(word) and not self._translation(word),
            is_readable=self.is_readable,
        )
        return sorted([*items, *self._translated(text, items)], key=lambda item: item.start)

    def _translated(self, text: str, items: Sequence[Item]) -> list[Item]:
        """The words for which the lexicon has a translation, each as an item."""
        if not self.lexicon:
            return []
        occupied = {i for item in items for i in range(item.start, item.end)}
        return [
            Item(*word[:1], "new", *word[1:])
            for word in find_words(text)
            if word.start not in occupied
            and self.words.is_carried(word.text)
            and self._translation(word.text)
        ]

    def _translation(self, word: str) -> str:
        """The translation of a word of no pair by the lexicon; empty if there is none."""
        if not self.lexicon or self.words.is_known(word):
            return ""
        return self.lexicon.get(self.words.spell(word), "")


def _with_terms(
    source: SourceText, items: Sequence[Item], terms: tuple[FoundTerm, ...]
) -> SourceText:
    """A source with its terms, of which those that are carried are written for their items."""
    carried = {term.start: term.forms[0].text for term in terms if term.carried}
    parts = [item for item in items if item.kind != "mark"]
    written = tuple(
        carried.get(item.start, text) for item, text in zip(parts, source.carried, strict=True)
    )
    return replace(source, terms=terms, written=written if carried else source.written)


def drop_surrogates(text: str) -> str:
    """Text without lone surrogates, which would be taken for symbols, and which cannot be encoded.
    A file has none, but a Python string may."""
    return text if text.isascii() else _SURROGATES.sub("", text)


def assemble(
    text: str,
    items: Sequence[Item],
    symbols: Iterable[str],
    punctuation: str | None,
    locale: str,
    unknown: Sequence[str] = (),
) -> SourceText:
    """A normalized source as the model reads it, given its items and their symbols.

    Punctuation marks other than the known ones are dropped; None drops none.
    """
    parts = [item for item in items if item.kind != "mark"]
    marks = [item for item in items if item.kind == "mark"]
    replacements = [
        *((item.start, item.end, symbol) for item, symbol in zip(parts, symbols, strict=False)),
        *((item.start, item.end, _MARK) for item in marks),
    ]
    read = fold(normalize_source(substitute(text, replacements)), locale)
    dropped = ""
    if punctuation is not None:
        read, dropped = drop_unseen_punctuation(read, punctuation)
    read, placed = _take_out(read, [mark.text for mark in marks])
    return SourceText(read, tuple(item.text for item in parts), placed, tuple(unknown), dropped)


def with_items(source: SourceText) -> str:
    """The text that the model reads, with the items in place of their symbols."""
    items = iter(source.items)
    return "".join(next(items) if c in SYMBOLS else c for c in source.text)


def substitute(text: str, replacements: Iterable[tuple[int, int, str]]) -> str:
    """The text with other texts at [start, end)."""
    result, position = [], 0
    for start, end, replacement in sorted(replacements):
        result += [text[position:start], replacement]
        position = end
    return "".join([*result, text[position:]])


def _take_out(text: str, marks: Sequence[str]) -> tuple[str, tuple[Mark, ...]]:
    """A text without its marks, which are given as they were; the marks with their places."""
    if not marks:
        return text, ()
    read, placed = "", []
    parts = text.split(_MARK)
    last = max((i for i, part in enumerate(parts) if part), default=0)
    for i, mark in enumerate(marks):
        read += parts[i]
        after_space = not read or read.endswith(" ")
        before_space = parts[i + 1].startswith(" ") or i + 1 > last
        if after_space:
            parts[i + 1] = parts[i + 1].removeprefix(" ")
        placed.append(Mark(mark, len(read), after_space, before_space))
    read += parts[-1]
    length = len(read.rstrip())
    return read.rstrip(), tuple(mark._replace(place=min(mark.place, length)) for mark in placed)
