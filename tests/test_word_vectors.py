"""Words of sources with their vectors: which, at which places, and as which input of a network."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqcli.config import ModelConfig
from seqcli.data.carryover import SYMBOLS
from seqcli.data.source_ids import join_id, split_ids
from seqcli.data.tokenizer import PAD
from seqcli.data.words import find_words
from seqcli.export.network import encoder_graph, export, search_model
from seqcli.model.seq2seq import Seq2Seq
from seqcli.model.stepper import TorchSearchModel
from seqcli.storage.graph_check import check_graph
from seqcli.vectors.units import candidates, find_units, is_unit
from seqcli.vectors.word_reader import WordReader
from seqcli.vectors.word_vectors import VectorTable, WordVectors

PIECES = 50


def word_vectors(words, seen=None, size=4, dtype=np.float16, replaces=False):
    vectors = np.random.default_rng(0).normal(size=(len(words) + 1, size)).astype(dtype)
    vectors[0] = 0
    return WordVectors(tuple(words), len(words) if seen is None else seen, vectors, replaces)


def units(text, known):
    return [text[unit.start : unit.end] for unit in find_units(text, known)]


def test_units_are_the_longest_known_words():
    known = {"don't", "don", "t", "well", "well-known", "天安门", "天", "安", "rock'n'roll"}
    assert units("i don't", known) == ["don't"]
    assert units("a well-known, well known", known) == ["well-known", "well"]
    assert units("我爱天安门", known) == ["天安门"]
    assert units("天 安门", known) == ["天", "安"]  # a space parts them
    assert units("rock'n'roll", known) == ["rock'n'roll"]
    assert not units("", known)


@given(st.text(alphabet="ab '-.天\ud800", max_size=12))
def test_a_found_unit_is_a_candidate_and_stands_where_it_says(text):
    found = list(candidates(text))
    for unit in found:
        assert text[unit.start : unit.end] == unit.text
        assert is_unit(unit.text) == any(map(str.isalpha, unit.text))
        assert " " not in unit.text
    chosen = list(find_units(text, {unit.text for unit in found}))
    assert [unit.end for unit in chosen[:-1]] <= [unit.start for unit in chosen[1:]]
    covered = {i for unit in chosen for i in range(unit.start, unit.end)}
    assert covered >= {i for word in find_words(text) for i in range(word.start, word.end)}


def test_what_is_no_unit():
    assert not any(map(is_unit, ("", "a b", "...", "2024", "a b c d e", ",a", "a,")))


@given(st.integers(0, PIECES - 1), st.integers(0, 1000))
def test_an_id_names_a_piece_and_a_word(piece, word):
    joined = join_id(piece, word, PIECES)
    assert split_ids(joined, PIECES) == (piece, word)
    assert split_ids(np.array([joined]), PIECES) == (piece, word)
    assert split_ids(torch.tensor([joined]), PIECES) == (piece, word)


def ids_of(reader, segments, text):
    return [(piece, *split_ids(i, PIECES)) for piece, i in reader.read(segments, text)]


def test_pieces_get_the_vectors_of_their_words():
    reader = WordReader(word_vectors(["the", "giraffe", "don't"]), PIECES, "")
    segments = [("▁the", 5), ("▁gi", 6), ("raff", 7), ("e", 8), (",", 9), ("▁", 4), ("x", 10)]
    assert ids_of(reader, segments, "the giraffe, x") == [
        ("▁the", 5, 1), ("▁gi", 6, 2), ("raff", 7, 2), ("e", 8, 2), (",", 9, 0), ("▁", 4, 0),
        ("x", 10, 0),
    ]  # fmt: skip
    segments = [("▁", 4), ("do", 5), ("n", 6), ("'", 7), ("t", 8)]
    assert ids_of(reader, segments, "don't") == [
        ("▁", 4, 3), ("do", 5, 3), ("n", 6, 3), ("'", 7, 3), ("t", 8, 3),
    ]  # fmt: skip


def test_symbols_get_the_vectors_of_what_they_stand_for():
    reader = WordReader(word_vectors(["saw", "giraffe", "tom"], seen=1), PIECES, "")
    one, two = SYMBOLS[0], SYMBOLS[1]
    segments = [("▁", 4), (one, 11), ("▁saw", 5), ("▁", 4), (two, 12), (".", 9)]
    text = f"{one} saw {two}."
    assert ids_of(reader, segments, text)[1:] == [
        (one, 11, 0), ("▁saw", 5, 1), ("▁", 4, 0), (two, 12, 0), (".", 9, 0),
    ]  # fmt: skip
    found = reader.read(segments, text, ["Uncle Tom", "GIRAFFE"])
    assert [split_ids(i, PIECES)[1] for _, i in found] == [0, 3, 1, 0, 2, 0]
    assert [split_ids(i, PIECES)[0] for _, i in found] == [i for _, i in segments]


def test_what_symbols_stand_for_is_found_in_the_text_as_it_was():
    reader = WordReader(word_vectors(["a"]), PIECES, "")
    one, two = SYMBOLS[0], SYMBOLS[1]
    assert reader.items(f"{one} saw {two}.", "Tom saw the Giraffe.") == ["tom", "the giraffe"]
    assert reader.items(f"i saw {one}", "I saw Tom") == ["tom"]
    assert reader.items("i saw tom", "I saw Tom") == []
    for text in (f"i met {one}", f"{one}{two} saw", f"{one}, i saw tom", f"i saw tom {one}"):
        assert reader.items(text, "I saw Tom") == []


def test_words_of_a_script_without_spaces():
    reader = WordReader(word_vectors(["天安门", "爱"]), PIECES, "")
    segments = [("我", 5), ("爱", 6), ("天", 7), ("安门", 8)]
    assert ids_of(reader, segments, "我爱天安门") == [
        ("我", 5, 0), ("爱", 6, 2), ("天", 7, 1), ("安门", 8, 1),
    ]  # fmt: skip


def test_vectors_in_place_of_pieces_that_are_words():
    reader = WordReader(word_vectors(["the", "giraffe"], seen=1, replaces=True), PIECES, "")
    segments = [("▁the", 5), ("▁giraffe", 1), ("▁xyz", 1), ("▁cat", 7)]
    assert ids_of(reader, segments, "the giraffe xyz cat") == [
        ("▁the", PAD, 1), ("▁giraffe", PAD, 2), ("▁xyz", 1, 0), ("▁cat", 7, 0),
    ]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_stored_vectors_are_the_same(dtype):
    vectors = word_vectors(["a", "b\u2028c", "猫"], seen=2, dtype=dtype)
    read = WordVectors.from_bytes(vectors.to_bytes())
    assert (read.words, read.seen, read.vectors.dtype) == (vectors.words, 2, dtype)
    np.testing.assert_array_equal(read.vectors, vectors.vectors)
    assert read.unseen == {"猫"}
    assert not read.lexicon
    translated = replace(vectors, lexicon={"猫": "cat"})
    assert WordVectors.from_bytes(translated.to_bytes()).lexicon == {"猫": "cat"}
    assert read.numbers == {"a": 1, "b\u2028c": 2, "猫": 3}


def damaged_vectors():
    from safetensors.numpy import save

    good = word_vectors(["a", "b"])
    text = np.frombuffer(b"a\nb", dtype=np.uint8)
    parts = {
        "words": text, "translations": np.frombuffer(b"\nx", dtype=np.uint8),
        "numbers": np.array([1, 0]), "vectors": good.vectors,
    }  # fmt: skip
    WordVectors.from_bytes(save(parts))  # is accepted
    yield b""
    yield good.to_bytes()[:-3]
    for name in parts:
        yield save({key: value for key, value in parts.items() if key != name})
    for change in (
        {"words": np.frombuffer(b"a\na", dtype=np.uint8)},
        {"words": np.frombuffer(b"a\n", dtype=np.uint8)},
        {"words": np.frombuffer(b"a\nb\nc", dtype=np.uint8)},
        {"words": np.frombuffer(b"a\xff\nb", dtype=np.uint8)},
        {"translations": np.frombuffer(b"x\n", dtype=np.uint8)},
        {"translations": np.frombuffer(b"x", dtype=np.uint8)},
        {"translations": np.frombuffer(b"\n\x1b[2J", dtype=np.uint8)},
        {"translations": np.frombuffer(b"\n" + b"x" * 101, dtype=np.uint8)},
        {"translations": np.frombuffer(b"\n x", dtype=np.uint8)},
        {"vectors": good.vectors[:, :0]},
        {"vectors": np.zeros((3, 4097), dtype=np.float16)},
        {"numbers": np.array([3, 0])},
        {"numbers": np.array([-1, 0])},
        {"numbers": np.array([1.5, 0])},
        {"numbers": np.array([1, 2])},
        {"numbers": np.array([1])},
        {"vectors": good.vectors[:2]},
        {"vectors": good.vectors[0]},
        {"vectors": good.vectors + np.float16(1)},
        {"vectors": good.vectors.astype(np.float64)},
        {"vectors": np.where(np.arange(3)[:, None] == 1, np.float16(np.nan), good.vectors)},
        {"more": text},
    ):
        yield save(parts | change)


@pytest.mark.parametrize("content", list(damaged_vectors()))
def test_damaged_vectors_are_refused(content):
    with pytest.raises(ValueError):
        WordVectors.from_bytes(content)


WAYS: dict[str, dict[str, Any]] = {
    "beside": {},
    "learned": {"learn_vectors": True},
    "instead": {},
}


def network(way, **settings):
    torch.manual_seed(1)
    config = ModelConfig(embedding=6, hidden=8, attention_size=5, **WAYS[way], **settings)
    size = 6 if way == "instead" else 4
    vectors = word_vectors(["w", "x", "y", "z"], seen=3, size=size, replaces=way == "instead")
    model = Seq2Seq(config, PIECES, torch.tensor([1, 2, 5, 6, 9]), vectors)
    assert model.word_vectors is not None
    if model.word_vectors.change is not None:
        torch.nn.init.normal_(model.word_vectors.change, std=0.1)
    return model


def sentences():
    words = np.array([[0, 1, 2, 2], [3, 0, 0, 0]])
    pieces = np.array([[5, 6, 7, 8], [PAD, 2, 0, 0]])
    return pieces + PIECES * words, np.array([4, 2])


@pytest.mark.parametrize("way", WAYS)
def test_what_the_encoder_reads(way):
    """By the formulas: E[piece] + W v, with learned changes of seen words; or v alone."""
    model = network(way)
    source, _ = sentences()
    embedded = model.embed_source(torch.from_numpy(source)).detach().numpy()
    part = model.word_vectors
    for row in range(2):
        for column in range(4):
            piece, word = split_ids(int(source[row, column]), PIECES)
            vector = part.vectors[word].clone()
            if part.change is not None and word and word <= 3:
                vector = vector + part.change[word - 1]
            expected = model.source_table[piece] + (
                vector if part.projection is None else part.projection @ vector
            )
            np.testing.assert_allclose(embedded[row, column], expected.detach(), atol=1e-6)
    if way == "instead":
        np.testing.assert_array_equal(embedded[1, 0], part.vectors[3])


@pytest.mark.parametrize("way", WAYS)
def test_only_what_is_learned_gets_a_gradient(way):
    model = network(way)
    source, lengths = map(torch.from_numpy, sentences())
    model(source, lengths, torch.tensor([[2, 3], [1, 1]]), 1).sum().backward()
    part = model.word_vectors
    assert "word_vectors.vectors" not in dict(model.named_parameters())
    if part.change is not None:
        moved = part.change.grad.abs().sum(dim=1) > 0
        assert moved.tolist() == [True, True, True]
    assert not model.source_table.grad[PAD].any()


@pytest.mark.parametrize("way", WAYS)
def test_the_exported_graphs_read_the_same(way):
    model = network(way)
    export(model)  # which compares them on random sources
    torch_model, onnx = TorchSearchModel(model), search_model(model)
    source, lengths = sentences()
    (one, state), (other, other_state) = (m.encode(source, lengths) for m in (torch_model, onnx))
    mask = np.arange(4) < lengths[:, None]
    np.testing.assert_allclose(one[0][mask], other[0][mask], atol=1e-5)
    for part, other_part in zip(state, other_state, strict=True):
        np.testing.assert_allclose(part, other_part, atol=1e-5)
    alone, _ = onnx.encode(source[1:, :2], lengths[1:])
    np.testing.assert_allclose(alone[0][0], other[0][1, :2], atol=1e-5)


@pytest.mark.parametrize("way", WAYS)
def test_the_graph_of_the_encoder_passes_the_check_of_graphs(way):
    model = network(way)
    size = model.word_vectors.given.dimensions
    check_graph(encoder_graph(model), "encoder", model.config, PIECES, 5, "here", size)


def test_a_table_looks_up_pieces_and_vectors():
    vectors = word_vectors(["w", "x"]).vectors
    pieces, found = VectorTable(vectors, PIECES).look_up(np.array([[3, 3 + 2 * PIECES]]))
    assert pieces.tolist() == [[3, 3]]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[0], vectors[[0, 2]])
