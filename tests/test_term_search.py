"""Required terms: the states of a translation that is being written, and the search, against their
definitions."""

from itertools import groupby, product

import numpy as np
import pytest
from fakes import END, PrefixModel
from hypothesis import given, settings
from hypothesis import strategies as st

from seqcli.data.batching import pad
from seqcli.data.glossary import Term
from seqcli.decoding.search import SearchRequest, beam_search
from seqcli.decoding.term_search import EXPECTED_COST, term_search
from seqcli.decoding.term_states import (
    MAX_READINGS,
    RequiredTerm,
    TermForm,
    TermStates,
    TokenEdges,
)
from seqcli.decoding.terms import about_unwritable

VOCABULARY = 5
OTHERS = [token for token in range(VOCABULARY) if token != END]
FORMS = st.builds(
    TermForm,
    st.lists(st.sampled_from(OTHERS), min_size=1, max_size=3).map(tuple),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
TERMS = st.lists(st.lists(FORMS, min_size=1, max_size=2).map(tuple), max_size=3)
PLAIN = TokenEdges(np.zeros(VOCABULARY, dtype=bool), np.zeros(VOCABULARY, dtype=bool))


@st.composite
def edges(draw):
    flags = st.lists(st.booleans(), min_size=VOCABULARY, max_size=VOCABULARY).map(np.array)
    begins, ends = draw(flags), draw(flags)
    begins[END] = ends[END] = False
    return TokenEdges(begins, ends)


def places(form, tokens, word_edges):
    """Where a form stands in tokens: [begin, end)."""
    size = len(form.tokens)
    for begin in range(len(tokens) - size + 1):
        end = begin + size
        if (
            tuple(tokens[begin:end]) == form.tokens
            and not (form.at_start and begin)
            and not (form.begins_inside and begin and word_edges.ends_inside[tokens[begin - 1]])
            and not (
                form.ends_inside and end < len(tokens) and word_edges.begins_inside[tokens[end]]
            )
        ):
            yield range(begin, end)


def has_all(terms, tokens, word_edges):
    """Whether tokens have all terms, with no token in two of them."""
    choices = [
        [place for form in term for place in places(form, tokens, word_edges)] for term in terms
    ]
    return any(len(set().union(*chosen)) == sum(map(len, chosen)) for chosen in product(*choices))


def state_after(states, terms, tokens):
    state = np.array([states.start(terms)])
    for token in tokens:
        state = states.follow(state, np.array([token]))
    return state


@given(TERMS, st.lists(st.sampled_from(OTHERS), max_size=7), edges())
@settings(max_examples=300)
def test_nothing_remains_where_all_terms_are_there(terms, tokens, word_edges):
    states = TermStates(word_edges)
    remaining = states.remaining(state_after(states, terms, tokens))
    assert (remaining == 0).all() == has_all(terms, tokens, word_edges)


@given(TERMS, st.lists(st.sampled_from(OTHERS), max_size=5), edges())
def test_moves_are_those_of_each_token(terms, tokens, word_edges):
    states = TermStates(word_edges)
    state = state_after(states, terms, tokens)
    from_state = states.moves(state)
    moves = dict(zip(from_state.tokens[0].tolist(), from_state.after[0].tolist(), strict=True))
    (others,) = from_state.after_others(np.arange(VOCABULARY)[None])
    for token in OTHERS:
        (followed,) = states.follow(state, np.array([token]))
        assert followed == moves.get(token, others[token])


def test_terms_that_overlap_in_many_ways_have_few_readings():
    terms = [(TermForm((2,) * size),) for size in range(1, 9)]
    states = TermStates(PLAIN)
    state = state_after(states, terms, [])
    lacking = states.remaining(state)
    while lacking:
        (after,) = states.moves(state).after
        assert states.remaining(after) < lacking
        state, lacking = after, states.remaining(after)
        assert len(states._states[state[0]].readings) <= MAX_READINGS + 1


def request(sources, limit, prefixes=()):
    return SearchRequest(*pad(sources), END, [limit] * len(sources), prefixes=prefixes)


@given(TERMS, edges(), st.integers(0, 99), st.floats(0.5, 3.0))
@settings(max_examples=12, deadline=None)
def test_a_beam_of_all_sequences_finds_the_best_of_all(terms, word_edges, number, sharpness):
    model, longest = PrefixModel(VOCABULARY, sharpness), 4
    source = [2 + number % 7, number]
    every = model.every_translation(np.array(source), longest)
    right = [
        (total / len(tokens), tokens)
        for tokens, total in every
        if has_all(terms, tokens[:-1], word_edges)
    ]
    beam = VOCABULARY**longest
    (found,) = term_search(
        model, request([source], longest - 1), word_edges, [terms], beam=beam, nbest=3
    )
    best = sorted(right, reverse=True)[:3]
    if best:
        found = [h for h in found if not h.lacking]
        assert [h.tokens for h in found] == [tokens for _, tokens in best]
        assert [h.score for h in found] == pytest.approx([score for score, _ in best], abs=1e-4)
    else:
        assert all(h.lacking and h.stopped_by == "limit" for h in found)


@given(
    st.lists(
        st.lists(st.sampled_from(OTHERS), min_size=1, max_size=3).map(
            lambda tokens: (TermForm(tuple(tokens)),)
        ),
        max_size=4,
    ),
    st.integers(1, 6),
    st.integers(0, 999),
)
@settings(max_examples=40, deadline=None)
def test_every_beam_writes_all_terms_where_there_is_room(terms, beam, number):
    model = PrefixModel(VOCABULARY)
    (found,) = term_search(model, request([[5, number]], 60), PLAIN, [terms], beam=beam)
    assert has_all(terms, found[0].tokens[:-1], PLAIN)
    assert found[0].stopped_by == "eos"
    assert found[0].lacking == 0


@given(st.integers(2, 6), st.integers(0, 99))
@settings(max_examples=12, deadline=None)
def test_a_sentence_does_not_see_its_neighbours(beam, number):
    model = PrefixModel(VOCABULARY)
    sources = [[2 + number % 9, number // 9], [4, number], [7]]
    terms: list[list[RequiredTerm]] = [
        [(TermForm((2, 3)),)],
        [(TermForm((4,)), TermForm((0,))), (TermForm((3,)),)],
        [],
    ]
    together = term_search(model, request(sources, 9), PLAIN, terms, beam=beam, nbest=3)
    for source, required, found in zip(sources, terms, together, strict=True):
        (alone,) = term_search(model, request([source], 9), PLAIN, [required], beam=beam, nbest=3)
        assert [h.tokens for h in alone] == [h.tokens for h in found]


def in_places(candidates, remaining):
    """The best of those that lack least, then by rank among those that lack equally many, and by
    log-probability less the expected cost of what is lacking."""
    order = sorted(candidates, key=lambda each: (remaining(each[0]), -each[1]))
    ranked = [
        (rank, -each[1] + EXPECTED_COST * bank, each)
        for bank, members in groupby(order, key=lambda each: remaining(each[0]))
        for rank, each in enumerate(members)
    ]
    return order[:1] + [each for *_, each in sorted(ranked) if each != order[0]]


def slow_search(model, source, terms, beam, limit):
    """The search without arrays and without an early stop: all that ended, best first."""
    states = TermStates(PLAIN)

    def remaining(tokens):
        return int(states.remaining(state_after(states, terms, [t for t in tokens if t != END]))[0])

    live, ended = [((), 0.0)], []
    for _ in range(limit + 1):
        candidates = in_places(
            [
                ((*tokens, token), total + log_probability)
                for tokens, total in live
                for token, log_probability in enumerate(model.draw(source, tokens)[0])
                if token != END or not remaining(tokens)
            ],
            remaining,
        )
        ended += [each for each in candidates[:beam] if each[0][-1] == END]
        live = [each for each in candidates if each[0][-1] != END][:beam]
        if len(ended) >= beam:
            break
    return sorted(ended, key=lambda each: -each[1] / len(each[0]))


@given(
    st.lists(
        st.lists(st.sampled_from(OTHERS), min_size=1, max_size=3).map(
            lambda tokens: (TermForm(tuple(tokens)),)
        ),
        min_size=1,
        max_size=3,
    ),
    st.integers(2, 5),
    st.integers(0, 999),
)
@settings(max_examples=12, deadline=None)
def test_the_search_is_that_of_its_definition(terms, beam, number):
    model, source = PrefixModel(VOCABULARY), [5, number]
    slow = slow_search(model, source, terms, beam, 12)[:2]
    (found,) = term_search(model, request([source], 12), PLAIN, [terms], beam=beam, nbest=2)
    ended = [h for h in found if h.stopped_by == "eos"]
    assert [h.tokens for h in ended] == [tokens for tokens, _ in slow]


def test_a_prefix_counts():
    model, required = PrefixModel(VOCABULARY), [(TermForm((2, 3)),), (TermForm((4,)),)]
    asked = request([[5, 6]], 12, prefixes=[[3, 2]])
    ((best, *_),) = term_search(model, asked, PLAIN, [required], beam=4)
    assert best.tokens[:2] == (3, 2)
    assert has_all(required, best.tokens[:-1], PLAIN)


def test_without_room_the_best_lacks_least():
    model, required = PrefixModel(VOCABULARY), [(TermForm((2, 3, 4, 0)),), (TermForm((4,)),)]
    ((best, *_),) = term_search(model, request([[5, 6]], 3), PLAIN, [required], beam=4)
    assert best.stopped_by == "limit"
    assert best.lacking == 2


class NeverAlone(PrefixModel):
    """Finds token 2 likely only after token 3, and is otherwise sure of a translation without."""

    def draw(self, source, prefix):
        probabilities = np.full(self.vocabulary, 1e-4)
        likely = {(): 0, (0,): 3, (0, 3): 4, (0, 3, 4): END, (0, 3, 2): END}
        probabilities[likely.get(tuple(map(int, prefix)), 0)] = 0.9
        if tuple(map(int, prefix)) == (0, 3):
            probabilities[2] = 0.05
        return np.log(probabilities / probabilities.sum()), np.full(len(source), 1 / len(source))


@pytest.mark.parametrize("beam", [2, 3, 5])
def test_a_term_stands_where_it_is_likeliest(beam):
    model = NeverAlone(VOCABULARY)
    ((plain, *_),) = beam_search(model, request([[5, 6]], 8), beam=beam)
    ((best, *_),) = term_search(
        model, request([[5, 6]], 8), PLAIN, [[(TermForm((2,)),)]], beam=beam
    )
    assert plain.tokens == (0, 3, 4, END)
    assert best.tokens == (0, 3, 2, END)


def test_what_to_do_about_terms_that_cannot_be_written_is_said():
    terms = [Term(("a",), (str(number),)) for number in range(12)]
    said = about_unwritable(terms)
    assert said.startswith("12 terms") and ", 9, … (`seqcli train --base` adds" in said
