"""Words of texts, and words counted in pieces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqcli.config import TokenizerConfig
from seqcli.data.pairs import Pair
from seqcli.data.tokenizer import END, build
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN, OutputVocabulary
from seqcli.data.word_counter import WordCounter
from seqcli.data.words import split_words, word_parts

# Letters, digits, marks, Han, kana, Thai with a vowel sign, a combining accent.
CHARACTERS = "ab1,.- 我爱，。カกิ\u0301"


@st.composite
def texts(draw):
    """A text that begins with no sign that is part of the character before it."""
    text = " ".join(draw(st.text(CHARACTERS, max_size=12)).split())
    return text.lstrip("ิ\u0301 ")


@given(texts())
def test_the_parts_of_a_text_are_its_words_with_the_space_before_them(text):
    parts = word_parts(text)
    assert "".join(parts) == text
    assert [part.strip() for part in parts if part.strip()] == split_words(text)
    assert not any(part[-1:].isspace() for part in parts[:-1])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("i love  you. ", ["i", " love", "  you. "]),
        ("我爱, you", ["我", "爱", ",", " you"]),
        (" a", [" a"]),
        ("กิน", ["กิ", "น"]),
        ("", [""]),
        ("  ", ["  "]),
    ],
)
def test_parts_of_some_texts(text, parts):
    assert word_parts(text) == parts


def cut(text, widths):
    """A text in pieces of these widths, again and again, ▁ for a space."""
    text = text.replace(" ", "▁")
    pieces: list[str] = []
    begin = 0
    while begin < len(text):
        width = widths[len(pieces) % len(widths)]
        pieces.append(text[begin : begin + width])
        begin += width
    return pieces


def words_of_characters(text):
    """For each character of a text the number of its word; a space belongs to the word after it."""
    numbers = [0] * len(text)
    position = 0
    for number, word in enumerate(split_words(text), start=1):
        end = text.index(word, position) + len(word)
        numbers[position:end] = [number] * (end - position)
        position = end
    return numbers


@given(texts().filter(len), st.lists(st.integers(1, 4), min_size=1, max_size=5), st.booleans())
def test_pieces_count_the_words_of_the_text(text, widths, begins_with_space):
    # As the tokenizer has it, a text of a script with spaces begins with one.
    shown = f" {text}" if begins_with_space and text[0] in "ab1,.-" else text
    pieces = cut(shown, widths)
    numbers = WordCounter(pieces).numbers(np.arange(len(pieces))[None])
    of_character = words_of_characters(shown)
    position = 0
    for place, piece in enumerate(pieces):
        inside = of_character[position : position + len(piece)]
        before = of_character[position - 1] if position else 0
        begun = [number for number in inside if number > before]
        assert numbers.last[0, place] == inside[-1]
        assert numbers.first[0, place] == (begun[0] if begun else inside[0])
        position += len(piece)


def test_a_word_of_letters_can_be_continued_and_one_of_a_character_cannot():
    counter = WordCounter(["▁a", "b", "我", ",", "▁"])
    numbers = counter.numbers(np.array([[0, 1, 0, 2, 3, 4, 1]]))
    assert numbers.first.tolist() == [[1, 1, 2, 3, 4, 5, 5]]
    # b, the end of "ab"; 我, after "a"; then "," cannot continue 我, and "▁" ends ",".
    assert numbers.ends_word.tolist() == [[False, False, True, True, False, True, False]]


def test_the_end_is_a_part_of_the_last_source_word_and_a_word_of_the_target():
    pairs = [Pair("ab cd 我", "cd ab")] * 20
    tokenizer = build(pairs, TokenizerConfig(pieces="char"))
    source = [*tokenizer.encode("ab cd"), END]
    numbers = WordCounter.of_source(tokenizer).numbers(np.array([source]))
    assert numbers.last.tolist() == [[1, 1, 1, 2, 2, 2, 2]]
    vocabulary = OutputVocabulary.of([tokenizer.encode("ab cd")])
    target = [*vocabulary.encode(tokenizer, "ab cd"), END_TOKEN, UNKNOWN_TOKEN]
    numbers = WordCounter.of_target(tokenizer, vocabulary).numbers(np.array([target]))
    assert numbers.first.tolist() == [[1, 1, 1, 2, 2, 2, 3, 3]]


@given(st.lists(st.sampled_from(["ab", "cd", "我", "爱,", "北京", "ab,"]), min_size=1, max_size=6))
def test_words_are_encoded_one_by_one(words):
    tokenizer = TOKENIZER
    text = " ".join(words)
    pieces = tokenizer.segment_words(text)
    assert "".join(piece for piece, _ in pieces).replace("▁", " ").strip() == text
    assert [i for _, i in pieces] == tokenizer.encode_words(text)
    for end in range(1, len(word_parts(text))):
        before = "".join(word_parts(text)[:end])
        assert pieces[: len(tokenizer.segment_words(before))] == tokenizer.segment_words(before)
    if text.isascii():
        assert pieces == tokenizer.segment(text)
    assert not any("北京" in piece for piece, _ in pieces)


def test_the_tokenizer_of_these_tests_has_a_piece_of_two_characters():
    assert any("北京" in piece for piece, _ in TOKENIZER.segment("爱北京"))


TOKENIZER = build(
    [Pair(text, text) for text in ("ab cd ab cd,", "我爱北京", "北京 ab", "爱北京, cd")] * 30,
    TokenizerConfig(pieces="bpe", vocabulary=30),
)
