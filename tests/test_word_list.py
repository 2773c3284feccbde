"""The words of the training sources, and which words are carried over."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqcli.data import word_list
from seqcli.data.pairs import Pair
from seqcli.data.word_list import MAX_BYTES, MAX_NAME_COUNT, WordList

NOUNS = ["house", "table", "garden", "window", "flower", "butter", "paper", "bottle"]


def list_of(*pairs, locale=""):
    return WordList.of([Pair(*pair) for pair in pairs], locale)


@pytest.fixture(scope="module")
def nouns():
    """Words with and without an ending, and a name."""
    texts = [*NOUNS, *(f"{noun}s" for noun in NOUNS), "Anna"]
    return list_of(*((text, "Anna" if text == "Anna" else "wort") for text in texts))


def test_words_are_known_in_any_case():
    words = list_of(("Two Dogs run", "x"))
    assert words.words == ("dogs", "run", "two")
    for word in ("two", "Two", "TWO", "dogs", "\uff52\uff55\uff4e"):  # (fullwidth "run")
        assert words.is_known(word)
        assert not words.is_carried(word)
    assert not words.is_known("dog")


def test_the_most_frequent_words_are_first():
    assert list_of(("b a b", "x"), ("c b a", "x")).words == ("b", "a", "c")


def test_a_rare_word_that_its_translations_have_is_a_name():
    pairs = [("Tom sees Anna", "Tom sieht Anna"), ("Tom runs in Rome", "Tom rennt in Rom")]
    words = list_of(*pairs)
    assert words.names == {"tom", "anna", "in"}
    assert words.is_name("TOM")
    assert words.is_carried("Tom")
    assert not words.is_carried("Rome")
    assert list_of(("5 cats", "5 Katzen")).names == frozenset()  # a number is no name
    # Neither is a frequent word, or one that is translated more than once in ten times.
    often = [("Tom", "Tom")] * (MAX_NAME_COUNT + 1)
    assert list_of(*often).names == frozenset()
    assert list_of(*often[1:]).names == {"tom"}
    assert list_of(*[("Tom", "Tom")] * 9, ("Tom", "x")).names == {"tom"}
    assert list_of(*[("Tom", "Tom")] * 8, ("Tom", "x")).names == frozenset()


def test_unseen_words_of_known_parts_are_not_carried(nouns):
    assert nouns.is_known("tables")
    assert nouns.is_name("anna")
    for word in ("housetable", "Flowerbottle", "housebottle"):
        assert not nouns.is_known(word)
        assert not nouns.is_carried(word)
    for word in ("Zoltan", "housezzz", "zzzhouse", "annahouse", "houseanna", "abc", "x"):
        assert nouns.is_carried(word), word


def test_unseen_inflections_are_not_carried():
    stems = ["house", "table", "garden", "window", "flower", "paper"]
    words = list_of(
        *((text, "x") for stem in stems[1:] for text in (stem, f"{stem}s")), ("house", "x")
    )
    assert not words.is_known("houses")
    assert not words.is_carried("houses")
    assert words.is_carried("housen")
    # With an ending that too few words have, it is an unseen word.
    few = list_of(
        *((text, "x") for stem in stems[2:] for text in (stem, f"{stem}s")), ("house", "x")
    )
    assert few.is_carried("houses")


def test_the_locale_rules_the_case():
    turkish = list_of(("KIZ BURADA İSTANBUL", "x"), locale="tr")
    for word in ("kız", "KIZ", "İSTANBUL", "istanbul"):
        assert turkish.is_known(word), word
    assert not turkish.is_known("kiz")
    assert list_of(("KIZ", "x")).is_known("kiz")


def test_text_without_words_is_no_error():
    words = list_of(("I ❤️ you", "♪"), ("\u0301 ㅤ", "x"), ("", ""))
    assert words.words == ("i", "you")
    assert "" not in words.names


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=8))
def test_a_list_survives_its_text(pairs):
    words = list_of(*pairs)
    text = words.to_text()
    assert WordList.from_text(text, words.locale) == words
    assert len(text.encode().splitlines()) == len(words.words)


def test_the_text_is_limited_and_the_most_frequent_words_stay():
    names = frozenset({"é000001"})
    words = WordList(tuple(f"é{i:06d}" for i in range(200_000)), names)
    text = words.to_text()
    # A line has 9 bytes, the name's 11.
    assert len(text.encode()) == (MAX_BYTES - 2) // 9 * 9 + 2
    restored = WordList.from_text(text)
    assert restored.words == words.words[: len(restored.words)]
    assert restored.names == names


@pytest.mark.parametrize("text", ["", "\n", "\n\n\t=\n", "\r\n"])
def test_blank_lines_are_no_words(text):
    assert WordList.from_text(text) == WordList((), frozenset())
    assert WordList.from_text(f"a\n{text}b\t=\n") == WordList(("a", "b"), frozenset("b"))


def test_an_odd_list_can_be_asked():
    words = WordList.from_text("a\na\n\t\n =\t=\nhouse\t=\t=\n\x00\n")
    for word in ("a", "house", "zoltan", "", "\x00"):
        assert words.is_known(word) in (True, False)
        assert words.is_carried(word) in (True, False)
    assert words.is_known("a")


def test_in_a_union_names_are_names_for_all():
    first = WordList(("tom", "rose", "the"), frozenset({"tom", "rose"}), "tr")
    second = WordList(("the", "rose", "anna"), frozenset({"anna"}), "tr")
    union = WordList.union([first, second])
    assert union == WordList(("tom", "rose", "the", "anna"), frozenset({"tom", "anna"}), "tr")
    assert WordList.union([first]) is first


@pytest.mark.parametrize("word", ["a" * 200_000, "walk" * 50_000])
def test_a_hostile_word_takes_no_time_and_is_not_kept(word):
    words = WordList(("walk", "talk", "walked", "talked", "folk"), frozenset())
    started = time.process_time()
    before = word_list._folded.cache_info().currsize
    assert words.is_carried(word)
    assert time.process_time() - started < 1
    assert word_list._folded.cache_info().currsize == before
