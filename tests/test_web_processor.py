"""The scripts of the page that put translations together, against Python."""

import json
import random
import time
from dataclasses import replace

import numpy as np
import pytest
from javascript import TextScripts
from test_tokenizer import corpus
from test_web_sources import FRAGMENTS, LEXICON, WORDS, texts_of

from seqcli.config import TokenizerConfig
from seqcli.data.carryover import SYMBOLS
from seqcli.data.heard_words import WordByWordReader
from seqcli.data.pairs import Pair
from seqcli.data.source_text import CarryingReader
from seqcli.data.tokenizer import END, UNKNOWN, build
from seqcli.data.vocabulary import END_TOKEN, OutputVocabulary
from seqcli.data.word_list import WordList
from seqcli.decoding.joining import sentences_within, separators
from seqcli.decoding.text_processor import TextProcessor
from seqcli.decoding.words import group_pieces
from seqcli.vectors.word_reader import WordReader
from seqcli.vectors.word_vectors import WordVectors
from seqcli.web.pieces import tokenizer_values

PAIRS = [
    *(Pair(pair.source, pair.target.replace("你", " Tom ")) for pair in corpus(150)),
    Pair("my name is tom, and the dog's cat runs in the park.", "我叫 Zürich <, « 北京 » 100%."),
    Pair("walks jumps plays looks opens kicks größe istanbul 5 x2", "'s (o) \ue000 ▁ Éa ßa ŉa ab"),
] * 3
DOG = "Der Hund <b>läuft</b> im 🌷 Park."
UNWRITTEN = "ზოგ"  # a word with characters that are no pieces
# With a capital: the original, a text that stays, as ß has none of one letter, a rare letter.
TRANSLATIONS = {**LEXICON, "kater": "kater", "xoo": "ßa", "yoo": "𐐨a"}
VECTOR_WORDS = ("dog", "don't", "park", "cat", UNWRITTEN, "我叫", "北京", "zoltan")
# What a source may have beside words: items that are read as symbols, and marks.
ITEMS = [
    *("<b>", "</b>", "<i>", "</i>", "<br/>", "<a href='x'>", "</a>", "🌷", "👍🏽", "☎"),
    *("12.50", "100%", "https://a.b/c", "{name}", "Zoltan Kovács", "x_y", "a@b.org", "katze"),
    *("Katze", "größer", "zoltan", "5x", "京都", "Kater", "xoo", "yoo", UNWRITTEN),
]
MODULES = (
    "translation/text_processor.js",
    "translation/words.js",
    "translation/joining.js",
    "text/vocabulary.js",
    "text/heard_words.js",
    "text/word_list.js",
    "text/word_vectors.js",
)
SCRIPT = """
const processors = {};
const makeProcessor = (values) => {
  const tokenizer = new Tokenizer(values.tokenizer);
  const reader = makeReader(
    {
      ...values.reader,
      words: WordList.fromText(values.words, ""),
      isReadable: (character) => tokenizer.has(character),
      lexicon: new Map(Object.entries(values.lexicon)),
      otherWords: new Set(),
    },
    values.simultaneous,
  );
  const wordReader = values.vectors && new WordReader(values.vectors, tokenizer.size, "");
  const outputVocabulary = new OutputVocabulary(values.outputPieces);
  const { maxSourcePieces } = values;
  return new TextProcessor({ tokenizer, outputVocabulary, reader, maxSourcePieces, wordReader });
};
"""


def output_pieces(tokenizer):
    """Two thirds of the pieces, with all symbols."""
    chosen = {tokenizer.id_of(symbol) for symbol in SYMBOLS}
    others = (i for i in range(END + 1, len(tokenizer)) if i % 3)
    return np.array([UNKNOWN, END, *sorted(chosen.union(others))])


def make_processor(kind, longest, symbols, *, lexicon=None, heard=False):
    """A processor of Python without a word reader."""
    tokenizer = build(PAIRS, TokenizerConfig(kind))
    known = WordList((*WORDS.words, UNWRITTEN), WORDS.names)
    reader = CarryingReader(".,'!-", known, symbols, True, tokenizer.has, lexicon or {})
    return TextProcessor(
        tokenizer,
        OutputVocabulary(output_pieces(tokenizer)),
        WordByWordReader(reader) if heard else reader,
        longest,
    )


VECTORS = WordVectors(VECTOR_WORDS, 6, np.zeros((len(VECTOR_WORDS) + 1, 1), np.float32))
VECTOR_VALUES = {"words": VECTOR_WORDS, "seen": 6, "replacesPieces": False, "lexicon": {}}


def with_vectors(processor):
    return replace(processor, word_reader=WordReader(VECTORS, len(processor.tokenizer), ""))


PROCESSORS = {
    "unigram": make_processor("unigram", 60, SYMBOLS),
    "short": make_processor("bpe", 8, SYMBOLS[:2]),
    "lexicon": make_processor("bpe", 60, SYMBOLS[:3], lexicon=TRANSLATIONS),
    "heard": make_processor("unigram", 20, SYMBOLS, lexicon=TRANSLATIONS, heard=True),
    "vectors": with_vectors(make_processor("char", 100, SYMBOLS)),
    "heard vectors": with_vectors(make_processor("unigram", 60, SYMBOLS[:4], heard=True)),
    "plain": make_processor("unigram", 60, ""),
}


def values_of(processor):
    """What the scripts are given of a processor."""
    reader = getattr(processor.reader, "reader", processor.reader)
    return {
        "tokenizer": tokenizer_values(processor.tokenizer.model),
        "outputPieces": processor.output_vocabulary.pieces.tolist(),
        "maxSourcePieces": processor.max_source_pieces,
        "reader": {
            "punctuation": reader.punctuation,
            "symbols": reader.symbols,
            "numbers": reader.numbers,
        },
        "words": reader.words.to_text(),
        "lexicon": reader.lexicon,
        "simultaneous": reader is not processor.reader,
        "vectors": processor.word_reader and VECTOR_VALUES,
    }


@pytest.fixture(scope="module")
def scripts():
    scripts = TextScripts(*MODULES)
    scripts.run(SCRIPT)
    for name, processor in PROCESSORS.items():
        values = json.dumps(values_of(processor))
        scripts.run(f"processors[{json.dumps(name)}] = makeProcessor({values});")
    return scripts


def sources(seed, count):
    """Texts with items and marks; most begin with words that are known."""
    draw = random.Random(seed)
    yield from ("", " ", DOG, "<b>the dog</b>", "the dog", *(f"the {each} dog" for each in ITEMS))
    yield from (f"{each} the dog" for each in ITEMS * 2)
    yield from texts_of(count, seed)
    words = [*WORDS.words[:14], "Tom", "the", "dog", "<b>", "</b>", "🌷", *FRAGMENTS[:40]]
    for _ in range(count):
        parts = [draw.choice(ITEMS if draw.random() < 0.4 else words) for _ in range(12)]
        yield "".join(part + draw.choice(["", " ", " ", ", "]) for part in parts)


def random_target(draw, processor, encoded):
    """Tokens as a model may write them: with symbols of the source, and others."""
    symbols = processor.symbol_tokens(encoded)
    tokens = []
    for _ in range(draw.choice([0, 1, 4, 9, 20])):
        if symbols and draw.random() < 0.6:
            tokens.append(symbols.pop(0))
        else:
            tokens.append(draw.randrange(2, len(processor.output_vocabulary)))
    # (A symbol that stands for nothing that was read would be one for something that was not.)
    if encoded.cut:
        all_symbols = set(processor.all_symbol_tokens)
        tokens = [token for token in tokens if token not in all_symbols]
    return *tokens, *(END_TOKEN for _ in range(draw.randint(0, 1)))


def encoded_values(processor, encoded):
    """An encoded source as the scripts give it."""
    return {
        "ids": list(encoded.ids),
        "pieces": list(encoded.pieces),
        "cut": encoded.cut,
        "symbolPieces": list(encoded.symbol_pieces),
        "spans": list(map(list, encoded.spans)),
        "heard": list(encoded.heard),
        "words": list(encoded.words),
        "isEmpty": encoded.is_empty,
        "text": encoded.source.text,
        "unknown": processor.count_unknown(encoded),
        "symbolTokens": processor.symbol_tokens(encoded),
        "groups": group_pieces(encoded.pieces),
    }


ENCODE = """((name, texts) => texts.map((text) => {
  const processor = processors[name];
  const { source, ...encoded } = processor.encodeSource(text);
  return {
    ...encoded,
    text: source.text,
    unknown: processor.countUnknown(encoded),
    symbolTokens: processor.symbolTokens(encoded),
    groups: groupPieces(encoded.pieces),
  };
}))"""
DECODE = """((name, cases) => cases.map(([text, tokens, attention, token]) => {
  const processor = processors[name];
  const encoded = processor.encodeSource(text);
  const weights = attention && attention.map((row) => Float32Array.from(row));
  return {
    ...processor.decode(encoded, tokens, weights),
    name: processor.pieceName(encoded, token),
    names: processor.targetPieces(tokens),
  };
}))"""


@pytest.mark.parametrize("name", PROCESSORS)
def test_sources_are_encoded_as_in_python(scripts, name):
    processor = PROCESSORS[name]
    texts = list(sources(1, 150))
    found = scripts.call(ENCODE, name, texts)
    for text, one in zip(texts, found, strict=True):
        assert one == encoded_values(processor, processor.encode_source(text)), ascii(text)
    tokens = scripts.evaluate(f"processors[{json.dumps(name)}].allSymbolTokens")
    assert tokens == processor.all_symbol_tokens


@pytest.mark.parametrize("name", PROCESSORS)
def test_translations_are_decoded_as_in_python(scripts, name):
    processor = PROCESSORS[name]
    draw, numbers = random.Random(2), np.random.default_rng(2)
    cases, expected = [], []
    for text in sources(2, 150):
        encoded = processor.encode_source(text)
        tokens = random_target(draw, processor, encoded)
        shape = len(tokens), len(encoded.ids)
        weights = numbers.dirichlet(np.full(shape[1], 0.2), size=shape[0]).astype(np.float32)
        attention = None if draw.random() < 0.2 or encoded.is_empty else weights
        if draw.random() < 0.2 and attention is not None:
            attention = attention.round(1)  # with equal ones
        token = draw.randrange(len(processor.output_vocabulary))
        token = draw.choice([token, *processor.all_symbol_tokens])
        cases.append((text, tokens, attention if attention is None else attention.tolist(), token))
        decoded = processor.decode(encoded, tokens, attention)
        expected.append(
            {
                "text": decoded.text,
                "pieces": list(decoded.pieces),
                "copies": [copy.to_dict() for copy in decoded.copies],
                "missing": list(decoded.missing),
                "name": processor.piece_name(encoded, token),
                "names": list(processor.target_pieces(tokens)),
            }
        )
    found = scripts.call(DECODE, name, cases)
    for case, one, other in zip(cases, found, expected, strict=True):
        assert one == other, case


def test_a_cut_source_has_no_item_that_was_not_read(scripts):
    text = "the dog " + "12 " * 9
    found = scripts.call(ENCODE, "short", [text])[0]
    assert found["cut"] and found["symbolTokens"]
    tokens = found["symbolTokens"] * 3
    decoded = scripts.call(DECODE, "short", [(text, tokens, None, 0)])[0]
    assert len(decoded["copies"]) == len(found["symbolPieces"])
    processor = PROCESSORS["short"]
    expected = processor.decode(processor.encode_source(text), tokens, None)
    assert decoded["copies"] == [copy.to_dict() for copy in expected.copies]
    assert decoded["missing"] == list(expected.missing) and decoded["text"] == expected.text


@pytest.mark.parametrize(
    "text",
    [
        "the dog " + "🌷 " * 5000,
        "the dog " + "<b>the</b>" * 1000,
        "the dog " + "<b>" * 1400 + "cat" + "</b>" * 1400,
        "the dog " + "<b>" * 1600 + "cat" + "</i>" * 1600,
        "the " + "12 " * 3300,
        "the " + "Zoltan's " * 1200,
        "the dog" + "s" * 10_000,
        "the dog" + " ," * 5000,
    ],
)
def test_a_hostile_source_takes_little_time(scripts, text):
    start = time.perf_counter()
    (found,) = scripts.call(ENCODE, "unigram", [text])
    tokens = [5, *found["symbolTokens"], 6, 7, 8, END_TOKEN]
    attention = [[1 / len(found["ids"])] * len(found["ids"])] * len(tokens)
    scripts.call(DECODE, "unigram", [(text, tokens, attention, 5)])
    assert time.perf_counter() - start < 3


# (What a sentence may end with matters, and whether the next one is Chinese or Japanese.)
TEXTS = [
    *("Come!", "Come!”", "你好。", "你好!", "“你好?”", "(はい.)", "ｱ?", "한국어.", "Ja…"),
    *("", "”", "x", "ab你", "。", "?", "😀"),
]


def test_spaces_between_sentences_are_as_in_python(scripts):
    draw = random.Random(5)
    rows = [draw.choices(TEXTS, k=draw.randint(1, 5)) for _ in range(600)]
    found = scripts.evaluate(f"{json.dumps(rows)}.map(separators)")
    assert found == [list(separators(row)) for row in rows]


def test_a_line_is_read_as_far_as_in_python(scripts):
    draw = random.Random(6)
    lengths = set()
    for _ in range(60):
        row = [draw.choice(["the dog. ", "I see a big cat. ", "你好。", "wall "]) for _ in range(9)]
        row = row[: draw.randint(1, 9)]
        found = scripts.call("(row => sentencesWithin(processors.heard, row))", row)
        assert found == sentences_within(PROCESSORS["heard"], row)
        lengths.add((len(found), len(found) < len(row)))
    assert len(lengths) > 4
