"""The terms of a glossary as tokens that a translation must have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np

from seqcli.data.carryover import SPACED
from seqcli.data.glossary import FORMS, FoundTerm, TargetForm, Term
from seqcli.data.patterns import compiled
from seqcli.data.text import is_unspaced
from seqcli.data.tokenizer import Tokenizer
from seqcli.data.vocabulary import UNKNOWN_TOKEN, OutputVocabulary
from seqcli.decoding.encoded import EncodedSource
from seqcli.decoding.hypotheses import Hypothesis
from seqcli.decoding.term_states import RequiredTerm, TermForm, TokenEdges
from seqcli.wording import plural, shortened

NAMED = 10  # terms in a message

# A term is unlikely if its tokens have a smaller log-probability together, where they stand. On 300
# sentences of Multi30k with terms of their references, limits from -8 to -15 gave the same BLEU
# within 0.4, about one more than without; terms that the model never learned are then no longer
# added at the end of a sentence that has another word in their place.
MIN_LOG_PROBABILITY = -10.0


class TermWriter:
    """What writes terms in the pieces of a model."""

    def __init__(self, tokenizer: Tokenizer, vocabulary: OutputVocabulary) -> None:
        self.tokenizer = tokenizer
        self.vocabulary = vocabulary
        self._forms: dict[tuple[str, bool], tuple[TermForm, ...]] = {}

    @cached_property
    def edges(self) -> TokenEdges:
        """The edges of all tokens."""
        inside = compiled(SPACED)
        pieces = self._pieces
        return TokenEdges(
            np.array([bool(piece and inside.match(piece[0])) for piece in pieces]),
            np.array([bool(piece and inside.match(piece[-1])) for piece in pieces]),
        )

    def required(self, source: EncodedSource) -> list[RequiredTerm]:
        """The terms that a translation must have, as tokens.

        Those that are carried over are not among them, and none is of a source that is cut, as they
        may be in the part that is not read.
        """
        terms = [] if source.cut else [term for term in source.source.terms if not term.carried]
        return list(filter(None, map(self.to_tokens, terms)))

    def unlikely(self, source: EncodedSource, hypothesis: Hypothesis) -> set[str]:
        """The terms, by their source, that the model would hardly have written in a hypothesis."""
        return {
            term.source
            for term in source.source.terms
            if not term.carried
            and self._log_probability(self.to_tokens(term), hypothesis) < MIN_LOG_PROBABILITY
        }

    def _log_probability(self, term: RequiredTerm, hypothesis: Hypothesis) -> float:
        """That of the tokens of a term, where it is the most probable; 0 if it is not there."""
        tokens, found = hypothesis.tokens, []
        for form in term:
            size = len(form.tokens)
            found += [
                sum(hypothesis.log_probabilities[place : place + size])
                for place in range(len(tokens) - size + 1)
                if tokens[place : place + size] == form.tokens
            ]
        return max(found, default=0.0)

    def to_tokens(self, term: FoundTerm) -> RequiredTerm:
        """The forms of a term as tokens; none if it cannot be written."""
        return tuple(form for written in term.forms for form in self._written(written))

    def can_write(self, text: str) -> bool:
        """Whether the model has pieces for the whole text."""
        return UNKNOWN_TOKEN not in self.vocabulary.encode(self.tokenizer, text)

    def _written(self, form: TargetForm) -> tuple[TermForm, ...]:
        key = form.text, form.at_start
        if key not in self._forms:
            found = {each.tokens: each for each in self._ways(form)}
            self._forms[key] = tuple(found.values())
        return self._forms[key]

    def _ways(self, form: TargetForm) -> Iterator[TermForm]:
        """The ways to write a form: in its own pieces, after a space or without one; and as a part
        of a single piece."""
        text, at_start = form
        begins, ends = (bool(compiled(SPACED).match(text[place])) for place in (0, -1))
        if not self.can_write(text):
            return
        if not is_unspaced(text[0]) and not at_start:
            pieces = self.tokenizer.segment_words(text, begins=False)
            bare = self.vocabulary.to_tokens([i for _, i in pieces], missing=-1).tolist()
            if -1 not in bare:
                yield TermForm(tuple(bare), begins, ends)
        for token, begin, end in self._pieces_with(text, begins=begins, ends=ends):
            piece = self._pieces[token]
            yield TermForm((token,), begins and not begin, ends and end == len(piece), at_start)
        tokens = tuple(self.vocabulary.encode(self.tokenizer, text))
        yield TermForm(tokens, ends_inside=ends, at_start=at_start)

    def _pieces_with(
        self, text: str, *, begins: bool, ends: bool
    ) -> Iterator[tuple[int, int, int]]:
        """The tokens of the pieces that have a text as whole words, and where: [start, end)."""
        inside = compiled(SPACED)
        for token, piece in enumerate(self._pieces):
            begin = piece.find(text)
            if begin < 0:
                continue
            end = begin + len(text)
            goes_on = ends and end < len(piece) and inside.match(piece[end])
            if not goes_on and not (begins and begin and inside.match(piece[begin - 1])):
                yield token, begin, end

    @cached_property
    def _pieces(self) -> list[str]:
        """The text of each token; empty for the special ones, which are the first two."""
        pieces = self.tokenizer.pieces(self.vocabulary.to_ids(range(len(self.vocabulary))))
        return ["", "", *(piece.replace("▁", " ") for piece in pieces[2:])]


def unwritable(
    terms: Iterable[Term], tokenizer: Tokenizer, vocabulary: OutputVocabulary
) -> list[Term]:
    """The terms of which no form can be written with these pieces."""
    writer = TermWriter(tokenizer, vocabulary)
    return [term for term in terms if not any(map(writer.can_write, term.targets))]


def about_unwritable(terms: Sequence[Term]) -> str:
    """What to say about terms that cannot be written, and what to do."""
    named = ", ".join(shortened(FORMS.join(term.targets)) for term in terms[:NAMED])
    dots = ", …" * (len(terms) > NAMED)
    return (
        f"{plural(len(terms), 'term')} that the pieces of this model cannot write: {named}{dots} "
        "(`seqcli train --base` adds the characters of new pairs)"
    )
