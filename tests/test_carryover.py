"""What is carried over from a source to its translation, and what is not."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqcli.data import carryover, words
from seqcli.data.carryover import SYMBOLS, find_items
from seqcli.data.patterns import compiled

KNOWN_WORDS = "see the and or at we met in is it to from he saw with of read a 爱 我 叫"
KNOWN = frozenset(KNOWN_WORDS.split(" "))


def is_new(word):
    return word.lower() not in KNOWN


def items_of(text, *, numbers=True, new=lambda _: False, readable=lambda _: True):
    """Texts and kinds of the items of a text."""
    items = find_items(text, numbers=numbers, is_new=new, is_readable=readable)
    return [(item.text, item.kind) for item in items]


WHOLE = {
    "word": [
        "https://example.com/a?b=1",
        "http://localhost:8080/x#y",
        "https://en.wikipedia.org/wiki/Mercury_(planet)",
        "ftp://a.b/~c/%20d",
        "https://例え.jp/路径",
        "www.example.org",
        "www.example.org/a-b_c",
        "example.com",
        "foo-bar.co.uk/x",
        "sub.example.org",
        "bob@example.com",
        "a.b+c@sub.example.co.uk",
        "j_smith-1@xn--bcher-kva.example",
        "%s",
        "%d",
        "%1$d",
        "%2$s",
        "%(name)s",
        "%.2f",
        "%05d",
        "%-10s",
        "%ld",
        "%@",
        "{}",
        "{0}",
        "{name}",
        "{{x}}",
        "{{ user.name }}",
        "${x}",
        "#{x}",
        "%{count}",
        "{n, plural, =0 {no cats} one {# cat} other {{n} cats of {owner}}}",
        "{g, select, female {{n, plural, one {her cat} other {her # cats}}} other {cats}}",
        "&amp;",
        "&nbsp;",
        "&frac12;",
        "&#39;",
        "&#x1F600;",
        "`rm -rf /`",
        "`x`",
        "@bob",
        "@_bob_1",
        "@bob@mastodon.social",
        "#hashtag",
        "#北京",
        "snake_case",
        "utf8_decode",
        "main()",
    ],
    "number": [
        "5",
        "17",
        "3.5",
        "3,5",
        "1,000.50",
        "1.000,50",
        "1'000",
        "12:30",
        "1/2/2024",
        "2024-01-05",
        "192.168.0.1",
        "3-4",
        "50%",
        "50 %",
        "5‰",
        "½%",
        "20°",
        "20°C",
        "20 °C",
        "$5",
        "€3.50",
        "5€",
        "US$5",
        "R$12.50",
        "￥100",
        "10⁵",
        "10⁻⁵",
        "1½",
        "½",
        "1⁄2",
        "-5",
        "−5",
        "+49",
        "±3",
        "-$5",
        "-3.5%",
        "٣٫٥",
        "१२३",
        "３５",
        "3.5mm",
        "10.30am",
    ],
    "mark": [
        "<b>",
        "</b>",
        "<br/>",
        "<br />",
        '<a href="https://example.com/x">',
        "<x:tag>",
        "<h1>",
        "🌷",
        "❤️",
        "♥",
        "👍🏽",
        "👩\u200d👩\u200d👧",
        "👩🏽\u200d💻",
        "❤️\u200d🔥",
        "🏳️\u200d🌈",
        "🇩🇪",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "1️⃣",
        "#️⃣",
        "☎",
    ],
}
SPECIMENS = [(text, kind) for kind, texts in WHOLE.items() for text in texts]


@pytest.mark.parametrize(("text", "kind"), SPECIMENS)
@pytest.mark.parametrize(
    "sentence", ["{}", "see {}", "see {} and", "({})", "“{}”, or", "see {}.", "see {}, or", "{}！"]
)
def test_an_item_is_found_whole(text, kind, sentence):
    assert items_of(sentence.replace("{}", text)) == [(text, kind)]


# (A link may have Chinese characters, and a word of code has its own sign.)
IN_CHINESE = [
    *(text for text in WHOLE["number"] if not text.endswith("mm")),
    *WHOLE["mark"],
    *("bob@example.com", "example.com", "%s", "{name}", "`x`", "@bob", "snake_case", "main()"),
]


@pytest.mark.parametrize("text", IN_CHINESE)
def test_an_item_between_chinese_characters_is_found_whole(text):
    assert [found for found, _ in items_of(f"请看{text}在这里")] == [text]


@pytest.mark.parametrize("mark", "，。！；：、")
def test_chinese_punctuation_ends_a_link(mark):
    assert items_of(f"请看https://a.cn/x{mark}谢谢") == [("https://a.cn/x", "word")]
    assert items_of(f"请看（https://a.cn/x）{mark}") == [("https://a.cn/x", "word")]


NONE = [
    "",
    " ",
    "Plain words, nothing else.",
    "It's a well-known fact: don't!",
    "e.g. this, i.e. that, etc. and U.S. or a.m.",
    "What?! No... Yes; (perhaps) [or] “not” – who — knows",
    "end.Then a new one",
    "Mr.Smith",
    "foo.commerce",
    "his/her and and/or",
    "3rd A4 4x4 mp3 2nd 1990s b2b 5km v1.2.3",
    "AT&T; R&D; & so on",
    "a@b @ home # tag",
    "C# and F#",
    "5 < ",
    "我爱北京。你呢？",
    "これはペンです。",
    "سلام دنیا",
    "สวัสดีชาวโลก",
    "`",
    "a ` b",
    "{",
    "} {",
    "http:// and ://x",
    "www.",
    "()",
    "_ __ _a_",
    "x² and m³",
]


@pytest.mark.parametrize("text", NONE)
def test_a_sentence_without_items(text):
    assert [found for found, _ in items_of(text) if found not in ("5",)] == []


def test_numbers_are_items_only_if_asked_for():
    text = "see 5 cats, 50% at https://a.io/5 or {5}"
    links = [("https://a.io/5", "word"), ("{5}", "word")]
    assert items_of(text, numbers=False) == links
    assert items_of(text) == [("5", "number"), ("50%", "number"), *links]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from 3 to 5", ["3", "5"]),
        ("3–4", ["3", "4"]),
        ("x-5 or 3-5", ["5", "3-5"]),
        ("minus (-5)", ["-5"]),
        ('"-5"', ["-5"]),
        ("a=-5", ["-5"]),
        ("<b>5</b>", ["<b>", "5", "</b>"]),
        ("<b><i>x</i></b>", ["<b>", "<i>", "</i>", "</b>"]),
        ("a <b and c", []),
        ("🇩🇪🇫🇷", ["🇩🇪", "🇫🇷"]),
        ("🌷🌷", ["🌷", "🌷"]),
        ("%d%s", ["%d", "%s"]),
        ("{a}{b}", ["{a}", "{b}"]),
        ("{ {a}", ["{a}"]),
        ("{a} }", ["{a}"]),
        ("`a` b `c`", ["`a`", "`c`"]),
        ("see https://a.io/x?y=1, http://b.io.", ["https://a.io/x?y=1", "http://b.io"]),
        ("<https://a.io/x>", ["https://a.io/x"]),
        ("mailto:x@y.com", ["x@y.com"]),
        ("谢谢@bob和@amy", ["@bob", "@amy"]),
        ("谢谢3只猫2条狗", ["3", "2"]),
    ],
)
def test_neighbouring_items_are_apart(text, expected):
    assert [found for found, _ in items_of(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("we met Fatoumata Diallo", ["Fatoumata Diallo"]),
        ("we met Fatoumata and Diallo", ["Fatoumata", "Diallo"]),
        ("we met Fatoumata, Diallo", ["Fatoumata", "Diallo"]),
        ("O'Brien met Jean-Luc", ["O'Brien", "Jean-Luc"]),
        ("O’Brien and Oʼbrien", ["O’Brien", "Oʼbrien"]),
        ("J. R. R. Tolkien is in it", ["J. R. R. Tolkien"]),
        ("we met Zoltan. Brunhilde saw it", ["Zoltan", "Brunhilde"]),
        ("the 3rd A4", ["3rd A4"]),
        ("我叫安娜", ["安娜"]),
        ("我叫Anna", ["Anna"]),
        ("we saw Москва and Αθήνα", ["Москва", "Αθήνα"]),
        ("see ZZZ@example.com and ZZZ", ["ZZZ@example.com", "ZZZ"]),
        ("see <zzz> Zzz", ["<zzz>", "Zzz"]),
        ("Zzz 5 Zzz", ["Zzz", "5", "Zzz"]),
        ("Zzz🌷Zzz", ["Zzz", "🌷", "Zzz"]),
        ("see it", []),
    ],
)
def test_new_words_that_are_neighbours_are_one_item(text, expected):
    assert [found for found, _ in items_of(text, new=is_new)] == expected


def test_characters_that_cannot_be_read_are_marks():
    known = set("$=")
    text = "♪ see ~~~ the $ = | ∑∏ \ue000"
    expected = [(c, "mark") for c in ("♪", "~~~", "|", "∑∏", "\ue000")]
    assert items_of(text, readable=known.__contains__) == expected
    # What belongs to a number stays there, also beside other such characters.
    assert items_of("€$5 =+5", readable=lambda _: False) == [
        ("€", "mark"),
        ("$5", "number"),
        ("=", "mark"),
        ("+5", "number"),
    ]


PARTS = st.sampled_from(
    [text for text, _ in SPECIMENS]
    + [
        "see",
        "Zzz",
        " ",
        " ",
        ". ",
        "-",
        "$",
        "€",
        "<",
        ">",
        "{",
        "}",
        "@",
        "#",
        "我",
        "ʼ",
        "5",
        "🌷",
    ]
)


@given(st.lists(PARTS | st.text(max_size=4), max_size=8).map("".join), st.booleans())
def test_items_are_parts_of_the_text_in_order_and_never_overlap(text, numbers):
    items = find_items(text, numbers=numbers, is_new=is_new, is_readable=lambda c: c in "$")
    end = 0
    for item in items:
        assert end <= item.start < item.end
        assert text[item.start : item.end] == item.text
        end = item.end


UNITS = [
    *("a", "<", "{", "@", "1.", "1", "-", ".", "`", "%", "$", "&", "#", "_", "(", "/", "雪", "é"),
    *("a.", "a-", "a+", "a_", "a@", "a ", "w.", "www.", "http://", "a(", "a.b/", "a.b@", "ab.cd"),
    *("{}", "{{", "${", "{a", "{ {a}", "%(", "%(a", "%0", "%1$", "&a", "&#1", "<a", "<a ", "</"),
    *(
        "`a",
        "#a",
        "$1",
        "1,",
        "1 ",
        "1½",
        "-5 ",
        "½",
        "雪1",
        "O'",
        "A. ",
        "..",
        "🇩",
        "👩\u200d",
        "♪a",
    ),
]


def seconds_for(text):
    items_of("雪1%", readable=lambda _: False)  # compiles the patterns
    started = time.process_time()
    find_items(text, numbers=True, is_new=lambda _: True, is_readable=lambda _: False)
    return time.process_time() - started


@pytest.mark.parametrize("unit", UNITS)
def test_hostile_lines_take_linear_time(unit):
    # It begins with what opens an item and is never closed. (A search that goes back over the line
    # again and again takes minutes.)
    assert seconds_for("{`%" + unit * (20_000 // len(unit)) + "!") < 0.5


@pytest.mark.parametrize("unit", ["a", "<", "{", "@", "1.", "a."])
def test_a_hundred_thousand_characters_take_a_second(unit):
    assert seconds_for("`" + unit * (100_000 // len(unit))) < 1.0


def test_symbols_are_no_text():
    for symbol in SYMBOLS:
        with pytest.raises(UnicodeEncodeError):
            symbol.encode()


@example("see example.de")
@example("f()")
@given(st.text(st.characters(max_codepoint=0x7F)))
def test_ascii_text_is_searched_for_the_same_with_its_own_patterns(text):
    for pattern, ascii_pattern in (
        (words._WORD, words._ASCII_WORD),
        (carryover._CHARACTER, carryover._ASCII_CHARACTER),
    ):
        assert ascii_pattern.findall(text) == compiled(pattern).findall(text)
    assert bool(carryover._ASCII_SIGN.search(text)) == bool(compiled(carryover._SIGN).search(text))
