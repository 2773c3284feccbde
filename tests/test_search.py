import numpy as np
import pytest
from fakes import END, PrefixModel
from hypothesis import given, settings
from hypothesis import strategies as st

from seqcli.data.batching import pad
from seqcli.decoding.candidates import best_continuations
from seqcli.decoding.constraints import (
    MAX_BLOCK,
    MIN_LOOP,
    MIN_ROUNDS,
    Constraints,
    ends_in_loop,
    has_loop,
    length_without_loop,
)
from seqcli.decoding.sampling import sample
from seqcli.decoding.search import SearchRequest, beam_search
from seqcli.errors import UserError

SOURCES = [[3, 4, 5], [7], [9, 8, 7, 6, 5], [2, 2]]


def search(model, sources, *, beam=4, nbest=100, **options):
    return beam_search(model, request(sources, **options), beam=beam, nbest=nbest)


def request(
    sources, *, limits=None, forbidden=(), prefixes=(), counted=(), counts=None, **constraints
):
    return SearchRequest(
        *pad(sources), END, limits or [8] * len(sources), forbidden, prefixes, counted,
        None if counts is None else np.array(counts), Constraints(**constraints),
    )  # fmt: skip


@pytest.mark.parametrize("length_penalty", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("norm", ["power", "wu"])
def test_a_wide_beam_finds_what_brute_force_finds(length_penalty, norm):
    model = PrefixModel(vocabulary=4)
    lengths = {"power": lambda n: n, "wu": lambda n: (5 + n) / (5 + 1)}
    # 3 ** 4 live prefixes at most, so nothing can fall out of this beam.
    found = search(
        model, SOURCES, beam=90, limits=[4] * 4, length_penalty=length_penalty, length_norm=norm
    )
    for source, hypotheses in zip(SOURCES, found, strict=True):
        everything = sorted(
            model.every_translation(source, 5),
            key=lambda item: item[1] / lengths[norm](len(item[0])) ** length_penalty,
            reverse=True,
        )
        best = everything[: len(hypotheses)]
        assert [h.tokens for h in hypotheses[:20]] == [tokens for tokens, _ in best[:20]]
        assert hypotheses[0].log_probability == pytest.approx(best[0][1], abs=1e-5)


@given(
    st.lists(st.lists(st.integers(2, 9), min_size=1, max_size=6), min_size=1, max_size=5),
    st.integers(1, 6),
    st.sampled_from([0.0, 1.0]),
)
@settings(max_examples=40)
def test_a_hypothesis_rescores_to_its_own_score(sources, beam, length_penalty):
    model = PrefixModel(vocabulary=6)
    for source, hypotheses in zip(
        sources, search(model, sources, beam=beam, length_penalty=length_penalty), strict=True
    ):
        assert 1 <= len(hypotheses) <= beam
        assert len({h.tokens for h in hypotheses}) == len(hypotheses)
        ranks = [(h.stopped_by != "eos", -h.score) for h in hypotheses]
        assert ranks == sorted(ranks)
        for h in hypotheses:
            assert h.log_probability == pytest.approx(
                model.log_probability(source, h.tokens), abs=1e-4
            )
            assert h.score == pytest.approx(
                h.log_probability / len(h.tokens) ** length_penalty, abs=1e-6
            )
            assert h.stopped_by == "eos" or len(h.tokens) == 8 + 1
            assert h.tokens[-1] == END
            assert END not in h.tokens[:-1]


@given(st.permutations(range(4)), st.integers(1, 5))
@settings(max_examples=20)
def test_a_sentence_does_not_see_its_neighbours(order, beam):
    model = PrefixModel(vocabulary=5)
    together = search(model, [SOURCES[i] for i in order], beam=beam)
    for place, i in enumerate(order):
        (alone,) = search(model, [SOURCES[i]], beam=beam)
        assert [h.tokens for h in alone] == [h.tokens for h in together[place]]
        assert [h.score for h in alone] == pytest.approx([h.score for h in together[place]])


def slow_beam_search(model, source, beam, limit, norm):
    """The search by its definition: no early stop, no arrays. Pairs of (tokens, score), best first:
    those that ended by themselves, then those that were ended at the limit."""
    live: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    ended, truncated = [], []
    for length in range(limit + 1):
        candidates = []
        for tokens, total in live:
            log_probabilities, _ = model.draw(source, tokens)
            candidates += [
                ((*tokens, token), total + log_probability)
                for token, log_probability in enumerate(log_probabilities)
            ]
        candidates.sort(key=lambda each: -each[1])
        by_themselves = [each for each in candidates[:beam] if each[0][-1] == END]
        ended += by_themselves
        if length == limit:
            ends = [each for each in candidates if each[0][-1] == END]
            truncated = [each for each in ends if each not in by_themselves]
        if beam == 1 and ended:
            break
        live = [each for each in candidates if each[0][-1] != END][:beam]
    ranked = [
        sorted(
            ((tokens, total / norm(len(tokens))) for tokens, total in hypotheses),
            key=lambda e: -e[1],
        )
        for hypotheses in (ended, truncated)
    ]
    return ranked[0] + ranked[1]


@given(
    st.integers(3, 6),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(1, 9),
    st.sampled_from([0.0, 0.6, 1.0, 2.0]),
    st.sampled_from(["power", "wu"]),
    st.lists(st.integers(2, 9), min_size=1, max_size=6),
    st.floats(0.5, 3.0),
)
@settings(max_examples=150)
def test_the_search_finds_what_it_would_find_without_stopping_early(
    vocabulary, beam, nbest, limit, alpha, kind, source, sharpness
):
    model = PrefixModel(vocabulary, sharpness)
    norm = Constraints(length_penalty=alpha, length_norm=kind).norm
    slow = slow_beam_search(model, source, beam, limit, norm)[: min(nbest, beam)]
    (found,) = search(
        model, [source], beam=beam, nbest=nbest, limits=[limit], length_penalty=alpha,
        length_norm=kind,
    )  # fmt: skip
    assert [h.tokens for h in found] == [tokens for tokens, _ in slow]
    assert [h.score for h in found] == pytest.approx([score for _, score in slow], abs=1e-5)


def test_attention_belongs_to_the_tokens_of_its_own_hypothesis():
    model = PrefixModel(vocabulary=5)
    for source, hypotheses in zip(SOURCES, search(model, SOURCES), strict=True):
        for h in hypotheses:
            assert h.weights.shape == (len(h.tokens), len(source))
            for i in range(len(h.tokens)):
                np.testing.assert_allclose(h.weights[i], model.draw(source, h.tokens[:i])[1])


def test_greedy_takes_the_best_token_at_every_step():
    model = PrefixModel(vocabulary=6)
    for source, (hypothesis,) in zip(SOURCES, search(model, SOURCES, beam=1), strict=True):
        tokens: list[int] = []
        while END not in tokens and len(tokens) < 9:
            tokens.append(int(np.argmax(model.draw(source, tokens)[0])))
        stopped_by = "eos" if END in tokens else "limit"
        tokens[8:] = [END] * len(tokens[8:])  # after the limit there is room for the end alone
        assert (hypothesis.tokens, hypothesis.stopped_by) == (tuple(tokens), stopped_by)


class Endless(PrefixModel):
    """Never ends by itself."""

    def draw(self, source, prefix):
        log_probabilities, weights = super().draw(source, prefix)
        log_probabilities[END] = -np.inf
        return log_probabilities, weights


def test_each_sentence_has_its_own_limit_and_says_that_it_hit_it():
    found = search(Endless(vocabulary=4), SOURCES, limits=[1, 2, 3, 7])
    assert [len(hypotheses[0].tokens) for hypotheses in found] == [1, 2, 3, 7]
    assert all(hypotheses[0].stopped_by == "limit" for hypotheses in found)


def test_forbidden_tokens_are_never_written():
    free = search(PrefixModel(vocabulary=4), SOURCES)
    assert any(0 in h.tokens for hypotheses in free for h in hypotheses)
    bound = search(PrefixModel(vocabulary=4), SOURCES, forbidden=[0])
    assert not any(0 in h.tokens for hypotheses in bound for h in hypotheses)


def everything(model, source, longest):
    return [tokens for tokens, _ in model.every_translation(source, longest)]


def no_penalty(_tokens):
    return 0.0


def best_of_all(model, source, allowed=bool, penalty=no_penalty):
    """The best sequence that is allowed, found by going through all of them."""
    return max(
        filter(allowed, everything(model, source, 5)),
        key=lambda t: model.log_probability(source, t) / len(t) + penalty(t),
    )


def ngrams(tokens, size):
    return [tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1)]


@pytest.mark.parametrize("min_length", [1, 3])
def test_a_minimum_length_is_kept_and_the_best_beyond_it_found(min_length):
    model = PrefixModel(vocabulary=4)
    found = search(model, SOURCES, beam=90, limits=[4] * 4, min_length=min_length)
    for source, hypotheses in zip(SOURCES, found, strict=True):
        best = best_of_all(model, source, lambda t: len(t) > min_length)
        assert hypotheses[0].tokens == best
        assert all(len(h.tokens) > min_length for h in hypotheses)


@pytest.mark.parametrize("size", [1, 2])
def test_no_ngram_is_written_twice(size):
    model = PrefixModel(vocabulary=4)
    found = search(model, SOURCES, beam=90, limits=[4] * 4, no_repeat_ngram=size)

    def allowed(tokens):
        written = ngrams(tokens[:-1], size)
        return len(set(written)) == len(written)

    for source, hypotheses in zip(SOURCES, found, strict=True):
        assert hypotheses[0].tokens == best_of_all(model, source, allowed)
        assert all(allowed(h.tokens) for h in hypotheses if h.stopped_by == "eos")


def test_a_prefix_is_kept_and_counts():
    model = PrefixModel(vocabulary=4)
    prefixes = [(2, 0), (), (3,), (0, 0, 2)]
    found = search(model, SOURCES, beam=90, limits=[4] * 4, prefixes=prefixes)
    for source, prefix, hypotheses in zip(SOURCES, prefixes, found, strict=True):
        best = best_of_all(model, source, lambda t, p=prefix: t[: len(p)] == p)
        assert hypotheses[0].tokens == best
        assert hypotheses[0].log_probability == pytest.approx(
            model.log_probability(source, best), abs=1e-5
        )


@pytest.mark.parametrize("beta", [0.2, 2.0])
def test_the_coverage_penalty_is_that_of_the_paper(beta):
    model = PrefixModel(vocabulary=4)

    def penalty(source, tokens):  # Wu et al. 2016, equation 14, as printed there
        weights = np.array([model.draw(source, tokens[:i])[1] for i in range(len(tokens))])
        return beta * sum(np.log(min(weights[:, j].sum(), 1.0)) for j in range(len(source)))

    found = search(model, SOURCES, beam=90, limits=[4] * 4, coverage_penalty=beta)
    for source, hypotheses in zip(SOURCES, found, strict=True):
        best = best_of_all(model, source, penalty=lambda t, s=source: penalty(s, t))
        assert hypotheses[0].tokens == best
        for h in hypotheses[:5]:
            plain = h.log_probability / len(h.tokens)
            assert h.score == pytest.approx(plain + penalty(source, h.tokens), abs=1e-4)


class OneWay(PrefixModel):
    """Writes 0 until it ends, so that a beam of two loses nothing; `ending` [T] are the
    log-probabilities of the end at each step. It counts its steps."""

    def __init__(self, ending):
        super().__init__(vocabulary=2)
        self.ending = ending
        self.steps = 0

    def step(self, previous, memory, state):
        self.steps += 1
        return super().step(previous, memory, state)

    def draw(self, source, prefix):
        end = self.ending[len(prefix)]
        log_probabilities = np.array([np.log1p(-np.exp(end)), end])
        return log_probabilities, np.ones(len(source)) / len(source)

    def scores(self, norm):
        """Of all translations, best first: score and number of tokens."""
        tokens = [(0,) * n + (END,) for n in range(len(self.ending))]
        scored = [(self.log_probability([5], t) / norm(len(t)), len(t)) for t in tokens]
        return sorted(scored, reverse=True)


def found_by(model, beam, **constraints):
    limits = [len(model.ending) - 1]
    (found,) = search(model, [[5]], beam=beam, limits=limits, repetition_guard=False, **constraints)
    return [(pytest.approx(h.score, abs=1e-5), len(h.tokens)) for h in found]


@given(st.lists(st.floats(-6, -0.02), min_size=2, max_size=12), st.integers(2, 4))
def test_a_full_beam_of_ended_hypotheses_does_not_stop_better_ones(ending, beam):
    model = OneWay(ending)
    best = [score for score, _ in model.scores(lambda _: 1.0)]
    assert best[:beam] == [score for score, _ in found_by(model, beam, length_penalty=0.0)]


@pytest.mark.parametrize(("norm", "power"), [("power", 1.0), ("wu", 1.0), ("power", 0.7)])
@pytest.mark.parametrize("beam", [2, 3, 5])
def test_longer_hypotheses_that_are_better_on_average_are_found(norm, power, beam):
    # The longer, the better on average, though each token lowers the sum.
    model = OneWay([-3.0] * 30)
    lengths = {"power": lambda n: n**power, "wu": lambda n: ((5 + n) / 6) ** power}
    best = model.scores(lengths[norm])
    assert [length for _, length in best[:beam]] == [30 - i for i in range(beam)]
    assert best[:beam] == found_by(model, beam, length_penalty=power, length_norm=norm)


@pytest.mark.parametrize("beam", [2, 3])
def test_a_sentence_is_done_when_no_live_hypothesis_can_be_better(beam):
    model = OneWay([-3.0] * beam + [-0.01] + [-3.0] * 30)
    found_by(model, beam, length_penalty=0.0)
    assert model.steps <= beam + 3


class Stuck(PrefixModel):
    """Writes 2 3 for ever, and never the end."""

    def draw(self, source, prefix):
        log_probabilities = np.full(self.vocabulary, -np.inf)
        log_probabilities[2 + len(prefix) % 2] = -0.1
        return log_probabilities, np.ones(len(source)) / len(source)


def test_a_loop_up_to_the_limit_is_cut_and_reported():
    source = [[5, 6]]
    ((found, *_),) = search(Stuck(vocabulary=4), source, limits=[40])
    assert found.stopped_by == "repetition"
    assert found.tokens == (2, 3) * 6
    assert found.log_probability == pytest.approx(-0.1 * 12)
    assert found.score == pytest.approx(-0.1)
    assert found.weights.shape == (12, 2)
    ((found, *_),) = search(Stuck(vocabulary=4), source, limits=[40], repetition_guard=False)
    assert (found.stopped_by, len(found.tokens)) == ("limit", 40)


def test_a_loop_in_the_source_or_the_prefix_may_be_translated():
    ((found, *_),) = search(Stuck(vocabulary=4), [[7, 8, 9] * 4], limits=[40])
    assert (found.stopped_by, len(found.tokens)) == ("limit", 40)
    prefixes = [(2, 3) * 6]
    ((found, *_),) = search(Stuck(vocabulary=4), [[5, 6]], limits=[40], prefixes=prefixes)
    assert (found.stopped_by, len(found.tokens)) == ("limit", 40)


class Certain(PrefixModel):
    """Writes one sequence, and gives the rest of the probability to all other tokens alike."""

    def __init__(self, tokens, vocabulary=5, certainty=0.9):
        super().__init__(vocabulary)
        self.tokens, self.certainty = tokens, certainty

    def draw(self, source, prefix):
        place = len(prefix)
        probabilities = np.full(self.vocabulary, (1 - self.certainty) / (self.vocabulary - 1))
        if tuple(prefix) == self.tokens[:place] and place < len(self.tokens):
            probabilities[self.tokens[place]] = self.certainty
        else:
            probabilities[:] = 1 / self.vocabulary
        return np.log(probabilities), np.ones(len(source)) / len(source)


@given(
    st.lists(st.sampled_from([0, 2, 3, 4]), max_size=3),
    st.lists(st.sampled_from([0, 2, 3, 4]), min_size=1, max_size=3),
    st.integers(1, 14),
    st.lists(st.sampled_from([0, 2, 3, 4]), max_size=3),
    st.integers(1, 5),
)
def test_a_repetition_that_ends_is_no_fault(before, block, rounds, after, beam):
    """However often the right translation repeats itself: no other is preferred to it."""
    tokens = (*before, *block * rounds, *after, END)
    ((found, *_),) = search(Certain(tokens), [[5, 6]], beam=beam, limits=[60])
    assert (found.tokens, found.stopped_by) == (tokens, "eos")


@given(st.integers(1, 3), st.integers(1, 4), st.integers(2, 60), st.integers(1, 5), st.randoms())
def test_groups_find_what_sorting_finds(sentences, beams, vocabulary, beam, random):
    draw = np.random.default_rng(random.randrange(1 << 30))
    scores = draw.normal(size=(sentences, beams)).astype(np.float32)
    log_probabilities = draw.normal(size=(sentences * beams, vocabulary)).astype(np.float32)
    found = best_continuations(scores, log_probabilities, beam)
    for i in range(sentences):
        rows = log_probabilities[i * beams : (i + 1) * beams]
        totals = (scores[i, :, None] + rows).ravel()
        order = np.argsort(-totals)[: 2 * beam]
        np.testing.assert_allclose(found.scores[i], totals[order])
        assert (found.tokens[i] == order % vocabulary).all()
        assert (found.parents[i] == i * beams + order // vocabulary).all()


def slow_has_loop(tokens):
    return any(
        tokens[:end][-span:] == (tokens[:end][-block:] * span)[-span:]
        for end in range(1, len(tokens) + 1)
        for block in range(1, MAX_BLOCK + 1)
        for span in [max(MIN_LOOP, MIN_ROUNDS * block)]
        if span <= end
    )


@given(st.lists(st.integers(0, 1), max_size=6), st.integers(0, 20), st.lists(st.integers(0, 1)))
def test_loops_are_found_as_they_are_defined(block, times, rest):
    tokens = rest[:3] + block * times + rest[3:]
    assert has_loop(tokens) == slow_has_loop(tokens)
    ends = [ends_in_loop(np.array(tokens[:i], dtype=int)) for i in range(len(tokens) + 1)]
    assert any(ends) == slow_has_loop(tokens)
    length = length_without_loop(tokens)
    if ends[-1]:
        assert all(ends[length:])
        assert not ends[length - 1]
    else:
        assert length == len(tokens)


def draws(temperature, count=4000, **constraints):
    model = PrefixModel(vocabulary=4)
    (found,) = sample(
        model,
        request([[3, 4]], limits=[3], **constraints),
        count=count,
        temperature=temperature,
        seed=7,
    )
    return model, found


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_samples_come_as_often_as_they_should(temperature):
    model, found = draws(temperature)
    first = np.bincount([h.tokens[0] for h in found], minlength=4) / len(found)
    tempered = np.exp(model.draw([3, 4], [])[0] / temperature)
    np.testing.assert_allclose(first, tempered / tempered.sum(), atol=0.03)
    for h in found[:20]:
        assert h.log_probability == pytest.approx(model.log_probability([3, 4], h.tokens), abs=1e-4)


def test_a_cold_sample_is_greedy():
    model = PrefixModel(vocabulary=6)
    wanted = request(SOURCES)
    cold = sample(model, wanted, count=1, temperature=0.01, seed=1)
    greedy = beam_search(model, wanted, beam=1)
    assert [h[0].tokens for h in cold] == [h[0].tokens for h in greedy]


def test_a_sample_depends_only_on_its_seed_and_its_sentence():
    model = PrefixModel(vocabulary=6)

    def texts(sources, seed=1):
        found = sample(model, request(sources), count=3, temperature=1.0, seed=seed)
        return [[h.tokens for h in hypotheses] for hypotheses in found]

    together = texts(SOURCES)
    assert together == texts(SOURCES[::-1])[::-1]
    assert [texts([source])[0] for source in SOURCES] == together
    assert texts(SOURCES, seed=2) != together


def test_constraints_hold_for_samples_too():
    _, found = draws(1.0, count=200, min_length=2, no_repeat_ngram=1)
    assert all(len(h.tokens) >= 3 for h in found if h.stopped_by == "eos")
    assert all(len(set(h.tokens)) == len(h.tokens) for h in found)


def test_where_the_constraints_allow_no_token_the_hypothesis_ends_without_an_end():
    # Every token but the end once, and then the end is forbidden still.
    model, options = PrefixModel(vocabulary=4), {"no_repeat_ngram": 1, "min_length": 20}
    wanted = request(SOURCES, limits=[30] * 4, **options)
    for found in (
        search(model, SOURCES, limits=[30] * 4, **options),
        sample(model, wanted, count=2, temperature=1.0, seed=1),
    ):
        for hypotheses in found:
            assert {h.stopped_by for h in hypotheses} == {"limit"}
            assert all(sorted(h.tokens) == [0, 2, 3] for h in hypotheses)


@pytest.mark.parametrize("beam", [1, 2, 5, 10])
@pytest.mark.parametrize("nbest", [1, 10])
def test_a_prefix_is_kept_with_every_vocabulary_and_beam(beam, nbest):
    """A prefix leaves one continuation, so most rows of a beam have a score of -inf; they take
    their steps too."""

    class Strict(PrefixModel):
        def step(self, previous, memory, state):
            assert previous.max() < self.vocabulary, "a token that the model does not have"
            return super().step(previous, memory, state)

    for vocabulary in (3, 4, 5, 7, 11, 16, 23, 32, 45, 64, 199):
        prefixes = [(2,), (2, vocabulary - 1), (vocabulary - 1, 2, 2), ()]
        found = search(
            Strict(vocabulary), SOURCES, beam=beam, nbest=nbest, prefixes=prefixes,
            limits=[6] * 4, forbidden=[0],
        )  # fmt: skip
        for prefix, hypotheses in zip(prefixes, found, strict=True):
            assert 1 <= len(hypotheses) <= nbest
            assert all(h.tokens[: len(prefix)] == prefix for h in hypotheses)


@pytest.mark.parametrize("beam", [1, 2, 5])
def test_where_even_the_end_is_forbidden_the_hypothesis_ends_without_it(beam):
    """The end is the most probable token, and the constraints forbid it and all others."""
    source, constraints = [[5, 6]], {"no_repeat_ngram": 1, "min_length": 9, "limits": [20]}
    ((best, *_),) = search(Stuck(vocabulary=4), source, beam=beam, **constraints)
    assert (best.tokens, best.stopped_by) == ((2, 3), "limit")


@pytest.mark.parametrize("beam", [1, 3])
@pytest.mark.parametrize("broken", [slice(None), 4])
def test_a_model_that_gives_no_numbers_is_an_error(beam, broken):
    class Broken(PrefixModel):
        def draw(self, source, prefix):
            log_probabilities, weights = super().draw(source, prefix)
            if len(prefix) == 2:
                log_probabilities[broken] = np.nan
            return log_probabilities, weights

    model = Broken(vocabulary=5, sharpness=0.1)
    with pytest.raises(UserError, match="not numbers"):
        search(model, SOURCES, beam=beam, min_length=5, forbidden=[0])
    wanted = request(SOURCES, min_length=5, forbidden=[0])
    with pytest.raises(UserError, match="not numbers"):
        sample(model, wanted, count=beam, temperature=1.0, seed=1)


@pytest.mark.parametrize("beam", [1, 3])
def test_where_nothing_can_be_written_the_translation_is_empty(beam):
    found = search(
        PrefixModel(4), SOURCES, beam=beam, forbidden=[0, END, 2, 3], repetition_guard=False
    )
    for source, hypotheses in zip(SOURCES, found, strict=True):
        (only,) = hypotheses
        assert (only.tokens, only.score, only.stopped_by) == ((), 0.0, "limit")
        assert only.weights.shape == (0, len(source))


def test_a_prefix_may_do_what_the_constraints_forbid():
    prefixes = [(2, 3) * 8] * len(SOURCES)
    found = search(
        PrefixModel(vocabulary=4), SOURCES, prefixes=prefixes, no_repeat_ngram=2, limits=[20] * 4
    )
    assert all(h[0].tokens[:16] == prefixes[0] for h in found)


def test_no_hypothesis_is_longer_than_its_limit():
    found = search(Stuck(vocabulary=4), [[5, 6]], limits=[11])
    assert {len(h.tokens) for h in found[0]} == {11}


def test_hypotheses_at_the_limit_are_scored_like_others():
    model = Endless(vocabulary=4)
    for source, hypotheses in zip(
        SOURCES, search(model, SOURCES, limits=[4] * 4, coverage_penalty=0.5), strict=True
    ):
        for h in hypotheses:
            coverage = np.minimum(h.weights.sum(axis=0), 1.0)
            plain = model.log_probability(source, h.tokens) / len(h.tokens)
            assert h.score == pytest.approx(plain + 0.5 * np.log(coverage).sum(), abs=1e-4)


def test_a_hypothesis_whose_loop_was_cut_is_scored_like_others():
    sources = [[5, 6], list(range(2, 42))]
    found = search(Stuck(vocabulary=4), sources, limits=[60] * 2, coverage_penalty=0.5)
    for hypotheses in found:
        h = hypotheses[0]
        assert h.stopped_by == "repetition"
        assert h.log_probability == pytest.approx(-0.1 * len(h.tokens), abs=1e-5)
        coverage = np.minimum(h.weights.sum(axis=0), 1.0)
        assert h.score == pytest.approx(-0.1 + 0.5 * np.log(coverage).sum(), abs=1e-4)


COUNTED = (0, 2)  # of tokens 0 to 3, of which 1 is the end
COUNTS = [[1, 0], [0, 2], [1, 1], [0, 0]]


def lacking(tokens, allowed):
    return sum(max(0, n - tokens.count(t)) for t, n in zip(COUNTED, allowed, strict=True))


def has_too_many(tokens, allowed):
    return any(tokens.count(t) > n for t, n in zip(COUNTED, allowed, strict=True))


def test_counted_tokens_come_as_often_as_they_should():
    model = PrefixModel(vocabulary=4)
    found = search(model, SOURCES, beam=90, limits=[4] * 4, counted=COUNTED, counts=COUNTS)
    for source, allowed, hypotheses in zip(SOURCES, COUNTS, found, strict=True):
        ranked = sorted(
            (
                (lacking(tokens, allowed), -total / len(tokens), tokens)
                for tokens, total in model.every_translation(source, 5)
                if not has_too_many(tokens, allowed)
            ),
        )
        assert len(hypotheses) == min(90, len(ranked))
        assert [h.tokens for h in hypotheses[:20]] == [tokens for _, _, tokens in ranked[:20]]
        assert [h.lacking for h in hypotheses] == [missing for missing, _, _ in ranked[:90]]
        # Some that have all are before better ones.
        scores = [h.score for h in hypotheses]
        assert (scores == sorted(scores, reverse=True)) == (sum(allowed) == 0)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 8), st.integers(0, 99))
@settings(max_examples=30)
def test_no_counted_token_comes_too_often(beam, nbest, limit, number):
    model, sources = PrefixModel(vocabulary=5), [[2 + number % 9, number // 9], [4, number]]
    counts = [[number % 3, 1], [0, number % 2]]
    options = {"limits": [limit] * 2, "counted": COUNTED, "counts": counts}
    sampled = sample(model, request(sources, **options), count=nbest, temperature=1.0, seed=number)
    for found in (search(model, sources, beam=beam, nbest=nbest, **options), sampled):
        for allowed, hypotheses in zip(counts, found, strict=True):
            assert hypotheses
            for h in hypotheses:
                assert not has_too_many(h.tokens, allowed)
                assert h.lacking == lacking(h.tokens, allowed)
            ranks = [(h.stopped_by != "eos", h.lacking, -h.score) for h in hypotheses]
            assert ranks == sorted(ranks)


def test_a_prefix_may_have_more_of_a_counted_token():
    model = PrefixModel(vocabulary=4)
    prefixes = [(0, 0), (2,), (0, 2), (2,)]
    options = {"limits": [5] * 4, "prefixes": prefixes, "counted": COUNTED, "counts": COUNTS}
    for prefix, allowed, hypotheses in zip(
        prefixes, COUNTS, search(model, SOURCES, beam=20, **options), strict=True
    ):
        for h in hypotheses:
            assert h.tokens[: len(prefix)] == prefix
            assert not has_too_many(
                h.tokens, [max(n, prefix.count(t)) for t, n in zip(COUNTED, allowed, strict=True)]
            )
            assert h.lacking == lacking(h.tokens, allowed)


def test_a_better_hypothesis_that_lacks_a_token_does_not_stop_the_search():
    # All that ends early lacks token 0, which comes last and is unlikely.
    model = Certain((3, 3, 3, 0, END), vocabulary=5, certainty=0.6)
    ((first, *_),) = search(
        model, [[5]], beam=3, nbest=1, counted=(0,), counts=[[1]], length_penalty=0.0
    )
    assert (first.lacking, first.tokens.count(0)) == (0, 1)


def test_a_loop_that_is_cut_takes_its_counted_tokens_along():
    options = {"limits": [40], "counted": (3,), "counts": [[20]]}
    ((found, *_),) = search(Stuck(vocabulary=4), [[5, 6]], **options)
    assert (found.stopped_by, found.tokens) == ("repetition", (2, 3) * 6)
    assert found.lacking == 20 - 6
