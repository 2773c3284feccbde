"""How much of its required terms a translation has: a finite automaton over tokens.

A translation has a term if the tokens of one of its forms stand in it one after the other, as whole
words; no token belongs to two terms. While tokens are read one by one, it is not known which of
them belong to which term ("New York" may begin "New York City"). So a state is the set of all ways
to read the tokens so far, which is the subset construction (Rabin & Scott 1959, definition 11).
States are made when they are first reached, which are few of the many. Where terms overlap in many
ways, only the best `MAX_READINGS` are kept: then a term may be written once more than it must.

R rows, X special tokens of a row, V tokens of the output vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from seqcli.arrays import Bools, Ints


@dataclass(frozen=True)
class TermForm:
    """The tokens, at least one, of a way to write a term.

    Where it `begins_inside` or `ends_inside`, its first or last token is a part of a word, so that
    no token of the same word may stand before or after it. `at_start`: it may only begin a
    translation.
    """

    tokens: tuple[int, ...]
    begins_inside: bool = False
    ends_inside: bool = False
    at_start: bool = False


RequiredTerm = tuple[TermForm, ...]  # of which a translation must have one


def most_tokens(terms: Sequence[RequiredTerm]) -> int:
    """The most tokens that these terms take."""
    return sum(max(len(form.tokens) for form in term) for term in terms)


@dataclass(frozen=True)
class TokenEdges:
    """Which tokens [V] begin with a character that goes on with the word before, and which end with
    one that a word may go on after."""

    begins_inside: Bools
    ends_inside: Bools

    @property
    def kinds(self) -> Ints:
        """The kind of each token, by its edges, as an index of `_EDGES`: [V]."""
        return 2 * self.begins_inside.astype(np.int64) + self.ends_inside


_EDGES = ((False, False), (False, True), (True, False), (True, True))


# The number of ways grows exponentially with the number of terms that overlap.
MAX_READINGS = 32


class _Reading(NamedTuple):
    """One way to read the tokens so far.

    `met` are the terms that they have, as bits. Of the term that is being written, `written` tokens
    of this form are there; without one, the numbers are -1. With `must_end`, the last token ends a
    term, and no token may go on with its word.
    """

    met: int
    term: int = -1
    form: int = -1
    written: int = 0
    must_end: bool = False


class _State(NamedTuple):
    """What may be read of the tokens so far, given the number of a list of terms; whether the last
    token ends inside a word, and whether there is none."""

    terms: int
    readings: frozenset[_Reading]
    inside: bool
    at_start: bool


class _Moves(NamedTuple):
    """The states after a state: by special token, and by kind for all other tokens."""

    special: dict[int, int]
    others: list[int]


class RowMoves(NamedTuple):
    """The moves from the states of rows.

    `tokens` [R,X] are the special tokens, which begin or continue a term, padded with -1, and
    `after` [R,X] the states after them. `others` [R,4] are the states after all others, by the
    `kinds` of tokens [V].
    """

    tokens: Ints
    after: Ints
    others: Ints
    kinds: Ints

    def after_others(self, tokens: Ints) -> Ints:
        """The states after tokens that are not special: [R,N] -> [R,N]."""
        return np.take_along_axis(self.others, self.kinds[tokens], axis=1)


class TermStates:
    """The states of lists of terms, as numbers from 0."""

    def __init__(self, edges: TokenEdges) -> None:
        self.kinds = edges.kinds
        self._lists: list[_TermList] = []
        self._numbers: dict[_State, int] = {}
        self._states: list[_State] = []
        self._remaining: list[int] = []
        self._moves: dict[int, _Moves] = {}

    def start(self, terms: Sequence[RequiredTerm]) -> int:
        """The state before the first token, where these terms are required."""
        self._lists.append(_TermList(terms))
        nothing = frozenset([_Reading(0)])
        return self._number(_State(len(self._lists) - 1, nothing, inside=False, at_start=True))

    def remaining(self, states: Ints) -> Ints:
        """The most tokens that may be needed to have all terms, from states of any shape."""
        return np.array(self._remaining, dtype=np.int64)[states]

    def moves(self, states: Ints) -> RowMoves:
        """The moves from states [R]."""
        moves = [self._moves_of(state) for state in states.tolist()]
        width = max((len(each.special) for each in moves), default=0)
        padding = (-1,) * width
        tokens = [(*each.special, *padding[len(each.special) :]) for each in moves]
        after = [(*each.special.values(), *padding[len(each.special) :]) for each in moves]
        shape = (len(moves), width)
        return RowMoves(
            np.array(tokens, dtype=np.int64).reshape(shape),
            np.array(after, dtype=np.int64).reshape(shape),
            np.array([each.others for each in moves], dtype=np.int64).reshape(-1, len(_EDGES)),
            self.kinds,
        )

    def follow(self, states: Ints, tokens: Ints) -> Ints:
        """The state after a token in each state: [R], [R] -> [R]."""
        kinds = self.kinds[tokens].tolist()
        followed = []
        for state, token, kind in zip(states.tolist(), tokens.tolist(), kinds, strict=True):
            moves = self._moves_of(state)
            followed.append(moves.special.get(token, moves.others[kind]))
        return np.array(followed, dtype=np.int64)

    def _moves_of(self, number: int) -> _Moves:
        if number not in self._moves:
            state = self._states[number]
            continued = self._lists[state.terms].continued(state)
            special = {
                token: self._after(state, pairs, int(self.kinds[token]))
                for token, pairs in continued.items()
            }
            kinds = range(len(_EDGES))
            if not any(reading.must_end for reading in state.readings):
                kinds = range(2)  # then it does not matter what a token begins with
            others = [self._after(state, (), kind) for kind in kinds]
            others *= len(_EDGES) // len(kinds)
            self._moves[number] = _Moves(special, others)
        return self._moves[number]

    def _after(
        self, state: _State, continued: Iterable[tuple[_Reading, _Reading]], kind: int
    ) -> int:
        """The state after a token of a kind, given readings that it continues, each with the
        one after."""
        begins_inside, ends_inside = _EDGES[kind]
        readings = [
            _Reading(before.met)
            for before in state.readings
            if before.term < 0 and not (before.must_end and begins_inside)
        ]
        readings += [
            after for before, after in continued if not (before.must_end and begins_inside)
        ]
        best = self._lists[state.terms].best(set(readings))
        return self._number(_State(state.terms, best, ends_inside, at_start=False))

    def _number(self, state: _State) -> int:
        number = self._numbers.setdefault(state, len(self._states))
        if number == len(self._states):
            self._states.append(state)
            terms = self._lists[state.terms]
            self._remaining.append(min(map(terms.needed, state.readings)))
        return number


class _TermList:
    """Required terms, what tokens do to readings of them, and which readings are the best."""

    def __init__(self, terms: Sequence[RequiredTerm]) -> None:
        self.terms = tuple(terms)
        firsts: dict[RequiredTerm, int] = {}
        # Equal terms have the same number here.
        self._kinds = [firsts.setdefault(term, number) for number, term in enumerate(terms)]
        self._longest = [max(len(form.tokens) for form in term) for term in terms]
        self._needed_after: dict[int, int] = {}

    def continued(self, state: _State) -> dict[int, list[tuple[_Reading, _Reading]]]:
        """By token, the readings in which it begins or continues a term, with the one after."""
        continued: dict[int, list[tuple[_Reading, _Reading]]] = {}
        for reading in state.readings:
            for term, form, written in self._next_places(state, reading):
                whole = self.terms[term][form]
                after = _Reading(reading.met, term, form, written + 1)
                if written + 1 == len(whole.tokens):
                    after = _Reading(reading.met | 1 << term, must_end=whole.ends_inside)
                continued.setdefault(whole.tokens[written], []).append((reading, after))
        return continued

    def best(self, readings: Iterable[_Reading]) -> frozenset[_Reading]:
        """The readings for which there is none that is better in some way, and worse in none; of
        many those that need least, and always one that any token may follow."""
        readings = frozenset(readings)
        places = {reading[1:4] for reading in readings}
        if len(places) == len(readings) <= MAX_READINGS:
            return readings
        kept: list[_Reading] = []
        by_place: dict[tuple[int, int, int], list[_Reading]] = {}
        # (What is better in some way needs less, or need not end, and so comes before.)
        order = sorted(readings, key=lambda each: (self.needed(each), each.must_end, each))
        for reading in order:
            others = by_place.setdefault(reading[1:4], [])
            if not any(
                other.met | reading.met == other.met and (reading.must_end or not other.must_end)
                for other in others
            ):
                others.append(reading)
                kept.append(reading)
        if len(kept) > MAX_READINGS:
            free = next(each for each in kept if each.term < 0 and not each.must_end)
            kept = [free, *kept[:MAX_READINGS]]
        return frozenset(kept)

    def needed(self, reading: _Reading) -> int:
        """The most tokens that this reading may need to have all terms: each token of a term that
        is begun or continued makes it less, whatever the form."""
        if reading.met not in self._needed_after:
            self._needed_after[reading.met] = sum(
                longest
                for number, longest in enumerate(self._longest)
                if not reading.met >> number & 1
            )
        needed = self._needed_after[reading.met]
        if reading.term >= 0:
            form = self.terms[reading.term][reading.form]
            needed += len(form.tokens) - reading.written - self._longest[reading.term]
        return needed

    def _next_places(self, state: _State, reading: _Reading) -> Iterator[tuple[int, int, int]]:
        """The places in terms, as the numbers of a term, a form and a token, where the next token
        may stand. Of equal terms, the first one is written first."""
        if reading.term >= 0:
            yield reading[1:4]
            return
        seen = set()
        for number, term in enumerate(self.terms):
            if reading.met >> number & 1 or self._kinds[number] in seen:
                continue
            seen.add(self._kinds[number])
            for place, form in enumerate(term):
                may_begin = not (form.begins_inside and state.inside)
                if may_begin and (state.at_start or not form.at_start):
                    yield number, place, 0
