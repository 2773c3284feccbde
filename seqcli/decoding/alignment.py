"""Word alignment: the attention weights between pieces, as links between words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np

from seqcli.arrays import Array
from seqcli.decoding.translation import Translation
from seqcli.decoding.words import split_words

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
    spans = _find_words(split_words(translation.source), normalize, normalized)
    sources = _overlaps(spans, translation.source_pieces[:-1], normalized)
    pieces = translation.target_pieces
    if pieces[-1:] == translation.source_pieces[-1:]:  # the end
        pieces = pieces[:-1]
    spans = _find_words(split_words(translation.text), lambda word: word, translation.text)
    targets = _overlaps(spans, pieces, translation.text)
    word_weights = targets @ translation.attention[: len(pieces), :-1] @ sources.T
    return sorted(
        (int(weights.argmax()), target)
        for target, weights in enumerate(word_weights)
        if weights.any()
    )


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


def _find_words(words: Sequence[str], normalize: Callable[[str], str], text: str) -> list[Span]:
    """The span of each word in the normalized text; an empty span if the word is not there."""
    spans, position = [], 0
    text = text.lower()  # (an item that is carried over keeps its case)
    for word in words:
        normalized = normalize(word).lower()
        start = text.find(normalized, position) if normalized else -1
        if start < 0:
            spans.append((position, position))
        else:
            position = start + len(normalized)
            spans.append((start, position))
    return spans


def _overlaps(spans: Sequence[Span], pieces: Sequence[str], text: str) -> Array:
    """The share of each piece's letters that is in each word: [words, pieces], from 0 to 1.

    The pieces are those of the text, ▁ for a space, with or without a space before the text.
    """
    overlaps = np.zeros((len(spans), len(pieces)))
    is_letter = [not character.isspace() for character in text]
    start = -1 if pieces and pieces[0].startswith("▁") else 0
    for column, piece in enumerate(pieces):
        end = start + len(piece)
        letters = sum(is_letter[max(0, start) : end]) or 1
        for row, (first, last) in enumerate(spans):
            overlaps[row, column] = sum(is_letter[max(first, start) : min(last, end)]) / letters
        start = end
    return overlaps
