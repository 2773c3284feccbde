"""Beam search that drops hopeless hypotheses.

What it finds is not always what `beam_search` finds; how often it differs is in
`benchmarks/RESULTS.md`.
"""

from __future__ import annotations

import numpy as np

from seqcli.arrays import Array
from seqcli.decoding.candidates import Candidates
from seqcli.decoding.hypotheses import Hypothesis, distinct
from seqcli.decoding.search import Search, SearchModel, SearchRequest, run_search

# A live hypothesis is dropped if its log-probability is lower than that of the best one of its
# sentence by more than this ("relative threshold pruning" of Freitag & Al-Onaizan 2017).
THRESHOLD = 4.0
# The search of a sentence stops if no live hypothesis could rank above one that has ended, even if
# it ended after so many further tokens of probability 1.
HORIZON = 3


def pruned_search(
    model: SearchModel, request: SearchRequest, *, beam: int
) -> list[list[Hypothesis]]:
    """The best hypothesis of each sentence: B lists of one."""
    search = _PrunedSearch(request, beam, nbest=1)
    return [distinct(found) for found in run_search(model, search)]


class _PrunedSearch(Search):
    def _live(self, candidates: Candidates) -> Candidates:
        """The best live hypotheses, without those that are far from the best of their sentence.

        Where counted tokens are to be written, all stay: these may come late and be improbable.
        """
        live = super()._live(candidates)
        far = live.scores < live.scores.max(axis=1, keepdims=True) - THRESHOLD
        if self.request.counts is not None:
            far &= (self.request.counts[self.sentences].sum(axis=1) == 0)[:, None]
        # (A row of score -inf takes its step too. It continues what the best one does.)
        return live._replace(
            scores=np.where(far, np.float32(-np.inf), live.scores),
            parents=np.where(far, live.parents[:, :1], live.parents),
        )

    def _largest_norms(self) -> Array:
        norm = self.constraints.norm(len(self.history) + 2 + HORIZON)
        return np.minimum(super()._largest_norms(), norm)
