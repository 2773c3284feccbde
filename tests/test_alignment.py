import time
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqcli.config import TokenizerConfig
from seqcli.data.pairs import Pair
from seqcli.data.text import drop_unseen_punctuation, fold_compatible
from seqcli.data.tokenizer import build
from seqcli.data.words import split_words
from seqcli.decoding.alignment import word_links
from seqcli.decoding.translation import Translation
from seqcli.decoding.words import group_pieces


def known(text):
    return drop_unseen_punctuation(fold_compatible(text), "-")[0]


def translation(source, source_pieces, text, target_pieces, attended):
    """`attended` is the source piece with the largest attention weight, for each target piece."""
    source_pieces, target_pieces = [*source_pieces, "</s>"], [*target_pieces, "</s>"]
    attention = np.full((len(target_pieces), len(source_pieces)), 0.01)
    for row, column in enumerate(attended):
        attention[row, column] = 0.9
    return Translation(
        source, text, 0.0, 0.0, tuple(source_pieces), tuple(target_pieces), attention, "eos"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I love  Beijing.", ["I", "love", "Beijing."]),
        ("我爱北京", ["我", "爱", "北", "京"]),
        ("我 love 北京!", ["我", "love", "北", "京", "!"]),
        ("e\u0301t\u0301 か\u3099", ["e\u0301t\u0301", "か\u3099"]),
        ("กำลังน้ำ", ["กำ", "ลั", "ง", "น้ำ"]),  # (a vowel sign is no character of its own)
        ("ດີນ້ຳ", ["ດີ", "ນ້ຳ"]),
        ("นี่คือ iPhone", ["นี่", "คื", "อ", "iPhone"]),
        ("葛\U000e0100城", ["葛\U000e0100", "城"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("👩\u200d👩\u200d👧 a\u3000b", ["👩\u200d👩\u200d👧", "a", "b"]),
        ("  ", []),
    ],
)
def test_words_are_what_people_see(text, expected):
    assert split_words(text) == expected


MARKS = "\u0301\u0e31\u0e33\u0e49"  # combining: an accent; Thai vowel signs and a tone mark


@given(st.text("ab \t我กง" + MARKS))
def test_words_hold_all_but_spaces_and_no_mark_is_parted_from_its_letter(text):
    words = split_words(text)
    assert "".join(words) == "".join(text.split())
    alone = [word for word in words if word[0] in MARKS]
    assert len(alone) == sum(part[0] in MARKS for part in text.split())


@pytest.mark.parametrize(
    ("pieces", "groups"),
    [
        ("▁i ▁lo ve ▁", [[0], [1, 2], [3]]),
        ("▁ba ▁ do", [[0], [1, 2]]),
        ("我 爱 北京", [[0], [1], [2]]),
        ("▁love 北京 !", [[0], [1], [2]]),
        ("▁ 我 爱 ▁pho ne", [[0, 1], [2], [3, 4]]),
        ("ก ำลั ง", [[0, 1], [2]]),  # (the vowel sign in the second piece belongs to the first)
        ("a我 b c", [[0], [1, 2]]),
        ("▁", [[0]]),
        ("", []),
    ],
)
def test_pieces_are_grouped_by_the_same_words(pieces, groups):
    assert group_pieces(pieces.split()) == groups


@given(st.text("ab 我กง" + MARKS), st.lists(st.integers(0, 9)))
def test_every_piece_is_in_one_word_and_words_join_only_within_a_piece(text, places):
    text = " ".join(text.split())
    cuts = sorted({0, len(text), *(place for place in places if place < len(text))})
    pieces = [text[first:last].replace(" ", "▁") for first, last in pairwise(cuts)]
    groups = group_pieces(pieces)
    assert [i for group in groups for i in group] == list(range(len(pieces)))
    characters = group_pieces([*text.replace(" ", "▁")])
    assert len(groups) <= len(characters) == len(split_words(text))


def test_a_word_has_the_attention_weights_of_its_pieces():
    found = translation(
        "a small house",
        ["▁a", "▁sm", "all", "▁house"],
        "ein kleines Haus",
        ["▁ein", "▁kl", "eines", "▁Haus"],
        [0, 1, 2, 3],
    )
    assert word_links(found, known) == [(0, 0), (1, 1), (2, 2)]


def test_characters_are_the_words_of_chinese():
    found = translation(
        "i love beijing",
        ["▁i", "▁love", "▁bei", "jing"],
        "我爱北京",
        ["我", "爱", "北京"],
        [0, 1, 3],
    )
    assert word_links(found, known) == [(0, 0), (1, 1), (2, 2), (2, 3)]


@pytest.mark.parametrize("pieces", ["unigram", "bpe", "char"])
def test_a_reserved_character_is_one_letter_of_its_word(pieces):
    """Words keep their numbers, though SentencePiece gets two characters for one."""
    text = "press <<<b>>> ▁▁▁ to 我<爱"
    built = build([Pair(text, text)] * 20, TokenizerConfig(pieces=pieces))
    shown = [piece for piece, _ in built.segment(text)]
    found = translation(text, shown, text, shown, range(len(shown)))
    assert word_links(found, lambda word: word) == [(i, i) for i in range(len(split_words(text)))]


def test_thai_is_counted_in_characters_that_people_see():
    found = translation("กำลัง", ["ก", "ำลั", "ง"], "นี่คือ", ["นี่", "คื", "อ"], [0, 1, 2])
    assert word_links(found, lambda word: word) == [(0, 0), (1, 1), (2, 2)]


def test_what_is_left_out_of_the_source_keeps_its_number():
    found = translation(
        "“ Hello , World ！", ["▁hello", "▁world"], "WORLD HELLO", ["▁WORLD", "▁HELLO"], [1, 0]
    )
    assert word_links(found, known) == [(1, 1), (3, 0)]


def test_a_word_without_a_link_has_none():
    found = translation("!!!", [], "x", ["▁x"], [0])
    assert word_links(found, known) == []


def test_a_long_line_takes_linear_time_and_memory():
    count = 4000
    text, pieces = "ba " * count + "ba", ["▁ba"] * 1000
    found = translation(text, pieces, text[:2999], pieces, range(1000))
    tracemalloc.start()
    started = time.process_time()
    assert word_links(found, known) == [(i, i) for i in range(1000)]
    seconds, (_, peak) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 2  # (a table of all words and pieces: 6 s and 40 MB)
    assert peak < 5_000_000
