"""The one-way encoder, and a decoder that attends to what has been heard."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqcli.config import ModelConfig, TokenizerConfig
from seqcli.data.batching import Example, collate
from seqcli.data.pairs import Pair
from seqcli.data.tokenizer import END, UNKNOWN, build
from seqcli.data.vocabulary import END_TOKEN, OutputVocabulary
from seqcli.data.word_counter import WordCounter
from seqcli.data.words import split_words, word_parts
from seqcli.decoding.onnx_model import OnnxSearchModel
from seqcli.errors import UserError
from seqcli.export.network import export
from seqcli.model.cells import CELLS
from seqcli.model.encoder import OneWayEncoder
from seqcli.model.seq2seq import Seq2Seq, length_mask
from seqcli.model.stepper import TorchSearchModel
from seqcli.training.waiting import SHARE_WHOLE, Waiting

PIECES = 30
ATTENTIONS = ["additive", "bilinear", "dot", "cosine"]
NETWORKS = [
    *({"cell": cell} for cell in CELLS),
    *({"attention": attention} for attention in ATTENTIONS),
    {"encoder_layers": 3, "lexical": False, "tied": False},
]


def network(**settings):
    torch.manual_seed(2)
    config = ModelConfig(
        **{"embedding": 6, "hidden": 8, "attention_size": 5, "simultaneous": True} | settings
    )
    made = Seq2Seq(config, PIECES, torch.tensor([UNKNOWN, END, *range(10, PIECES)]))
    for name, weight in made.named_parameters():
        if name.endswith("bias"):  # they begin as zeros
            torch.nn.init.normal_(weight, std=0.3)
    return made


def batch(generator, lengths, target_length):
    source = torch.from_numpy(generator.integers(3, PIECES, (len(lengths), max(lengths))))
    target = torch.from_numpy(generator.integers(2, PIECES - 10, (target_length, len(lengths))))
    heard = np.sort(generator.integers(1, np.array(lengths) + 1, (target_length, len(lengths))), 0)
    return source, torch.tensor(lengths), target, torch.from_numpy(heard)


def test_the_encoder_is_a_one_way_lstm():
    torch.manual_seed(4)
    ours = OneWayEncoder(6, 8, 2, "lstm")
    theirs = torch.nn.LSTM(6, 8, num_layers=2)
    for layer, (cell,) in enumerate(ours.layers()):
        getattr(theirs, f"weight_ih_l{layer}").data = cell.inputs.data
        getattr(theirs, f"weight_hh_l{layer}").data = cell.recurrent.data
        getattr(theirs, f"bias_ih_l{layer}").data = cell.bias.data
        getattr(theirs, f"bias_hh_l{layer}").data.zero_()
    inputs, lengths = torch.randn(7, 3, 6), torch.tensor([7, 4, 1])
    states, summary = ours(inputs, lengths)
    expected, _ = theirs(inputs)
    torch.testing.assert_close(states, expected)
    torch.testing.assert_close(summary, expected[lengths - 1, range(3)])


@pytest.mark.parametrize("settings", NETWORKS)
def test_all_steps_at_once_are_the_single_steps_of_what_has_been_heard(settings):
    """Values and gradients."""
    model = network(**settings).double()
    source, lengths, target, heard = batch(np.random.default_rng(1), [5, 3, 7], 6)

    def at_once():
        return model.logits(model.readouts(source, lengths, target, END_TOKEN, heard=heard))

    def step_by_step():
        memory, _ = model.encode(source, lengths)
        _, state = model.encode(source, heard[0])
        previous, rows = torch.full_like(target[0], END_TOKEN), []
        for tokens, pieces in zip(target, heard, strict=True):
            known = memory._replace(mask=length_mask(pieces, source.shape[1]))
            row, _, state = model.step(previous, known, state)
            rows.append(row)
            previous = tokens
        return torch.stack(rows)

    weights = list(model.parameters())
    results = []
    for compute in (at_once, step_by_step):
        scores = torch.log_softmax(compute(), dim=-1)
        objective = scores.gather(2, target.unsqueeze(2)).sum()
        results.append((scores, *torch.autograd.grad(objective, weights, allow_unused=True)))
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other, atol=1e-8, rtol=1e-8)


@pytest.mark.parametrize("settings", NETWORKS)
def test_unheard_pieces_change_nothing_at_all(settings):
    """To the last bit, in the network and in its graphs."""
    model = network(**settings)
    graphs = export(model)
    generator = np.random.default_rng(3)
    source, lengths, target, heard = (part.numpy() for part in batch(generator, [9, 6, 9, 4], 5))
    others = source.copy()
    for row, first in enumerate(heard.max(axis=0)):
        others[row, first:] = generator.integers(3, PIECES, source.shape[1] - first)
    assert (others != source).any()
    for search_model in (
        TorchSearchModel(model),
        OnnxSearchModel(graphs.encoder, graphs.step),
        OnnxSearchModel(graphs.encoder, graphs.step_int8),
    ):
        runs = [run(search_model, ids, lengths, target, heard) for ids in (source, others)]
        for one, other in zip(*runs, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("settings", NETWORKS)
def test_the_graphs_hear_as_the_network_does(settings):
    model = network(**settings)
    graphs = export(model)
    parts = batch(np.random.default_rng(5), [1, 8, 5], 4)
    source, lengths, target, heard = (part.numpy() for part in parts)
    expected = run(TorchSearchModel(model), source, lengths, target, heard)
    found = run(OnnxSearchModel(graphs.encoder, graphs.step), source, lengths, target, heard)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def run(model, source, lengths, target, heard):
    """Probabilities and attention weights along a forced path of a model that hears."""
    memory, _ = model.encode(source, lengths)
    _, state = model.encode(source[:, : heard[0].max()], heard[0])
    results = []
    for previous, pieces in zip(target, heard, strict=True):
        scores, weights, state = model.step(previous, model.hear(memory, pieces), state)
        results += [np.exp(scores), weights]
    return results


def test_a_decoder_without_attention_is_refused_by_name():
    with pytest.raises(UserError, match="--simultaneous needs attention: with --attention none"):
        ModelConfig(simultaneous=True, attention="none")


TEXTS = ["i love beijing", "you love him,", "we love 北京 too", "ba, do", "beijing loves"]
TOKENIZER = build([Pair(text, text[::-1]) for text in TEXTS] * 20, TokenizerConfig(vocabulary=50))
VOCABULARY = OutputVocabulary(np.array([UNKNOWN, END, *range(3, len(TOKENIZER))]))
WAITING = Waiting(
    WordCounter.of_source(TOKENIZER),
    WordCounter.of_target(TOKENIZER, VOCABULARY),
    len(TOKENIZER),
    seed=1,
)


def example(source, target):
    return Example(
        [*TOKENIZER.encode_words(source), END], [*VOCABULARY.encode(TOKENIZER, target), END_TOKEN]
    )


@given(
    st.lists(st.tuples(st.sampled_from(TEXTS), st.sampled_from(TEXTS)), min_size=1, max_size=4),
    st.integers(1, 5),
    st.integers(0, 1),
)
def test_what_is_heard_in_training_is_what_the_formula_has(pairs, wait, update):
    """Of texts: before each target piece, the pieces of the first g(t) = min(k + t - 1, |x|) words,
    where half of the pieces that end a word are predicted one word before."""
    heard = WAITING.heard(collate([example(*pair) for pair in pairs]), wait, update)
    for row, (source, target) in enumerate(pairs):
        words = word_parts(source)
        begins = [len(TOKENIZER.encode_words("".join(words[:n]))) for n in range(1, len(words) + 1)]
        begins[-1] += 1  # the end
        tokens = [*VOCABULARY.encode(TOKENIZER, target), END_TOKEN]
        before = ""
        for step, token in enumerate(tokens):
            piece = "" if token == END_TOKEN else TOKENIZER.pieces(VOCABULARY.to_ids([token]))[0]
            written = len(split_words(before.replace("▁", " ")))
            after = len(split_words((before + piece).replace("▁", " ")))
            is_space = piece == "▁"  # which begins the next word
            begins_word = after > written or token == END_TOKEN or is_space
            number = written + 1 if begins_word and not before.endswith("▁") else max(1, written)
            if before.endswith("▁") and not is_space:
                number, begins_word = written + 1, False
            could_continue = before != "" and before[-1].isascii() and begins_word
            early = could_continue and (step + update) % 2 == 0
            count = min(wait + number - 1 - early, len(words))
            assert heard[step, row] == begins[count - 1], (source, target, step)
            before += piece


def test_k_is_drawn_for_each_batch_from_one_to_all_words():
    parts = collate([example(text, text) for text in TEXTS])
    drawn = [WAITING.draw(parts, update) for update in range(400)]
    assert drawn == [WAITING.draw(parts, update) for update in range(400)]
    longest = max(len(split_words(text)) for text in TEXTS)
    assert set(drawn) == set(range(1, longest + 1))
    expected = SHARE_WHOLE + (1 - SHARE_WHOLE) / longest
    assert drawn.count(longest) / 400 == pytest.approx(expected, abs=0.08)
    assert drawn.count(1) / 400 == pytest.approx((1 - SHARE_WHOLE) / longest, abs=0.08)
