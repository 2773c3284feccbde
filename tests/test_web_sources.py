"""The scripts of the page that read sources, against the readers of Python."""

import json
import random
import time

import numpy as np
import pytest
from javascript import TextScripts
from test_carryover import WHOLE

from seqcli.data.carryover import SYMBOLS
from seqcli.data.heard_words import WordByWordReader, heard_words
from seqcli.data.source_text import CarryingReader
from seqcli.data.tokenizer import UNKNOWN
from seqcli.data.word_list import WordList
from seqcli.vectors.word_reader import WordReader
from seqcli.vectors.word_vectors import VectorTable, WordVectors

PLAIN = [
    "the",
    "dog",
    "sees",
    "a",
    "cat",
    "and",
    "runs",
    "in",
    "park",
    "is",
    "i",
    "d",
    "s",
    "5",
    "x2",
]
HAN = [*"我叫名字爱北京ペンは", "𐐨𐐩"]
STEMS = ["walk", "jump", "play", "look", "open", "kick", "größe"]
WORDS = WordList(
    (*PLAIN, *HAN, *STEMS, *(stem + "s" for stem in STEMS), *("tom", "jerry", "istanbul", "iğne")),
    frozenset({"tom", "jerry", "kick", "京"}),
)
READABLE = {*"abcdefghijklmnopqrstuvwxyzäöüß.,'-$<♪我叫名字☎"}
LEXICON = {
    "tom": "Thomas",
    "katze": "cat",
    "zoltan": "Zoltán",
    "5x": "five",
    "京都": "Kyoto",
    "größer": "bigger",
}
LETTERS = "İIıiĳÄäǅẞßΣσςéñÅÅ\u0301\u0307\u0308\u0327ｱﾞ한가ﬁ١२½²"
MARKS = [*"`'’‘´\"“”.,;:!?…-–—‐‑¿¡、。！「」()[]{}<>/\\|@#&%$€^~*+=_"]
ODD = [
    *("\u00ad", "\u200b", "\u200d", "\u200e", "\u202e", "\ufeff", "\ufe0f", "\0", "\x1c", "\x85"),
    *("\n", "\t", "\r\n", "\u2028", "\u00a0", "\u3000", "\ud800", "\udc00", "\ud8ff", "\udfff"),
    *("\U0001f1e9", "\U0001f3fd", "\u20e3", "\ue000", "\U0010ffff", "▁", "אבג", "سلام", "ไทย"),
]
FRAGMENTS = [
    *(text for texts in WHOLE.values() for text in texts),
    *("Zoltan", "Anna-Maria", "J. R. R. Tolkien", "O’Neill", "Ann's", "dog's", "Zed’s", "TOM"),
    *("Kick", "Walks", "walked", "walkss", "playlook", "openkicks", "größer", "Größes", "ISTANBUL"),
    *("Katze", "5x", "京都", "x-5", "don’t", "{a {b {c} d} e", "{{{", "<b", "<a href='x y'", "</"),
    *("`a b", "&amp", "http://a.b/c_(d)_{e}", "<b><i>", "♪♪", "§", "°", "１２", "№", "☺︎", "~~"),
    *("$$", "<3", "a<b>c"),
]


def random_text(draw):
    """Words, items, marks and odd characters, with and without spaces between them."""
    parts = []
    for _ in range(draw.choice([1, 2, 3, 5, 8, 20])):
        kind = draw.random()
        if kind < 0.35:
            word = draw.choice(WORDS.words)
            parts.append(draw.choice([word, word.upper(), word.title()]))
        elif kind < 0.65:
            parts.append(draw.choice(FRAGMENTS))
        elif kind < 0.8:
            parts.append(draw.choice(MARKS))
        elif kind < 0.9:
            parts.append(draw.choice([*ODD, *LETTERS]))
        else:
            code = draw.randrange(0x110000) if draw.random() < 0.5 else draw.randrange(0x3000)
            parts.append(chr(code))
        parts.append(draw.choice(["", " ", " ", " ", "  "]))
    return "".join(parts)


def texts_of(count, seed=0):
    draw = random.Random(seed)
    texts = [random_text(draw) for _ in range(count)]
    # (A pair of surrogates is one character in JavaScript.)
    return [
        text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") for text in texts
    ]


# What the readers of made-up models know: all symbols; few, a lexicon and words of no pair; none.
MODELS = {
    "all": {"punctuation": ".,'-", "symbols": SYMBOLS, "numbers": True},
    "few": {
        "punctuation": ".?!。'<",
        "symbols": SYMBOLS[:2],
        "numbers": False,
        "locale": "tr",
        "lexicon": LEXICON,
        "other_words": ["zoltan", "größes", "5x"],
    },
    "none": {"punctuation": "", "symbols": "", "numbers": False, "locale": "lt"},
}
READ = """
const reader = (values, simultaneous) => {
  const words = WordList.fromText(values.words, values.locale);
  const readable = new Set(values.readable);
  const lexicon = new Map(Object.entries(values.lexicon));
  const otherWords = new Set(values.other_words);
  const isReadable = (character) => readable.has(character);
  return makeReader({ ...values, words, isReadable, lexicon, otherWords }, simultaneous);
};
const readers = {};
const readAll = (name, texts) =>
  texts.map((text) => {
    const source = readers[name].read(text);
    return { ...source, carried: carried(source), spelled: readers[name].normalize(text) };
  });
"""


def reader_of(punctuation, symbols, numbers, *, locale="", lexicon=(), other_words=(), words=WORDS):
    words = WordList(words.words, words.names, locale)
    lexicon, others = dict(lexicon), frozenset(other_words)
    is_readable = READABLE.__contains__
    return CarryingReader(punctuation, words, symbols, numbers, is_readable, lexicon, others)


def values_of(reader):
    """What `makeReader` is given."""
    return {
        "punctuation": reader.punctuation,
        "words": reader.words.to_text(),
        "symbols": reader.symbols,
        "numbers": reader.numbers,
        "locale": reader.words.locale,
        "readable": sorted(READABLE),
        "lexicon": reader.lexicon,
        "other_words": sorted(reader.other_words),
    }


READERS = {
    (name, simultaneous): WordByWordReader(reader) if simultaneous else reader
    for name, values in MODELS.items()
    for reader in [reader_of(**values)]
    for simultaneous in (False, True)
}


def name_of(key):
    return " ".join(map(str, key))


@pytest.fixture(scope="module")
def scripts():
    scripts = TextScripts("text/heard_words.js", "text/word_list.js", "text/word_vectors.js")
    scripts.run(READ)
    for name, simultaneous in READERS:
        values = values_of(READERS[name, False])
        arguments = f"{json.dumps(values)}, {json.dumps(simultaneous)}"
        scripts.run(f"readers[{json.dumps(name_of((name, simultaneous)))}] = reader({arguments})")
    return scripts


def read_by_python(reader, text):
    """A source as the scripts give it."""
    source = reader.read(text)
    return {
        "text": source.text,
        "items": list(source.items),
        "marks": [
            {
                "text": mark.text,
                "place": mark.place,
                "afterSpace": mark.after_space,
                "beforeSpace": mark.before_space,
            }
            for mark in source.marks
        ],
        "unknown": list(source.unknown),
        "dropped": source.dropped,
        "isForeign": source.is_foreign,
        "written": list(source.written),
        "ends": list(source.ends),
        "carried": list(source.carried),
        "spelled": reader.normalize(text),
    }


def assert_equal(texts, found, expected):
    for text, one, other in zip(texts, found, expected, strict=True):
        assert one == other, ascii(text)


@pytest.mark.parametrize("key", READERS, ids=name_of)
def test_sources_are_read_as_in_python(scripts, key):
    texts = ["", " ", "-5", "♪", *FRAGMENTS, *texts_of(350, seed=name_of(key))]
    found = scripts.call("readAll", name_of(key), texts)
    assert_equal(texts, found, [read_by_python(READERS[key], text) for text in texts])


# What opens an item and is never closed, many marks, long words, and one letter after another.
UNITS = [
    *("{", "<", "<a", "`", "a.", "1.", "@", "<b>", "☎", "☎ ", "♪ ", "a", "a ", "Zed "),
    *("5 ", "我", "한"),
]


@pytest.mark.parametrize(
    "unit", [*UNITS, *("😀\u200d", "e\u0301", "walk", "Z", "{a}", "&", "(", "x-")]
)
def test_long_sources_are_read_as_in_python(scripts, unit):
    text = "the dog " + unit * (2_000 // len(unit))
    for key in [("all", False), ("few", True)]:
        found = scripts.call("readAll", name_of(key), [text])
        assert_equal([text[:20]], found, [read_by_python(READERS[key], text)])


@pytest.mark.parametrize("unit", UNITS)
def test_hostile_sources_take_linear_time(scripts, unit):
    text = json.dumps("the dog {`%" + unit * (20_000 // len(unit)) + "!")
    start = time.perf_counter()
    scripts.evaluate(f"readers['all False'].read({text}).text.length")
    assert time.perf_counter() - start < 1.0


@pytest.mark.parametrize("unit", ["<a ", "{ ", "我", "☎ "])
def test_hostile_sources_that_are_heard_take_linear_time(scripts, unit):
    text = json.dumps("the dog {`%" + unit * (20_000 // len(unit)) + "!")
    start = time.perf_counter()
    scripts.evaluate(f"readers['few True'].read({text}).text.length")
    assert time.perf_counter() - start < 4.0


def test_texts_are_heard_as_in_python(scripts):
    texts = [*FRAGMENTS, "<b " * 40, "`" + "a " * 40 + "` b", "{ " * 33 + "} " * 33, *texts_of(300)]
    found = scripts.evaluate(f"{json.dumps(texts)}.map(heardWords)")
    assert_equal(texts, found, map(heard_words, texts))


ENDINGS = ["", "s", "ing", "er", "𐐬", "은"]
LISTS = [
    WORDS,
    WordList((), frozenset()),
    WordList((*WORDS.words, *("i" * n for n in range(1, 130, 7))), WORDS.names, "tr"),
    # Many words with endings, and one that is too short.
    WordList(
        ("run", "runs", *(s + e for s in (*STEMS, "𐐨𐐩𐐪𐐫", "이름이름") for e in ENDINGS)),
        frozenset(),
    ),
    # An ending of as few words as may be, and of one less.
    WordList((*STEMS, *(stem + "er" for stem in STEMS[:5])), frozenset()),
    WordList((*STEMS, *(stem + "er" for stem in STEMS[:4])), frozenset()),
]


@pytest.mark.parametrize("words", LISTS, ids=range(len(LISTS)))
def test_words_are_known_and_carried_as_in_python(scripts, words):
    draw = random.Random(0)
    pool = [*(words.words or PLAIN), *STEMS, *ENDINGS, *LETTERS, "\t=", "한국", "i" * 101]
    asked = ["".join(draw.choices(pool, k=draw.choice([1, 2, 2, 3]))) for _ in range(400)]
    asked += [stem + ending for stem in (*STEMS, "run") for ending in ENDINGS]
    asked += [*map(str.upper, asked), "i" * 120, "i" * 208, "i" * 209, "i" * 20_000]
    arguments = f"{json.dumps(words.to_text())}, {json.dumps(words.locale)}"
    scripts.run(f"list = WordList.fromText({arguments})")
    found = scripts.evaluate(
        f"{json.dumps(asked)}.map((each) => [list.isKnown(each), list.isCarried(each)])"
    )
    assert_equal(asked, found, [[words.is_known(each), words.is_carried(each)] for each in asked])


def test_a_list_is_read_as_in_python(scripts):
    text = "a\r\nb\rc\t=\n\t=\nd\t=e\t=\x1cf\x85g\u2028h\t=\n\ni\x0bj\x0ck\x1d\x1el\u2029m\x1f\xa0"
    words = WordList.from_text(text)
    scripts.run(f"list = WordList.fromText({json.dumps(text)}, '')")
    assert scripts.evaluate("[...list.known]") == list(words.words)
    assert set(scripts.evaluate("[...list.names]")) == words.names


VECTOR_WORDS = (
    "dog",
    "well",
    "don't",
    "well-known",
    "u.s",
    "我叫",
    "北京",
    "park",
    "cat",
    "zoltan",
    "京",
)


@pytest.mark.parametrize("replaces_pieces", [False, True])
def test_pieces_get_the_vectors_of_their_words_as_in_python(scripts, replaces_pieces):
    vectors = np.random.default_rng(0).normal(size=(len(VECTOR_WORDS) + 1, 3)).astype(np.float32)
    vectors[0] = 0
    known = WordVectors(VECTOR_WORDS, 6, vectors, replaces_pieces)
    values = {"words": VECTOR_WORDS, "seen": 6, "replacesPieces": replaces_pieces, "lexicon": {}}
    scripts.run(f"wordReader = new WordReader({json.dumps(values)}, 50, 'tr')")
    draw = random.Random(0)
    sources = [random_source(draw) for _ in range(500)]
    found = scripts.evaluate(f"{json.dumps(sources)}.map((each) => wordReader.read(...each))")
    reader = WordReader(known, 50, "tr")
    expected = [[list(each) for each in reader.read(*source)] for source in sources]
    assert_equal(sources, found, expected)
    assert {piece // 50 for source in found for _, piece in source} == {
        *range(len(VECTOR_WORDS) + 1)
    }
    ids = [piece for source in found for _, piece in source]
    scripts.run(f"table = new VectorTable(new Float32Array({vectors.ravel().tolist()}), 3, 50)")
    looked_up = scripts.evaluate(
        f"((found) => [found.pieces, [...found.vectors]])(table.lookUp({json.dumps(ids)}))"
    )
    pieces, own = VectorTable(vectors, 50).look_up(np.array([ids]))
    assert looked_up == [pieces[0].tolist(), own.ravel().tolist()]
    others = scripts.evaluate(f"[...otherWords({json.dumps(values)})]")
    assert set(others) == (known.unseen if replaces_pieces else set())


def random_source(draw):
    """Pieces, the text that they were made of, and what its symbols stand for."""
    pool = [
        *VECTOR_WORDS,
        *SYMBOLS[:3],
        "well",
        "known",
        "-",
        "'",
        ".",
        "t",
        "the",
        "我",
        "叫",
        "𐐨",
    ]
    joints = ["", " ", " ", "-", "'", "."]
    text = "".join(draw.choice(pool) + draw.choice(joints) for _ in range(draw.randint(0, 9)))
    text = draw.choice(["", " "]) + " ".join(text.split())
    items = draw.choices(["Zoltan Kovács", "Park", "5", "IĞNE", "北京", "x"], k=draw.randint(0, 4))
    rest = draw.choice(["", "▁"]) + text.replace(" ", "▁")
    pieces = []
    while rest:
        length = draw.randint(1, 11)
        pieces.append((rest[:length], draw.choice([UNKNOWN, *range(3, 50)])))
        rest = rest[length:]
    return pieces, text, items
