"""Pieces that are added to a tokenizer."""

from __future__ import annotations

import pytest
from conftest import copy_pairs
from hypothesis import given, settings
from hypothesis import strategies as st

from seqcli.config import TokenizerConfig
from seqcli.data.carryover import SYMBOLS
from seqcli.data.pairs import Pair
from seqcli.data.tokenizer import UNKNOWN, build
from seqcli.training.piece_addition import with_new_pieces

OLD = [*(Pair(*line.split("\t")) for line in copy_pairs(300)), Pair("ba < do!", f"BA {SYMBOLS[0]}")]
OLD_TEXTS = [text for pair in OLD for text in pair]
WORDS = sorted({word for text in OLD_TEXTS for word in text.split()})
# Some of what SentencePiece and our tokenizer reserve, and characters of several planes.
NEW_CHARACTERS = "äßж中😀\ue000▁▅\t\x1f>x" + SYMBOLS[1]


@pytest.fixture(scope="module", params=["unigram", "bpe", "char", "word"])
def old_tokenizer(request):
    return build(OLD, TokenizerConfig(pieces=request.param)), request.param


old_texts = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
new_words = st.text(st.sampled_from(NEW_CHARACTERS + "badoBA"), min_size=1, max_size=6)


@settings(max_examples=25)
@given(
    new=st.lists(st.lists(new_words, min_size=1, max_size=4).map(" ".join), max_size=4),
    old=st.lists(old_texts, min_size=1, max_size=4),
)
def test_new_texts_come_through_and_old_ones_are_cut_as_before(old_tokenizer, new, old):
    before, kind = old_tokenizer
    after = with_new_pieces(before, new)
    assert after.pieces(range(len(before))) == before.pieces(range(len(before)))
    for text in [*old, *OLD_TEXTS[:5]]:
        assert after.encode(text) == before.encode(text)
    for text in new:
        ids = after.encode(text)
        assert UNKNOWN not in ids
        assert after.decode(ids) == text
    assert with_new_pieces(after, new) is after
    if kind != "word":  # no more than a piece for each character
        characters = {each for text in new for each in before.characters(text)}
        assert len(after) - len(before) <= len(characters)


def test_a_text_with_unknown_characters_is_cut_as_before(old_tokenizer):
    before, kind = old_tokenizer
    after = with_new_pieces(before, ["ж ж"])
    if kind != "word":
        assert after.encode("bado中do") == before.encode("bado中do")
