"""A beam search that shares out its places by how much a hypothesis has carried over.

A hypothesis that writes an unlikely counted token leaves an ordinary beam, even where every other
one lacks that token in the end. Here the hypotheses that lack equally many are a bank, and every
bank has its places: Post & Vilar 2018, "Fast Lexically Constrained Decoding with Dynamic Beam
Allocation for Neural Machine Translation", section 3.

B sentences, K beams, R = B·K rows, N candidates of a sentence, V tokens of the output vocabulary.
"""

from __future__ import annotations

import numpy as np

from seqcli.arrays import Array, Ints
from seqcli.decoding.candidates import Candidates, best_continuations, live_candidates, take
from seqcli.decoding.hypotheses import Hypothesis, distinct
from seqcli.decoding.search import Search, SearchModel, SearchRequest, run_search


def allocated_search(
    model: SearchModel, request: SearchRequest, *, beam: int, nbest: int = 1
) -> list[list[Hypothesis]]:
    """Like `beam_search`, with equal numbers of places for hypotheses that lack equally many of
    the counted tokens."""
    return [distinct(found) for found in run_search(model, _Allocated(request, beam, nbest))]


class _Allocated(Search):
    """A search whose candidates have the order in which they get places: the best of each bank,
    then the second of each, and so on."""

    def _choose(self, log_probabilities: Array) -> Candidates:
        """The best continuations of each beam, and all that write a counted token."""
        sentences = len(self.scores)
        scores = self.scores.reshape(-1, 1)
        # Of those with no counted token, a row can fill all places, with one end before them.
        enough = (self.beam + 1 + len(self.counted) + 1) // 2
        best = best_continuations(scores, log_probabilities, enough)
        is_counted = np.isin(best.tokens, self.counted)
        counted = np.broadcast_to(self.counted, (len(scores), len(self.counted)))
        totals = np.column_stack(
            [
                np.where(is_counted, np.float32(-np.inf), best.scores),
                scores + log_probabilities[:, self.counted],
            ]
        )
        parents = np.arange(len(scores)).repeat(totals.shape[1])
        candidates = Candidates(
            totals.reshape(sentences, -1),
            parents.reshape(sentences, -1),
            np.column_stack([best.tokens, counted]).reshape(sentences, -1),
        )
        lacking = self.missing.clip(min=0).sum(axis=1)[candidates.parents]
        writes = np.isin(candidates.tokens, self.counted)
        return take(candidates, _by_rank_in_bank(candidates.scores, lacking - writes))

    def _live(self, candidates: Candidates) -> Candidates:
        return live_candidates(candidates, self.request.end, self.beam, by_score=False)


def _by_rank_in_bank(scores: Array, banks: Ints) -> Ints:
    """The order by rank within the bank, in equal ranks by bank, -inf last: [B,N], [B,N] ->
    [B,N]."""
    order = np.lexsort((-scores, banks), axis=1)
    banks = np.take_along_axis(banks, order, axis=1)
    places = np.broadcast_to(np.arange(banks.shape[1]), banks.shape)
    begins = np.diff(banks, axis=1, prepend=-1) != 0
    ranks = places - np.maximum.accumulate(np.where(begins, places, 0), axis=1)
    is_impossible = np.take_along_axis(scores, order, axis=1) == -np.inf
    return np.take_along_axis(order, np.lexsort((banks, ranks, is_impossible), axis=1), axis=1)
