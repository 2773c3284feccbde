"""Marks of a source, such as tags and emoji, put into its translation by the attention weights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from seqcli.arrays import Array
from seqcli.data.source_text import Mark
from seqcli.data.words import find_words
from seqcli.decoding.words import group_pieces

Span = tuple[int, int]

_TAG = re.compile(r"<(?P<close>/?)(?P<name>\w+)[^>]*?(?P<empty>/?)>", re.DOTALL)
_PUNCTUATION = re.compile(r"[^\w\s▁]*")
# The patterns by the names that they have in the scripts of a page.
PATTERNS = {"markupTag": _TAG.pattern, "markupPunctuation": _PUNCTUATION.pattern}


class MarkedSource(NamedTuple):
    """The text that the model read, [start, end) of its pieces there, and its marks."""

    text: str
    pieces: Sequence[Span]
    marks: Sequence[Mark]


class TagPair(NamedTuple):
    """An opening and a closing tag, as indices of marks, and the pairs between them."""

    opening: int
    closing: int
    children: list[TagPair]


class Insertion(NamedTuple):
    """A text to insert into the pieces of a translation, at an index in their concatenation."""

    place: int
    text: str


def place_marks(
    source: MarkedSource,
    pieces: Sequence[str],
    items: Sequence[int],
    attention: Array | None,
) -> list[Insertion]:
    """Where the marks of a source belong in a translation, from left to right.

    The translation is given as its pieces, ▁ for a space. A pair of tags encloses the words that
    are linked to those that it encloses in the source; another mark follows the word that is linked
    to the word before it. Tags remain nested. A word is linked to the source piece with the largest
    attention weight, or for a model without attention to the one at about the same place. `items`
    are the indices of pieces that no mark may part.
    """
    placement = _Placement(source, _link_words(source, pieces, items, attention), pieces)
    return placement.insertions()


def place_as_heard(
    source: MarkedSource,
    pieces: Sequence[str],
    attention: Array,
    *,
    ended: bool = True,
) -> list[Insertion]:
    """Where the marks of a source that was heard word by word belong in its translation.

    A mark is put before the first word whose first piece attends to something behind it: that is
    known when the word is written, and the mark has been heard then. Unless the translation has
    `ended`, marks are left out that no such word follows yet.
    """
    bounds = _Placement(source, [], pieces).bounds
    starts = [0, *accumulate(map(len, pieces))]
    insertions: list[Insertion] = []
    place = 0
    for mark, bound in zip(source.marks, bounds, strict=True):
        following = (
            group[0] for group in group_pieces(pieces) if attention[group[0]].argmax() >= bound
        )
        first = next(following, len(pieces))
        if first == len(pieces) and not ended:
            break
        start = starts[first]
        if first < len(pieces) and mark.after_space and (not mark.before_space or not first):
            start += pieces[first].startswith("▁")
        place = max(place, start)
        insertions.append(Insertion(place, _spaced_mark(mark, at_start=first == 0)))
    return insertions


def _spaced_mark(mark: Mark, *, at_start: bool = False) -> str:
    """A mark with a space, if it stood apart in the source."""
    if _TAG.fullmatch(mark.text) or not (mark.after_space and mark.before_space):
        return mark.text
    return f"{mark.text} " if at_start else f" {mark.text}"


def insert(text: str, insertions: Sequence[Insertion], offset: int = 0) -> str:
    """The text with the insertions, whose places are `offset` too large for it."""
    for place, inserted in reversed(insertions):
        index = max(0, place - offset)
        text = text[:index] + inserted + text[index:]
    return text


def insert_into_pieces(pieces: Sequence[str], insertions: Sequence[Insertion]) -> list[str]:
    """The pieces with the insertions; one between two pieces belongs to the first. No pieces remain
    none."""
    if not pieces:
        return []
    result = list(pieces)
    spans = _piece_spans(pieces)
    for place, inserted in reversed(insertions):
        index = next(i for i, (_, end) in enumerate(spans) if place <= end)
        start = spans[index][0]
        result[index] = insert(result[index], [Insertion(place - start, inserted)])
    return result


class _Link(NamedTuple):
    """A word of the translation, at [start, end), and the source piece that it is linked to."""

    start: int
    end: int
    piece: int


def _link_words(
    source: MarkedSource, pieces: Sequence[str], items: Sequence[int], attention: Array | None
) -> list[_Link]:
    spans = _piece_spans(pieces)
    text = "".join(pieces)
    whole = [spans[i] for i in items]
    words = [
        (word.start, word.end)
        for word in find_words(text)
        if not any(start <= word.start < end for start, end in whole)
    ]
    links = []
    for number, (start, end) in enumerate(words := sorted([*words, *whole])):
        if attention is None:
            piece = number * len(source.pieces) // len(words)
        else:
            rows = [i for i, (a, b) in enumerate(spans) if a < end and b > start]
            piece = int(attention[rows, : len(source.pieces)].sum(axis=0).argmax())
        links.append(_Link(start, end, piece))
    return links


def _piece_spans(pieces: Sequence[str]) -> list[Span]:
    ends = np.cumsum([len(piece) for piece in pieces], dtype=np.int64).tolist()
    return list(zip([0, *ends], ends, strict=False))


@dataclass
class _Placement:
    """Finds the place of each mark in the text of the pieces."""

    source: MarkedSource
    links: list[_Link]
    pieces: Sequence[str]

    def __post_init__(self) -> None:
        self.text = "".join(self.pieces)
        self.bounds = [self._pieces_before(mark.place) for mark in self.source.marks]
        self.places: dict[int, int] = {}

    def insertions(self) -> list[Insertion]:
        """The marks with their places, from left to right."""
        marks, pairs = self.source.marks, pair_tags(self.source.marks)
        self._place_pairs(pairs, (self._start(), len(self.text)))
        for i in range(len(marks)):
            if i not in self.places:
                self.places[i] = self._place_single(i)
        # At one place, what was opened before is closed first.
        openings = dict(_all_pairs(pairs))
        order = sorted(
            range(len(marks)),
            key=lambda i: (self.places[i], self._opens_there(i, openings), i),
        )
        return [Insertion(self.places[i], self._spaced(i)) for i in order]

    def _opens_there(self, index: int, openings: Mapping[int, int]) -> bool:
        opening = openings.get(index)
        return opening is None or self.places[opening] == self.places[index]

    def _spaced(self, index: int) -> str:
        """A mark with a space, if it stood apart in the source."""
        at_start = self.places[index] == self._start()
        return _spaced_mark(self.source.marks[index], at_start=at_start)

    def _start(self) -> int:
        return len(self.text) - len(self.text.lstrip("▁"))

    def _pieces_before(self, place: int) -> int:
        """The number of source pieces that begin before a place in the source's text.

        A piece may begin with the space before its word.
        """
        text = self.source.text
        return sum(
            start + text.startswith(" ", start) < place
            for start in (max(0, start) for start, _ in self.source.pieces)
        )

    def _place_pairs(self, pairs: Sequence[TagPair], limits: Span) -> None:
        """Place pairs of tags within limits, so that no two of them cross, and those in them."""
        levels = [(pairs, limits)]  # (no recursion: a hostile line may nest thousands)
        while levels:
            pairs, limits = levels.pop()
            taken: list[Span] = []
            for pair in pairs:
                start, end = self._enclosed(pair, limits)
                for other_start, other_end in taken:
                    if start < other_end and other_start < end:  # they overlap: keep what is after
                        start, end = max(start, other_end), max(end, other_end)
                taken.append((start, end))
                self.places[pair.opening], self.places[pair.closing] = start, end
                levels.append((pair.children, (start, end)))

    def _enclosed(self, pair: TagPair, limits: Span) -> Span:
        first, last = self.bounds[pair.opening], self.bounds[pair.closing]
        low, high = limits
        inside = [
            link
            for link in self.links
            if first <= link.piece < last and low <= link.start and link.end <= high
        ]
        if not inside:
            place = min(max(self._after(first), low), high)
            return place, place
        end = inside[-1].end
        if self._ends_in_punctuation(self.source.marks[pair.closing].place):
            end = min(self._after_punctuation(end), high)
        return inside[0].start, end

    def _place_single(self, index: int) -> int:
        mark, bound = self.source.marks[index], self.bounds[index]
        if mark.place == 0:
            return self._start()
        if mark.place >= len(self.source.text):
            return len(self.text)
        if not mark.before_space and mark.after_space:  # it belongs to the word after it
            following = [link.start for link in self.links if link.piece >= bound]
            return min(following, default=len(self.text))
        place = self._after(bound)
        if self._ends_in_punctuation(mark.place):
            place = self._after_punctuation(place)
        return place

    def _after(self, bound: int) -> int:
        """Behind the word that is linked to the last source piece before a bound."""
        before = [link for link in self.links if link.piece < bound]
        if not before:
            return self._start()
        return max(before, key=lambda link: (link.piece, link.start)).end

    def _ends_in_punctuation(self, place: int) -> bool:
        return place > 0 and not self.source.text[place - 1].isalnum()

    def _after_punctuation(self, place: int) -> int:
        match = _PUNCTUATION.match(self.text, place)
        return match.end() if match else place


def pair_tags(marks: Sequence[Mark]) -> list[TagPair]:
    """The pairs of tags, outermost first, in their order; tags without a partner are left out."""
    outermost: list[TagPair] = []
    open_pairs: list[tuple[str, TagPair]] = []
    for i, mark in enumerate(marks):
        tag = _TAG.fullmatch(mark.text)
        if tag is None or tag["empty"]:
            continue
        if not tag["close"]:
            open_pairs.append((tag["name"], TagPair(i, -1, [])))
            continue
        names = [name for name, _ in open_pairs]
        if tag["name"] not in names:
            continue
        depth = len(names) - 1 - names[::-1].index(tag["name"])
        # Tags that were opened inside and not closed have no partner; pairs in them remain.
        inner = [child for _, pair in open_pairs[depth:] for child in pair.children]
        pair = TagPair(open_pairs[depth][1].opening, i, inner)
        del open_pairs[depth:]
        (open_pairs[-1][1].children if open_pairs else outermost).append(pair)
    return sorted([*outermost, *(child for _, pair in open_pairs for child in pair.children)])


def _all_pairs(pairs: Sequence[TagPair]) -> Iterator[tuple[int, int]]:
    """The closing and the opening tag of each pair, also of the inner ones."""
    remaining = list(pairs)
    while remaining:
        pair = remaining.pop()
        yield pair.closing, pair.opening
        remaining += pair.children
