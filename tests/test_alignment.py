import numpy as np
import pytest

from seqcli.data.text import fold, without_strange_punctuation
from seqcli.decoding.alignment import word_links, words
from seqcli.decoding.translator import Translation


def known(text):
    return without_strange_punctuation(fold(text), "-")


def translation(source, source_pieces, text, target_pieces, looks):
    """`looks` names the source piece that each target piece looks at."""
    source_pieces, target_pieces = [*source_pieces, "</s>"], [*target_pieces, "</s>"]
    attention = np.full((len(target_pieces), len(source_pieces)), 0.01)
    for row, column in enumerate(looks):
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
        ("  ", []),
    ],
)
def test_words_are_what_people_see(text, expected):
    assert words(text) == expected


def test_pieces_of_a_word_speak_for_the_word():
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


def test_what_is_left_out_of_the_source_keeps_its_number():
    found = translation(
        "“ Hello , World ！", ["▁hello", "▁world"], "WORLD HELLO", ["▁WORLD", "▁HELLO"], [1, 0]
    )
    assert word_links(found, known) == [(1, 1), (3, 0)]


def test_a_word_without_a_link_has_none():
    found = translation("!!!", [], "x", ["▁x"], [0])
    assert word_links(found, known) == []
