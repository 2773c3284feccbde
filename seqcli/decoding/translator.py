"""Text to text: encode, make batches, search, decode."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from math import log
from typing import TYPE_CHECKING, Any

from seqcli.config import WHOLE, SearchConfig
from seqcli.corrections.memory import TranslationMemory
from seqcli.data.pairs import Pair
from seqcli.data.written_terms import written_terms
from seqcli.decoding.batches import BatchRunner
from seqcli.decoding.confidence import Confidence
from seqcli.decoding.encoded import EncodedSource
from seqcli.decoding.fusion import FusedModel, TargetLanguageModel
from seqcli.decoding.hypotheses import Hypothesis
from seqcli.decoding.joining import sentences_within, translate_lines
from seqcli.decoding.remembering import Translate, translate_remembering
from seqcli.decoding.requests import prefix_tokens
from seqcli.decoding.scoring import score_pairs
from seqcli.decoding.search import SearchModel
from seqcli.decoding.sentence_search import SentenceSearch
from seqcli.decoding.sentences import split_sentences
from seqcli.decoding.text_processor import TextProcessor
from seqcli.decoding.translation import MIN_PLACE_PROBABILITY, ScoredPair, Translation, unchanged

if TYPE_CHECKING:
    from seqcli.data.glossary import Glossary
    from seqcli.decoding.fast_search import FastSearch
    from seqcli.decoding.heard_sentences import HeardSentence
    from seqcli.decoding.terms import TermWriter


class Translator:
    """A model, its text processor and the settings of the search.

    `max_length_ratio` is the number of target pieces that a source piece may need, and sets the
    length limit; `workers` is the number of threads, which take one batch at a time. `confidence`
    is what the translations get theirs from; without it, they have none. A `language_model` takes
    part in the search. What a translation `memory` knows needs none. What the processor finds of a
    glossary in sources is written by `terms`. `fast` gives what searches use that are not exact.
    Where there is not enough RAM for one sentence, a `MemoryShortError` is raised.
    """

    def __init__(
        self,
        model: SearchModel,
        processor: TextProcessor,
        max_length_ratio: float,
        config: SearchConfig,
        workers: int = 1,
        confidence: Confidence | None = None,
        language_model: TargetLanguageModel | None = None,
        memory: TranslationMemory | None = None,
        terms: TermWriter | None = None,
        fast: Callable[[], FastSearch] | None = None,
    ) -> None:
        self.model = model
        self.language_model = language_model
        self._fused: FusedModel | None = None
        if language_model is not None and config.language_weight:
            self._fused = FusedModel(model, language_model, config.language_weight)
        self.processor = processor
        self.max_length_ratio = max_length_ratio
        self.config = config
        self.batches = BatchRunner(workers, config.batch_size)
        self.confidence = confidence
        self.memory = memory
        self.terms = terms
        self.fast = fast

    @property
    def search(self) -> SentenceSearch:
        """What searches the model, together with the language model if there is one."""
        model, config = self._fused or self.model, self.config
        if self._fused is not None:  # (its scores are sums of two, of any scale)
            config = replace(config, exact=True)
        return SentenceSearch(
            model, self.processor, self.max_length_ratio, config, self.terms, self.fast
        )

    def translate(
        self,
        texts: str | Sequence[str],
        prefix: str = "",
        advance: Callable[[int], None] | None = None,
    ) -> list[list[Translation]]:
        """The translations of each text, best first; a blank text has one empty translation.

        A string is one text: the result has length 1. Each translation begins with the prefix.
        With `split`, the sentences of a text are translated one by one, and joined. A text, or a
        sentence, that the memory knows is translated as it was told, unless samples are drawn or
        words are heard one by one. `advance` is called, from any thread, with the number of texts
        that have been translated. Raises `UserError` for a prefix that the model cannot write.
        """
        if isinstance(texts, str):
            texts = [texts]
        if self.config.wait != WHOLE:
            return self._translate_while_heard(texts, prefix, advance)
        translate = self._remembering(self._translate)
        if self.config.split:
            translate = self._remembering(partial(self._translate_sentences, translate))
        return translate(texts, prefix, advance)

    def with_match(self, nbest: list[Translation]) -> list[Translation]:
        """The translations of a text; those of the model with the correction of a similar source
        beside them, if the memory has one."""
        memory = self._used_memory
        if memory is None or nbest[0].origin == "memory":
            return nbest
        match = memory.nearest(nbest[0].source)
        return nbest if match is None else [replace(each, match=match) for each in nbest]

    @property
    def _used_memory(self) -> TranslationMemory | None:
        """The memory, where one is used and holds something."""
        return (self.memory or None) if self.config.is_of_whole_sentences else None

    def _remembering(self, translate: Translate) -> Translate:
        """The same function, which looks the texts up in the memory first."""
        if (memory := self._used_memory) is None:
            return translate
        return partial(
            translate_remembering,
            translate,
            memory,
            nbest=self.config.nbest,
            has_confidence=self.confidence is not None,
        )

    def _translate_sentences(
        self,
        translate: Translate,
        texts: Sequence[str],
        prefix: str,
        advance: Callable[[int], None] | None,
    ) -> list[list[Translation]]:
        """The translations of each text, whose sentences `translate` translates one by one."""
        lines = [sentences_within(self.processor, split_sentences(text)) for text in texts]
        return translate_lines(translate, texts, lines, prefix, advance)

    def _translate(
        self, texts: Sequence[str], prefix: str, advance: Callable[[int], None] | None
    ) -> list[list[Translation]]:
        """The translations of each text, as one sentence."""
        sources = [self.processor.encode_source(text) for text in texts]
        return self._translate_sources(texts, sources, prefix, advance)

    def _translate_while_heard(
        self, texts: Sequence[str], prefix: str, advance: Callable[[int], None] | None
    ) -> list[list[Translation]]:
        """The translations of each text, whose words are heard one by one."""
        from seqcli.decoding.hearing import as_heard, line_sentences  # noqa: PLC0415

        lines = list(map(as_heard, texts))
        sentences = [
            line_sentences(self.processor, line, split=self.config.split) for line in lines
        ]
        results = translate_lines(self._translate_heard, lines, sentences, prefix, advance)
        return [
            [replace(translation, source=text) for translation in nbest]
            for text, nbest in zip(texts, results, strict=True)
        ]

    def _translate_heard(
        self,
        sentences: Sequence[HeardSentence],
        prefix: str,
        advance: Callable[[int], None] | None,
    ) -> list[list[Translation]]:
        """The translations of sentences that are heard word by word."""
        from seqcli.decoding.hearing import encode_heard  # noqa: PLC0415  (for a quick start)

        sources = [encode_heard(self.processor, sentence) for sentence in sentences]
        return self._translate_sources([s.text for s in sentences], sources, prefix, advance)

    def _translate_sources(
        self,
        texts: Sequence[str],
        sources: Sequence[EncodedSource],
        prefix: str,
        advance: Callable[[int], None] | None,
    ) -> list[list[Translation]]:
        to_tokens = partial(prefix_tokens, self.processor, self.config, prefix)
        prefixes = list(map(to_tokens, sources)) if prefix else []
        if not texts:  # then the prefix is only checked
            to_tokens(self.processor.encode_source(""))
        has_confidence = self.confidence is not None
        results = [
            [unchanged(text, source, has_confidence=has_confidence)]
            for text, source in zip(texts, sources, strict=True)
        ]
        if advance:
            advance(sum(source.is_empty for source in sources))

        carrying: dict[int, EncodedSource] = {}

        def work(batch: Sequence[int]) -> None:
            forced = [prefixes[i] for i in batch] if prefixes else []
            found = self.told_apart(self.search([sources[i] for i in batch], forced))
            for i, hypotheses in zip(batch, found, strict=True):
                given = len(prefixes[i]) if prefixes else 0
                results[i], best = self._ranked(texts[i], sources[i], hypotheses, given)
                if self.terms is not None and self.processor.all_symbol_tokens:
                    unlikely = self.terms.unlikely(sources[i], best)
                    if unlikely:
                        carrying[i] = self.processor.encode_carrying(texts[i], unlikely)
            if advance:
                advance(len(batch))

        sizes = [0 if source.is_empty else len(source.ids) for source in sources]
        self.batches.run(work, sizes, self.search.beam)
        if carrying:
            self._translate_carrying(carrying, results, prefix)
        return results

    def _translate_carrying(
        self, sources: Mapping[int, EncodedSource], results: list[list[Translation]], prefix: str
    ) -> None:
        """Translate once more, with terms carried over as new words are, the texts in which the
        model would hardly have written them; replace the results where nothing is missing then."""
        places = sorted(sources)

        def work(batch: Sequence[int]) -> None:
            part = [sources[places[i]] for i in batch]
            forced = [prefix_tokens(self.processor, self.config, prefix, each) for each in part]
            found = self.told_apart(self.search(part, forced if prefix else []))
            for i, hypotheses in zip(batch, found, strict=True):
                place, source = places[i], sources[places[i]]
                text, given = results[place][0].source, len(forced[batch.index(i)])
                nbest, _ = self._ranked(text, source, hypotheses, given)
                has_all = all(term.is_met for term in nbest[0].terms) and not nbest[0].missing
                if nbest[0].stopped_by == "eos" and has_all:
                    results[place] = nbest

        sizes = [len(sources[place].ids) for place in places]
        self.batches.run(work, sizes, self.search.beam)

    def with_settings(self, config: SearchConfig) -> Translator:
        """The same translator with other settings of the search."""
        processor = replace(self.processor, max_source_pieces=config.max_source_pieces)
        return self._changed(processor=processor, config=config)

    def with_language_model(self, language_model: TargetLanguageModel) -> Translator:
        """The same translator, whose search a language model has a say in, by its weight."""
        return self._changed(language_model=language_model)

    def with_memory(self, memory: TranslationMemory) -> Translator:
        """The same translator, which need not search for what the memory knows."""
        return self._changed(memory=memory)

    def with_glossary(self, glossary: Glossary) -> Translator:
        """The same translator, whose translations have the terms of a glossary, of which each can
        be written.

        Raises `UserError` for a model of an old format, which does not look for terms.
        """
        from seqcli.decoding.terms import TermWriter  # noqa: PLC0415  (only for a glossary)

        terms = TermWriter(self.processor.tokenizer, self.processor.output_vocabulary)
        return self._changed(processor=self.processor.with_glossary(glossary), terms=terms)

    def _changed(self, **changes: Any) -> Translator:
        """The same translator with other values of some arguments."""
        names = (
            *("model", "processor", "max_length_ratio", "config"),
            *("confidence", "language_model", "memory", "terms", "fast"),
        )
        values = {name: getattr(self, name) for name in names}
        return Translator(**{"workers": self.batches.workers} | values | changes)

    def score(self, pairs: Sequence[Pair]) -> list[ScoredPair]:
        """The log-probability of each pair's target, given its source.

        Of each side, the first `max_source_pieces` pieces are read. A language model has no say.
        """
        longest = self.config.max_source_pieces
        return score_pairs(self.model, self.processor, self.batches, pairs, longest)

    def hypotheses(self, sources: Sequence[EncodedSource]) -> list[list[Hypothesis]]:
        """The hypotheses of `translate` for sources that are not empty, best first."""
        return self.told_apart(self.search(sources))

    def told_apart(self, found: Sequence[Sequence[Hypothesis]]) -> list[list[Hypothesis]]:
        """Hypotheses of sentences with the log-probabilities of the model alone, and those of the
        language model beside them, if there is one."""
        if self._fused is None:
            return [list(nbest) for nbest in found]
        apart = iter(self._fused.tell_apart([each for nbest in found for each in nbest]))
        return [list(islice(apart, len(nbest))) for nbest in found]

    def _ranked(
        self, text: str, source: EncodedSource, hypotheses: Sequence[Hypothesis], given: int
    ) -> tuple[list[Translation], Hypothesis]:
        """The hypotheses of a text as translations, best first (see `to_translation`), and that of
        the first."""
        nbest = [self.to_translation(text, source, each, given) for each in hypotheses]
        if not self.config.mbr:
            return nbest, hypotheses[0]
        from seqcli.decoding.bayes_risk import by_expected_chrf  # noqa: PLC0415  (only for --mbr)

        best = by_expected_chrf(nbest, self.config.language_weight, drawn=self.config.sample)
        first = next(i for i, each in enumerate(nbest) if each is best[0])
        return best[: self.config.nbest], hypotheses[first]

    def to_translation(
        self, text: str, source: EncodedSource, hypothesis: Hypothesis, given: int = 0
    ) -> Translation:
        """A hypothesis as a translation of the text, which is encoded as `source`. Its first tokens
        may be `given`, by a prefix."""
        heard = tuple(source.words[number - 1] for number in hypothesis.heard)
        decoded = self.processor.decode(source, hypothesis.tokens, hypothesis.weights, heard)
        terms = written_terms(decoded.text, source.source.terms)
        # (One that is carried is among what is missing of the items.)
        lacking = (term.forms[0].text for term, is_met in terms if not is_met and not term.carried)
        translation = Translation(
            source=text,
            text=decoded.text,
            score=hypothesis.score,
            log_probability=hypothesis.log_probability,
            source_pieces=source.pieces,
            target_pieces=decoded.pieces,
            attention=hypothesis.weights,
            stopped_by=hypothesis.stopped_by,
            cut=source.cut,
            copies=decoded.copies,
            missing=(*decoded.missing, *lacking),
            misplaced=tuple(
                copy.text
                for copy in decoded.copies
                if copy.target_piece >= given
                and hypothesis.log_probabilities[copy.target_piece] < log(MIN_PLACE_PROBABILITY)
            ),
            unknown=source.source.unknown,
            dropped=source.source.dropped,
            log_probabilities=hypothesis.log_probabilities,
            heard=heard,
            language_log_probability=hypothesis.language_log_probability,
            terms=tuple(terms),
        )
        if self.confidence is None:
            return translation
        unknown = self.processor.count_unknown(source)
        return replace(translation, confidence=self.confidence(translation, unknown))
