"""Which terms of its source a translation has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from seqcli.data.carryover import SPACED
from seqcli.data.glossary import FORMS, FoundTerm
from seqcli.data.patterns import compiled
from seqcli.data.text import END_MARKS


class WrittenTerm(NamedTuple):
    """A term of a source, and whether its translation has it."""

    term: FoundTerm
    is_met: bool

    def to_dict(self) -> dict[str, Any]:
        """The values that `--format json` prints."""
        forms = dict.fromkeys(form.text for form in self.term.forms if not form.at_start)
        return {
            "source": self.term.source,
            "target": FORMS.join(forms),
            "met": self.is_met,
        }


def written_terms(translation: str, terms: Sequence[FoundTerm]) -> list[WrittenTerm]:
    """Terms, and whether a translation, of one or more sentences, has each, as whole words; no part
    of it counts for two."""
    places = [_places(translation, term) for term in terms]
    # The longest first, so that "New York" is not found in the only "New York City"; and what has
    # one place before what has others too.
    order = sorted(
        (number for number in range(len(terms)) if places[number]),
        key=lambda number: (-_length(places[number][0]), len(places[number])),
    )
    taken: dict[int, tuple[int, int]] = {}
    for number in order:
        for start, end in places[number]:
            if not any(start < after and first < end for first, after in taken.values()):
                taken[number] = start, end
                break
    return [WrittenTerm(term, number in taken) for number, term in enumerate(terms)]


def _places(translation: str, term: FoundTerm) -> list[tuple[int, int]]:
    """[start, end) of all forms of a term in a translation, the longest first."""
    found = {
        match.span(): None
        for form in term.forms
        for match in compiled(_bounded(form.text)).finditer(translation)
        if not form.at_start or _begins_sentence(translation, match.start())
    }
    return sorted(found, key=_length, reverse=True)


def _length(place: tuple[int, int]) -> int:
    return place[1] - place[0]


def _begins_sentence(text: str, place: int) -> bool:
    """Whether there is no letter and no digit before a place, or none after an end mark there."""
    before = text[max(text.rfind(mark, 0, place) for mark in END_MARKS) + 1 : place]
    return not any(map(str.isalnum, before))


def _bounded(text: str) -> str:
    """The pattern of a term that is no part of a longer word."""
    before = rf"(?<!{SPACED})" if compiled(SPACED).match(text[0]) else ""
    after = rf"(?!{SPACED})" if compiled(SPACED).match(text[-1]) else ""
    return before + re.escape(text) + after
