"""Text cut into pieces of a given choice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def best_segmentation(characters: Sequence[str], scores: Mapping[str, float]) -> list[str]:
    """The pieces of a text with the highest sum of scores (Viterbi; Kudo 2018, section 3.2).

    The text is given as its `characters`, none of which is cut. A character that no piece can hold
    stands alone, as seldom as can be.
    """
    longest = max(map(len, scores), default=1)
    unknown = min(scores.values(), default=0.0) - 1e6
    best = [0.0] + [-math.inf] * len(characters)  # of the text up to there
    begins = [0] * (len(characters) + 1)  # where the piece that ends there begins
    for end in range(1, len(characters) + 1):
        for begin in range(max(0, end - longest), end):
            least = unknown if begin == end - 1 else -math.inf
            total = best[begin] + scores.get("".join(characters[begin:end]), least)
            if total > best[end]:
                best[end], begins[end] = total, begin
    pieces = []
    end = len(characters)
    while end:
        pieces.append("".join(characters[begins[end] : end]))
        end = begins[end]
    return pieces[::-1]
