"""The tree of a beam search as rows: the way that won goes down, what died stands beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from seqcli.decoding.tree import Branch, Outcome

DESCRIPTIONS = {
    "": "",
    "eos": "ended",
    "limit": "cut off at the length limit",
    "repetition": "cut off: it repeats itself up to the length limit",
    "pruned": "fell out of the beam",
    "outrun": "left behind: others had ended better",
}


class TreeRow(NamedTuple):
    """Pieces that follow each other without a fork, how deep they stand, and their fate.

    They go on from the last row of the same depth, or `beside` the row above that is less deep.
    """

    depth: int
    beside: bool
    pieces: tuple[str, ...]
    log_probability: float
    outcome: Outcome
    score: float | None
    best: bool

    @property
    def description(self) -> str:
        """The fate in words."""
        score = "" if self.score is None else f", score {self.score:.3f}"
        return DESCRIPTIONS[self.outcome] + score


def tree_rows(branches: Sequence[Branch], depth: int = 0) -> Iterator[TreeRow]:
    """The rows of a tree, from top to bottom.

    Of several branches one goes on at the same depth: the best, or the one that lives longest. The
    others stand below the row that it begins with.
    """
    beside = depth > 0
    while branches:
        onward = max(branches, key=lambda branch: (branch.best, branch.height))
        pieces, last = [onward.piece], onward
        while len(last.children) == 1 and not last.outcome:
            (last,) = last.children
            pieces.append(last.piece)
        yield TreeRow(
            depth,
            beside,
            tuple(pieces),
            last.log_probability,
            last.outcome,
            last.score,
            onward.best,
        )
        beside = False
        for branch in branches:
            if branch is not onward:
                yield from tree_rows((branch,), depth + 1)
        branches = last.children
