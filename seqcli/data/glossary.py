"""Terms: what a user wants words of a source to be called in its translation."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from seqcli.data.carryover import Item
from seqcli.data.normalization import fold, normalize, normalize_source
from seqcli.data.words import Word, find_words
from seqcli.errors import UserError
from seqcli.wording import shortened

# Separates the forms of a term in a file.
FORMS = "|"

# A translation has room for the longest form of each of its terms.
MAX_CHARACTERS = 500  # of a form

_MARK = re.compile(r"\S")  # where no word is


class Term(NamedTuple):
    """What each of the source's forms is called: one of the target's forms."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]


class TargetForm(NamedTuple):
    """A way to write a term; `at_start` only at the beginning of a translation."""

    text: str
    at_start: bool = False


class FoundTerm(NamedTuple):
    """A term that stands in a normalized source at [start, end), as `source`, and the forms of
    which its translation must have one. One that is `carried` has a symbol in what the model reads.
    """

    source: str
    start: int
    end: int
    forms: tuple[TargetForm, ...]
    carried: bool = False


class _Key(NamedTuple):
    """A word or mark of a text, folded, at [start, end)."""

    text: str
    start: int
    end: int


def parse_term(cells: Sequence[str]) -> Term:
    """The term in a line of a glossary: forms of the source, forms of the target, and perhaps a
    note. Raises `UserError` for a form that is empty or has more than `MAX_CHARACTERS`."""
    sides = [tuple(normalize(form) for form in cell.split(FORMS)) for cell in cells[:2]]
    for side in sides:
        if not all(side):
            raise UserError(
                f"the term {shortened(FORMS.join(side))!r} has an empty form beside a {FORMS!r}"
            )
        if (longest := max(side, key=len))[MAX_CHARACTERS:]:
            raise UserError(
                f"the term {shortened(longest)!r} is too long: it may have {MAX_CHARACTERS} "
                "characters"
            )
    return Term(*sides)


class Glossary:
    """Terms, and where they stand in sources. Of terms with the same source, the last one counts.

    Differences of case matter only where two terms differ in nothing else ("May" and "may").
    """

    def __init__(self, terms: Iterable[Term], locale: str = "") -> None:
        self.locale = locale
        self._terms: dict[str, Term] = {}
        # By the first key the numbers of keys, the largest first; and by all keys the forms.
        self._lengths: defaultdict[str, list[int]] = defaultdict(list)
        self._forms: dict[tuple[str, ...], dict[str, Term]] = {}
        for term in terms:
            for form in term.sources:
                self._add(form, term)
        for first, lengths in self._lengths.items():
            self._lengths[first] = sorted(set(lengths), reverse=True)

    def __len__(self) -> int:
        return len(self._terms)

    @property
    def terms(self) -> list[Term]:
        """The terms that count, each once."""
        return list(dict.fromkeys(self._terms.values()))

    def find(self, text: str) -> list[FoundTerm]:
        """The terms in a normalized source, from left to right, each as long as it can be."""
        keys = _keys(text, self.locale)
        found, place = [], 0
        while place < len(keys):
            length = self._length_at(keys, place)
            if length:
                begin, end = keys[place].start, keys[place + length - 1].end
                forms = self._forms[tuple(key.text for key in keys[place : place + length])]
                is_first = not any(map(str.isalnum, text[:begin]))
                found.append(_found(text, begin, end, forms, is_first=is_first))
            place += length or 1
        return found

    def _add(self, form: str, term: Term) -> None:
        keys = tuple(key.text for key in _keys(form, self.locale))
        if not keys:
            raise UserError(f"the term {shortened(form)!r} has no character that can be found")
        if keys not in self._forms:
            self._forms[keys] = {}
            self._lengths[keys[0]].append(len(keys))
        # (Put last, so that it counts where no form has the case of the source.)
        self._forms[keys].pop(form, None)
        self._forms[keys][form] = term
        self._terms[form] = term

    def _length_at(self, keys: Sequence[_Key], place: int) -> int:
        """The number of keys of the longest term that begins at a place; 0 if none does."""
        for length in self._lengths.get(keys[place].text, ()):
            following = keys[place : place + length]
            if tuple(key.text for key in following) in self._forms:
                return len(following)
        return 0


def carry_terms(
    text: str,
    items: Sequence[Item],
    terms: Sequence[FoundTerm],
    find: Callable[[str], list[Item]],
    carry: Collection[str],
) -> tuple[list[Item], tuple[FoundTerm, ...]]:
    """The items and terms of a text where each term that has a part of an item is one item itself,
    and so are terms whose source is in `carry`.

    `find` finds the items of a text.
    """
    parts = {i for item in items if item.kind != "mark" for i in range(item.start, item.end)}
    terms = tuple(
        term._replace(
            carried=term.source in carry or not parts.isdisjoint(range(term.start, term.end))
        )
        for term in terms
    )
    carried = [Item(term.source, "new", term.start, term.end) for term in terms if term.carried]
    if not carried:
        return list(items), terms
    rest = list(text)
    for item in carried:
        rest[item.start : item.end] = " " * (item.end - item.start)
    return sorted([*carried, *find("".join(rest))], key=lambda item: item.start), terms


def words_outside(terms: Sequence[FoundTerm], words: list[Word]) -> list[Word]:
    """The words that are in no term that is carried."""
    carried = {i for term in terms if term.carried for i in range(term.start, term.end)}
    return [word for word in words if word.start not in carried] if carried else words


def _keys(text: str, locale: str) -> list[_Key]:
    """The words of a text, each with what else stands between them as keys of one character."""
    keys, end = [], 0
    for word in [*find_words(text), None]:
        begin = len(text) if word is None else word.start
        keys += [
            _Key(_folded(mark[0], locale), mark.start(), mark.end())
            for mark in _MARK.finditer(text, end, begin)
        ]
        if word is not None:
            keys.append(_Key(_folded(word.text, locale), word.start, word.end))
            end = word.end
    return [key for key in keys if key.text]


@lru_cache(maxsize=10_000)
def _folded(text: str, locale: str) -> str:
    return fold(normalize_source(text), locale)


def _found(text: str, begin: int, end: int, forms: dict[str, Term], *, is_first: bool) -> FoundTerm:
    """A term at [begin, end) of a source, given the terms with these words by their forms."""
    source = text[begin:end]
    form = source if source in forms else list(forms)[-1]
    written: dict[TargetForm, None] = {}
    for target in forms[form].targets:
        written.update(dict.fromkeys(_written(target, source, form, is_first=is_first)))
    return FoundTerm(source, begin, end, tuple(written))


def _written(target: str, source: str, form: str, *, is_first: bool) -> list[TargetForm]:
    """How a form of the target is written, by the case of the source.

    One that has a capital letter is written as it is. Any other follows the source where this has
    capitals that its form has not: all, or the first letter; at the beginning of a source the first
    letter may be capital for that alone. A translation may begin with a capital letter.
    """
    capital = _capitalized(target)
    if target != target.lower() or capital == target:
        return [TargetForm(target)]
    if source.isupper() and not form.isupper() and len(source) > 1:
        return [TargetForm(target.upper())]
    if source[:1].isupper() and not form[:1].isupper() and not is_first:
        return [TargetForm(capital)]
    return [TargetForm(target), TargetForm(capital, at_start=True)]


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
