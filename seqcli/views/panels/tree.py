"""The tree of the beam search: the winning path downwards, its alternatives indented."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from seqcli.decoding.inspection import Inspection
from seqcli.decoding.tree import Branch, Outcome
from seqcli.views.panels.panel import Panel
from seqcli.views.pieces import printable

DESCRIPTIONS: dict[Outcome, str] = {
    "": "",
    "eos": "finished",
    "limit": "cut off at the length limit",
    "repetition": "cut off: repeats itself up to the length limit",
    "pruned": "dropped from the beam",
    "unfinished": "dropped: better translations had finished",
}


class TreeRow(NamedTuple):
    """Consecutive pieces without a fork between them, their depth in the tree, and how they end.

    The pieces continue the last row of the same depth. If `alternative`, they replace the pieces of
    the last row that is one less deep, from its first piece on.
    """

    depth: int
    alternative: bool
    pieces: tuple[str, ...]
    log_probability: float
    outcome: Outcome
    score: float | None
    best: bool

    @property
    def description(self) -> str:
        """The outcome in words, with the score if there is one."""
        score = "" if self.score is None else f", score {self.score:.3f}"
        return DESCRIPTIONS[self.outcome] + score


def tree_rows(branches: Sequence[Branch], depth: int = 0) -> Iterator[TreeRow]:
    """The rows of a tree, from top to bottom.

    At a fork, the best branch, or else the longest, continues at the same depth. The others follow
    the row that begins it, one deeper.
    """
    alternative = depth > 0
    while branches:
        main = max(branches, key=lambda branch: (branch.best, branch.height))
        pieces, last = [main.piece], main
        while len(last.children) == 1 and not last.outcome:
            (last,) = last.children
            pieces.append(last.piece)
        yield TreeRow(
            depth,
            alternative,
            tuple(pieces),
            last.log_probability,
            last.outcome,
            last.score,
            main.best,
        )
        alternative = False
        for branch in branches:
            if branch is not main:
                yield from tree_rows((branch,), depth + 1)
        branches = last.children


def _draw(inspection: Inspection, width: int) -> RenderableType:
    return Group(
        *(
            Padding(_line(row), (0, 0, 0, min(2 * row.depth, width // 2)), expand=False)
            for row in tree_rows(inspection.tree)
        )
    )


def _line(row: TreeRow) -> Text:
    lead = "" if not row.depth else "or " if row.alternative else "   "
    line = Text(lead, style="" if row.best else "dim")
    line.append(" ".join(map(printable, row.pieces)), style="bold" if row.best else "")
    line.append(f"  {row.log_probability:.2f}", style="dim")
    if row.outcome:
        line.append(f"  {row.description}", style="green" if row.best else "red")
    return line


PANEL = Panel(
    "Beam search tree",
    "the winning path, downwards; “or” below a row: an alternative to its first piece; numbers: "
    "log-probability so far; score: its mean per piece",
    _draw,
)
