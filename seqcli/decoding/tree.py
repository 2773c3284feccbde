"""The tree of a beam search: what was followed, what came to an end, and where the rest died."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from seqcli.decoding.hypotheses import FinishedHypothesis, Hypothesis
from seqcli.decoding.search import Search, SearchModel, SearchRequest, run_search

# How a branch ends: as a hypothesis may, or because others were better: fallen out of the beam, or
# still in it when the search was over. A branch that goes on has no fate.
Outcome = Literal["", "eos", "limit", "repetition", "pruned", "outrun"]


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
    outcome: Outcome
    score: float | None = None
    best: bool = False  # whether it is part of the hypothesis that won


def search_tree(
    model: SearchModel, request: SearchRequest, *, beam: int, piece_of: Callable[[int], str]
) -> tuple[Hypothesis, tuple[Branch, ...]]:
    """The best hypothesis of one sentence, and the tree of the search that has found it: what
    begins it, best first. `piece_of` tells the piece of a token."""
    assert len(request.source) == 1, "a tree is of one sentence"
    search = _Watched(request, beam, piece_of)
    ((best,),) = run_search(model, search)
    return best, search.branches(best)


class _Watched(Search):
    """A search that remembers every hypothesis that was over."""

    def __init__(self, request: SearchRequest, beam: int, piece_of: Callable[[int], str]) -> None:
        super().__init__(request, beam, nbest=1)
        self.piece_of = piece_of
        self.over: defaultdict[int, list[FinishedHypothesis]] = defaultdict(list)  # by their length

    def _finish(self, sentence: int, finished: FinishedHypothesis) -> None:
        super()._finish(sentence, finished)
        self.over[finished.length].append(finished)

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
                            alive, children=(), height=1, outcome="repetition", score=best.score
                        )
                    found[parent].append(alive)
            after = found
        return _ranked(after.get(0, []))

    def _way_to(self, winner: FinishedHypothesis) -> dict[int, int]:
        """The row of each step that the winner went through while it was alive."""
        way, row = {}, winner.row
        for step in reversed(range(winner.length)):
            way[step] = row
            row = int(self.history[step].parents[row])
        return way

    def _ended(self, finished: FinishedHypothesis, *, won: bool) -> Branch:
        piece, total = self.piece_of(self.request.end), finished.log_probability
        return Branch(piece, total, (), 1, finished.stopped_by, finished.score, won)

    def _alive(self, step: int, row: int, children: tuple[Branch, ...], *, won: bool) -> Branch:
        rows = self.history[step]
        piece, total = self.piece_of(int(rows.tokens[row])), float(rows.totals[row])
        height = 1 + max((each.height for each in children), default=0)
        for each in self.over[step + 1]:
            if each.row == row and not each.with_end:
                return Branch(piece, total, children, height, "limit", each.score, won)
        last = step + 1 >= len(self.history) or not len(self.history[step + 1].tokens)
        outcome: Outcome = "" if children else "outrun" if last else "pruned"
        return Branch(piece, total, children, height, outcome, None, won)


def _ranked(branches: Sequence[Branch]) -> tuple[Branch, ...]:
    return tuple(sorted(branches, key=lambda branch: -branch.log_probability))
