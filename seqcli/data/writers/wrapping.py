"""Where a line of text may break, how wide text is, and text divided into parts."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise
from string import whitespace

from seqcli.data.text import END_MARKS

TAG = re.compile(r"<(?:/?[^\W\d_]|\d\d:)[^<>]*+>")  # those with digits are times of WebVTT
CLOSERS = "\"'”’»›)]}）」』】》 \t"
_PAUSE_MARKS = (*END_MARKS, ",", ";", ":", "、", "，", "；", "：")

_WIDE = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han, kana
_OPENING = "（［｛「『【《〈〔“‘"
_CLOSING = "）］｝」』】》〉〕”’、。，．！？：；…ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々"
_WORD = (  # in which tags may be, as in <b>un</b>like
    rf"(?:[^\s{_WIDE}{_OPENING}<]++|<[^<>]++>(?=[^\s{_WIDE}{_OPENING}])|<(?![^<>]++>))++"
)
_UNIT = re.compile(
    rf"(?:[{_OPENING}]|<[^/<>][^<>]*+>)*+(?:[{_WIDE}]|{_WORD})?+(?:[{_CLOSING}]|</[^<>]*+>)*+\s*+",
    re.ASCII,  # so that \s is no space that does not break
)


def split_units(text: str) -> list[str]:
    """The parts of a text between which a line may break; joined they are the text.

    A part is a word or an East Asian character, with the punctuation and tags at it and the spaces
    after it.
    """
    return [unit for unit in _UNIT.findall(text) if unit]


def divide(text: str, shares: Sequence[int]) -> list[str]:
    """A text in as many parts as there are shares, of such relative widths, without the spaces
    between them. A part ends after punctuation if possible. None is empty unless there are too few
    words and East Asian characters."""
    units = split_units(text.strip(whitespace))
    texts = [TAG.sub("", unit) for unit in units]
    ends = list(accumulate(map(columns, texts), initial=0))
    pauses = [False, *(each.rstrip(CLOSERS).endswith(_PAUSE_MARKS) for each in texts)]
    scale = ends[-1] / sum(shares)
    preference = ends[-1] / len(shares) / 4  # columns that a part may differ for a pause
    cuts = [0]
    for number, target in enumerate(accumulate(shares[:-1]), start=1):
        first, last = cuts[-1] + 1, len(units) - (len(shares) - number)
        if first > last:  # too few units
            cuts.append(min(first, len(units)))
            continue
        low = bisect_left(ends, target * scale - preference, first, last)
        high = bisect_left(ends, target * scale + preference, low, last)
        places = range(max(first, low - 1), high + 1)
        costs = [abs(ends[i] - target * scale) - preference * pauses[i] for i in places]
        cuts.append(places[costs.index(min(costs))])
    parts = ("".join(units[start:end]) for start, end in pairwise([*cuts, len(units)]))
    return [part.strip(whitespace) for part in parts]


def plain(text: str) -> str:
    """What is to be read of a text, without its tags and the spaces around it."""
    return TAG.sub("", text).strip()


def columns(text: str) -> int:
    """How wide a text is in a font of fixed width: East Asian characters count as two."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
