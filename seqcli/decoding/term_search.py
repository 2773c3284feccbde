"""A beam search for translations that must have some terms, with a bank for each number of tokens
that a hypothesis still has to write: see `seqcli.decoding.allocation`.

B sentences, K beams, R = B·K rows, N candidates of a sentence or a row, V tokens of the output
vocabulary, X special tokens of a row.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqcli.arrays import Array, Bools, Ints
from seqcli.decoding.allocation import AllocatedSearch, ranks_in_banks
from seqcli.decoding.candidates import Candidates
from seqcli.decoding.hypotheses import Hypothesis, distinct
from seqcli.decoding.search import SearchModel, SearchRequest, run_search
from seqcli.decoding.term_states import RequiredTerm, TermStates, TokenEdges

# What a token of a term that is still to be written is expected to take from the log-probability.
# On 300 sentences of Multi30k with one to three terms, values from 1 to 4 gave the same BLEU within
# 0.3, and at beam 5 about one more than no such comparison of banks.
EXPECTED_COST = 2.0


def term_search(
    model: SearchModel,
    request: SearchRequest,
    edges: TokenEdges,
    terms: Sequence[Sequence[RequiredTerm]],
    *,
    beam: int,
    nbest: int = 1,
) -> list[list[Hypothesis]]:
    """Like `allocated_search`, where the translation of each sentence must have some terms.

    A hypothesis ends only when it has them all, or at its limit; then `lacking` counts the tokens
    of terms too. The search of a sentence stops also when as many hypotheses have ended as the beam
    has places.
    """
    search = _TermSearch(request, edges, terms, beam, nbest)
    return [distinct(found) for found in run_search(model, search)]


class _TermSearch(AllocatedSearch):
    """The same for sentences with required terms; `reached` [R] are the states of the rows,
    and `moves` those from there.

    Of candidates of the same rank, the one comes first whose log-probability, less the expected
    cost of what it lacks, is the best; but the best of those that lack least comes before all.
    """

    def __init__(
        self,
        request: SearchRequest,
        edges: TokenEdges,
        terms: Sequence[Sequence[RequiredTerm]],
        beam: int,
        nbest: int,
    ) -> None:
        super().__init__(request, beam, nbest)
        self.states = TermStates(edges)
        self.reached = np.array([self.states.start(each) for each in terms], dtype=np.int64)
        self.moves = self.states.moves(self.reached)

    def advance(self, log_probabilities: Array, weights: Array | None) -> Bools:
        active = super().advance(log_probabilities, weights)
        self.reached = self.states.follow(self.reached[self.parents], self.previous)
        self.moves = self.states.moves(self.reached)
        return active

    def _constrain(self, log_probabilities: Array) -> None:
        super()._constrain(log_probabilities)
        log_probabilities[self.states.remaining(self.reached) > 0, self.request.end] = -np.inf

    def _special_tokens(self) -> tuple[Ints, Ints]:
        counted, lacking = super()._special_tokens()
        with_counted = self.moves.after_others(counted)
        tokens, after = self.moves.tokens, self.moves.after
        # (A token that pads gets the state -1, the last one, and is never taken.)
        return np.column_stack([counted, tokens]), np.column_stack(
            [
                lacking + self.states.remaining(with_counted),
                super()._lacking_with(tokens) + self.states.remaining(after),
            ]
        )

    def _lacking_with(self, tokens: Ints) -> Ints:
        after = self.moves.after_others(tokens)
        return super()._lacking_with(tokens) + self.states.remaining(after)

    def _order(self, scores: Array, banks: Ints) -> Ints:
        # (Those that are impossible lack as much as any, so that the first one is not of them.)
        banks = np.where(scores == -np.inf, banks.max(initial=0), banks)
        order, ranks, impossible = ranks_in_banks(scores, banks)
        expected = np.take_along_axis(scores - EXPECTED_COST * banks, order, axis=1)
        is_first = np.broadcast_to(np.arange(order.shape[1]) == 0, ranks.shape)
        keys = (-expected, ranks, ~is_first, impossible)
        return np.take_along_axis(order, np.lexsort(keys, axis=1), axis=1)

    def _may_improve(self, live: Candidates) -> Bools:
        # Terms lower the score, so that the bound on others would be reached long after the end.
        is_full = [len(self.ended[sentence]) >= self.beam for sentence in self.sentences]
        return np.asarray(super()._may_improve(live) & ~np.array(is_full, dtype=bool))

    def _lacking(self, row: int) -> int:
        return super()._lacking(row) + int(self.states.remaining(self.reached)[row])
