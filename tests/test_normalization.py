import random
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqcli.data import normalization
from seqcli.data.normalization import find_locale, fold, normalize, normalize_source
from seqcli.data.pairs import make_pair
from seqcli.data.text import is_east_asian

FAMILY = "👨\u200d👩\u200d👧"
SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"

# Arbitrary text, and text of the characters that meet in the rules.
SPECIAL = (
    "aiIjJİıſẞßΣσς1½²`´'’ʼ…—−\u0300\u0301\u0307\u0323\u0328\u0338\u3099 \t\u00a0\u3000\x00\x85"
    "\xad\u034f\u200b\u200c\u200d\u200e\ufeff\ufe0e\ufe0f\U000e0067\U000e007f\U000e0100"
    "بهیًﺏﷲﷺकक्ରമലกำข\u0e4dកမᠠ\u180b\u180e가ㄱ\uffa1\u1160\u3164\uffa0가א\u05b7\u05bf״"
    "我爱かカｶﾞ，。！ｆ１＝❤👩🏽🏳🏴♀↔1#\u20e3©ﬁﬅǆǅŉﬡĳŀ"
)
texts = st.one_of(st.text(), st.text(st.sampled_from(SPECIAL), max_size=12))


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("  i love beijing \n", "i love beijing"),
        ("e\u0301te\u0301", "été"),
        ("i lo\xadve beijing", "i love beijing"),
        ("bei\u200bhai\u2060 \u200epark\ufeff", "beihai park"),
        ("\ufeffline", "line"),
        ("\u200b", ""),
        (" \u200b\ufeff\xad ", ""),
        ("\u2067שלום\u2069 \u202ab\u202c \u061cب\u200f", "שלום b ب"),
        ("bell\a, escape\x1b[, delete\x7f, C1\x9b", "bell, escape[, delete, C1"),
        ("be\0ll\a", "bell"),
        ("a\tb\r\nc", "a b  c"),
        ("a\tb\nc\r\nd\x0be\x85f\u2028g", "a b c  d e f g"),
        ("a\U000e0041\U000e0001b", "ab"),  # tag characters outside a flag
        ("葛\U000e0100飾区 a\ufe0f ∩\ufe00", "葛飾区 a ∩"),
        ("e\u200b\u0301", "é"),  # dropped between a letter and its accent
        ("1\ufe0f2", "12"),
        ("Auf\u200clage", "Auflage"),
        ("a\u034fb", "ab"),
        ("a\u3164b\uffa0 \u115f", "ab"),
        ("cafe\u00a0au  lait — “né”…", "cafe\u00a0au  lait — “né”…"),
    ],
)
def test_invisible_characters_are_dropped(typed, text):
    assert normalize(typed) == text


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # Persian: ZWNJ within a word
        "PDF\u200cها",
        "۵۰\u200cهزار",
        "ه\u200d",  # Arabic: the initial form alone, an abbreviation
        "क्\u200dष क्\u200cष",  # Devanagari
        "ന്\u200d",  # Malayalam: an older chillu
        "ශ්\u200dරී",  # Sinhala
        "র\u200d্য",  # Bengali
        "ᠠ\u180b ᠭ\u180eᠠ ᠨ\u200d",  # Mongolian
        "ܫ\u200cܠ",  # Syriac
        "ខ្ញុំ\u200bស្រឡាញ់",  # ZWSP parts words in Khmer,
        "ฉัน\u200bรัก",  # Thai,
        "ຂ້ອຍ\u200bຮັກ",  # Lao
        "မြန်မာ\u200bစာ",  # and Burmese.
        "ᄀ\u1160 \u115fᅡ",  # Hangul letters without a vowel or a consonant
        "ל\u05b7\u034f\u05b4",  # Hebrew points that shall not change places
        f"{FAMILY} 👩🏽\u200d⚕\ufe0f 🏳\ufe0f\u200d🌈 ❤\ufe0f ☎\ufe0e 1\ufe0f\u20e3 {SCOTLAND} 🇩🇪",
    ],
)
def test_invisible_characters_stay_where_a_script_or_an_emoji_needs_them(text):
    assert normalize(text) == text
    assert normalize_source(text) == text
    assert make_pair(text, text) == (text, text)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("می\u200c\u200cخواهم", "می\u200cخواهم"),  # typed twice
        ("می\u200b\u200c\xadخواهم", "می\u200cخواهم"),  # among others
        ("می\u200c خواهم\u200c.", "می خواهم."),  # at the end of a word, no effect
        ("ฉัน\u200b รัก\u200bhim", "ฉัน รักhim"),
        ("👩\u200d a👩\u200db 🏴\U000e0067\U000e0062 \ufe0f❤", "👩 a👩b 🏴 ❤"),
        ("ب\ufe0fب", "بب"),
        ("我\u200b爱\u200d北京\ufe0f", "我爱北京"),
    ],
)
def test_invisible_characters_are_dropped_where_they_are_not_needed(typed, text):
    assert normalize(typed) == text


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("ｆｕｌｌ　ｗｉｄｔｈ！（１２％）", "full width!(12%)"),
        ("ｶﾞｷﾞ､ﾊﾟﾝ｡ｳﾞ ｱﾞ ﾡￂ", "ガギ、パン。ヴア゛ ㄱㅏ"),
        ("￥５ ￡６", "¥5 £6"),
        ("ﬁne ﬂower eﬀect oﬃce waﬄe ﬅﬆ", "fine flower effect office waffle ſtst"),
        ("ǅungla ĳs coŀlega COĿLEGA ŉ", "Džungla ijs col·lega COL·LEGA 'n"),
        ("ﺳﻼﻡ ﷲ", "سلام الله"),
        ("ﬓ ﭏ ﬡ", "մն אל א"),
        ("well… ︙ ﹙a﹚﹐b", "well... ... (a),b"),
        ("‘a’ ‚b‛ “c” „d‟", "'a' 'b' \"c\" \"d\""),
        ("it´s it`s it’s it′s", "it's it's it's it's"),
        ("сімʼя сім'я сімʹя oʻzbek", "сім'я сім'я сім'я o'zbek"),
        ("צה״ל ג׳", "צה\"ל ג'"),
        ("5′11″", "5'11\""),
        ("a‐b‑c‒d–e—f―g", "a-b-c-d-e-f-g"),
        ("−5 ﹣5 －5", "-5 -5 -5"),
        ("10\u00a0000\u202f000 \u2009a \t b\n", "10 000 000 a b"),
        ("我 爱 北京", "我爱北京"),
        ("我 爱 北京 ！ 你 好 。", "我爱北京!你好。"),
        ("私 は ﾈｺ です", "私はネコです"),
        ("我 love 你 3 个", "我 love 你 3 个"),
        ("我 １２ 个 Ａ", "我 12 个 A"),
        ("나는 너를 사랑해", "나는 너를 사랑해"),
        ("ฉัน รัก คุณ", "ฉัน รัก คุณ"),
        ("i lo\xadve bei\u200bjing", "i love beijing"),
        ("be\0ll\a\tx", "bell x"),
        ("\u200b", ""),
        ("", ""),
    ],
)
def test_what_people_type_in_many_ways_becomes_one(typed, text):
    assert normalize_source(typed) == text
    assert normalize_source(unicodedata.normalize("NFD", typed)) == text


@pytest.mark.parametrize(
    "text",
    [
        "10⁵ 105 x² x2 H₂O",
        "1½ ¾ ⅓",
        "① ㎡ ™ № ℃ ㊗ Ⅷ ª",
        "น้ำ ลำ ນ້ຳ",
        "«a» ‹b› 「c」『d』",
        "Maße Masse MASSE İstanbul ıſẞß",
        "-5 50% 3,5 $9.99 #tag @me a_b ~ | \\ ^",
        "և ﷺ ﷼",
        "œuvre æ ø",
        "🌷 ♪ ===== $$$",
        "καλός ΟΔΟΣ",
    ],
)
def test_a_source_keeps_what_matters(text):
    assert normalize_source(text) == text
    assert normalize(text) == text


@given(texts)
def test_normalizing_again_changes_nothing(text):
    for function in (normalize, normalize_source):
        once = function(text)
        assert function(once) == once
        assert normalize(once) == once
        assert unicodedata.is_normalized("NFC", once)
    assert normalize_source(normalize(text)) == normalize_source(text)
    assert normalize_source(text) == " ".join(normalize_source(text).split())


@given(texts)
def test_composed_and_decomposed_texts_are_one(text):
    for form in ("NFC", "NFD"):
        spelled = unicodedata.normalize(form, text)
        assert normalize(spelled) == normalize(text)
        assert normalize_source(spelled) == normalize_source(text)
        for locale in ("", "tr", "lt"):
            assert fold(spelled, locale) == fold(text, locale)


def letters_and_digits(text):
    """The letters and digits under compatibility decomposition, without apostrophes, which Unicode
    counts as letters, and without the fillers, which are invisible."""
    characters = unicodedata.normalize("NFKD", text)
    return [
        c for c in characters if unicodedata.category(c)[0] in "LN" and c not in "ʹʻʼ\u115f\u1160"
    ]


@given(texts)
def test_no_letter_or_digit_is_lost(text):
    assert letters_and_digits(normalize_source(text)) == letters_and_digits(text)
    assert letters_and_digits(normalize(text)) == letters_and_digits(text)


def every_character():
    surrogates = range(0xD800, 0xE000)
    return [chr(code) for code in range(sys.maxunicode + 1) if code not in surrogates]


def test_no_letter_or_digit_of_any_script_is_lost():
    for character in every_character():
        if unicodedata.category(character)[0] in "LN" and character not in "\u115f\u1160\u3164ﾠ":
            assert normalize(character) == unicodedata.normalize("NFC", character)
            source = normalize_source(character)
            assert letters_and_digits(source) == letters_and_digits(character)
            assert normalize_source(source) == source


def test_a_source_changes_only_in_known_blocks():
    """The quick search knows every character of the table, and the table no other script."""
    table = normalization.source_table()
    assert all(map(normalization._MAY_BE_REPLACED.match, table))
    changed = {c for c in every_character() if c.isprintable() and normalize_source(c) != c}
    composed = {c for c in changed if unicodedata.normalize("NFC", c) != c}
    blocks = {f"{ord(c) >> 8:02x}" for c in changed - composed - set("\u034f\u3164")}
    assert blocks <= {
        "00",
        "01",
        "02",
        "05",
        "11",
        "18",
        *("20", "22", "fb", "fc", "fd", "fe", "ff", "e01"),
    }


def test_east_asian_characters_are_those_of_the_pieces():
    for character in every_character():
        if is_east_asian(character):
            # A mark above kana joins the character before it.
            joined = unicodedata.normalize("NFC", f"我{character}")
            assert normalize_source(f"我 {character}") == joined


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_changes_only_in_spaces_and_apostrophes(text):
    assert normalize(text) == text.strip()
    assert normalize_source(text) == " ".join(text.replace("`", "'").split())


@given(texts)
def test_ascii_letters_and_digits_never_change(text):
    def plain(text):
        return [c for c in text if c.isascii() and c.isalnum()]

    # Without what becomes ASCII (fullwidth letters) and accents, which join their letters
    others = [c for c in text if c.isascii() or unicodedata.normalize("NFKD", c) == c]
    bare = "".join(c for c in others if not unicodedata.combining(c))
    assert plain(normalize(bare)) == plain(normalize_source(bare)) == plain(bare)


@pytest.mark.parametrize(
    ("text", "locale", "folded"),
    [
        ("Maße MASSE ẞ", "", "maße masse ß"),
        ("ΟΔΟΣ Σίσυφος", "", "οδος σίσυφος"),
        ("İSTANBUL İ I", "", "istanbul i i"),
        ("KISIM KIZ İSTANBUL", "tr", "kısım kız istanbul"),
        ("KISIM KIZ İSTANBUL", "tr-TR", "kısım kız istanbul"),
        ("QIZ İLDIRIM", "az-Latn-AZ", "qız ildırım"),
        ("KIZ", "TR_tr", "kız"),
        ("I\u0307STANBUL i\u0307", "tr", "istanbul i"),
        ("MİLLÎ", "tr", "millî"),
        ("KIZ TRI", "trv", "kiz tri"),  # another language that begins with tr
        ("KIZ", "en-TR", "kiz"),
        (
            "ÍÌĨ J\u0301 Į\u0303",
            "lt",
            "i\u0307\u0301i\u0307\u0300i\u0307\u0303 j\u0307\u0301 į\u0307\u0303",
        ),
        ("í i\u0307\u0301 I J Į i\u0307", "lt", "i\u0307\u0301 i\u0307\u0301 i j į i"),
        ("ŽĖ", "lt", "žė"),
        ("Í", "", "í"),
        ("İ\u0307", "", "i"),
        ("i\u0307\u0307\u0301 i\u0307\u0307", "lt", "i\u0307\u0301 i"),
        ("I\u0323\u0307 ġ Ġ", "", "ị ġ ġ"),
        ("J\u030c", "", "ǰ"),
        ("x² Ⅷ ＡＢ 我", "", "x² ⅷ ａｂ 我"),
    ],
)
def test_fold(text, locale, folded):
    assert fold(text, locale) == folded


@given(texts, st.sampled_from(["", "tr", "az", "lt", "de"]))
def test_folding_again_changes_nothing(text, locale):
    folded = fold(text, locale)
    assert fold(folded, locale) == folded
    assert unicodedata.is_normalized("NFC", folded)


def test_locale_of_turkish_texts():
    turkish = ["Kız burada.", "Yarın akşam dışarı çıkalım mı?", "Bu ne?"]
    assert find_locale(turkish) == "tr"
    assert find_locale(["KIZ BURADA", "İZMİR'DE BİR EV"]) == "tr"
    assert find_locale(["Qız buradadır.", "Mən səni sevirəm, bacım."]) == "tr"


def test_locale_of_other_texts():
    assert find_locale([]) == find_locale([""]) == ""
    assert find_locale(["Die Straße ist lang.", "我爱北京"]) == ""
    # A name in many lines of another language
    assert find_locale(["Yılmaz lives in the old town.", *["He likes to walk there."] * 9]) == ""


def test_pairs_are_normalized_on_both_sides():
    pair = make_pair(" lo\xadve\t“it’s” ", "lie\u200bbe e\u0301 １\u2028b")
    assert pair == ("love “it’s”", "liebe é １ b")


def test_a_long_text_of_all_that_is_special():
    """Neighbours that hypothesis rarely finds."""
    text = "".join(random.Random(1).choices(SPECIAL, k=200_000))
    once = normalize_source(text)
    assert normalize_source(once) == normalize(once) == once
    assert normalize_source(unicodedata.normalize("NFD", text)) == once
    assert letters_and_digits(once) == letters_and_digits(text)
