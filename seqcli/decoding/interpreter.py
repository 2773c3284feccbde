"""Translates a line while it is still being typed or spoken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from seqcli.config import WHOLE
from seqcli.data.heard_words import heard_words
from seqcli.data.text import one_line
from seqcli.decoding.encoded import EncodedSource
from seqcli.decoding.heard_sentences import sentence_end
from seqcli.decoding.hearing import as_heard, make_hearing
from seqcli.decoding.hypotheses import distinct
from seqcli.decoding.joining import join_nbest, separators
from seqcli.decoding.simultaneous import SimultaneousSearch
from seqcli.decoding.translation import Translation, unchanged
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError

if TYPE_CHECKING:
    from seqcli.arrays import Arrays
    from seqcli.decoding.simultaneous import SimultaneousModel


def check_wait(wait: str) -> None:
    """Raise a `UserError` for a wait that needs the length of the line."""
    if wait == WHOLE or "/" in wait:
        raise UserError(
            "a line that is still being written has no length yet: name a number of words, such as "
            "--wait 3"
        )


class Interpreter:
    """Translates one line of which more and more is heard.

    `text` is what has been written; it only grows. Raises what `check_wait` raises.
    """

    def __init__(self, translator: Translator) -> None:
        check_wait(translator.config.wait)
        self.translator = translator
        self.text = ""
        self._ended = 0  # characters of the line in sentences that have ended
        self._before = ""  # what is written of those sentences
        self._room = translator.processor.max_source_pieces
        self._sentences: list[Translation] = []
        self._sentence = _Sentence(translator)

    def prepare(self) -> None:
        """Do what the first word would have to wait for."""
        _Sentence(self.translator).end("a", followed=False)

    def hear(self, line: str) -> str:
        """Hear a line as far as it has come; what is written now.

        Its last word counts as a whole one. If the line goes on with it, it is heard again, unless
        something has been written after it.
        """
        before = len(self.text)
        line = self._hear_sentences(line)
        if self._room > 0:
            self._sentence.hear(line[self._ended :])
            self._write(self._sentence.text)
        return self.text[before:]

    def end(self, line: str) -> tuple[str, Translation]:
        """Hear the whole line: what is written now, and its translation."""
        before = len(self.text)
        read = self._hear_sentences(line)
        self._end_sentence(read[self._ended :], followed=False)
        (translation, *_) = join_nbest(read, [[sentence] for sentence in self._sentences])
        return self.text[before:], replace(translation, source=line)

    def _hear_sentences(self, line: str) -> str:
        """Hear the sentences of a line that have ended; the line as it is read."""
        line = as_heard(line)
        if self.translator.config.split:
            while length := sentence_end(line[self._ended :], self._sentence.used):
                self._end_sentence(line[self._ended : self._ended + length], followed=True)
                self._ended += length
        return line

    def _end_sentence(self, text: str, *, followed: bool) -> None:
        sentence, self._sentence = self._sentence, _Sentence(self.translator)
        if self._room <= 0:
            return
        translation = sentence.end(text, followed=followed)
        self._write(sentence.text)
        self._before = self.text
        self._room -= max(0, len(translation.source_pieces) - 1)
        self._sentences.append(translation)

    def _write(self, text: str) -> None:
        """Write the part of the present sentence's text that is not written yet."""
        text = one_line(text)
        written = self.text[len(self._before) :]
        if text and not written:
            *_, separator = separators([self._before, text])
            self._before += separator
            self.text = self._before
        if text.startswith(written := self.text[len(self._before) :]):
            self.text += text[len(written) :]


class _Sentence:
    """One sentence of a line; `text` is what has been written of it."""

    def __init__(self, translator: Translator) -> None:
        self.translator = translator
        self.text = ""
        self._words: list[str] = []
        self._words_used = 0  # those that the search has heard
        self._search: SimultaneousSearch | None = None
        self._state: Arrays = ()

    @property
    def used(self) -> int:
        """The number of characters of the words that the search has heard."""
        return sum(map(len, self._words[: self._words_used]))

    def hear(self, text: str) -> None:
        """Hear the sentence as far as it has come, and write what it allows."""
        encoded = self.translator.processor.encode_words(
            self._split(text, ended=False), ended=False
        )
        if encoded.heard and (self._search or self._may_begin(encoded.heard)):
            self._advance(encoded, ended=False)

    def end(self, text: str, *, followed: bool) -> Translation:
        """Hear the whole sentence; its translation."""
        processor = self.translator.processor
        encoded = processor.encode_words(self._split(text, ended=True), followed=followed)
        if encoded.is_empty:
            encoded = processor.encode_source(text)
            has_confidence = self.translator.confidence is not None
            translation = unchanged(text, encoded, has_confidence=has_confidence)
        else:
            found = distinct(self._advance(encoded, ended=True).best(0))
            ((best, *_),) = self.translator.told_apart([found])
            translation = self.translator.to_translation(text, encoded, best)
        self.text = translation.text
        return translation

    def _split(self, text: str, *, ended: bool) -> list[str]:
        """The words of the sentence so far. What the search has heard of them does not change."""
        heard = self._words[: self._words_used]
        self._words = [*heard, *heard_words(text[self.used :], ended=ended)]
        return self._words

    def _may_begin(self, heard: Sequence[int]) -> bool:
        return len(heard) >= int(self.translator.config.wait)

    def _advance(self, encoded: EncodedSource, *, ended: bool) -> SimultaneousSearch:
        translator = self.translator
        model = cast("SimultaneousModel", translator.search.model)
        request = translator.search.request([encoded])
        processor, config = translator.processor, translator.config
        hearing = make_hearing(processor, config, [encoded], request, ended=ended)
        if self._search is None:
            counter = processor.target_words
            self._search = SimultaneousSearch(request, hearing, counter, config.beam, nbest=1)
            memory, self._state = self._search.encode(model)
        else:
            self._search.hear(request, hearing)
            memory, _ = model.encode(request.source, request.lengths)
        search = self._search
        while len(search.sentences) and not search.is_waiting:
            memory, self._state = search.advance_with(model, memory, self._state)
        self._words_used = min(encoded.words[search.heard[0] - 1], len(self._words))
        if not ended:
            written = search.written_so_far()
            heard = [encoded.words[number - 1] for number in written.heard]
            decoded = processor.decode(encoded, written.tokens, written.weights, heard, ended=False)
            self.text = decoded.text
        return search
