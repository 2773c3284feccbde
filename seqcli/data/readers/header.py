"""The first row of a table: names of its columns, or already a pair."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Names of the two columns of a pair, in the same order.
SOURCE_NAMES = ("source", "src", "source text", "source_text", "original", "input", "question")
TARGET_NAMES = ("target", "tgt", "target text", "target_text", "translation", "output", "answer")

_OTHER_NAMES_TEXT = (
    "trg id ids no nr # index key score scores similarity laser_score bleu url source_url "
    "target_url src_url tgt_url text sentence sentences reference hypothesis lang source_lang "
    "target_lang comment comments note notes context domain license licence split file "
    "source_sentence target_sentence sentence1 sentence2 date author user"
)
# Two-letter tags of ISO 639-1, and a few longer ones that files use.
_TAGS_TEXT = (
    "aa ab af ak am ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de "
    "dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy "
    "hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb "
    "lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj "
    "om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su "
    "sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh "
    "zu yue cmn wuu eng deu ger fra fre spa rus jpn kor zho chi ita por nld dut"
)
# Tags that are words of a large language, too: a list of words may begin with two of them.
_ALSO_WORDS_TEXT = (
    "am as be bi da de du el en es et fa ha he hi ho id ie in io is it la li lo ma me mi mo my "
    "na ne no nu on or os pa se si so su ta te ti to tu um us ve vi vo wo"
)
# Names of languages, each followed by its tag.
_LANGUAGES_TEXT = (
    "arabic ar bulgarian bg catalan ca chinese zh croatian hr czech cs danish da dutch nl english "
    "en estonian et finnish fi french fr german de greek el hebrew he hindi hi hungarian hu "
    "indonesian id italian it japanese ja korean ko latvian lv lithuanian lt mandarin zh norwegian "
    "no persian fa polish pl portuguese pt romanian ro russian ru serbian sr slovak sk slovenian "
    "sl spanish es swedish sv thai th turkish tr ukrainian uk vietnamese vi 中文 zh 英文 en "
    "英语 en 汉语 zh 日语 ja"
)
_OTHER_NAMES, _TAGS, _ALSO_WORDS = (
    frozenset(words.split()) for words in (_OTHER_NAMES_TEXT, _TAGS_TEXT, _ALSO_WORDS_TEXT)
)
_LANGUAGE_WORDS = _LANGUAGES_TEXT.split()
_LANGUAGES = dict(zip(_LANGUAGE_WORDS[::2], _LANGUAGE_WORDS[1::2], strict=True))
# Names of columns, or keys, that number the rows.
NUMBERING_NAMES = frozenset(("id", "ids", "key", "index", "idx", "uid", "nr", "#"))
_TAG = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{2,8})*)")


def is_language_tag(name: str) -> bool:
    """Whether a name is a language tag, such as `en`, `zh-CN` or `pt_BR`."""
    match = _TAG.fullmatch(name.strip())
    return match is not None and match[1].lower() in _TAGS


def language_of(name: str) -> str:
    """The tag of the language that a name says, `en` for `English` and for `en`; an empty string if
    it says none."""
    name = name.strip().lstrip("\ufeff")
    return name if is_language_tag(name) else _LANGUAGES.get(name.lower(), "")


def names_column(cell: str) -> bool:
    """Whether a cell may be the header of the only column of a table."""
    name = cell.strip().lower().lstrip("\ufeff")
    return name in SOURCE_NAMES or name in _OTHER_NAMES or name in _LANGUAGES


def is_header(cells: Sequence[str], *, languages_needed: int = 2) -> bool:
    """Whether a first row names its columns: the usual names, languages, or language tags that
    cannot all be words of a text."""
    names = [cell.strip().lower().lstrip("\ufeff") for cell in cells if cell.strip()]
    if len(names) < 2 or len(set(names)) < len(names):
        return False
    known = {*SOURCE_NAMES, *TARGET_NAMES, *_OTHER_NAMES}
    tags = [name for name in names if is_language_tag(name)]
    languages = [name for name in names if name in _LANGUAGES]
    others = [name for name in names if name in known]
    if len(tags) + len(languages) + len(others) < len(names):
        return False
    if len(languages) == len(names) == 2 or len(tags) == len(names):
        # (A list of words may begin with chinese/中文.)
        return not _ALSO_WORDS.issuperset(names) and len({n.isascii() for n in names}) == 1
    has_role = not {*SOURCE_NAMES, *TARGET_NAMES}.isdisjoint(names)
    return has_role or len({*tags, *languages} - {"id"}) >= languages_needed
