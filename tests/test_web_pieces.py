"""The scripts of the page that cut text into pieces, against SentencePiece."""

import json
import random
import time
from pathlib import Path

import numpy as np
import pytest
from javascript import TextScripts
from test_piece_model import SPECIAL, SYMBOL, SYMBOL_TEXT, model, piece
from test_tokenizer import corpus, earlier_build

from seqcli.config import TokenizerConfig
from seqcli.data.carryover import SYMBOLS
from seqcli.data.pairs import Pair
from seqcli.data.sample import sample_file
from seqcli.data.tokenizer import Tokenizer, build, load
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN, OutputVocabulary
from seqcli.web.pieces import tokenizer_values

KINDS = ["unigram", "bpe", "char"]
ENGLISH = [
    Pair("press <b> to save a file", f"{SYMBOLS[0]} drücke ▁ <b> {SYMBOLS[3]}, 你好吗？"),
    Pair("\ue000 \0 \t \x1f ▅ 😀", "llama illll, ball lll allll"),
    *corpus(150),
]
RESERVED = ["<", "▁", "▅", "\t", "\0", "\x1f", "\ue000", *SYMBOLS]
ODD = [
    *(*RESERVED, " ", "  ", "\u3000", "\n", "\ue001", "\ue007", "\ue100", "\ue107"),
    *("\ue000\ue008", "\uf8ff", "\ufffd", "\ufffe", "\U0010ffff", "\u200d", "é", "e\u0301"),
    *("👨\u200d👩\u200d👧", "😀", "สวัสดี", "שלום", "क्षि", "你", "城"),
    *("l", "ll", "lll", "Z", "<unk>", "</s>", "<pad>"),
]


def texts(pairs, seed, count):
    """Lines of the pairs, of which most are shuffled, repeated or mixed with odd characters."""
    draw = random.Random(seed)
    lines = [side for pair in pairs for side in pair]
    yield from ("", " ", "  ", "你", *ODD)
    for _ in range(count):
        characters = list(draw.choice(lines))
        if draw.random() < 0.3:
            draw.shuffle(characters)
        for _ in range(draw.choice([0, 0, 1, 3, 10])):
            characters.insert(draw.randint(0, len(characters)), draw.choice([*ODD, any_of(draw)]))
        yield "".join(characters) * draw.choice([1] * 20 + [30])


def any_of(draw):
    """A character of any plane, but no surrogate."""
    return chr(draw.choice([draw.randrange(0xD800), draw.randrange(0xE000, 0x110000)]))


@pytest.fixture(scope="module")
def scripts():
    return TextScripts("text/tokenizer.js", "text/vocabulary.js")


def loaded(scripts, tokenizer):
    values = json.dumps(tokenizer_values(tokenizer.model))
    scripts.run(f"tokenizer = new Tokenizer({values})")


def check(scripts, tokenizer, pairs, count, seed=1):
    """Check that a tokenizer of the page does the same as the one of Python."""
    loaded(scripts, tokenizer)
    found = list(texts(pairs, seed, count))
    segments = scripts.call("(texts => texts.map(text => tokenizer.segment(text)))", found)
    for text, segmented in zip(found, segments, strict=True):
        assert list(map(tuple, segmented)) == tokenizer.segment(text), text
    rows = [[i for _, i in segmented] for segmented in segments]
    decoded = scripts.call("(rows => rows.map(ids => tokenizer.decode(ids)))", rows)
    assert decoded == list(map(tokenizer.decode, rows))
    words = scripts.call("(texts => texts.map(text => tokenizer.segmentWords(text)))", found[:300])
    inner = scripts.call(
        "(texts => texts.map(text => tokenizer.segmentWords(text, false)))", found[:300]
    )
    for text, segmented, inside in zip(found[:300], words, inner, strict=True):
        assert list(map(tuple, segmented)) == tokenizer.segment_words(text), text
        assert list(map(tuple, inside)) == tokenizer.segment_words(text, begins=False), text
    ids = list(range(len(tokenizer)))
    assert scripts.call("(ids => tokenizer.pieces(ids))", ids) == tokenizer.pieces(ids)
    assert scripts.evaluate("tokenizer.size") == len(tokenizer)
    characters = [*ODD, *"abc▁ ", *tokenizer.pieces(ids)[:200]]
    characters = [character for character in characters if len(character) == 1]
    found_ids = scripts.call("(each => each.map(c => tokenizer.idOf(c)))", characters)
    assert found_ids == list(map(tokenizer.id_of, characters))
    known = scripts.call("(each => each.map(c => tokenizer.has(c)))", characters)
    assert known == list(map(tokenizer.has, characters))


@pytest.mark.parametrize("kind", [*KINDS, "word"])
def test_text_with_spaces_is_cut_as_by_sentencepiece(scripts, kind):
    pairs = [Pair(pair.source, pair.source.upper() + pair.target[:9]) for pair in ENGLISH]
    check(scripts, build(pairs, TokenizerConfig(kind)), pairs, 700)


@pytest.mark.parametrize("kind", KINDS)
def test_chinese_is_cut_as_by_sentencepiece(scripts, kind):
    path = sample_file("train.en-zh.tsv")
    lines = path.read_text(encoding="utf-8").splitlines()[:1000]
    pairs = [Pair(*line.split("\t")[:2]) for line in lines]
    tokenizer = build([*pairs, *ENGLISH[:2]], TokenizerConfig(kind))
    check(scripts, tokenizer, pairs, 700, seed=2)


@pytest.mark.parametrize("kind", KINDS)
def test_text_is_cut_as_by_a_tokenizer_that_splits_escapes(scripts, monkeypatch, kind):
    check(scripts, earlier_build(monkeypatch, ENGLISH, TokenizerConfig(kind)), ENGLISH, 300)


@pytest.mark.parametrize("folder", ["format-4", "format-5", "format-7"])
def test_text_is_cut_as_by_a_tokenizer_of_an_older_folder(scripts, folder):
    (path,) = (Path(__file__).parent / "folders" / folder).glob("*.model")
    check(scripts, load(path), ENGLISH, 200)


@pytest.mark.parametrize("kind", [1, 2])  # unigram, bpe
def test_made_up_models_cut_as_by_sentencepiece(scripts, kind):
    """Many scores are equal, symbols are in longer pieces, and some characters are no pieces."""
    draw = random.Random(kind)
    for _ in range(60):
        scores = draw.choice([[-1.5, -3.0], [-2.3, -4.6, -6.9, 0.7], [-draw.random() * 30] * 3])
        made = {"".join(draw.choices(["a", "b", "c", "▁", SYMBOL_TEXT], k=draw.randint(1, 4))): 0
                for _ in range(draw.randint(2, 25))}  # fmt: skip
        made.pop(SYMBOL_TEXT, None)
        pieces = [piece(text, score=draw.choice(scores)) for text in made]
        symbol = piece(SYMBOL_TEXT, SYMBOL, score=0.0)
        tokenizer = Tokenizer(model([*SPECIAL, symbol, *pieces], {3: kind}))
        loaded(scripts, tokenizer)
        lengths = [draw.randint(1, 30) for _ in range(60)]
        some = ["".join(draw.choices(f"abcd {SYMBOLS[0]}", k=length)) for length in lengths]
        found = scripts.call("(texts => texts.map(text => tokenizer.segment(text)))", some)
        for text, segmented in zip(some, found, strict=True):
            assert list(map(tuple, segmented)) == tokenizer.segment(text), (made, text)


@pytest.mark.parametrize("kind", [*KINDS, "word"])
def test_a_long_text_takes_no_quadratic_time(scripts, kind):
    pairs = [Pair(pair.source, pair.source) for pair in ENGLISH]
    tokenizer = build(pairs, TokenizerConfig(kind))
    loaded(scripts, tokenizer)
    for word in ("l", "love", "zq", "你", "the big cat "):
        text = word * (100_000 // len(word))
        start = time.perf_counter()
        found = scripts.call("(text => tokenizer.segment(text).length)", text)
        assert time.perf_counter() - start < 3  # quadratic time is minutes
        assert found == len(tokenizer.segment(text))


def test_scores_are_the_same_in_single_precision():
    values = tokenizer_values(build(ENGLISH, TokenizerConfig()).model)
    tokenizer = build(ENGLISH, TokenizerConfig())
    found = tokenizer.scores(range(len(tokenizer)))
    assert [np.float32(score) for score in values["scores"][3:]] == list(found.values())
    assert {*values["symbols"]} <= {*values["pieces"]}
    assert values["kind"] == "unigram"


def test_tokens_and_ids(scripts):
    pieces = [1, 2, 5, 7, 100]
    python = OutputVocabulary(np.array(pieces))
    scripts.run(f"vocabulary = new OutputVocabulary({pieces})")
    ids = [0, 1, 2, 3, 4, 5, 6, 7, 99, 100, 101, 5]
    for missing in (UNKNOWN_TOKEN, -1):
        found = scripts.call("((ids, m) => vocabulary.toTokens(ids, m))", ids, missing)
        assert found == python.to_tokens(ids, missing).tolist()
    assert scripts.call("(ids => vocabulary.toTokens(ids))", [3]) == [UNKNOWN_TOKEN]
    assert scripts.call("(tokens => vocabulary.toIds(tokens))", [0, 4, 1]) == [1, 100, 2]
    assert scripts.evaluate("[UNKNOWN_TOKEN, END_TOKEN]") == [UNKNOWN_TOKEN, END_TOKEN]
    assert scripts.evaluate("[PAD, UNKNOWN, END, SPECIAL_PIECES]") == [0, 1, 2, 3]
