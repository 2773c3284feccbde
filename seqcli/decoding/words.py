"""Pieces in words."""

from __future__ import annotations

from collections.abc import Sequence

from seqcli.data.words import split_words


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
