"""What the scripts of a page know of characters, words and sentences: the same as Python."""

import json
import random
import re
import unicodedata
from functools import cache

import pytest
from javascript import TextScripts

from seqcli.data import carryover, heard_words, normalization, text, words
from seqcli.data.patterns import compiled
from seqcli.decoding import markup, sentences
from seqcli.web.character_sets import character_classes, spans_of
from seqcli.web.pattern_tables import translate_pattern

# [start, end) of what is assigned, and the codes there.
ASSIGNED = [[0, 0x34000], [0xE0000, 0xE0200]]
CODES = [code for start, end in ASSIGNED for code in range(start, end)]
# Code points of which odd things happen: ASCII, Latin, marks, Indic scripts, Thai to Hangul jamo,
# Hangul, punctuation and invisible characters, CJK, other widths, surrogates, flags, emoji, tags.
ODD = [
    range(start, end)
    for start, end in (
        *((0, 0x80), (0, 0x300), (0x300, 0x370), (0x370, 0x600), (0x900, 0xE00), (0xE00, 0x1200)),
        *((0x1100, 0x1200), (0xA960, 0xA980), (0xAC00, 0xD7FF), (0x1E00, 0x2100), (0x2000, 0x2070)),
        *((0x3000, 0x3400), (0xFB00, 0x10000), (0xD800, 0xDC00), (0x1F1E6, 0x1F200)),
        *((0x1F300, 0x1FB00), (0xE0000, 0xE0200), (0x10000, 0x20000), (0, 0x110000)),
    )
]
PARTS = """
Dr. Mr. e.g. etc. z.B. U.S. A. b. 3. 12. IV. No. St. The the He he I They Und Der am dog Open . ! ?
… ... 。 ！ ; “ ” « » „ ‘ ’ ' \" ( ) 「 」 ` : , — ¿ ¡ 🙂 ❤️ 👨‍👩‍👧 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🇩🇪 1️⃣ ไทย ภาษา 中文 かな ｶﾞ ﾊﾟ α;
ΣΑΣ ΟΔΟΣ ΑΣ' İI ıi i̇̀ į̇́ क्ष क़्क ക്ക কক্‍ 한국 각 가 Ǆ ﬁ ŉ é e\u0301 ô\u0302 http:// www. example.com
a.b user@mail.org @name #tag `code` {x} {{y}} ${z} %s %(name)s %1$d &amp; &#123; <b> </b> <br/>
<a\xadhref='x'> 1,000.50 3.14 12:30 -5 +3 $10 €5 50% 5°C ½ 10kg snake_case func() x-5 < > { } ٣٫٥ ²
US$5 Ann's l'été ™ am\u0300
"""
# The same characters in a script.
CHARACTERS = f"""{ASSIGNED}.flatMap(([start, end]) =>
    Array.from({{ length: end - start }}, (_, i) => String.fromCodePoint(start + i)))"""
INVISIBLE = [*"\u200b\u200c\u200d\ufe0f\xad\u034f\u180b\u3164\u0307\u0301\u0327\u05b0אᠠ"]
SPACES = [*"\t\n\r\x1c\x85\u2028\u3000\xa0"]
CLUSTER_SETS = (
    *("GCB=Extend", "GCB=ZWJ", "GCB=SpacingMark", "GCB=Prepend", "GCB=Control", "GCB=CR"),
    *("GCB=L", "GCB=V", "GCB=T", "GCB=LV", "GCB=LVT", "RI", "Extended_Pictographic"),
    *("InCB=Linker", "InCB=Consonant", "InCB=Extend"),
)


@cache
def scripts(module: str) -> TextScripts:
    return TextScripts(f"text/{module}.js")


# No last consonant; a filler that is needed until its neighbours are composed; a skin tone.
PINNED = ["가\u11a7", "\u1100\u200b\u1161\u115f", "👩🏽\u200d🚀"]


@cache
def odd_texts() -> list[str]:
    """Some texts, and random ones of words, odd characters, and what may make one character."""
    generator = random.Random(22)
    parts = PARTS.split()
    characters = "".join(map(chr, CODES))
    clusters = [compiled(rf"\p{{{name}}}").findall(characters) for name in CLUSTER_SETS]
    makers = [
        lambda: generator.choice(parts) + generator.choice(["", " ", *SPACES]),
        lambda: generator.choice(parts) + generator.choice(["", " "]),
        lambda: generator.choice(INVISIBLE),
        lambda: chr(generator.choice(generator.choice(ODD))),
        lambda: generator.choice(generator.choice(clusters)),
    ]
    texts = [*PINNED]
    for _ in range(3000):
        common = generator.choice(makers)
        texts.append(
            "".join(
                (common if generator.random() < 0.7 else generator.choice(makers))()
                for _ in range(generator.randrange(14))
            )
        )
    # Second halves alone would join the first halves before them when what is between is dropped.
    return [re.sub("[\udc00-\udfff]", "", each) for each in texts]


def same(module, expression, function, texts):
    """Whether an expression of `t` has the value of a function for each text."""
    for each, value in zip(
        texts,
        scripts(module).evaluate(f"{json.dumps(texts)}.map((t) => {expression})"),
        strict=True,
    ):
        assert value == json.loads(json.dumps(function(each))), ascii(each)


@pytest.mark.parametrize(
    ("module", "expression", "function"),
    [
        ("normalization", "nfc(t)", lambda t: unicodedata.normalize("NFC", t)),
        ("normalization", "nfd(t)", lambda t: unicodedata.normalize("NFD", t)),
        ("normalization", "lower(t)", str.lower),
        ("normalization", "strip(t)", str.strip),
        ("normalization", "splitSpaces(t)", str.split),
        ("normalization", "lengthOf(t)", len),
        ("normalization", "normalize(t)", normalization.normalize),
        ("normalization", "normalizeSource(t)", normalization.normalize_source),
        ("normalization", "fold(t)", normalization.fold),
        ("normalization", "fold(t, 'tr-TR')", lambda t: normalization.fold(t, "tr-TR")),
        ("normalization", "fold(t, 'AZ')", lambda t: normalization.fold(t, "AZ")),
        ("normalization", "fold(t, 'lt_LT')", lambda t: normalization.fold(t, "lt_LT")),
        ("words", "findWords(t).map((w) => [w.text, w.start, w.end])", words.find_words),
        ("words", "findAll('cluster', t).map((m) => m.text)", compiled(r"\X").findall),
        ("words", "splitWords(t)", words.split_words),
        ("words", "wordParts(t)", words.word_parts),
        (
            "words",
            "dropUnseenPunctuation(t, '.,🙂')",
            lambda t: text.drop_unseen_punctuation(t, ".,🙂"),
        ),
        ("sentences", "splitSentences(t)", sentences.split_sentences),
    ],
)
def test_odd_texts_are_read_as_in_python(module, expression, function):
    same(module, expression, function, odd_texts())


@pytest.mark.parametrize(
    ("expression", "function"),
    [
        ("nfc(t)", lambda t: unicodedata.normalize("NFC", t)),
        ("nfd(t)", lambda t: unicodedata.normalize("NFD", t)),
        ("lower(t)", str.lower),
        ("upperCharacter(t)", str.upper),
    ],
)
def test_all_characters_change_as_in_python(expression, function):
    changed = scripts("normalization").evaluate(
        f"{CHARACTERS}.map((t) => [t, {expression}]).filter(([before, after]) => before !== after)"
    )
    assert changed == [[c, function(c)] for c in map(chr, CODES) if function(c) != c]


@pytest.mark.parametrize(
    ("expression", "function"),
    [
        *(
            (f"isIn('{name}', t)", getattr(str, f"is{name}"))
            for name in ("space", "alpha", "alnum", "upper", "lower", "digit")
        ),
        ("isIn('punctuation', t)", lambda t: unicodedata.category(t).startswith("P")),
        ("isUnspaced(t)", text.is_unspaced),
        ("isEastAsian(t)", text.is_east_asian),
    ],
)
def test_sets_have_the_characters_of_python(expression, function):
    found = scripts("words").evaluate(f"{CHARACTERS}.filter((t) => {expression}).join('')")
    assert found == "".join(filter(function, map(chr, CODES)))


def test_an_empty_text_is_in_no_set():
    assert scripts("words").evaluate("isIn('space', '')") is False


def test_texts_have_the_order_of_python():
    odd = ["", "a", "ab", "\ud800", "\ud800a", "\ud800\uffff", "\uffff", "\U00010000", "\U00010001"]
    pairs = [[a, b] for a in odd for b in odd]
    signs = scripts("words").evaluate(
        f"{json.dumps(pairs)}.map(([a, b]) => Math.sign(compareCodePoints(a, b)))"
    )
    assert signs == [(a > b) - (a < b) for a, b in pairs]


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        *(
            (name, compiled(pattern))
            for patterns in (carryover.PATTERNS, words.PATTERNS, heard_words.PATTERNS)
            for name, pattern in patterns.items()
        ),
        *(
            (name, re.compile(pattern, re.DOTALL))
            for patterns in (normalization.PATTERNS, markup.PATTERNS, sentences.page_patterns())
            for name, pattern in patterns.items()
        ),
    ],
)
def test_patterns_match_as_in_python(name, pattern):
    def all_matches(t):
        return [[m[0], *m.span(), *_groups(m)] for m in pattern.finditer(t)]

    def some_matches(t):
        middle = len(t) // 2
        found = (
            pattern.search(t, middle),
            pattern.match(t, middle),
            pattern.fullmatch(t, middle // 2, middle),
        )
        return [match and match.span() for match in found]

    texts = odd_texts()[:500]
    groups = "Object.values(m.groups).map((group) => group ?? null)"
    match = f"[m.text, m.start, m.end, ...{groups}]"
    same("words", f"findAll('{name}', t).map((m) => {match})", all_matches, texts)
    calls = f"search('{name}', t, i), matchAt('{name}', t, i), fullMatch('{name}', t, i >> 1, i)"
    spans = f"((i) => [{calls}].map((m) => m && [m.start, m.end]))(lengthOf(t) >> 1)"
    same("words", spans, some_matches, texts)


def _groups(match):
    return match.groupdict().values() if match.re.groupindex else match.groups()


# `|` is where a sentence ends.
@pytest.mark.parametrize(
    "marked",
    [
        "Two dogs play. |A cat sleeps!? |»Komm!« |Sie ging.",
        "Dr. Smith met Mr. Jones at 5 p.m. yesterday. |They talked, e.g. About fruit.",
        "1. Open the door. |Am 3. Mai kam er. |VII. Kapitel.",
        "他来了。|她走了。|“Come here.” |It rains… and pours… |Then « viens ! » |Elle part.",
        "Τι κάνεις; |Καλά. |(He was late. Very late.) |Done! 🙂 |Good.",
        "He came.\n|She went.\n",
        "It was 5 p.m. |They. |“Stop.” |3 men came. |End.",
        "aa: “bb „cc.” dd ee.",  # which the last opening quotes were for
    ],
)
def test_sentences_end_where_python_ends_them(marked):
    whole = marked.replace("|", "")
    found = scripts("sentences").call("splitSentences", whole)
    assert found == sentences.split_sentences(whole) == marked.split("|")


@pytest.mark.parametrize(
    "unit",
    [
        *("a. B ", "{", "{}", "<a ", "http://a(", "a-", "1.", "\u0334\u0301", "\u200c\u200b", "क्"),
        *("👍\u200d", "Σ'", "“A.” ", "« ", ". ", "α;", "\u0600", "_a", "ｶﾞ"),
    ],
)
def test_long_texts_take_no_time(unit):
    hostile = (unit * 10_000)[:10_000]
    assert scripts("words").call("wordParts", hostile) == words.word_parts(hostile)
    found = scripts("words").evaluate(f"findAll('item', {json.dumps(hostile)}).length")
    assert found == len(compiled(carryover.PATTERNS["item"]).findall(hostile))
    split = scripts("sentences").call("splitSentences", hostile)
    assert split == sentences.split_sentences(hostile)
    read = scripts("normalization").call("normalizeSource", hostile)
    assert read == normalization.normalize_source(hostile)


@pytest.mark.parametrize(
    "pattern", ["a{", "(?i)a", r"a\b", "^a", "(a", "a)", "(?<=a*+)b", "[a", r"(a)\1"]
)
def test_other_syntax_is_refused(pattern):
    with pytest.raises(ValueError, match="cannot translate"):
        translate_pattern(pattern, lambda _: 0)


def test_a_pattern_is_translated():
    sets: dict[str, int] = {}
    pattern = r"(?P<x>[a[b]]*+)(c|\Z)?.{2,3}?(?<!\p{L}$)"
    translated = translate_pattern(pattern, lambda source: sets.setdefault(source, len(sets)))
    assert translated == (r"(?<x>(?=(?<a1>[0]*))\k<a1>)(?<g1>[1]|$)?[2]{2,3}?(?<![3](?=[4]?$))")
    assert list(sets) == ["[a[b]]", "c", ".", r"\p{L}", r"\n"]


def test_characters_of_the_same_sets_are_of_one_class():
    table = character_classes([[(1, 3), (5, 6)], [(2, 3)], []])
    assert table == {
        "runs": [1, 0, 1, 1, 1, 2, 2, 0, 1, 1, 0x110000 - 6, 0],
        "sets": [[1, 2], [2, 2], []],
    }
    assert spans_of([True, True, False, True]) == [(0, 2), (3, 4)]
