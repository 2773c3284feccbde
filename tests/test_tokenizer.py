import random
import re
import tempfile
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqcli.config import TokenizerConfig
from seqcli.data import tokenizer as module
from seqcli.data.carryover import SYMBOLS
from seqcli.data.corpus import CorpusFiles
from seqcli.data.pairs import Pair
from seqcli.data.sample import sample_file
from seqcli.data.text import drop_unseen_punctuation, fold_compatible, is_east_asian
from seqcli.data.tokenizer import (
    END,
    MAX_PIECE_LENGTH,
    SPECIAL_PIECES,
    UNKNOWN,
    Tokenizer,
    _candidates,
    build,
    choose_vocabulary_size,
    escape,
    load,
    restore,
    unescape,
)
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN, OutputVocabulary
from seqcli.errors import UserError

WORDS = [
    "i",
    "you",
    "we",
    "love",
    "like",
    "see",
    "the",
    "a",
    "big",
    "old",
    "cat",
    "dog",
    "city",
    "wall",
    "tea",
]


def corpus(count=400):
    draw = random.Random(1)
    pairs = []
    for _ in range(count):
        words = draw.choices(WORDS, k=draw.randint(2, 7))
        pairs.append(
            Pair(" ".join(words), "".join("我你他爱看大老猫狗城茶的了吗，"[len(w)] for w in words))
        )
    return pairs


@pytest.fixture(scope="module")
def tokenizer():
    return build(corpus(), TokenizerConfig())


@pytest.mark.parametrize("pieces", ["unigram", "bpe", "char"])
@given(
    st.lists(st.text(min_size=1, max_size=30).map(str.strip).filter(bool), min_size=1, max_size=8)
)
@settings(max_examples=25)
def test_every_training_target_survives(pieces, targets):
    targets = [t.replace("\n", "").strip() or "x" for t in targets] + [
        "  a  b",
        "你好，世界？！",
        "▁▅\t\0\x1f",
    ]
    built = build([Pair("source", target) for target in targets], TokenizerConfig(pieces=pieces))
    for target in targets:
        assert built.decode(built.encode(target)) == target
        assert UNKNOWN not in built.encode(target)


@given(st.text())
def test_unescape_is_the_inverse_of_escape_and_no_reserved_character_is_left(text):
    assert unescape(escape(text)) == text
    assert not set(escape(text)) & set("▁▅\t\0\x1f")


RESERVED = "<▁▅\0\t\x1f\ue000"


@pytest.mark.parametrize("pieces", ["unigram", "bpe", "char", "word"])
@given(st.lists(st.text(RESERVED + "‹\ue001\ue007ab 我。", min_size=1), min_size=1, max_size=30))
@settings(max_examples=25)
def test_a_reserved_character_is_one_piece(pieces, targets):
    targets = [f"ab ab ab {text}" for text in targets]  # (for words there must be spaces)
    built = build([Pair("press <b>", text) for text in targets], TokenizerConfig(pieces=pieces))
    for text in targets:
        ids = built.encode(text)
        assert built.decode(ids) == text
        assert UNKNOWN not in ids
        shown = [piece for piece, _ in built.segment(text)]
        assert "".join(shown) == "▁" + text.replace(" ", "▁")
        if pieces != "word":
            assert not [piece for piece in shown if len(piece) > 1 and set(piece[1:]) & set("<\0▅")]
    for piece in built.scores(range(len(built))):
        plain = piece.replace("▁", " ")
        assert escape(restore(plain)).strip() == plain.strip()  # no half of an escape


def earlier_build(monkeypatch, pairs, config):
    """A tokenizer as it was built before escapes were declared as symbols."""
    with monkeypatch.context() as patched:
        patched.setattr(module, "_ESCAPED", re.compile("(?!)"))
        return build(pairs, config)


def test_a_tokenizer_of_an_earlier_version_still_works(monkeypatch, tmp_path):
    pairs = [Pair("press <b> to save", f"drücke <b> {text}") for text in ("▁", "a", "b")]
    built = earlier_build(monkeypatch, pairs, TokenizerConfig(pieces="char"))
    assert "\ue000" in built.scores(range(len(built)))
    (tmp_path / "old.model").write_bytes(built.model)
    old = load(tmp_path / "old.model")
    for pair in pairs:
        ids = old.encode(pair.target)
        assert UNKNOWN not in ids
        assert old.decode(ids) == pair.target
        assert old.encode_within(pair.target, old.scores(ids)) == ids


def test_a_reserved_character_that_cannot_be_written_is_one_unknown():
    pairs = [Pair("a < b", "a b")] * 3
    built = build(pairs, TokenizerConfig(pieces="char"))
    output_vocabulary = OutputVocabulary.of([built.encode("a b")])
    assert output_vocabulary.encode(built, "a<b").count(UNKNOWN_TOKEN) == 1
    assert built.segment("a ▅ b")[3] == ("▅", UNKNOWN)


def test_case_spacing_and_unseen_punctuation_make_no_difference(tokenizer):
    ids = tokenizer.encode("i love the city")
    for typed in (
        "I love the City.",
        "I LOVE THE CITY",
        "i  love the city!",
        "Ｉ love the city…",
        " i love the city ",
    ):
        known, _ = drop_unseen_punctuation(fold_compatible(typed), known="'")
        assert tokenizer.encode(known) == ids


def test_unknown_characters_have_the_unknown_id(tokenizer):
    pieces = tokenizer.segment("i love ☃")
    assert ("☃", UNKNOWN) in pieces
    assert all(number != UNKNOWN for piece, number in pieces if "☃" not in piece)


def test_a_requested_size_is_exact_or_an_error():
    assert len(build(corpus(), TokenizerConfig(vocabulary=36))) == 36
    with pytest.raises(UserError, match=r"too small for 5000 pieces: ask for \d+ or fewer"):
        build(corpus(), TokenizerConfig(vocabulary=5000))
    with pytest.raises(UserError, match=r"10 pieces are too few.* ask for \d+ or more"):
        build(corpus(), TokenizerConfig(vocabulary=10))


def test_the_error_names_a_size_that_works():
    with pytest.raises(UserError) as caught:
        build(corpus(), TokenizerConfig(vocabulary=5000))
    limit = int(str(caught.value).split("ask for ")[1].split()[0])
    assert len(build(corpus(), TokenizerConfig(vocabulary=limit))) == limit


@pytest.mark.parametrize(
    ("target", "refused"),
    [("我", True), ("我爱", True), ("我 爱 你", False), ("hello我", False), ("yes", False)],
)
def test_words_need_spaces_in_scripts_that_have_none(target, refused):
    pairs = [Pair("one two", target)] * 9
    if refused:
        with pytest.raises(UserError, match="the target side has none"):
            build(pairs, TokenizerConfig(pieces="word"))
    else:
        assert len(build(pairs, TokenizerConfig(pieces="word")))


def test_words_need_spaces():
    with pytest.raises(UserError, match="the target side has none"):
        build(corpus(), TokenizerConfig(pieces="word"))
    english = [Pair(p.source, p.source.upper()) for p in corpus()]
    built = build(english, TokenizerConfig(pieces="word"))
    assert built.pieces(built.encode("i love tea")) == ["▁i", "▁love", "▁tea"]


def test_the_same_pairs_give_the_same_pieces_and_no_path_of_this_machine():
    model = build(corpus(), TokenizerConfig()).model
    assert model == build(corpus(), TokenizerConfig()).model
    assert tempfile.gettempdir().encode() not in model


def test_frequent_words_are_pieces(tokenizer):
    for word in WORDS:
        assert tokenizer.pieces(tokenizer.encode(f"i {word}")) == ["▁i", f"▁{word}"]


def test_in_a_small_corpus_every_han_character_is_a_piece(tokenizer):
    assert tokenizer.pieces(tokenizer.encode("你他爱看")) == list("你他爱看")


def several_east_asian(built):
    """The pieces of more than one character with a Han character or a kana among them."""
    pieces = built.pieces(range(SPECIAL_PIECES, len(built)))
    return [piece for piece in pieces if len(piece) > 1 and any(map(is_east_asian, piece))]


@pytest.mark.parametrize("mark", ["{}。", "「{}」", "{} OK", "iPhone{}", "{}iPhone", "{}！a，{}"])
def test_in_a_small_corpus_han_stays_single_beside_anything(mark):
    sample = CorpusFiles(pairs=(sample_file("train.en-zh.tsv"),)).read()
    pairs = [Pair(p.source, mark.replace("{}", p.target)) for p in islice(sample, 2000)]
    built = build(pairs, TokenizerConfig())
    assert several_east_asian(built) == []
    if "iPhone" in mark:
        assert "iPhone" in [piece.strip("▁") for piece in built.pieces(range(len(built)))]


def test_in_a_large_corpus_pieces_with_han_have_at_most_four_characters(monkeypatch):
    monkeypatch.setattr(module, "SMALL_CORPUS_TEXTS", 0)
    pairs = [Pair("x", f"我爱北京天安门iPhone{n % 7}手机。") for n in range(400)]
    pieces = several_east_asian(build(pairs, TokenizerConfig()))
    assert 2 <= max(map(len, pieces)) <= 4


def test_the_size_depends_on_characters_pairs_and_repeated_words():
    # 8 characters with the space, the symbols, 3 special pieces, 1 to spare; of 64 pairs an eighth
    # are more.
    fixed = len(SYMBOLS) + 3 + 1
    texts = [" ab cd", " efg"] * 64
    assert choose_vocabulary_size(texts, "unigram") == 8 + fixed + min(64 // 8, 3)
    once = [" xyz", " y"]  # two characters more with the letters of words that come once
    assert choose_vocabulary_size(texts + once, "bpe") == 8 + 3 + fixed + min(65 // 8, 3)
    # Where hardly a word comes twice, there is still a piece for every thirty-two pairs.
    assert choose_vocabulary_size([" a"] * (2 * 352), "unigram") == 2 + fixed + 352 // 32
    many = [f" {a}{b}" for a in "abcdefg" for b in "abcdefg"] * 2
    assert choose_vocabulary_size(many, "bpe") == 8 + fixed + len(many) // 2 // 8
    assert choose_vocabulary_size(texts, "word") == 3 + 3


def test_candidates_have_two_characters_or_more_and_frequent_words_come_first(monkeypatch):
    texts = [" abc"] * 5 + [" xy"] * 3 + [" rare"]
    counts = dict(_candidates(texts, 100))
    assert counts["▁abc"] == counts["bc"] == 5
    assert counts["xy"] == 3 and counts["rare"] == 1
    assert min(map(len, counts)) == 2
    long = "abcdefghijklmnopqrst"
    assert max(map(len, dict(_candidates([long], 100)))) == MAX_PIECE_LENGTH
    assert {"qrst", "st", long[:MAX_PIECE_LENGTH]} <= dict(_candidates([long], 100)).keys()
    values = [count * len(piece) for piece, count in _candidates(texts, 100)]
    assert values == sorted(values, reverse=True)
    assert len(_candidates(texts, 1)) == 6
    # Seven characters are in two words, the mark of a space among them; a third is not searched.
    monkeypatch.setattr("seqcli.data.tokenizer.MAX_CHARACTERS_SEARCHED", 6)
    assert "xy" in dict(_candidates(texts, 100)) and "rare" not in dict(_candidates(texts, 100))
    monkeypatch.setattr("seqcli.data.tokenizer.MAX_CHARACTERS_SEARCHED", 7)
    assert "rare" in dict(_candidates(texts, 100))


def test_load_refuses_other_files(tmp_path, tokenizer):
    path = tmp_path / "tokenizer.model"
    path.write_bytes(tokenizer.model)
    assert load(path).encode("i love tea") == tokenizer.encode("i love tea")
    path.write_bytes(b"not a tokenizer")
    with pytest.raises(UserError, match=rf"^{re.escape(str(path))} is not a SentencePiece model"):
        load(path)
    with pytest.raises(UserError, match="cannot be read"):
        load(tmp_path / "missing.model")
    assert isinstance(tokenizer, Tokenizer)


def test_tokens_are_indices_into_the_output_pieces():
    output_vocabulary = OutputVocabulary.of([[7, 5, 9], [5, 30]])
    assert list(output_vocabulary.pieces) == [UNKNOWN, END, 5, 7, 9, 30]
    assert output_vocabulary.to_tokens([5, 30, END]).tolist() == [2, 5, END_TOKEN]
    assert output_vocabulary.to_ids(output_vocabulary.to_tokens([9, 7, END])) == [9, 7, END]
    assert output_vocabulary.to_ids([]) == output_vocabulary.to_tokens([]).tolist() == []
    number = {piece: token for token, piece in enumerate([UNKNOWN, END, 5, 7, 9, 30])}
    ids = np.arange(40, dtype=np.int32).reshape(5, 8)
    for missing, tokens in (
        (UNKNOWN_TOKEN, output_vocabulary.to_tokens(ids)),
        (-1, output_vocabulary.to_tokens(ids, missing=-1)),
    ):
        assert tokens.shape == (5, 8)
        assert tokens.dtype == np.int64
        assert tokens.ravel().tolist() == [number.get(i, missing) for i in range(40)]


def test_candidates_of_an_endless_word_are_bounded(monkeypatch):
    monkeypatch.setattr(module, "MAX_WORD_SEARCHED", 100)
    word = "".join(map(chr, range(0x10A0, 0x10A0 + 300)))
    assert 100 < len(_candidates([word] * 2, 10_000)) < 100 * MAX_PIECE_LENGTH


def test_a_file_without_an_end_is_no_tokenizer():
    endless = Path("/dev/zero")
    if endless.exists():
        with pytest.raises(UserError, match=r"^/dev/zero is not a SentencePiece model"):
            load(endless)


@pytest.mark.parametrize("kind", ["unigram", "bpe", "char", "word"])
def test_a_word_of_200_000_characters_spoils_no_tokenizer(kind):
    draw = random.Random(1)
    long = "".join(draw.choices("abcdefgh\ue000<", k=200_000))
    ordinary = [Pair("a cat", "Katze"), Pair("a dog", "Hund")] * 50
    tokenizer = build([*ordinary, Pair(long, "x")], TokenizerConfig(kind))
    for text in ["a cat", "Hund", *([] if kind == "word" else [long])]:
        assert tokenizer.decode(tokenizer.encode(text)) == text
