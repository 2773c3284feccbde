"""The sentences of a line whose words are heard one by one."""

from __future__ import annotations

from typing import NamedTuple

from seqcli.data.heard_words import heard_words
from seqcli.decoding.sentences import split_sentences

# So much of a text is looked at to tell whether a sentence has ended.
_WINDOW = 300


class HeardSentence(NamedTuple):
    """A sentence of a line. One that is `followed` is known to have ended when the first word after
    it has been heard."""

    text: str
    followed: bool


def heard_sentences(text: str, *, split: bool = True) -> list[HeardSentence]:
    """The sentences of a text; the text alone unless it is `split`.

    Whether a sentence has ended is told by the first word after it, or never: it does not depend on
    what is heard later.
    """
    cuts = [0]
    place, before = 0, ""
    for word in heard_words(text) if split else ():
        if before and _ends_before(text[max(cuts[-1], place - _WINDOW) : place], word):
            cuts.append(place + len(word) - len(word.lstrip()))
        place, before = place + len(word), word
    ends = [*cuts[1:], len(text)]
    return [
        HeardSentence(text[begin:end], followed=end < len(text))
        for begin, end in zip(cuts, ends, strict=True)
    ]


def sentence_end(text: str, used: int) -> int:
    """The length of the first sentence of a text, with the space after it, if a word shows that it
    has ended; else 0. The words that begin in the first `used` characters show nothing."""
    place = 0
    for word in heard_words(text):
        if place >= used and place and _ends_before(text[max(0, place - _WINDOW) : place], word):
            return place + len(word) - len(word.lstrip())
        place += len(word)
    return 0


def _ends_before(text: str, word: str) -> bool:
    """Whether a sentence ends with a text, given the word that follows it, with the space before
    it."""
    if not text or text[-1].isalnum():
        return False
    space = len(word) - len(word.lstrip())
    *sentences, _ = split_sentences(text + word)
    return len("".join(sentences)) == len(text) + space
