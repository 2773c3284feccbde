"""The search of a page finds what the search in Python finds."""

import json

import numpy as np
import pytest
from fakes import END
from hypothesis import given, settings
from hypothesis import strategies as st
from javascript import FINISH, Scripts

from seqcli.decoding import allocation, search
from seqcli.decoding.allocation import allocated_search
from seqcli.decoding.candidates import Candidates, best_continuations
from seqcli.decoding.constraints import has_loop, length_without_loop
from seqcli.decoding.search import SearchRequest, beam_search
from seqcli.decoding.tree import search_tree, tree_list

NUMBERS = ("log_probability", "score")

# Log-probabilities and weights that depend on the whole prefix, the same in both languages. Few
# `levels` make many of them equal. `cycle` is the number of tokens that the model likes to repeat;
# one that is `endless` cannot end.
MODEL = """
class FakeModel {
  constructor({ vocabulary, levels, cycle, endless }) {
    Object.assign(this, { vocabulary, levels, cycle, endless });
  }
  encode([source]) {
    return { memory: source, state: [{ data: new Float32Array(0), shape: [1, 0] }] };
  }
  step(previous, source, [{ data, shape: [rows, width] }]) {
    const prefixes = previous.map((token, row) => [
      ...data.subarray(row * width, (row + 1) * width), token]);
    const hashes = prefixes.map((prefix) => [...source, ...prefix].reduce(mix, 1));
    return {
      logProbabilities: this.matrix(hashes, this.vocabulary, (hash, token) =>
        this.logProbability(hash, token, width)),
      weights: this.matrix(hashes, source.length, (hash, piece) =>
        (mix(hash, 1000 + piece) % 1000) / 1000),
      state: [{ data: Float32Array.from(prefixes.flat()), shape: [rows, width + 1] }],
    };
  }
  logProbability(hash, token, length) {
    if (token === 1 && this.endless) return -Infinity;
    const drawn = -((mix(mix(hash, token), 7) % this.levels) * 3) / this.levels;
    if (!this.cycle) return drawn;
    return token === 2 + (length % this.cycle) ? -0.01 : drawn - 2;
  }
  matrix(hashes, width, value) {
    const rows = hashes.map((hash) => Array.from({ length: width }, (_, i) => value(hash, i)));
    return { data: Float32Array.from(rows.flat()), shape: [hashes.length, width] };
  }
}
function mix(hash, value) {
  const product = Math.imul(hash ^ value, 0x9e3779b1);
  return (product ^ (product >>> 15)) >>> 0;
}
function plainHypothesis(hypothesis) {
  return { ...hypothesis, weights: hypothesis.weights.map((row) => [...row]) };
}
function searched(model, request, size, isAllocated) {
  const searchOf = isAllocated ? allocatedSearch : beamSearch;
  const steps = [];
  const search = searchOf(new FakeModel(model), request, size);
  let step = search.next();
  for (; !step.done; step = search.next()) steps.push(step.value);
  return { hypotheses: step.value.map(plainHypothesis), steps };
}
function treeOf(model, request, beam) {
  const { best, tree } = finish(searchTree(new FakeModel(model), request, beam, String));
  return { best: plainHypothesis(best), tree };
}
function interleaved(model, request, size) {
  const searches = [1, 2, 3].map(() => beamSearch(new FakeModel(model), request, size));
  searches.pop().next(); // one that is given up
  const found = [];
  while (found.length < 2) {
    for (const search of searches) {
      const { done, value } = search.next();
      if (done && value) found.push(value.map(plainHypothesis));
    }
  }
  return found;
}
"""


class FakeModel:
    """The same in Python."""

    def __init__(self, vocabulary, levels, cycle, endless):
        self.vocabulary, self.levels, self.cycle = vocabulary, levels, cycle
        self.endless = endless

    def encode(self, source, _):
        return (source,), (np.zeros((len(source), 0), dtype=np.int64),)

    def step(self, previous, memory, state):
        (source,), (before,) = memory, state
        prefixes = np.concatenate([before, previous[:, None]], axis=1)
        hashes = [
            mix_all([*source[row * len(source) // len(prefixes)].tolist(), *prefix.tolist()])
            for row, prefix in enumerate(prefixes)
        ]
        pieces = 1000 + np.arange(source.shape[1])
        return (
            np.array([self.log_probabilities(each, before.shape[1]) for each in hashes]),
            np.array([mix(each, pieces) % 1000 / 1000 for each in hashes], dtype=np.float32),
            (prefixes,),
        )

    def log_probabilities(self, hashed, length):
        tokens = np.arange(self.vocabulary)
        drawn = -(mix(mix(hashed, tokens), 7) % self.levels * 3) / self.levels
        if self.cycle:
            drawn = np.where(tokens == 2 + length % self.cycle, -0.01, drawn - 2)
        if self.endless:
            drawn[END] = -np.inf
        return drawn.astype(np.float32)


def mix(hashed, value):
    product = ((hashed ^ value) * 0x9E3779B1) & 0xFFFFFFFF
    return product ^ (product >> 15)


def mix_all(values):
    hashed = 1
    for value in values:
        hashed = mix(hashed, value)
    return hashed


def in_order(scores, log_probabilities, beam):
    """`best_continuations` by its definition: which of equal continuations are among the best
    depends on NumPy there, where not all of them are."""
    sentences, beams = scores.shape
    totals = (scores.reshape(-1, 1) + log_probabilities).reshape(sentences, -1)
    order = np.argsort(-totals, axis=1, kind="stable")[:, : 2 * beam]
    beam_of, tokens = np.divmod(order, log_probabilities.shape[1])
    parents = beam_of + np.arange(0, len(log_probabilities), beams)[:, None]
    return Candidates(np.take_along_axis(totals, order, axis=1), parents, tokens)


@pytest.fixture(scope="module")
def scripts():
    found = Scripts("search/tree.js", "search/allocation.js")
    found.run(FINISH + MODEL)
    return found


@pytest.fixture(autouse=True, scope="module")
def ties_in_order():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "best_continuations", in_order)
        patch.setattr(allocation, "best_continuations", in_order)
        yield


MODELS = st.fixed_dictionaries(
    {
        "vocabulary": st.integers(4, 60) | st.integers(4, 6),
        "levels": st.sampled_from([2, 5, 100, 2**20]),
        "cycle": st.sampled_from([0, 0, 1, 2]),
        "endless": st.booleans(),
    }
)
SIZES = st.tuples(st.integers(1, 8), st.integers(1, 8))


@st.composite
def requests(draw, *, counted=False):
    """What is searched for with any of the models."""
    prefix = draw(st.just([]) | st.lists(st.integers(2, 3), max_size=5) | st.just([2] * 13))
    counts = (
        draw(st.lists(st.integers(0, 2) | st.just(20), min_size=1, max_size=2)) if counted else []
    )
    forbidden = draw(st.lists(st.integers(2, 3), max_size=1))
    return {
        "source": draw(st.lists(st.integers(2, 9), min_size=1, max_size=6) | st.just([5] * 15)),
        "end": END,
        "limit": draw(st.integers(1, 8) | st.integers(12, 30)),
        "forbidden": [0, *(token for token in forbidden if token not in prefix)],
        "prefix": prefix,
        "counted": list(range(2, 2 + len(counts))),
        "counts": counts,
    }


def in_python(request):
    values = {**request, "source": np.array([request["source"]])}
    counts = values.pop("counts")
    return SearchRequest(
        lengths=np.array([len(request["source"])]),
        limits=[values.pop("limit")],
        prefixes=[values.pop("prefix")],
        counts=np.array([counts]) if counts else None,
        forbidden=values.pop("forbidden"),
        **values,
    )


def as_found(hypothesis):
    """A hypothesis with the names that it has in the page."""
    return {
        "tokens": list(hypothesis.tokens),
        "logProbability": hypothesis.log_probability,
        "score": hypothesis.score,
        "weights": hypothesis.weights.tolist(),
        "stoppedBy": hypothesis.stopped_by,
        "lacking": hypothesis.lacking,
        "logProbabilities": list(hypothesis.log_probabilities),
    }


@given(MODELS, requests() | requests(counted=True), SIZES)
@settings(max_examples=150)
def test_the_same_hypotheses_are_found(scripts, model, request, size):
    beam, nbest = size
    (expected,) = beam_search(FakeModel(**model), in_python(request), beam=beam, nbest=nbest)
    found = scripts.call("searched", model, request, {"beam": beam, "nbest": nbest})
    assert found["hypotheses"] == list(map(as_found, expected))
    for number, tokens in enumerate(found["steps"], start=1):
        assert len(tokens) == number
        if beam == 1:
            assert tokens[: len(expected[0].tokens)] == list(expected[0].tokens[:number])


@given(MODELS, requests(counted=True), SIZES)
@settings(max_examples=100)
def test_the_same_hypotheses_are_found_with_places_for_each_number(scripts, model, request, size):
    beam, nbest = size
    (expected,) = allocated_search(FakeModel(**model), in_python(request), beam=beam, nbest=nbest)
    found = scripts.call("searched", model, request, {"beam": beam, "nbest": nbest}, True)
    assert found["hypotheses"] == list(map(as_found, expected))


@given(MODELS, requests() | requests(counted=True), st.integers(1, 8))
@settings(max_examples=100)
def test_the_tree_is_the_same(scripts, model, request, beam):
    expected, branches = search_tree(
        FakeModel(**model), in_python(request), beam=beam, piece_of=str
    )
    found = scripts.call("treeOf", model, request, beam)
    assert found["best"] == as_found(expected)
    # (Python prints rounded numbers.)
    tree = [
        branch | {name: branch[name] and pytest.approx(branch[name], abs=1e-6) for name in NUMBERS}
        for branch in tree_list(branches)
    ]
    assert found["tree"] == tree


@given(MODELS, requests(), SIZES)
@settings(max_examples=20)
def test_searches_that_take_turns_do_not_disturb_each_other(scripts, model, request, size):
    beam, nbest = size
    alone = scripts.call("searched", model, request, {"beam": beam, "nbest": nbest})
    found = scripts.call("interleaved", model, request, {"beam": beam, "nbest": nbest})
    assert found == [alone["hypotheses"]] * 2


def test_the_models_write_all_kinds_of_translations(scripts):
    """Else the tests above would prove little."""
    kinds = set()
    for cycle, endless, limit in [(0, False, 8), (0, False, 1), (0, True, 6), (2, True, 30)]:
        model = {"vocabulary": 8, "levels": 100, "cycle": cycle, "endless": endless}
        request = {"source": [3, 4], "end": END, "limit": limit, "forbidden": [0], "prefix": []}
        request |= {"counted": [5], "counts": [1]}
        found = scripts.call("searched", model, request, {"beam": 4, "nbest": 4})["hypotheses"]
        kinds |= {(each["stoppedBy"], each["tokens"][-1] == END) for each in found}
    assert kinds == {("eos", True), ("limit", True), ("limit", False), ("repetition", False)}


@pytest.mark.parametrize("prefix", [[0], [2, END]])
def test_what_is_given_is_written_even_if_it_is_forbidden_or_the_end(scripts, prefix):
    model = {"vocabulary": 8, "levels": 100, "cycle": 0, "endless": False}
    request = {"source": [3], "end": END, "limit": 9, "forbidden": [0], "prefix": prefix}
    request |= {"counted": [], "counts": []}
    (found,) = scripts.call("searched", model, request, {"beam": 4, "nbest": 1})["hypotheses"]
    assert found["stoppedBy"] == "eos"
    assert found["tokens"][: len(prefix)] == prefix
    assert 0 not in found["tokens"][len(prefix) :]
    assert (found["tokens"] == prefix) is (prefix[-1] == END)


@given(st.integers(1, 4), st.integers(4, 300), st.integers(1, 8), st.integers(0, 2**32 - 1))
@settings(max_examples=50)
def test_the_best_continuations_are_those_of_python(scripts, rows, vocabulary, beam, seed):
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=rows).astype(np.float32)
    log_probabilities = generator.normal(size=(rows, vocabulary)).astype(np.float32)
    log_probabilities[generator.random((rows, vocabulary)) < 0.3] = -np.inf
    expected = best_continuations(scores[None], log_probabilities, beam)
    values = [None if value == -np.inf else value for value in log_probabilities.ravel().tolist()]
    matrix = (
        f"{{data: Float32Array.from({json.dumps(values)}, (value) => value ?? -Infinity), "
        f"shape: [{rows}, {vocabulary}]}}"
    )
    found = scripts.evaluate(f"bestContinuations({scores.tolist()}, {matrix}, {2 * beam})")
    assert [tuple(each.values()) for each in found] == [
        (score, parent, token)
        for score, parent, token in zip(*(part[0].tolist() for part in expected), strict=True)
        if score > -np.inf
    ]


SEQUENCES = st.builds(
    lambda before, block, rounds, after: [*before, *(list(block) * rounds), *after],
    st.lists(st.integers(1, 3), max_size=20),
    st.lists(st.integers(1, 3), max_size=22) | st.builds(range, st.integers(18, 22)),
    st.integers(1, 13),
    st.lists(st.integers(1, 3), max_size=3),
)


@given(SEQUENCES)
@settings(max_examples=300)
def test_loops_are_those_of_python(scripts, tokens):
    found = scripts.evaluate(f"[hasLoop({tokens}), lengthWithoutLoop({tokens})]")
    assert found == [has_loop(tokens), length_without_loop(tokens)]


def test_probabilities_that_are_no_numbers_are_an_error(scripts):
    scripts.run(
        "class DamagedModel extends FakeModel { logProbability() { return NaN; } }"
        "function complaint(model, request) {"
        "  try { finish(beamSearch(new DamagedModel(model), request, { beam: 2, nbest: 1 })); }"
        "  catch (error) { return error.message; }"
        "}"
    )
    model = {"vocabulary": 8, "levels": 100, "cycle": 0, "endless": False}
    request = {"source": [3], "end": END, "limit": 9, "forbidden": [0], "prefix": []}
    request |= {"counted": [], "counts": []}
    assert "NaN" in scripts.call("complaint", model, request)
