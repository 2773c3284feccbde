"""Words of a text, and of its pieces."""

from __future__ import annotations

from collections.abc import Sequence

from seqcli.data.patterns import compiled
from seqcli.data.text import is_unspaced


def split_words(text: str) -> list[str]:
    """The words of a text, in order; in scripts without spaces each character is a word.

    A character is what people see as one: a grapheme cluster (Unicode Standard Annex 29).
    """
    words: list[str] = []
    for part in text.split():
        start = 0  # of the last word
        word_is_open = True  # whether the next character may continue it
        for character in compiled(r"\X").finditer(part):
            unspaced = is_unspaced(character[0][0])
            if unspaced or not word_is_open:
                words.append(part[start : character.start()])
                start = character.start()
            word_is_open = not unspaced
        words.append(part[start:])
    return list(filter(None, words))


def group_pieces(pieces: Sequence[str]) -> list[list[int]]:
    """The indices of the pieces of each word, in order; ▁ is a space.

    Words that share a piece are one. A space belongs to the word after it; spaces at the end are a
    word.
    """
    text = "".join(pieces).replace("▁", " ")
    starts, position = set(), 0
    for word in split_words(text):
        starts.add(position)
        position = text.index(word, position) + len(word)
    starts.add(position)  # of spaces at the end
    groups: list[list[int]] = []
    position = 0
    for i, piece in enumerate(pieces):
        if not groups or position in starts:
            groups.append([])
        groups[-1].append(i)
        position += len(piece)
    return groups
