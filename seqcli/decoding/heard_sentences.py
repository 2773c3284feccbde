"""The sentences of a line whose words are heard one by one."""

from __future__ import annotations

from typing import NamedTuple

from seqcli.data.heard_words import heard_words
from seqcli.decoding.sentences import split_sentences


class HeardSentence(NamedTuple):
    """A sentence of a line. One that is `followed` is known to have ended when the first word after
    it has been heard."""

    text: str
    followed: bool


def heard_sentences(text: str, *, split: bool = True) -> list[HeardSentence]:
    """The sentences of a text, each found without what follows the first word after it; the text
    alone unless it is `split`."""
    sentences = []
    while split and (length := first_sentence(text)):
        sentences.append(HeardSentence(text[:length], followed=True))
        text = text[length:]
    return [*sentences, HeardSentence(text, followed=False)]


def first_sentence(text: str) -> int:
    """The length of the first sentence, if the words after it show that it has ended; else 0."""
    end = 0
    before = ""
    for word in heard_words(text):
        end += len(word)
        # A sentence ends in a mark.
        if before and not before[-1].isalnum():
            first = split_sentences(text[:end])[0]
            if len(first) < end:
                return len(first)
        before = word.rstrip()
    return 0
