"""Segmentation of text into given pieces."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def best_segmentation(characters: Sequence[str], scores: Mapping[str, float]) -> list[str]:
    """The pieces of a text with the highest sum of scores (Viterbi; Kudo 2018, section 3.2).

    The text is given as its `characters`, which are never split. A character may be an unknown
    piece, one that `scores` lacks; there are as few of them as possible.
    """
    max_length = max(map(len, scores), default=1)
    unknown_score = min(scores.values(), default=0.0) - 1e6
    best = [0.0] + [-math.inf] * len(characters)  # [i]: the highest sum for the first i characters
    begins = [0] * (len(characters) + 1)  # [i]: where the last piece of that segmentation begins
    for end in range(1, len(characters) + 1):
        for begin in range(max(0, end - max_length), end):
            default = unknown_score if begin == end - 1 else -math.inf
            total = best[begin] + scores.get("".join(characters[begin:end]), default)
            if total > best[end]:
                best[end], begins[end] = total, begin
    pieces = []
    end = len(characters)
    while end:
        pieces.append("".join(characters[begins[end] : end]))
        end = begins[end]
    return pieces[::-1]
