"""Sets of characters as classes of characters, which a page can look up.

Characters that are in the same sets are of one class. So a page needs one table of all characters,
and each set is a short list of classes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

CODE_POINTS = range(sys.maxunicode + 1)
ALL_CHARACTERS = "".join(map(chr, CODE_POINTS))

Spans = Iterable[tuple[int, int]]  # [start, end) of code points


def character_classes(sets: Sequence[Spans]) -> dict[str, Any]:
    """The classes of all characters, and those of each set, as JSON for a page.

    `runs` has a length and a class for each run of code points of one class. `sets` has, for each
    set, the first and the last class of each run of its classes.
    """
    changes: dict[int, int] = {0: 0}  # a bit for each set that begins or ends at a code point
    for number, spans in enumerate(sets):
        for position in (position for span in spans for position in span):
            changes[position] = changes.get(position, 0) ^ (1 << number)
    numbers: dict[int, int] = {}  # of the classes, by the sets that they are in
    runs: list[int] = []
    inside = 0
    for start, end in pairwise([*sorted({*changes, len(CODE_POINTS)})]):
        inside ^= changes[start]
        runs += [end - start, numbers.setdefault(inside, len(numbers))]
    members = [spans_of(inside >> each & 1 == 1 for inside in numbers) for each in range(len(sets))]
    ranges = [[each for start, end in spans for each in (start, end - 1)] for spans in members]
    return {"runs": runs, "sets": ranges}


def spans_of(are_members: Iterable[bool]) -> list[tuple[int, int]]:
    """[start, end) of the members in a sequence, given whether each is one."""
    return [match.span() for match in re.finditer(rb"\x01+", bytes(are_members))]
