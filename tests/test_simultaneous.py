"""The search that writes while words are still to come, against a slow one that does so plainly."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqcli.config import SearchConfig
from seqcli.data.word_counter import CLOSED, WordCounter
from seqcli.decoding.constraints import Constraints
from seqcli.decoding.search import SearchRequest, beam_search
from seqcli.decoding.simultaneous import Hearing, simultaneous_search, words_to_wait
from seqcli.errors import UserError

END = 1
# Tokens: an unknown piece, the end, pieces that begin a word, that continue one, of one character.
PIECES = [".", "▁.", "▁a", "▁b", "c", "d", "我"]
COUNTER = WordCounter(PIECES)
SYMBOL = 5  # "d", where a test counts tokens


class HearingModel:
    """Random log-probabilities for all that has been heard and written; the state is the history.

    A number stands for what was heard: first for the first state, then at each step.
    """

    def __init__(self, seed=0, sharpness=2.0, end=0.0):
        self.seed, self.sharpness, self.end = seed, sharpness, end

    def encode(self, source, lengths):
        width = source.shape[1]
        heard = np.where(np.arange(width) < lengths[:, None], source, -1)
        first = np.array([[crc(row[row >= 0])] for row in heard], dtype=np.int64)
        return (heard,), (first,)

    def hear(self, memory, heard):
        (source,) = memory
        return (np.where(np.arange(source.shape[1]) < heard[:, None], source, -1),)

    def step(self, previous, memory, state):
        (source,), (history,) = memory, state
        beam = len(history) // len(source)
        heard = [crc(row[row >= 0]) for row in source]
        now = np.array([heard[row // beam] for row in range(len(history))], dtype=np.int64)
        history = np.column_stack([history, previous, now])
        drawn = np.array([self.draw(row) for row in history], dtype=np.float32)
        weights = np.zeros((len(history), source.shape[1]), dtype=np.float32)
        weights[:, 0] = 1
        return drawn, weights, (history,)

    def draw(self, history):
        generator = np.random.default_rng([self.seed, crc(history)])
        logits = generator.normal(size=len(PIECES)) * self.sharpness
        logits[END] += self.end
        return logits - np.log(np.exp(logits).sum())


def crc(values):
    return zlib.crc32(repr([int(value) for value in values]).encode())


def make_request(sources, limit=30, **settings):
    """A request for sources that are given as the pieces of each word."""
    rows = [[piece for word in words for piece in word] + [99] for words in sources]
    width = max(map(len, rows))
    padded = np.array([row + [0] * (width - len(row)) for row in rows])
    lengths = np.array([len(row) for row in rows])
    return SearchRequest(padded, lengths, END, [limit] * len(rows), forbidden=[0], **settings)


def make_hearing(sources, wait, **settings):
    pieces = [np.cumsum([len(word) for word in words]) for words in sources]
    for each in pieces:
        each[-1] += 1  # the end
    counts = [np.zeros((len(words), 0), dtype=np.int64) for words in sources]
    return Hearing(pieces, counts, [wait] * len(sources), **settings)


def search(model, sources, wait, *, beam=1, **settings):
    request = make_request(sources, constraints=Constraints(repetition_guard=False), **settings)
    return simultaneous_search(model, request, make_hearing(sources, wait), COUNTER, beam=beam)


def slowly(model, words, wait, limit=30):
    """Wait-k for one sentence, token by token: the tokens, and the words heard at each.

    Before a token that begins target word t, min(k + t - 1, |x|) words are heard; where the model
    would end too early, one more word.
    """
    pieces = [piece for word in words for piece in word] + [99]
    count = len(words)

    def heard_pieces(number):
        return pieces if number == count else [p for word in words[:number] for p in word]

    heard = min(wait, count)
    history = [crc(heard_pieces(heard))]
    tokens: list[int] = []
    delays: list[int] = []
    previous, state, written = END, CLOSED, 0
    must_begin = False
    while True:
        scores = model.draw([*history, previous, crc(heard_pieces(heard))])
        scores[0] = -np.inf
        if must_begin:
            scores[COUNTER.begun[state] == 0] = -np.inf
        if heard == count and len(tokens) == limit:
            return [*tokens, END], [*delays, heard]
        best = int(scores.argmax())
        begins = COUNTER.begun[state, best] > 0
        needed = min(count, max(wait + written if begins else heard, heard + (best == END)))
        if heard < needed:
            heard, must_begin = needed, True
            continue
        tokens.append(best)
        delays.append(heard)
        if best == END:
            return tokens, delays
        history += [previous, crc(heard_pieces(heard))]
        written += COUNTER.begun[state, best]
        state = COUNTER.following[state, best]
        previous, must_begin = best, False


@st.composite
def sentences(draw, fewest=1):
    count = draw(st.integers(fewest, 7))
    return [draw(st.lists(st.integers(2, 9), min_size=1, max_size=3)) for _ in range(count)]


@given(
    st.lists(sentences(), min_size=1, max_size=4),
    st.integers(1, 8),
    st.integers(0, 1000),
    st.sampled_from([-3.0, 0.0, 3.0]),
)
def test_a_beam_of_one_is_wait_k_token_by_token(sources, wait, seed, end):
    model = HearingModel(seed, end=end)
    found = search(model, sources, wait)
    for words, (best,) in zip(sources, found, strict=True):
        tokens, delays = slowly(model, words, wait)
        if best.stopped_by == "eos":
            assert (list(best.tokens), list(best.heard)) == (tokens, delays)
        else:  # the limit is set anew when the whole source has been heard
            assert list(best.tokens[:-1]) == tokens[: len(best.tokens) - 1]


@given(sentences(), st.integers(1, 8), st.integers(0, 1000))
def test_words_are_heard_as_the_formula_has_it(words, wait, seed):
    """g(t) = min(k + t - 1, |x|) for word t, and never less for a model that does not end early."""
    ((best,),) = search(HearingModel(seed, end=-20.0), [words], wait)
    numbers = COUNTER.numbers(np.array([best.tokens])).first[0]
    for number, heard, token in zip(numbers, best.heard, best.tokens, strict=True):
        if token != END:
            assert heard == min(wait + number - 1, len(words))


@given(st.lists(sentences(), min_size=2, max_size=5), st.integers(1, 6), st.integers(0, 99))
def test_a_sentence_does_not_depend_on_its_neighbours(sources, wait, seed):
    model = HearingModel(seed)
    together = search(model, sources, wait, beam=3)
    for words, found in zip(sources, together, strict=True):
        (alone,) = search(model, [words], wait, beam=3)
        assert [each.tokens for each in alone] == [each.tokens for each in found]
        assert [each.heard for each in alone] == [each.heard for each in found]
        assert alone[0].score == pytest.approx(found[0].score, abs=1e-5)


@given(sentences(2), sentences(), st.integers(1, 6), st.data())
def test_what_is_heard_later_changes_nothing(words, others, wait, data):
    """All words after the first `kept` are others, and not as many."""
    kept = data.draw(st.integers(1, len(words) - 1))
    model = HearingModel(data.draw(st.integers(0, 99)))
    before = []
    for source in (words, [*words[:kept], *others], [*words[:kept], *others, *others]):
        ((best,),) = search(model, [source], wait, beam=4)
        tokens = zip(best.tokens, best.heard, best.log_probabilities, strict=True)
        before.append([value for token in tokens if token[1] <= kept for value in token])
    assert before[0] == pytest.approx(before[1], abs=1e-5)
    assert before[0] == pytest.approx(before[2], abs=1e-5)


@given(sentences(), st.integers(0, 99), st.integers(1, 4))
def test_waiting_for_all_words_is_the_ordinary_search(words, seed, beam):
    model = HearingModel(seed)
    (found,) = search(model, [words], len(words), beam=beam)
    request = make_request([words], constraints=Constraints(repetition_guard=False))
    (ordinary,) = beam_search(model, request, beam=beam)
    assert [each.tokens for each in found] == [each.tokens for each in ordinary]
    assert set(found[0].heard) == {len(words)}


@given(sentences(3), st.integers(0, 99))
def test_a_beam_goes_on_from_what_the_greedy_search_has_written(words, seed):
    """It scores as it says, and what was written before the end is that of a beam of one."""
    model = HearingModel(seed, end=-1.0)
    ((greedy,),) = search(model, [words], 1)
    ((best,),) = search(model, [words], 1, beam=6)
    early = [t for t, heard in zip(greedy.tokens, greedy.heard, strict=True) if heard < len(words)]
    assert list(best.tokens[: len(early)]) == early
    total = 0.0
    pieces = [piece for word in words for piece in word] + [99]
    ends = [*np.cumsum([len(word) for word in words])[:-1], len(pieces)]
    history, previous = [crc(pieces[: ends[0]])], END
    for token, heard in zip(best.tokens, best.heard, strict=True):
        history += [previous, crc(pieces[: ends[heard - 1]])]
        total += model.draw(history)[token]
        previous = token
    assert best.log_probability == pytest.approx(total, abs=1e-4)


def test_a_wider_beam_finds_better_ends():
    gains = []
    for seed in range(40):
        model, words = HearingModel(seed), [[2], [3], [4], [5]]
        ((greedy,),) = search(model, [words], 2)
        ((best,),) = search(model, [words], 2, beam=8)
        gains.append(best.score - greedy.score)
    assert np.mean(gains) > 0.1


def test_no_word_grows_without_end_before_the_source_has_ended():
    class Stammering(HearingModel):
        def draw(self, _):
            logits = np.full(len(PIECES), -9.0)
            logits[4] = 0.0  # "c", which continues a word
            logits[2] = -1.0
            return logits - np.log(np.exp(logits).sum())

    ((best,),) = search(Stammering(), [[[2], [3], [4]]], 1, limit=20)
    assert set(best.heard) == {1, 2, 3}
    assert best.stopped_by == "limit"
    assert [best.heard.count(number) for number in (1, 2)] == [50, 50]


def test_a_limit_of_the_user_holds_before_the_source_has_ended():
    sources = [[[2], [3], [4], [5], [6]]]
    hearing = make_hearing(sources, 1, has_limit=True)
    request = make_request(sources, limit=3)
    model = HearingModel(end=-9.0)
    ((best, *_),) = simultaneous_search(model, request, hearing, COUNTER, beam=2)
    assert len(best.tokens) == 4  # with the end
    assert best.stopped_by == "limit"


@given(st.integers(1, 6), st.integers(0, 99))
def test_a_counted_token_is_written_only_after_its_item_was_heard(wait, seed):
    """The source has an item in its second and in its fifth word."""
    words = [[2], [8], [3], [4], [8], [5], [6]]
    counts = np.array([[0], [1], [1], [1], [2], [2], [2]])
    request = make_request([words], counted=[SYMBOL], counts=np.array([[2]]))
    pieces = make_hearing([words], wait).pieces
    hearing = Hearing(pieces, [counts], [wait])
    model = HearingModel(seed)
    ((best, *_),) = simultaneous_search(model, request, hearing, COUNTER, beam=3)
    places = [
        heard for token, heard in zip(best.tokens, best.heard, strict=True) if token == SYMBOL
    ]
    assert len(places) <= 2
    assert all(heard >= first for heard, first in zip(places, (2, 5), strict=False))
    assert best.lacking == 2 - len(places)


def test_a_prefix_is_written_as_its_words_may_be():
    words, prefix = [[2], [3], [4], [5]], (2, 4, 3)  # ▁a c ▁b
    request = make_request([words], prefixes=[prefix])
    hearing = make_hearing([words], 2)
    ((best, *_),) = simultaneous_search(HearingModel(), request, hearing, COUNTER, beam=2)
    assert best.tokens[:3] == prefix
    assert best.heard[:3] == (2, 2, 3)


@pytest.mark.parametrize(
    ("wait", "words", "expected"),
    [
        ("3", 10, 3),
        ("3", 2, 3),
        ("1/2", 10, 5),
        ("1/2", 7, 4),
        ("1/3", 7, 3),
        ("1/3", 1, 1),
        ("1/99", 2, 1),
        ("full", 7, 7),
    ],
)
def test_k_is_a_number_a_share_or_all(wait, words, expected):
    assert words_to_wait(wait, words) == expected


@pytest.mark.parametrize("wait", ["0", "-1", "3.5", "", "half", "2/1", "1/0", "01", "1/2/3", "٣"])
def test_another_k_is_refused(wait):
    with pytest.raises(UserError, match="wait is a number of words such as 3"):
        SearchConfig(wait=wait)
    with pytest.raises(UserError, match="leave out --wait"):
        SearchConfig(wait="3", sample=True)
