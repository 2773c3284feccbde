"""The tree of a beam search: what was followed, what came to an end, and where the rest died."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from seqcli.decoding.hypotheses import Hypothesis, Stopped
from seqcli.decoding.search import Search, SearchModel, Task, run

# How a branch ends: as a hypothesis may, or because others were better: fallen out of the beam, or
# still in it when the search was over. A branch that goes on has no fate.
Fate = Literal["", "eos", "limit", "repetition", "pruned", "outrun"]


@dataclass(frozen=True)
class Branch:
    """A piece, all that was followed after it, and what became of it.

    `log_probability` is of everything up to it; `height` is how many pieces the longest way from
    here has; `score` is what a hypothesis that ends here is ranked by, and None where none does.
    """

    piece: str
    log_probability: float
    children: tuple[Branch, ...]
    height: int
    fate: Fate
    score: float | None = None
    best: bool = False  # whether it is part of the hypothesis that won


def grow(
    model: SearchModel, task: Task, *, beam: int, spell: Callable[[int], str]
) -> tuple[Hypothesis, tuple[Branch, ...]]:
    """The best hypothesis of one sentence, and the tree of the search that has found it: what
    begins it, best first. `spell` tells the piece of a token."""
    assert len(task.source) == 1, "a tree is of one sentence"
    search = _Watched(task, beam, spell)
    ((best,),) = run(model, search)
    return best, search.branches(best)


class _Watched(Search):
    """A search that remembers every hypothesis that was over."""

    def __init__(self, task: Task, beam: int, spell: Callable[[int], str]) -> None:
        super().__init__(task, beam, wanted=1)
        self.spell = spell
        self.over: defaultdict[int, list[Stopped]] = defaultdict(list)  # by their length

    def _put_away(self, sentence: int, stopped: Stopped) -> None:
        super()._put_away(sentence, stopped)
        self.over[stopped.length].append(stopped)

    def branches(self, best: Hypothesis) -> tuple[Branch, ...]:
        """The first pieces, with all that follows them; `best` is the hypothesis that won."""
        (winner,) = self.results(0)
        winning = self._way_to(winner)
        cut = len(best.tokens) - 1 if best.stopped_by == "repetition" else None
        after: dict[int, list[Branch]] = {}
        # From the last step to the first, so that what follows a row is known when the row is made.
        for step in reversed(range(len(self.history))):
            found: defaultdict[int, list[Branch]] = defaultdict(list)
            for each in self.over[step]:
                if each.with_end:
                    found[each.row].append(self._ended(each, won=each is winner))
            for row, parent in enumerate(self.history[step].parents.tolist()):
                if np.isfinite(self.history[step].totals[row]):
                    children, won = _ranked(after.get(row, [])), winning.get(step) == row
                    alive = self._alive(step, row, children, won=won)
                    if won and step == cut:  # it only repeats itself from here on
                        alive = replace(
                            alive, children=(), height=1, fate="repetition", score=best.score
                        )
                    found[parent].append(alive)
            after = found
        return _ranked(after.get(0, []))

    def _way_to(self, winner: Stopped) -> dict[int, int]:
        """The row of each step that the winner went through while it was alive."""
        way, row = {}, winner.row
        for step in reversed(range(winner.length)):
            way[step] = row
            row = int(self.history[step].parents[row])
        return way

    def _ended(self, stopped: Stopped, *, won: bool) -> Branch:
        piece, total = self.spell(self.task.end), stopped.log_probability
        return Branch(piece, total, (), 1, stopped.stopped_by, stopped.score, won)

    def _alive(self, step: int, row: int, children: tuple[Branch, ...], *, won: bool) -> Branch:
        rows = self.history[step]
        piece, total = self.spell(int(rows.tokens[row])), float(rows.totals[row])
        height = 1 + max((each.height for each in children), default=0)
        for each in self.over[step + 1]:
            if each.row == row and not each.with_end:
                return Branch(piece, total, children, height, "limit", each.score, won)
        last = step + 1 >= len(self.history) or not len(self.history[step + 1].tokens)
        fate: Fate = "" if children else "outrun" if last else "pruned"
        return Branch(piece, total, children, height, fate, None, won)


def _ranked(branches: Sequence[Branch]) -> tuple[Branch, ...]:
    return tuple(sorted(branches, key=lambda branch: -branch.log_probability))
