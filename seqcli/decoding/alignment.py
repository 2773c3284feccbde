"""Word alignment: the attention weights between pieces, as links between words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from seqcli.arrays import Array, Ints
from seqcli.data.words import split_words
from seqcli.decoding.translation import Translation

Span = tuple[int, int]


def word_links(translation: Translation, normalize: Callable[[str], str]) -> list[tuple[int, int]]:
    """(source word, target word) for each target word: the source word with the largest attention
    weight.

    Words are counted from 0, in the original texts; a character of a script without spaces is a
    word. `normalize` turns a source, or a word of it, into the text that the model reads.
    """
    if translation.sentences:
        return _links_of_sentences(translation, normalize)
    assert translation.attention is not None, "a model without attention has no links"
    normalized = normalize(translation.source)
    read = translation.source_pieces[:-1]
    words = split_words(translation.source)
    spans = _find_words(words, normalize, normalized, sum(map(len, read)))
    sources = _overlaps(spans, read, normalized)
    pieces = translation.target_pieces
    if pieces[-1:] == translation.source_pieces[-1:]:  # the end
        pieces = pieces[:-1]
    words = split_words(translation.text)
    spans = _find_words(words, lambda word: word, translation.text, len(translation.text))
    targets = _overlaps(spans, pieces, translation.text)
    links = []
    for target in np.unique(targets.words).tolist():
        mine = targets.words == target
        piece_weights = targets.shares[mine] @ translation.attention[targets.pieces[mine]]
        word_weights = np.bincount(sources.words, sources.shares * piece_weights[sources.pieces])
        if word_weights.any():
            links.append((int(word_weights.argmax()), target))
    return sorted(links)


def _links_of_sentences(
    translation: Translation, normalize: Callable[[str], str]
) -> list[tuple[int, int]]:
    """The links of each sentence, between the words of the whole texts (where no space is between
    two sentences, their words may be one)."""
    links: set[tuple[int, int]] = set()
    source_words, target_words = map(_word_starts, (translation.source, translation.text))
    first_source = first_target = 0  # of the sentence, in characters without spaces
    for sentence in translation.sentences:
        sources, targets = map(_word_starts, (sentence.source, sentence.text))
        if sentence.attention is not None:
            links |= {
                (
                    bisect_right(source_words, first_source + sources[source]) - 1,
                    bisect_right(target_words, first_target + targets[target]) - 1,
                )
                for source, target in word_links(sentence, normalize)
            }
        first_source += len("".join(sentence.source.split()))
        first_target += len("".join(sentence.text.split()))
    return sorted(links)


def _word_starts(text: str) -> list[int]:
    """The position of each word among the characters that are no spaces."""
    return list(accumulate(map(len, split_words(text)), initial=0))[:-1]


def _find_words(
    words: Sequence[str], normalize: Callable[[str], str], text: str, end: int
) -> list[Span]:
    """The span of each word in the normalized text, up to the last one that begins before `end`; an
    empty span if the word is not there."""
    spans, position = [], 0
    text = text.lower()  # (an item that is carried over keeps its case)
    for word in words:
        if position >= end:
            break
        normalized = normalize(word).lower()
        last = end + len(normalized)
        start = text.find(normalized, position, last) if normalized else -1
        if start < 0:
            spans.append((position, position))
        else:
            position = start + len(normalized)
            spans.append((start, position))
    return spans


class _Overlaps(NamedTuple):
    """Words and pieces that overlap, as N indices of each, ordered by piece, and the share of the
    piece's letters that is in the word, over 0 and up to 1."""

    words: Ints
    pieces: Ints
    shares: Array


def _overlaps(spans: Sequence[Span], pieces: Sequence[str], text: str) -> _Overlaps:
    """The overlaps of words, given as spans in a text, and the pieces of the text.

    ▁ is a space; the first piece may have one that the text has not.
    """
    letters = list(accumulate((not character.isspace() for character in text), initial=0))

    def count(start: int, end: int) -> int:
        """The number of letters in [start, end)."""
        return letters[min(end, len(text))] - letters[min(max(0, start), len(text))]

    overlaps = []
    first_word = 0  # that ends after the beginning of the piece
    start = -1 if pieces and pieces[0].startswith("▁") else 0
    for i, piece in enumerate(pieces):
        end = start + len(piece)
        while first_word < len(spans) and spans[first_word][1] <= start:
            first_word += 1
        for word in range(first_word, len(spans)):
            first, last = spans[word]
            if first >= end:
                break
            if shared := count(max(first, start), min(last, end)):
                overlaps.append((word, i, shared / count(start, end)))
        start = end
    words, indices, shares = zip(*overlaps, strict=True) if overlaps else ((), (), ())
    return _Overlaps(
        np.array(words, dtype=np.int64), np.array(indices, dtype=np.int64), np.array(shares)
    )
