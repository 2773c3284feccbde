"""A beam search that shares out its places by how much a hypothesis still has to write.

A hypothesis that writes an unlikely token which its translation must have leaves an ordinary beam,
even where every other one lacks that token in the end. Here the hypotheses that lack equally many
tokens are a bank, and every bank has its places: Post & Vilar 2018, "Fast Lexically Constrained
Decoding with Dynamic Beam Allocation for Neural Machine Translation", section 3. The tokens are
those that are counted (of items that are carried over), and those of required terms.

B sentences, K beams, R = B·K rows, N candidates of a sentence or a row, V tokens of the output
vocabulary, X special tokens of a row.
"""

from __future__ import annotations

import numpy as np

from seqcli.arrays import Array, Bools, Ints
from seqcli.decoding.candidates import Candidates, best_continuations, live_candidates, take
from seqcli.decoding.hypotheses import Hypothesis, distinct
from seqcli.decoding.search import Search, SearchModel, SearchRequest, run_search


def allocated_search(
    model: SearchModel, request: SearchRequest, *, beam: int, nbest: int = 1
) -> list[list[Hypothesis]]:
    """Like `beam_search`, with equal numbers of places for hypotheses that lack equally many of
    the counted tokens."""
    return [distinct(found) for found in run_search(model, AllocatedSearch(request, beam, nbest))]


class AllocatedSearch(Search):
    """A search whose candidates have the order in which they get places: the best of each bank,
    then the second of each, and so on."""

    def _choose(self, log_probabilities: Array) -> Candidates:
        """The best continuations of each beam, and all that write a special token."""
        sentences, rows = len(self.scores), np.arange(len(log_probabilities))
        scores = self.scores.reshape(-1, 1)
        special, lacking = self._special_tokens()
        columns = special.clip(min=0)
        impossible = np.float32(-np.inf)
        of_special = scores + log_probabilities[rows[:, None], columns]
        of_special[special < 0] = impossible
        special_rows, places = np.nonzero(special >= 0)
        log_probabilities[special_rows, special[special_rows, places]] = impossible
        # Of those with no special token, a row can fill all places, with one end before them.
        best = best_continuations(scores, log_probabilities, (self.beam + 2) // 2)
        totals = np.column_stack([best.scores, of_special])
        shape = (sentences, -1)
        candidates = Candidates(
            totals.reshape(shape),
            rows.repeat(totals.shape[1]).reshape(shape),
            np.column_stack([best.tokens, columns]).reshape(shape),
        )
        banks = np.column_stack([self._lacking_with(best.tokens), lacking]).reshape(shape)
        # (At most a beam of the first ones ends.)
        return take(candidates, self._order(candidates.scores, banks)[:, : 2 * self.beam])

    def _special_tokens(self) -> tuple[Ints, Ints]:
        """The tokens after which a row lacks fewer, padded with -1, and how many it lacks then:
        [R,X], [R,X]."""
        lacking = self.missing.clip(min=0).sum(axis=1, keepdims=True) - 1
        shape = (len(self.missing), len(self.counted))
        return np.broadcast_to(self.counted, shape), np.broadcast_to(lacking, shape)

    def _lacking_with(self, tokens: Ints) -> Ints:
        """How many tokens a row lacks with one more that is not special: [R,N] -> [R,N]."""
        return np.broadcast_to(self.missing.clip(min=0).sum(axis=1)[:, None], tokens.shape)

    def _order(self, scores: Array, banks: Ints) -> Ints:
        """The order in which candidates get places: [B,N], [B,N] -> [B,N]."""
        return _by_rank_in_bank(scores, banks)

    def _live(self, candidates: Candidates) -> Candidates:
        return live_candidates(candidates, self.request.end, self.beam, by_score=False)


def _by_rank_in_bank(scores: Array, banks: Ints) -> Ints:
    """The order by rank within the bank, in equal ranks by bank, -inf last: [B,N], [B,N] ->
    [B,N]."""
    order, ranks, impossible = ranks_in_banks(scores, banks)
    banks = np.take_along_axis(banks, order, axis=1)
    return np.take_along_axis(order, np.lexsort((banks, ranks, impossible), axis=1), axis=1)


def ranks_in_banks(scores: Array, banks: Ints) -> tuple[Ints, Ints, Bools]:
    """The order by bank and score, and in this order the rank within the bank, and whether the
    score is -inf: [B,N], [B,N] -> [B,N] each."""
    order = np.lexsort((-scores, banks), axis=1)
    banks = np.take_along_axis(banks, order, axis=1)
    places = np.broadcast_to(np.arange(banks.shape[1]), banks.shape)
    begins = np.diff(banks, axis=1, prepend=-1) != 0
    ranks = places - np.maximum.accumulate(np.where(begins, places, 0), axis=1)
    return order, ranks, np.take_along_axis(scores, order, axis=1) == -np.inf
