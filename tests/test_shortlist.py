"""Shortlists: what is learned, the step that scores them, and the search over them."""

import dataclasses
import random

import numpy as np
import onnx
import pytest
import torch
from test_export import NETWORKS, PIECES, network
from test_word_alignment import slow_lexicon

from seqcli.data import shortlist as learning
from seqcli.data.batching import Example, PackedExamples, pad
from seqcli.data.shortlist import Shortlist
from seqcli.data.vocabulary import END_TOKEN, OutputVocabulary
from seqcli.decoding.fast_search import FastSearch, ShortlistSearch
from seqcli.decoding.fast_step import (
    LISTED_BIASES,
    LISTED_WEIGHTS,
    PARENTS,
    step_with_lists,
    step_with_parents,
)
from seqcli.decoding.onnx_model import OnnxSearchModel
from seqcli.decoding.search import SearchRequest, beam_search
from seqcli.export.network import export

SMOOTHING = 0.1
COMMON = {0, 1, 2, 3, 12}  # the tokens of every sentence in `listed`


def shortlist(ends, pieces, common=()):
    return Shortlist(*(np.array(part, np.int32) for part in (ends, pieces, common)))


def drawn_pairs(draw, count, sources=9, targets=12):
    def text(words):
        return [draw.randint(1, words) for _ in range(draw.randint(1, 6))]

    return [Example(text(sources), text(targets)) for _ in range(count)]


@pytest.mark.parametrize("seed", range(3))
def test_the_likely_translations_by_model_1_are_listed(seed, monkeypatch):
    monkeypatch.setattr(learning, "MAX_TRANSLATIONS", 4)
    monkeypatch.setattr(learning, "MIN_PROBABILITY", 0.05)
    pairs = drawn_pairs(random.Random(seed), 30)
    output = np.arange(100, 113)  # the piece of each token
    examples = PackedExamples.of(pairs)
    found = Shortlist.learn(examples, examples.sources.astype(np.int64), output)
    table = slow_lexicon(*zip(*pairs, strict=True))
    for cause in range(1, 10):
        likely = sorted(
            (-value, word) for (by, word), value in table.items() if by == cause and value >= 0.05
        )
        listed = found.pieces[found.ends[cause] : found.ends[cause + 1]].tolist()
        assert listed == [100 + word for _, word in likely[:4]]
    assert found.ends[1] == 0  # nothing for the empty word


def test_the_most_frequent_pieces_are_common(monkeypatch):
    monkeypatch.setattr(learning, "COMMON", 3)
    targets = [[1, 4, 4], [2, 4, 1], [3, 1], [2]]
    examples = PackedExamples.of([Example([1], target) for target in targets])
    found = Shortlist.learn(examples, examples.sources.astype(np.int64), np.arange(100, 105))
    assert found.common.tolist() == [101, 102, 104]


def test_of_many_pairs_an_even_selection_is_learned_from(monkeypatch):
    examples = PackedExamples.of([Example([i % 2 + 1], [i % 2 + 1]) for i in range(100)])
    monkeypatch.setattr(learning, "MAX_CELLS", 100)  # each has two cells
    found = Shortlist.learn(examples, examples.sources.astype(np.int64), np.arange(3))
    assert found.pieces.tolist() == [1]  # only every second pair, with the first piece


def test_a_file_of_it_holds_it_and_what_is_none_is_refused():
    whole = shortlist([0, 2, 2, 3], [5, 7, 1], [4])
    again = Shortlist.from_bytes(whole.to_bytes())
    values = [again.ends.tolist(), again.pieces.tolist(), again.common.tolist()]
    assert values == [[0, 2, 2, 3], [5, 7, 1], [4]]
    for ends, pieces in (
        ([0, 2], [5]), ([1, 1], [5]), ([0, 2, 1, 3], [5, 7, 1]), ([], []), ([0, 1], [-1]),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"places|arrays|piece"):
            shortlist(ends, pieces)
    with pytest.raises(ValueError, match="places"):  # (differences of 32 bits would be positive)
        shortlist([0, 2**31 - 1, -(2**31), -1, 1], [5])
    with pytest.raises(ValueError, match="a piece that is none"):
        dataclasses.replace(whole, common=np.array([-4], np.int32))
    with pytest.raises(ValueError, match="arrays"):
        dataclasses.replace(whole, pieces=np.array([5.0, 7, 1], np.float32))
    with pytest.raises(ValueError, match="no shortlist"):
        Shortlist.from_bytes(b"nothing")


def test_two_together_list_what_either_lists():
    one, two = shortlist([0, 2, 3], [5, 7, 1], [4, 9]), shortlist([0, 1, 1, 2], [6, 5], [9, 2])
    for joined in (one.joined(two), two.joined(one)):
        assert joined.ends.tolist() == [0, 3, 4, 5]
        assert joined.pieces.tolist() == [5, 6, 7, 1, 5]
        assert joined.common.tolist() == [2, 4, 9]


def randomized(settings, scale=1):
    model = network(**settings)
    model.output_table.data *= scale
    for weight in model.parameters():
        if weight.dim() == 1:  # biases begin as zeros, which would fit in any place
            torch.nn.init.normal_(weight, std=0.5)
    return model


def renormalized(log_probabilities, columns):
    """Those of some columns [R,N], with a sum of probabilities of 1."""
    chosen = np.take_along_axis(log_probabilities, columns, axis=1).astype(np.float64)
    return chosen - np.log(np.exp(chosen).sum(axis=1, keepdims=True))


@pytest.mark.parametrize("settings", NETWORKS)
@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_the_step_gives_what_the_whole_step_gives_of_the_listed_tokens(settings, precision):
    model = randomized(settings)
    graphs = export(model)
    step, tolerance = (graphs.step, 2e-5) if precision == "fp32" else (graphs.step_int8, 0.05)
    whole = OnnxSearchModel(graphs.encoder, step)
    changed, layer = step_with_lists(step, common := np.array([0, 1, 2, 3, 5, 11]))
    lists = whole.with_step(changed, [LISTED_WEIGHTS, LISTED_BIASES, PARENTS])
    sharing = whole.with_step(step_with_parents(step), [PARENTS])
    generator = np.random.default_rng(3)
    lengths, beams = np.array([4, 7, 2]), 3
    memory, state = whole.encode(generator.integers(0, PIECES, (3, 7)), lengths)
    listed = np.array([[7, 9, 15], [6, 20, 0], [8, 0, 0]])  # 0 is none
    biases = np.where(listed > 0, layer.biases[listed], -np.inf)[:, None]
    weights = np.ascontiguousarray(layer.weights[listed].transpose(0, 2, 1))
    further = (weights, biases.astype(np.float32))
    # Nine rows continue four, of which the first one three times over.
    parents = np.array([0, 0, 0, 1, 1, 1, 3, 2, 2])
    state = tuple(part[[0, 1, 2, 2]] + generator.normal(size=part[:1].shape).astype("f") * 0.1
                  for part in state)  # fmt: skip
    previous = generator.integers(0, 22, 9)
    scores, attention, after = lists.step(previous, (*memory, *further, parents), state)
    expected, their_attention, their_after = whole.step(
        previous, memory, tuple(part[parents] for part in state)
    )
    for sentence, tokens in enumerate(listed):
        rows = slice(beams * sentence, beams * (sentence + 1))
        columns = np.tile([*common, *tokens[tokens > 0]], (beams, 1))
        ours = scores[rows, : columns.shape[1]]
        theirs = renormalized(expected[rows], columns)
        np.testing.assert_allclose(ours, theirs, atol=tolerance)
        assert (scores[rows, columns.shape[1] :] == -np.inf).all()
    shared, shared_attention, shared_after = sharing.step(previous, (*memory, parents), state)
    np.testing.assert_allclose(shared, expected, atol=2e-5)
    theirs = [their_attention, *their_after] * 2
    for mine, other in zip(
        [attention, *after, shared_attention, *shared_after], theirs, strict=True
    ):
        assert (mine is None) == (other is None)
        if mine is not None and other is not None:
            np.testing.assert_allclose(mine, other, atol=tolerance)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_the_products_of_the_cell_are_those_of_parents(precision):
    graphs = export(network())
    step = graphs.step if precision == "fp32" else graphs.step_int8
    nodes = step_with_parents(step)["graph"]["node"]
    makers = {name: node["op_type"] for node in nodes for name in node["output"]}
    given = [node["input"][0] for node in nodes if node["input"][1:] == [PARENTS]]
    product = "MatMul" if precision == "fp32" else "MatMulIntegerToFloat"
    assert sorted(makers.get(name, name) for name in given) == [product, "cell"]


@pytest.mark.parametrize("operator", ["LogSoftmax", "Add", "MatMul"])
def test_a_step_with_another_output_layer_is_refused(operator):
    graphs = export(network())
    changed = onnx.load_from_string(graphs.step)
    node = [node for node in changed.graph.node if node.op_type == operator][-1]
    node.op_type = {"LogSoftmax": "Softmax", "Add": "Sub", "MatMul": "Gemm"}[operator]
    with pytest.raises(ValueError, match="another output layer"):
        step_with_lists(changed.SerializeToString(), np.arange(5))


@pytest.mark.parametrize("value", ["the products", "the logits", "the biases"])
def test_a_step_that_uses_its_output_layer_elsewhere_is_refused(value):
    changed = onnx.load_from_string(export(network()).step)
    makers = {name: node for node in changed.graph.node for name in node.output}
    softmax = makers[makers["log_probabilities"].input[0]]
    add = makers[softmax.input[0]]
    name = {"the products": add.input[0], "the logits": add.output[0], "the biases": add.input[1]}
    changed.graph.node.append(onnx.helper.make_node("Exp", [name[value]], ["n99.0"]))
    with pytest.raises(ValueError, match="another output layer") as raised:
        step_with_lists(changed.SerializeToString(), np.arange(5))
    assert "used elsewhere" in str(raised.value.__cause__)


class Restricted:
    """A model that knows only some tokens of one sentence, by the definition of a shortlist."""

    def __init__(self, model, allowed, shared):
        self.model, self.allowed, self.shared = model, allowed, shared
        self.encode = model.encode

    def step(self, previous, memory, state):
        scores, weights, state = self.model.step(previous, memory, state)
        columns = np.tile(self.allowed, (len(scores), 1))
        kept = np.full_like(scores, -np.inf)
        kept[:, self.allowed] = renormalized(scores, columns) + self.shared
        return kept, weights, state


@pytest.fixture(scope="module")
def listed():
    """A model, the same with shortlists, and the tokens of each source piece."""
    # (With a flat distribution all translations would be alike.)
    model = randomized({"attention": "additive"}, scale=8)
    graphs = export(model)
    whole = OnnxSearchModel(graphs.encoder, graphs.step)
    vocabulary = OutputVocabulary(model.output_pieces.numpy())
    generator = np.random.default_rng(5)
    rows = [generator.choice(np.arange(8, PIECES), 3, replace=False) for _ in range(PIECES - 2)]
    ends = np.arange(0, 3 * len(rows) + 1, 3, dtype=np.int32)
    frequent = int(vocabulary.pieces[12])
    lists = shortlist(ends, np.concatenate(rows), [frequent, 10**6])
    made = ShortlistSearch(
        whole.with_step, graphs.step, lists, vocabulary, PIECES, SMOOTHING, reserved=4
    )
    tokens_of = {
        piece: {
            token
            for token in vocabulary.to_tokens([*(rows[piece] if piece < len(rows) else ()), piece])
            if token not in COMMON
        }
        for piece in range(PIECES)
    }
    return whole, made, tokens_of, len(vocabulary)


SOURCES = [[12, 13, 2], [9, 2], [25, 29, 17, 11, 20, 2], [3, 3, 2]]


def request(sources, **more):
    return SearchRequest(*pad(sources), END_TOKEN, [9] * len(sources), forbidden=[0], **more)


def test_the_search_finds_what_a_search_of_the_listed_tokens_finds(listed):
    whole, made, tokens_of, size = listed

    def search(model, wanted):
        return beam_search(model, wanted, beam=4, nbest=3)

    together = made(search, request(SOURCES))
    for source, found in zip(SOURCES, together, strict=True):
        allowed = sorted(COMMON.union(*(tokens_of[piece] for piece in source)))
        shared = np.log(1 - SMOOTHING * (size - len(allowed)) / size)
        (expected,) = search(Restricted(whole, allowed, shared), request([source]))
        (alone,) = made(search, request([source]))
        for hypotheses in (found, alone):
            assert [h.tokens for h in hypotheses] == [h.tokens for h in expected]
            for mine, theirs in zip(hypotheses, expected, strict=True):
                assert mine.score == pytest.approx(theirs.score, abs=1e-4)
                assert mine.log_probability == pytest.approx(theirs.log_probability, abs=1e-4)
                assert mine.log_probabilities == pytest.approx(theirs.log_probabilities, abs=1e-4)
                np.testing.assert_allclose(mine.weights, theirs.weights, atol=1e-4)
    assert {token for found in together for h in found for token in h.tokens} - COMMON


def test_what_rows_share_changes_no_result():
    graphs = export(randomized({"attention": "additive"}, scale=8))
    whole = OnnxSearchModel(graphs.encoder, graphs.step)
    fast = FastSearch(whole.with_step, graphs.step)
    for wanted in (request(SOURCES), request(SOURCES, prefixes=[[3], [], [7, 5], [3]])):
        assert fast.fits(wanted)
        expected = beam_search(whole, wanted, beam=4, nbest=3)
        for mine, theirs in zip(
            fast(lambda model, each: beam_search(model, each, beam=4, nbest=3), wanted),
            expected,
            strict=True,
        ):
            assert [h.tokens for h in mine] == [h.tokens for h in theirs]
            assert [h.score for h in mine] == pytest.approx([h.score for h in theirs], abs=1e-4)


def test_a_request_for_other_tokens_does_not_fit(listed):
    _, made, _, _ = listed
    assert made.fits(request(SOURCES[:1]))
    assert made.fits(request(SOURCES[:1], counted=[3], counts=np.array([[1]])))
    assert not made.fits(request(SOURCES[:1], counted=[4], counts=np.array([[1]])))
    assert not made.fits(request(SOURCES[:1], prefixes=[[3]]))


def test_a_shortlist_of_pieces_that_the_model_has_not_does_no_harm(listed):
    whole, *_ = listed
    graphs = export(randomized({"attention": "additive"}))
    vocabulary = OutputVocabulary(network().output_pieces.numpy())
    odd = shortlist([0, 2] + [3] * 99, [10**6, 4, 0])
    other = ShortlistSearch(
        whole.with_step, graphs.step, odd, vocabulary, PIECES, SMOOTHING, reserved=5
    )
    assert other.listed(np.array([[0, 1, 29, 2]]), np.array([4])).tolist() == [
        [len(vocabulary) - 1]
    ]
