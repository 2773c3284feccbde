"""Words of a text."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from seqcli.data.words import find_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("Two dogs, and a cat.", ["Two", "dogs", "and", "a", "cat"]),
        ("O'Brien doesn’t", ["O", "Brien", "doesn", "t"]),
        ("сім'я сімʼя", ["сім", "я", "сім", "я"]),
        ("Jean-Luc_x", ["Jean", "Luc", "x"]),
        ("A4 3rd 3.5", ["A4", "3rd", "3", "5"]),
        ("我叫anna。", ["我", "叫", "anna"]),
        ("かな", ["か", "な"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("e\u0301te\u0301", ["e\u0301te\u0301"]),
        ("สวัสดี", ["ส", "วั", "ส", "ดี"]),
        ("I ❤️ you", ["I", "you"]),  # a variation selector is no word
        ("\u0301 ♪ 🌷 -", []),
    ],
)
def test_words_of_a_text(text, words):
    assert [word.text for word in find_words(text)] == words


@given(st.text())
def test_words_are_parts_of_the_text_in_order(text):
    end = 0
    for word in find_words(text):
        assert end <= word.start < word.end
        assert text[word.start : word.end] == word.text
        assert regex.match(r"[\p{L}\p{N}]", word.text)
        end = word.end


def test_a_word_knows_its_case_and_script():
    (word, other) = find_words("Ab我")
    assert (word.folded, word.unspaced) == ("ab", False)
    assert (other.folded, other.unspaced) == ("我", True)
