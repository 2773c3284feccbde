"""Which search finds the translations of sentences, by the settings and by what they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, cast

from seqcli.config import WHOLE, SearchConfig
from seqcli.decoding.allocation import allocated_search
from seqcli.decoding.encoded import EncodedSource
from seqcli.decoding.hypotheses import Hypothesis
from seqcli.decoding.pruning import pruned_search
from seqcli.decoding.requests import make_request
from seqcli.decoding.sampling import sample
from seqcli.decoding.search import SearchModel, SearchRequest, beam_search
from seqcli.decoding.text_processor import TextProcessor

if TYPE_CHECKING:
    from seqcli.decoding.fast_search import FastSearch
    from seqcli.decoding.simultaneous import SimultaneousModel
    from seqcli.decoding.term_states import RequiredTerm
    from seqcli.decoding.terms import TermWriter

# A sentence whose translation lacks what should be carried over is searched again, with a beam so
# many times as wide, but not made wider than the maximum: the time grows with its square.
WIDER, MAX_WIDER = 2, 100
# The narrowest beam of a sentence with terms. With a beam of one, the terms would all come first.
MIN_TERM_BEAM = 5


def is_fast(config: SearchConfig) -> bool:
    """Whether searches with these settings use a `FastSearch`. (A greedy search has nothing to
    share, and no time to gain by a shortlist.)"""
    is_wide = max(config.beam, config.candidates) > 1
    return is_wide and config.is_of_whole_sentences and not config.exact


@dataclass(frozen=True)
class SentenceSearch:
    """A model and the settings of the search; `terms` writes those of a glossary, if there is one.
    `fast` gives what searches of the same model use that are not exact, if there is anything.

    `max_length_ratio` is the number of target pieces that a source piece may need.
    """

    model: SearchModel
    processor: TextProcessor
    max_length_ratio: float
    config: SearchConfig
    terms: TermWriter | None = None
    fast: Callable[[], FastSearch] | None = None

    @property
    def beam(self) -> int:
        """The number of hypotheses of a sentence that are searched at once."""
        config = self.config
        return config.candidates if config.sample else max(config.beam, config.candidates)

    def request(
        self, sources: Sequence[EncodedSource], prefixes: Sequence[Sequence[int]] = ()
    ) -> SearchRequest:
        """The search for translations of sources that begin with their prefixes, if there are
        some, with the constraints of the settings."""
        return make_request(self.processor, self.config, self.max_length_ratio, sources, prefixes)

    def __call__(
        self, sources: Sequence[EncodedSource], prefixes: Sequence[Sequence[int]] = ()
    ) -> list[list[Hypothesis]]:
        """The hypotheses of each sentence, best first."""
        if self.config.sample:
            return self._sample(sources, prefixes)
        if self.config.wait != WHOLE:
            return self._search_while_heard(sources, prefixes)
        terms = [] if self.terms is None else list(map(self.terms.required, sources))
        if any(terms):
            return self._search_apart(sources, prefixes, terms)
        return self._search(sources, prefixes)

    def _search(
        self, sources: Sequence[EncodedSource], prefixes: Sequence[Sequence[int]]
    ) -> list[list[Hypothesis]]:
        request, limited = self.request(sources, prefixes), self.config.max_length > 0
        found = self._find(request)
        for i, hypotheses in enumerate(found):
            # (Where the user limits the length, there is no room for what is lacking.)
            if hypotheses[0].lacking and (hypotheses[0].stopped_by == "eos" or not limited):
                request = self.request([sources[i]], prefixes[i : i + 1])
                found[i] = self._search_wider(request, hypotheses)
        return found

    def _find(self, request: SearchRequest) -> list[list[Hypothesis]]:
        """The hypotheses of each sentence. Unless the search is to be exact, hopeless ones are
        dropped where one is asked for, and the tokens are those of a shortlist, if there is one."""
        nbest = self.config.candidates
        search = partial(beam_search, beam=self.beam, nbest=nbest)
        if nbest == 1 and not self.config.exact:
            search = partial(pruned_search, beam=self.beam)
        if self.fast is not None and is_fast(self.config):
            model = self.fast()
            if model.fits(request):
                return model(search, request)
        return search(self.model, request)

    def _search_wider(
        self, request: SearchRequest, hypotheses: list[Hypothesis]
    ) -> list[Hypothesis]:
        """The hypotheses of a sentence by a wider beam with places for each number of carried
        items, if its best one lacks less and ended by itself."""
        beam = max(self.beam, min(WIDER * self.beam, MAX_WIDER))
        (wider,) = allocated_search(self.model, request, beam=beam, nbest=self.config.candidates)
        return min(
            hypotheses, wider, key=lambda found: (found[0].stopped_by != "eos", found[0].lacking)
        )

    def _search_apart(
        self,
        sources: Sequence[EncodedSource],
        prefixes: Sequence[Sequence[int]],
        terms: Sequence[Sequence[RequiredTerm]],
    ) -> list[list[Hypothesis]]:
        """The hypotheses of sentences of which some must have terms, and the others need not."""
        found: list[list[Hypothesis]] = [[] for _ in sources]
        for has_terms in (False, True):
            places = [i for i, required in enumerate(terms) if bool(required) == has_terms]
            if not places:
                continue
            part = [sources[i] for i in places]
            forced = [prefixes[i] for i in places] if prefixes else []
            results = (
                self._search_with_terms(part, forced, [terms[i] for i in places])
                if has_terms
                else self._search(part, forced)
            )
            for i, hypotheses in zip(places, results, strict=True):
                found[i] = hypotheses
        return found

    def _search_with_terms(
        self,
        sources: Sequence[EncodedSource],
        prefixes: Sequence[Sequence[int]],
        terms: Sequence[Sequence[RequiredTerm]],
    ) -> list[list[Hypothesis]]:
        from seqcli.decoding.term_search import term_search  # noqa: PLC0415  (only for terms)
        from seqcli.decoding.term_states import most_tokens  # noqa: PLC0415

        assert self.terms is not None, "terms are required"
        request = self.request(sources, prefixes)
        if not self.config.max_length:
            limits = [
                limit + most_tokens(required)
                for limit, required in zip(request.limits, terms, strict=True)
            ]
            request = replace(request, limits=limits)
        beam = max(self.beam, MIN_TERM_BEAM)
        nbest = self.config.candidates
        return term_search(self.model, request, self.terms.edges, terms, beam=beam, nbest=nbest)

    def _sample(
        self, sources: Sequence[EncodedSource], prefixes: Sequence[Sequence[int]]
    ) -> list[list[Hypothesis]]:
        request, config = self.request(sources, prefixes), self.config
        return sample(
            self.model, request, count=self.beam, temperature=config.temperature, seed=config.seed
        )

    def _search_while_heard(
        self, sources: Sequence[EncodedSource], prefixes: Sequence[Sequence[int]]
    ) -> list[list[Hypothesis]]:
        from seqcli.decoding.hearing import make_hearing  # noqa: PLC0415  (for a quick start)
        from seqcli.decoding.simultaneous import simultaneous_search  # noqa: PLC0415

        request = self.request(sources, prefixes)
        return simultaneous_search(
            cast("SimultaneousModel", self.model),
            request,
            make_hearing(self.processor, self.config, sources, request),
            self.processor.target_words,
            beam=self.beam,
            nbest=self.config.nbest,
        )
