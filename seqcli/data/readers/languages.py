"""Texts in several languages: which two of them are the pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from seqcli.data.pairs import Pair
from seqcli.data.reading import Reading, describe_languages, find_language
from seqcli.wording import plural


class Unit(NamedTuple):
    """A text in several languages, by their tags; `source` is the tag of the original, or empty."""

    texts: Mapping[str, str]
    source: str = ""


class LanguagePair(NamedTuple):
    """The tags of the two languages of pairs, in lower case."""

    source: str
    target: str


def pairs_of_units(units: Iterable[Unit], reading: Reading) -> Iterator[Pair]:
    """The pairs of the two languages that are selected, or the only two that there are.

    Raises `UserError`, after all units have been read, if there are others, or not these: it lists
    all that there are.
    """
    choice = _Choice(reading)
    kinds: Counter[tuple[str, ...]] = Counter()  # the units, by their languages
    complete = 0
    for unit in units:
        tags = tuple(unit.texts)
        kinds[tags] += 1
        found = choice.find(tags, unit.source)
        if found is not None:
            complete += 1
            yield reading.pair(unit.texts[found.source], unit.texts[found.target])
    reading.rows = kinds.total()
    if not choice.is_clear or (kinds and not complete):
        counts: Counter[str] = Counter()
        for tags, count in kinds.items():
            counts.update(dict.fromkeys(tags, count))
        raise reading.fail(_what_is_there(counts, reading))
    if complete < reading.rows:
        left_out = f"{reading.rows - complete:,} of {plural(reading.rows, 'unit')}"
        reading.note(f"left out {left_out} without both texts")


class _Choice:
    """Finds the two languages of units by all their languages, which are the same in most."""

    def __init__(self, reading: Reading) -> None:
        self.is_clear = True  # no unit has a third language, unless two are selected
        self._reading = reading
        self._only: LanguagePair | None = None
        self._found: dict[tuple[tuple[str, ...], str], LanguagePair | None] = {}

    def find(self, tags: tuple[str, ...], source: str) -> LanguagePair | None:
        """The tags of a unit that are its pair, of which the `source` may be named; None if it has
        none, or as soon as it is not clear which."""
        if (tags, source) not in self._found:
            usual = {tag.lower().replace("_", "-"): tag for tag in tags}
            pair = self._find(usual, source.lower().replace("_", "-"))
            named = LanguagePair(*(usual[tag] for tag in pair)) if pair is not None else None
            self._found[tags, source] = named
        return self._found[tags, source] if self.is_clear else None

    def _find(self, tags: Mapping[str, str], source: str) -> LanguagePair | None:
        selection = self._reading.selection
        if selection.source and selection.target:
            return _selected(tags, self._reading)
        if self._only is None:
            self._only = _only_pair(tags, source, self._reading)
            self.is_clear = self._only is not None or len(tags) < 2
            return self._only
        self.is_clear &= set(tags) <= set(self._only)
        return self._only if set(self._only) <= set(tags) else None


def _selected(tags: Iterable[str], reading: Reading) -> LanguagePair | None:
    """The languages of a unit that are selected; None if it lacks one."""
    tags, found = list(tags), []
    for wanted in (reading.selection.source, reading.selection.target):
        matching = find_language(tags, wanted)
        if len(matching) > 1:
            raise reading.fail(f"{wanted} may be {' or '.join(matching)}: name one of them")
        found += matching
    return LanguagePair(*found) if len(set(found)) == 2 else None


def _only_pair(tags: Mapping[str, str], source: str, reading: Reading) -> LanguagePair | None:
    """The languages of a unit that has two, the source first; None if it has more or fewer."""
    if len(tags) != 2:
        return None
    first, second = tags
    selection = reading.selection
    is_swapped = second in find_language(tags, source or selection.source)
    is_swapped |= not source and first in find_language(tags, selection.target)
    return LanguagePair(second, first) if is_swapped else LanguagePair(first, second)


def _what_is_there(counts: Mapping[str, int], reading: Reading) -> str:
    selection = reading.selection
    there = describe_languages(counts)
    if selection.source and selection.target:
        return f"no unit is in {selection.source} and {selection.target}; its languages are {there}"
    if len(counts) < 2:
        return f"all its texts are in one language, {there}"
    first, second = [*counts][:2]
    return f"its languages are {there}: name two, such as --from {first} --to {second}"
