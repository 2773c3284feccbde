import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqcli.data.text import (
    drop_unseen_punctuation,
    find_punctuation,
    fold_compatible,
    is_east_asian,
    is_unspaced,
)
from seqcli.wording import plural


@pytest.mark.parametrize(
    ("typed", "normalized"),
    [
        ("Straße", "strasse"),  # `lower` would leave it
        ("STRASSE", "strasse"),
        ("οδός", "οδόσ"),  # a final sigma is a sigma
        ("ΟΔΌΣ", "οδόσ"),
        ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("ﬁne ①", "fine 1"),
        ("e\u0301te\u0301", "\u00e9t\u00e9"),
        ("  a \t b\n", "a b"),
        ("", ""),
    ],
)
def test_case_width_and_spacing_make_no_difference(typed, normalized):
    assert fold_compatible(typed) == normalized


@pytest.mark.parametrize(
    ("marks", "plain"), [("‘’‚‛'", "'"), ('“”„‟"', '"'), ("–—‐‑-", "-"), ("…", "...")]
)
def test_quotes_and_dashes_become_the_plain_ones(marks, plain):
    assert {fold_compatible(f"a{mark}b") for mark in marks} == {f"a{plain}b"}


@given(st.text())
def test_normalizing_again_changes_nothing(text):
    normalized = fold_compatible(text)
    assert fold_compatible(normalized) == normalized
    assert normalized == " ".join(normalized.split())
    assert unicodedata.is_normalized("NFKC", normalized)


def test_punctuation_is_found_once_and_in_order():
    assert (
        find_punctuation(["Well, “quoted” — so.", "这是什么？好。", "1 + 1 = 2 €"]) == ",.—“”。？"
    )
    assert find_punctuation(["I don't.", "he said!"]) == "!'."
    assert find_punctuation([]) == ""


@pytest.mark.parametrize(
    ("text", "known", "left"),
    [
        ("who's there?", "", "whos there"),
        ("who's there?", "?", "whos there?"),
        ("who's there?", "'?", "who's there?"),
        ("well-known,text", "", "well known text"),
        ("well-known,text", ",", "well known,text"),
        ("«a» (b)", "", "a b"),
        ("1 + 1 = 2 €", "", "1 + 1 = 2 €"),  # symbols are no punctuation
        ("...", "", ""),
        ("the cat ！", "", "the cat"),
        ("the – cat", "", "the cat"),
        ("“我爱你”", "", "我爱你"),
    ],
)
def test_unseen_marks_are_dropped(text, known, left):
    read, dropped = drop_unseen_punctuation(fold_compatible(text), known)
    assert read == left
    assert not set(dropped) & set(read)


# The first and the last character of each script's blocks, and their neighbours outside.
@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("กຂ\u0e00\u0eff", "\u0dff\u0f00"),  # Thai, Lao
        ("က\u1000\u109f", "\u0fff\u10a0"),  # Burmese
        ("ក\u1780\u17ff", "\u177f\u1800"),  # Khmer
        ("ひカ\u3040\u30ff", "\u303f\u3100"),  # kana
        ("漢\u3400\u9fff", "\u33ff\ua000"),  # Han
        ("\uf900\ufaff", "\uf8ff\ufb00"),
        ("\U00020000\U0003ffff", "\U0001ffff\U00040000"),
        ("", "aé한а1 "),
    ],
)
def test_scripts_without_spaces(inside, outside):
    assert all(map(is_unspaced, inside))
    assert not any(map(is_unspaced, outside))


def test_han_and_kana_are_east_asian_and_no_other_script():
    assert all(map(is_east_asian, "漢ひカ\u3040\U00020000"))
    assert not any(map(is_east_asian, "กကក한aé\u303f\ua000"))


def test_a_number_comes_with_the_right_form_of_its_noun():
    assert [plural(number, "pair") for number in (0, 1, 2000)] == [
        "0 pairs",
        "1 pair",
        "2,000 pairs",
    ]
