"""The tree of a beam search: all hypotheses that were in the beam, and how each branch ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from seqcli.data.word_counter import WordCounter
from seqcli.decoding.hypotheses import FinishedHypothesis, Hypothesis
from seqcli.decoding.search import Search, SearchModel, SearchRequest, run_search
from seqcli.decoding.simultaneous import Hearing, SimultaneousModel, SimultaneousSearch

# How a branch ends: as a hypothesis does (`stopped_by`), or because others were better: it fell out
# of the beam ("pruned") or was still in it when the search stopped ("unfinished"). A branch that
# continues has no outcome.
Outcome = Literal["", "eos", "limit", "repetition", "pruned", "unfinished"]


@dataclass(frozen=True)
class Branch:
    """A piece in the tree, and the branches that continue it.

    `log_probability` is the sum up to this piece; `height` is the number of pieces on the longest
    path that begins here; `score` is the score of the hypothesis that ends here, None without one.
    """

    piece: str
    log_probability: float
    children: tuple[Branch, ...]
    height: int
    outcome: Outcome
    score: float | None = None
    best: bool = False  # whether it is part of the best hypothesis


def tree_list(branches: Sequence[Branch]) -> list[dict[str, Any]]:
    """A tree as JSON: its branches in a list, in which `parent` is the place of the branch that
    each continues, -1 for the first pieces. A parent comes before its children, and these come in
    their order.

    (JSON that is nested as deeply as a translation is long could not be written.)
    """
    listed: list[dict[str, Any]] = []
    level = [(-1, branch) for branch in branches]
    while level:
        first = len(listed)
        listed += [
            {
                "piece": branch.piece,
                "log_probability": round(branch.log_probability, 6),
                "score": None if branch.score is None else round(branch.score, 6),
                "outcome": branch.outcome,
                "best": branch.best,
                "parent": parent,
            }
            for parent, branch in level
        ]
        level = [
            (first + i, child) for i, (_, branch) in enumerate(level) for child in branch.children
        ]
    return listed


def search_tree(
    model: SearchModel, request: SearchRequest, *, beam: int, piece_of: Callable[[int], str]
) -> tuple[Hypothesis, tuple[Branch, ...]]:
    """The best hypothesis of one sentence, and the search that found it: the branches of the first
    step, best first. `piece_of` maps a token to its piece."""
    assert len(request.source) == 1, "a tree is of one sentence"
    search = _TracedSearch(request, beam, nbest=1)
    ((best,),) = run_search(model, search)
    return best, search.branches(best, piece_of)


def simultaneous_search_tree(
    model: SimultaneousModel,
    request: SearchRequest,
    hearing: Hearing,
    counter: WordCounter,
    *,
    beam: int,
    piece_of: Callable[[int], str],
) -> tuple[Hypothesis, tuple[Branch, ...]]:
    """Like `search_tree`, for a source that is heard word by word."""
    search = _TracedSimultaneousSearch(request, hearing, counter, beam, nbest=1)
    search.run(model)
    (best,) = search.best(0)
    return best, search.branches(best, piece_of)


class _TracedSearch(Search):
    """A search that keeps every finished hypothesis, by length."""

    @cached_property
    def finished_by_length(self) -> defaultdict[int, list[FinishedHypothesis]]:
        return defaultdict(list)

    def _finish(self, sentence: int, finished: FinishedHypothesis) -> None:
        super()._finish(sentence, finished)
        self.finished_by_length[finished.length].append(finished)

    def branches(self, best: Hypothesis, piece_of: Callable[[int], str]) -> tuple[Branch, ...]:
        """The branches of the first step; `best` is the best hypothesis."""
        self.piece_of = piece_of
        (winner,) = self.best_finished(0)
        best_rows = self._rows_of(winner)
        loop_step = len(best.tokens) - 1 if best.stopped_by == "repetition" else None
        children_of: dict[int, list[Branch]] = {}
        # From the last step to the first, so that the children of a row exist before the row does.
        for step in reversed(range(len(self.history))):
            branches_of: defaultdict[int, list[Branch]] = defaultdict(list)
            for finished in self.finished_by_length[step]:
                if finished.with_end:
                    branch = self._end_branch(finished, best=finished is winner)
                    branches_of[finished.row].append(branch)
            for row, parent in enumerate(self.history[step].parents.tolist()):
                if np.isfinite(self.history[step].totals[row]):
                    is_best = best_rows.get(step) == row
                    branch = self._branch(step, row, _ranked(children_of.get(row, [])), is_best)
                    if is_best and step == loop_step:  # only repetitions follow
                        branch = replace(
                            branch, children=(), height=1, outcome="repetition", score=best.score
                        )
                    branches_of[parent].append(branch)
            children_of = branches_of
        return _ranked(children_of.get(0, []))

    def _rows_of(self, winner: FinishedHypothesis) -> dict[int, int]:
        """The row of the hypothesis at each step."""
        rows, row = {}, winner.row
        for step in reversed(range(winner.length)):
            rows[step] = row
            row = int(self.history[step].parents[row])
        return rows

    def _end_branch(self, finished: FinishedHypothesis, *, best: bool) -> Branch:
        piece, total = self.piece_of(self.request.end), finished.log_probability
        return Branch(piece, total, (), 1, finished.stopped_by, finished.score, best)

    def _branch(self, step: int, row: int, children: tuple[Branch, ...], best: bool) -> Branch:
        rows = self.history[step]
        piece, total = self.piece_of(int(rows.tokens[row])), float(rows.totals[row])
        height = 1 + max((child.height for child in children), default=0)
        for finished in self.finished_by_length[step + 1]:
            if finished.row == row and not finished.with_end:
                return Branch(piece, total, children, height, "limit", finished.score, best)
        last = step + 1 >= len(self.history) or not len(self.history[step + 1].tokens)
        outcome: Outcome = "" if children else "unfinished" if last else "pruned"
        return Branch(piece, total, children, height, outcome, None, best)


class _TracedSimultaneousSearch(_TracedSearch, SimultaneousSearch):
    """The same for a source that is heard word by word."""


def _ranked(branches: Sequence[Branch]) -> tuple[Branch, ...]:
    return tuple(sorted(branches, key=lambda branch: -branch.log_probability))
