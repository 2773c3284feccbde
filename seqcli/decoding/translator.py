"""Text to text: pieces, search, and text again."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from seqcli.config import SearchConfig
from seqcli.data.batching import Example, pad
from seqcli.data.pairs import Pair
from seqcli.data.text import drop_unseen_punctuation, normalize_source
from seqcli.data.tokenizer import END, Tokenizer
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN, OutputVocabulary
from seqcli.decoding.constraints import Constraints
from seqcli.decoding.hypotheses import Hypothesis
from seqcli.decoding.scoring import token_log_probabilities
from seqcli.decoding.search import SearchModel, SearchRequest, beam_search, sample
from seqcli.decoding.translation import ScoredPair, Translation
from seqcli.errors import UserError

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

# A translation may be this many pieces longer than its length ratio allows.
LENGTH_MARGIN = 10
# What bounds the memory of a batch: source pieces, padding included, each counted once for being
# read and once for each hypothesis that looks at it.
BATCH_LOOKS = 1536


class Translator:
    """A model, its tokenizer and the settings of the search.

    `max_length_ratio` is how many target pieces a source piece may need, and sets the length limit;
    `source_punctuation` is what the source side of the training data has shown of it; `workers` are
    threads, each of which takes batch after batch.
    """

    def __init__(
        self,
        model: SearchModel,
        tokenizer: Tokenizer,
        output_vocabulary: OutputVocabulary,
        max_length_ratio: float,
        source_punctuation: str,
        config: SearchConfig,
        workers: int = 1,
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.output_vocabulary = output_vocabulary
        self.max_length_ratio = max_length_ratio
        self.source_punctuation = source_punctuation
        self.config = config
        self.workers = workers

    def translate(
        self,
        texts: str | Sequence[str],
        prefix: str = "",
        advance: Callable[[int], None] | None = None,
    ) -> list[list[Translation]]:
        """For each text its translations, best first; a blank text gives one empty translation.

        A string is one text: its result has the length 1. Each translation begins with the prefix.
        Raises `UserError` for a prefix that the model cannot write. `advance` is called, from
        whatever thread, with the number of texts that have been done.
        """
        if isinstance(texts, str):
            texts = [texts]
        forced = self._prefix_tokens(prefix)
        sources = [self.encode_source(text) for text in texts]
        results = [[_empty_translation(text)] for text in texts]
        if advance:
            advance(sum(not source for source in sources))

        def work(chosen: Sequence[int]) -> None:
            found = self._search([self.to_ids(sources[i]) for i in chosen], forced)
            for i, hypotheses in zip(chosen, found, strict=True):
                results[i] = [
                    self.to_translation(texts[i], sources[i], each) for each in hypotheses
                ]
            if advance:
                advance(len(chosen))

        self._run_batches(work, self._batches([len(source) for source in sources], self._beam()))
        return results

    def score(self, pairs: Sequence[Pair]) -> list[ScoredPair]:
        """How probable the model finds each pair's target, given its source."""
        encoded = [self.encode_source(pair.source) for pair in pairs]
        examples = [self._to_example(*both) for both in zip(encoded, pairs, strict=True)]
        results: list[ScoredPair | None] = [None for _ in pairs]

        def work(chosen: Sequence[int]) -> None:
            sources, targets = zip(*(examples[i] for i in chosen), strict=True)
            found = token_log_probabilities(self.model, sources, targets, END_TOKEN)
            for i, target, log_probabilities in zip(chosen, targets, found, strict=True):
                results[i] = ScoredPair(
                    pairs[i],
                    tuple(self.tokenizer.pieces(self.output_vocabulary.ids(target))),
                    tuple(map(float, log_probabilities)),
                    list(target).count(UNKNOWN_TOKEN),
                    self._is_cut(encoded[i]),
                )

        sizes = [max(map(len, to_example)) for to_example in examples]
        self._run_batches(work, self._batches(sizes, beam=1))
        return [each for each in results if each is not None]

    def to_example(self, pair: Pair) -> Example:
        """A given pair as the model reads its source and would write its target, with ends."""
        return self._to_example(self.encode_source(pair.source), pair)

    def _to_example(self, source: Sequence[tuple[str, int]], pair: Pair) -> Example:
        target = self.output_vocabulary.encode(self.tokenizer, pair.target)
        return Example(self.to_ids(source), [*target, END_TOKEN])

    def normalize(self, text: str) -> str:
        """The text as the model gets it: folded, without punctuation that is strange to it."""
        return drop_unseen_punctuation(normalize_source(text), self.source_punctuation)

    def encode_source(self, text: str) -> list[tuple[str, int]]:
        return self.tokenizer.surfaces(self.normalize(text))

    def to_ids(self, pieces: Sequence[tuple[str, int]]) -> list[int]:
        return [*(i for _, i in pieces[: self.config.max_source_pieces]), END]

    def _is_cut(self, pieces: Sequence[tuple[str, int]]) -> bool:
        return len(pieces) > self.config.max_source_pieces

    def _prefix_tokens(self, prefix: str) -> list[int]:
        # NFC as the targets of training. A space at its end would stand in the way of the next
        # word, which brings its own.
        prefix = unicodedata.normalize("NFC", prefix).rstrip()
        tokens = self.output_vocabulary.encode(self.tokenizer, prefix) if prefix else []
        if 0 < self.config.max_length < len(tokens):
            raise UserError(
                f"the prefix {prefix!r} has {len(tokens)} pieces, more than max-length "
                f"({self.config.max_length})"
            )
        if UNKNOWN_TOKEN in tokens:
            raise UserError(
                f"the prefix {prefix!r} cannot be written: the pieces that this model writes do "
                "not cover all of it"
            )
        return tokens

    def _run_batches(
        self, work: Callable[[Sequence[int]], None], batches: Sequence[Sequence[int]]
    ) -> None:
        if min(self.workers, len(batches)) < 2:
            for batch in batches:
                work(batch)
            return
        futures: list[Future[None]] = []
        try:
            for batch in batches:
                futures.append(self._pool.submit(work, batch))  # noqa: PERF401  (see below)
            for future in futures:
                future.result()
        finally:
            for future in futures:
                future.cancel()  # after an error or Ctrl-C nobody waits for the rest

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        """Threads that stay, and with them the memory that each has for itself."""
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (one sentence needs none)

        return ThreadPoolExecutor(self.workers)

    def _beam(self) -> int:
        """Hypotheses of a sentence that are followed at once."""
        return self.config.nbest if self.config.sample else max(self.config.beam, self.config.nbest)

    def _batches(self, sizes: Sequence[int], beam: int) -> list[list[int]]:
        """Indices of those that are not blank, similar sizes together, so that little is computed
        on padding; the longest first, so that no worker is left alone with them at the end."""
        batches: list[list[int]] = []
        for i in sorted((i for i, size in enumerate(sizes) if size), key=lambda i: -sizes[i]):
            longest = sizes[batches[-1][0]] if batches else 0
            room = BATCH_LOOKS // ((1 + beam) * longest) if batches else 0
            if not batches or len(batches[-1]) >= max(1, min(self.config.batch_size, room)):
                batches.append([])
            batches[-1].append(i)
        return batches

    def search_request(
        self, sources: Sequence[Sequence[int]], forced: Sequence[int] = ()
    ) -> SearchRequest:
        """What is asked of a search for the translations of sources, by the settings."""
        config = self.config
        padded, lengths = pad(sources)
        most = [
            config.max_length or int(self.max_length_ratio * length) + LENGTH_MARGIN + len(forced)
            for length in lengths
        ]
        return SearchRequest(
            padded,
            lengths,
            END_TOKEN,
            limits=[max(limit, config.min_length) for limit in most],
            forbidden=[UNKNOWN_TOKEN],
            prefixes=[forced for _ in sources] if forced else (),
            constraints=Constraints(
                length_penalty=config.length_penalty,
                length_norm=config.length_norm,
                coverage_penalty=config.coverage_penalty,
                minimum=config.min_length,
                no_repeat=config.no_repeat_ngram,
                guard=config.repetition_guard,
            ),
        )

    def _search(self, sources: list[list[int]], forced: list[int]) -> list[list[Hypothesis]]:
        config, request = self.config, self.search_request(sources, forced)
        if config.sample:
            return sample(
                self.model,
                request,
                count=self._beam(),
                temperature=config.temperature,
                seed=config.seed,
            )
        return beam_search(self.model, request, beam=self._beam(), nbest=config.nbest)

    def to_translation(
        self, text: str, source: Sequence[tuple[str, int]], hypothesis: Hypothesis
    ) -> Translation:
        ids = self.output_vocabulary.ids(hypothesis.tokens)
        written = ids[:-1] if ids[-1:] == [END] else ids
        source_pieces = [piece for piece, _ in source[: self.config.max_source_pieces]]
        end = self.tokenizer.pieces([END])
        return Translation(
            source=text,
            text=self.tokenizer.decode(written),
            score=hypothesis.score,
            log_probability=hypothesis.log_probability,
            source_pieces=(*source_pieces, *end),
            target_pieces=tuple(self.tokenizer.pieces(ids)),
            attention=hypothesis.weights,
            stopped_by=hypothesis.stopped_by,
            cut=self._is_cut(source),
        )


def _empty_translation(text: str) -> Translation:
    return Translation(text, "", 0.0, 0.0, (), (), None, "eos")
