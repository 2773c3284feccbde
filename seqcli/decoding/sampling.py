"""Sampling of translations: like the search, with random tokens in place of the best ones."""

from __future__ import annotations

import numpy as np

from seqcli.arrays import Array
from seqcli.decoding.candidates import Candidates, sampled_continuations
from seqcli.decoding.hypotheses import Hypothesis
from seqcli.decoding.search import Search, SearchModel, SearchRequest, run_search


def sample(
    model: SearchModel, request: SearchRequest, *, count: int, temperature: float, seed: int
) -> list[list[Hypothesis]]:
    """`count` hypotheses of each sentence, each token sampled by its probability; in the order of
    `beam_search`, and fewer where the constraints leave some no token.

    The samples of a sentence depend only on the seed and the sentence, not on the batch.
    """
    return run_search(model, _Sampling(request, count, temperature, seed))


class _Sampling(Search):
    """A search that samples one continuation for each beam, so that beams are independent."""

    def __init__(self, request: SearchRequest, count: int, temperature: float, seed: int) -> None:
        super().__init__(request, count, count, initial_beams=count)
        self.temperature = temperature
        sources = zip(request.source, request.lengths, strict=True)
        self.generators = [
            np.random.default_rng([seed, *source[:length]]) for source, length in sources
        ]

    def _choose(self, log_probabilities: Array) -> Candidates:
        uniform = np.stack(
            [self.generators[sentence].random(self.beam) for sentence in self.sentences]
        )
        return sampled_continuations(self.scores, log_probabilities, uniform, self.temperature)
