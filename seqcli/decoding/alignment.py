"""Which word came from which: attention between pieces, told between the words people see."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import regex

from seqcli.arrays import Array
from seqcli.data.text import is_unspaced
from seqcli.decoding.translation import Translation

Span = tuple[int, int]


def word_links(translation: Translation, normalize: Callable[[str], str]) -> list[tuple[int, int]]:
    """(source word, target word) for each target word: the source word that it looked at most.

    Words are counted from 0, in the texts as they stand; a character of a script without spaces is
    a word. `normalize` is what makes of source text what the model gets.
    """
    assert translation.attention is not None, "a model without attention has no links"
    read = normalize(translation.source)
    spans = _find(words(translation.source), normalize, read)
    sources = _shares(spans, translation.source_pieces[:-1], read)
    pieces = translation.target_pieces
    if pieces[-1:] == translation.source_pieces[-1:]:  # the end
        pieces = pieces[:-1]
    spans = _find(words(translation.text), lambda word: word, translation.text)
    targets = _shares(spans, pieces, translation.text)
    looks = targets @ translation.attention[: len(pieces), :-1] @ sources.T
    return sorted((int(look.argmax()), target) for target, look in enumerate(looks) if look.any())


def words(text: str) -> list[str]:
    """The words of a text, and the characters of scripts without spaces, in their order.

    A character is what people see as one: a grapheme cluster (Unicode Standard Annex 29).
    """
    found: list[str] = []
    for part in text.split():
        open_word = False  # whether the last one may grow
        for character in regex.findall(r"\X", part):
            unspaced = is_unspaced(character[0])
            if open_word and not unspaced:
                found[-1] += character
            else:
                found.append(character)
            open_word = not unspaced
    return found


def _find(seen: Sequence[str], normalize: Callable[[str], str], text: str) -> list[Span]:
    """Where each word stands in the text that was made of them; an empty span if nowhere."""
    spans, position = [], 0
    for word in seen:
        inner = normalize(word)
        place = text.find(inner, position) if inner else -1
        if place < 0:
            spans.append((position, position))
        else:
            position = place + len(inner)
            spans.append((place, position))
    return spans


def _shares(spans: Sequence[Span], pieces: Sequence[str], text: str) -> Array:
    """How much of each piece lies in each word: [words, pieces], from 0 to 1.

    The pieces are those of the text, ▁ for a space, with a space before the text or not.
    """
    shares = np.zeros((len(spans), len(pieces)))
    letters = [not character.isspace() for character in text]
    position = -1 if pieces and pieces[0].startswith("▁") else 0
    for column, piece in enumerate(pieces):
        end = position + len(piece)
        whole = sum(letters[max(0, position) : end]) or 1
        for row, (first, last) in enumerate(spans):
            shares[row, column] = sum(letters[max(first, position) : min(last, end)]) / whole
        position = end
    return shares
