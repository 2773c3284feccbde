"""Text in one spelling, without loss of meaning; text without differences of case.

`normalize` is for both sides: invisible characters go. `normalize_source` is for sources, which
people type in many ways: width, ligatures, quotes, dashes and white space become the usual ones.
`fold` is for comparing words. All three are idempotent, and canonically equivalent texts (composed
or decomposed) give the same.

Characters are listed as ranges of regular expressions. The large ones are compiled when a text
first needs them, so that plain text does not wait for them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache

# White space that ends a line or a cell; each becomes a space.
_BREAKS = "\t-\r\x1c-\x1f\x85\u2028\u2029"
# Never needed: controls, the soft hyphen, marks of direction, the word joiner, the byte order mark,
# annotations, and the variation selectors of Han characters and symbols.
_REMOVED = (
    "\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0d\ufeff\ufff9-\ufffb\U000e0001\U000e0100-\U000e01ef"
)
# Needed by some scripts and emoji: see _NEEDED.
_HANGUL_FILLERS = "\u115f\u1160\u3164\uffa0"
_CONDITIONAL = f"\u034f\u180b-\u180f\u200b-\u200d\ufe0e\ufe0f\U000e0020-\U000e007f{_HANGUL_FILLERS}"

# Letters, marks and digits of scripts in which joiners change words or their look: Arabic, Syriac,
# N'Ko and the like, Indic scripts, Tibetan, Burmese, Khmer, Mongolian, and those further east.
_JOINING = (
    "\u0610-\u061a\u0620-\u0669\u066e-\u06d3\u06d5-\u06ff\u0710-\u077f\u07ca-\u07fa\u0840-\u085b"
    "\u0860-\u0963\u0966-\u096f\u0971-\u0df3\u0f18-\u0f39\u0f3e-\u0fbc\u1000-\u1049\u1050-\u109f"
    "\u1700-\u1734\u1740-\u17d3\u17dc-\u17e9\u1807\u1810-\u18aa\u1900-\u1c4f\u1cd0-\u1cfa"
    "\ua800-\ua873\ua880-\ua8cd\ua8d0-\ua92d\ua930-\ua95e\ua980-\ua9c0\ua9cf-\uaaf6\uabc0-\uabf9"
    "\ufb50-\ufdfb\ufe70-\ufefc\U00010a00-\U00010fff\U00011000-\U00011fff\U0001e900-\U0001e959"
)
# Southeast Asian scripts without spaces, in which U+200B parts words: Thai, Lao, Burmese, Khmer,
# Tai, Balinese, Javanese, Cham.
_PARTED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59\u0e81-\u0edf\u1000-\u1049\u1050-\u109f\u1780-\u17d3"
    "\u17dc-\u17e9\u1950-\u19da\u1a20-\u1a99\u1b00-\u1b59\ua980-\ua9c0\ua9cf-\uaa59\uaa60-\uaadd"
)
_MONGOLIAN = "\u1807\u1810-\u18aa"
_JAMO = (
    "\u1100-\u115e\u1161-\u11ff\u3131-\u3163\u3165-\u318e\ua960-\ua97f\ud7b0-\ud7ff\uffa1-\uffdc"
)
_EMOJI = (
    "©®‼⁉™ℹ\u2194-\u21aa\u231a-\u23ff\u24c2\u25a0-\u27bf\u2934\u2935\u2b05-\u2b55〰〽㊗㊙"
    "\U0001f000-\U0001faff"
)
# What `normalize_source` may replace: all that `source_table` has, and some more.
_REPLACEABLE = "`´ĲĳĿŀŉǄ-ǌǱ-ǳʹʻʼ\u055a\u05f3\u05f4\u2010-\u2015\u2018-\u201f…′″\u2212\ufb00-\uffee"
_WORD = rf"(?![{_REPLACEABLE}])[^\W_]"  # a letter or digit that stays one in a source

_INVISIBLE = re.compile(f"[{_BREAKS}{_REMOVED}{_CONDITIONAL}]")
_DROPPED = re.compile(f"[{_REMOVED}]+")
_SPACE = re.compile(f"[{_BREAKS}]")
_RUN = re.compile(f"([{_CONDITIONAL}]+)")
# The flag of Scotland is 🏴 and "gbsct" in tags, of which the last one is a cancel tag.
_FLAG_BASE = "\U0001f3f4"
_FLAG_TAGS = "[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
# An invisible character that is needed between the characters before and after it.
_NEEDED = "|".join(
    (
        f"[{_JOINING}]\u200d.?|.?\u200d[{_JOINING}]",
        f"[{_JOINING}]\u200c(?:[{_JOINING}]|{_WORD})|{_WORD}\u200c[{_JOINING}]",
        f"[{_PARTED}]\u200b[{_PARTED}]",
        f"[{_MONGOLIAN}](?:[\u180b-\u180d\u180f].?|\u180e[{_MONGOLIAN}])",
        f"[{_JAMO}][{_HANGUL_FILLERS}].?|.?[{_HANGUL_FILLERS}][{_JAMO}]",
        "[\u0591-\u05ea]\u034f[\u0591-\u05c7]",  # keeps Hebrew points in their order
        f"[{_EMOJI}](?:[\ufe0e\ufe0f].?|\u200d[{_EMOJI}])",
        "[0-9#*]\ufe0f\u20e3",  # keycaps
    )
)

_EAST_ASIAN = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # `is_east_asian`
_EAST_ASIAN_MARKS = (
    "、。〃〈-】〔-〟！（），．：；？［］｛｝｟-･\ufe10-\ufe19\ufe30-\ufe44\ufe47\ufe48"
)
_EAST_ASIAN_TEXT = f"[{_EAST_ASIAN}{_EAST_ASIAN_MARKS}\uff66-\uff9f]"
_EAST_ASIAN_SPACE = f" (?<={_EAST_ASIAN_TEXT} )(?={_EAST_ASIAN_TEXT})"
_MAY_BE_EAST_ASIAN = re.compile("[^\0-\u3000]")

# Blocks of characters that are others in another width or form.
_FORMS = (
    *range(0x0132, 0x0134),  # Ĳ ĳ
    *(0x013F, 0x0140, 0x0149),  # Ŀ ŀ ŉ
    *range(0x01C4, 0x01CD),  # Ǆ to ǌ
    *range(0x01F1, 0x01F4),  # Ǳ to ǳ
    *range(0xFB00, 0xFB50),  # ligatures: Latin, Armenian, Hebrew
    *range(0xFB50, 0xFE00),  # Arabic
    *range(0xFE10, 0xFE70),  # vertical and small punctuation
    *range(0xFE70, 0xFEFD),  # Arabic
    *range(0xFF01, 0xFFA0),  # full and half width, except the filler U+FFA0
    *range(0xFFA1, 0xFFEF),
)
_LETTER_FORMS = ("<compat>", "<font>", "<initial>", "<medial>", "<final>", "<isolated>")
_OTHER_FORMS = ("<wide>", "<narrow>", "<small>", "<vertical>")

_PLAIN = {
    **dict.fromkeys("‘’‚‛′`´ʹʻʼ\u055a\u05f3", "'"),
    **dict.fromkeys("“”„‟″\u05f4", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    "…": "...",
}
_MAY_BE_REPLACED = re.compile(f"[ｦ-ﾝ][ﾞﾟ]|[{_REPLACEABLE}]")

_ABOVE = "\u0300-\u0306\u0308-\u0314\u033d-\u0344\u0346\u034a-\u034c\u0350-\u0352"
_BELOW = "\u0315-\u033c"  # marks that do not touch the dot of an i
_DOT_OF_I = re.compile(f"(i[{_BELOW}]*)\u0307+")
_LITHUANIAN_DOT = re.compile(f"([ij][{_BELOW}]*)\u0307*(?=([{_ABOVE}]?))")
_TURKISH_I = str.maketrans("Iİ", "ıi")
# The patterns by the names that they have in the scripts of a page.
PATTERNS = {
    "invisible": _INVISIBLE.pattern,
    "dropped": _DROPPED.pattern,
    "break": _SPACE.pattern,
    "conditional": _RUN.pattern,
    "flagTags": _FLAG_TAGS,
    "needed": _NEEDED,
    "eastAsianSpace": _EAST_ASIAN_SPACE,
    "replaceable": _MAY_BE_REPLACED.pattern,
    "dotOfI": _DOT_OF_I.pattern,
    "lithuanianDot": _LITHUANIAN_DOT.pattern,
}
# Longer runs of invisible characters, which no text needs, are not kept in the RAM.
LONGEST_CACHED = 100
# In Turkish, ı is about one character of 25; elsewhere it is rare.
_TURKISH_SHARE = 0.02


def normalize(text: str) -> str:
    """The text in NFC, stripped, without invisible characters; tabs and line ends become spaces.

    Joiners, variation selectors and zero-width spaces stay where a script or an emoji needs them.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    text = unicodedata.normalize("NFC", text)
    if _INVISIBLE.search(text):
        text = _drop_invisible(text)
    return text.strip()


def normalize_source(text: str) -> str:
    """`normalize`, and width, ligatures, quotes, dashes and white space in the usual form.

    Spaces within Chinese and Japanese are removed. Case, superscripts, fractions and signs stay.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.replace("`", "'").split())
    text = " ".join(normalize(text).split())
    if " " in text and _MAY_BE_EAST_ASIAN.search(text):
        text = re.sub(_EAST_ASIAN_SPACE, "", text)
    text = _MAY_BE_REPLACED.sub(_usual_form, text)
    return unicodedata.normalize("NFC", text)


def fold(text: str, locale: str = "") -> str:
    """The text in lower case and NFC, to compare words. Unlike `str.casefold`, ß is not ss.

    `locale` is a BCP 47 tag, of which the language counts. Turkish and Azeri (tr, az): I becomes ı.
    Lithuanian (lt): i, į and j have a dot above (U+0307) exactly where another accent is above
    them. Else i has none, so that İ is i (Unicode's SpecialCasing.txt would leave the dot).
    """
    language = _language(locale) if locale else ""
    if language in ("tr", "az"):
        text = unicodedata.normalize("NFC", text).translate(_TURKISH_I)
    text = text.lower()
    if text.isascii():
        return text
    if language == "lt":
        text = _LITHUANIAN_DOT.sub(_dot_under_accent, unicodedata.normalize("NFD", text))
    elif "\u0307" in text:
        text = _DOT_OF_I.sub(r"\1", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", text)


def find_locale(texts: Iterable[str]) -> str:
    """The locale `tr` if more than 2 % of the characters are ı or İ, as in Turkish, Azeri and
    Crimean Tatar; else an empty string."""
    dotless = characters = 0
    for text in texts:
        dotless += text.count("ı") + text.count("İ")
        characters += len(text)
    return "tr" if dotless > _TURKISH_SHARE * characters else ""


def _drop_invisible(text: str) -> str:
    text = unicodedata.normalize("NFC", _SPACE.sub(" ", _DROPPED.sub("", text)))
    # What is dropped may make new neighbours of others, hence the loop.
    while (shorter := unicodedata.normalize("NFC", _drop_unneeded(text))) != text:
        text = shorter
    return text


def _drop_unneeded(text: str) -> str:
    parts = _RUN.split(text)  # text, run, text, run, …, text
    for i in range(1, len(parts), 2):
        find_needed = _needed if len(parts[i]) <= LONGEST_CACHED else _needed.__wrapped__
        parts[i] = find_needed(parts[i - 1][-1:], parts[i], parts[i + 1][:1])
    return "".join(parts)


@lru_cache(10_000)
def _needed(before: str, run: str, after: str) -> str:
    """The invisible characters of a run that are needed between two characters, each once."""
    if before == _FLAG_BASE and (tags := re.match(_FLAG_TAGS, run)):
        return tags[0]
    needed = ""
    for character in run:
        is_new = not needed.endswith(character)
        if is_new and re.fullmatch(_NEEDED, before + character + after, re.DOTALL):
            needed += character
    return needed


def _usual_form(match: re.Match[str]) -> str:
    table, text = source_table(), match[0]
    return table[text] if text in table else "".join(table.get(c, c) for c in text)


@cache
def source_table() -> dict[str, str]:
    """The characters that `normalize_source` replaces, and pairs of a kana and its voicing mark.

    Left out are signs made of words (﷼ ﷺ) and Arabic marks that decompose into a space and a mark.
    """
    table = dict(_PLAIN)
    for character in map(chr, _FORMS):
        form, *codes = unicodedata.decomposition(character).split() or [""]
        is_letter = unicodedata.category(character).startswith("L")
        if form in _OTHER_FORMS or (form in _LETTER_FORMS and is_letter and "0020" not in codes):
            plain = (chr(int(code, 16)) for code in codes)
            table[character] = "".join(_PLAIN.get(c, c) for c in plain)
    for half, mark, alone in (("ﾞ", "\u3099", "゛"), ("ﾟ", "\u309a", "゜")):
        table[half] = alone  # not a combining mark, which could change the character before it
        for kana in map(chr, range(ord("ｦ"), ord("ﾝ") + 1)):
            composed = unicodedata.normalize("NFC", table[kana] + mark)
            if len(composed) == 1:
                table[kana + half] = composed
    return table


@cache
def _language(locale: str) -> str:
    return re.split("[-_]", locale)[0].lower()


def _dot_under_accent(letter: re.Match[str]) -> str:
    return letter[1] + ("\u0307" if letter[2] else "")
