"""When the words of a translation were written, in words of its source."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from seqcli.data.heard_words import heard_words
from seqcli.data.normalization import normalize
from seqcli.data.words import split_words
from seqcli.decoding.translation import Translation
from seqcli.latency import HeardTranslation


def heard_translation(translation: Translation, references: Sequence[str]) -> HeardTranslation:
    """The delays of a translation, and what its latency depends on; the first reference counts."""
    source_words = len(heard_words(normalize(translation.source)))
    delays = word_delays(translation) or [source_words] * len(split_words(translation.text))
    return HeardTranslation(delays, source_words, len(split_words(references[0])))


def word_delays(translation: Translation) -> list[int]:
    """The number of source words that had been heard when each word of a translation was complete;
    empty if the translation began after the source had ended."""
    if not translation.heard:
        return []
    pieces = translation.pieces_without_end
    ends = list(accumulate(map(len, pieces)))
    text = "".join(pieces).replace("▁", " ")
    delays, position = [], 0
    for word in split_words(text):
        position = text.index(word, position) + len(word)
        delays.append(translation.heard[bisect_left(ends, position)])
    return delays
