"""The output of `seqcli translate`: translations in several formats, and their faults."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from seqcli.cli.streams import explain_fault, info, json_line, report_faults, report_places
from seqcli.decoding.faults import FaultLog
from seqcli.decoding.unread import Unread
from seqcli.wording import plural

if TYPE_CHECKING:
    from seqcli.decoding.translation import Translation
    from seqcli.decoding.translator import Translator

# A translation with a lower confidence is reported as doubtful.
DOUBTFUL = 0.5

FORMATS = ("text", "tsv", "json", "pharaoh")


class TranslationWriter:
    """Translates sentences, writes the translations, and collects their faults.

    Lines are counted from `first_line`. Where the confidence in the best translation of a line is
    below `min_confidence`, the line is written as it is. With `is_conversation`, each doubtful
    translation is followed by a message.
    """

    def __init__(
        self,
        translator: Translator,
        out: TextIO,
        form: str,
        *,
        heatmap: bool,
        prefix: str,
        advance: Callable[[int], None],
        min_confidence: float = 0.0,
        is_conversation: bool = False,
        first_line: int = 1,
    ) -> None:
        self.translator = translator
        self.out = out
        self.form = form
        self.heatmap = heatmap
        self.prefix = prefix
        self.advance = advance
        self.min_confidence = min_confidence
        self.is_conversation = is_conversation
        self.last: Translation | None = None  # the best one of the last line that is not blank
        self.first_line = first_line
        self.line = first_line - 1  # the number of the last line
        self.untranslated: list[int] = []  # numbers of the lines that were left as they are
        self.doubtful: list[int] = []  # numbers of other lines with a low confidence
        self.unaligned: list[int] = []  # numbers of remembered lines, which have no weights
        self.faults = FaultLog()
        self.unread = Unread()

    def __call__(self, texts: Sequence[str]) -> None:
        """Translate and write the next sentences."""
        for found in self.translator.translate(texts, self.prefix, self.advance):
            shows_match = self.form == "json" or self.is_conversation
            nbest = self.translator.with_match(found) if shows_match else found
            self.record(nbest[0])
            if self.untranslated[-1:] == [self.line]:
                print(self._line(1, replace(nbest[0], text=nbest[0].source)), file=self.out)
                continue
            for rank, translation in enumerate(nbest, start=1):
                print(self._line(rank, translation), file=self.out)
                if self.heatmap and translation.attention is not None:
                    self._draw(translation)
            self.report(nbest[0])
        self.out.flush()

    @property
    def sentences(self) -> int:
        """The number of sentences so far."""
        return self.line - self.first_line + 1

    def record(self, translation: Translation) -> None:
        """Count the next translation, and collect its faults."""
        self.line += 1
        if translation.source.strip():
            self.last = translation
        if translation.origin == "memory" and (self.heatmap or self.form == "pharaoh"):
            self.unaligned.append(self.line)
        self.faults.record(self.line, translation.faults)
        self.unread.record(translation)
        confidence = 1.0 if translation.confidence is None else translation.confidence
        if confidence < self.min_confidence:
            self.untranslated.append(self.line)
        elif confidence < DOUBTFUL:
            self.doubtful.append(self.line)

    def summarize(self) -> None:
        """Report which translations may be incomplete or wrong, and what was unknown."""
        of = plural(self.sentences, "translation")
        if not self.is_conversation:
            self._report_unread(self.unread, self.sentences)
            report_faults(of, self.faults, self.translator.config.max_source_pieces)
            report_places(of, self.doubtful, f"doubtful, the confidence is under {DOUBTFUL:g}")
        limit = f"confidence under {self.min_confidence:g}"
        report_places(of, self.untranslated, f"{limit}, the source was left in its place")
        without = "remembered, so without attention weights (--no-memory translates them)"
        report_places(of, self.unaligned, without)

    def report(self, translation: Translation) -> None:
        """In a conversation, report at once what was unknown in a sentence, if its translation is
        incomplete, or may be wrong, and what is remembered of it."""
        if not self.is_conversation:
            return
        self.out.flush()
        unread = Unread()
        unread.record(translation)
        self._report_unread(unread, 1)
        for fault in translation.faults:
            info(explain_fault(fault, self.translator.config.max_source_pieces))
        confidence = translation.confidence
        if confidence is not None and confidence < DOUBTFUL:
            info(f"not sure of this one (confidence {confidence:.2f})")
        if translation.origin == "memory":
            info("remembered")
        if (match := translation.match) is not None:
            alike = f"{100 * match.similarity:.0f} % alike"
            info(f"remembered, {alike}: {match.source} → {match.translation}")

    def _report_unread(self, unread: Unread, sentences: int) -> None:
        for message in unread.messages(sentences):
            info(message)

    def _line(self, rank: int, translation: Translation) -> str:
        from seqcli.data.text import one_line

        if self.form == "json":
            position = {"line": self.line, "rank": rank}
            return json_line(position | translation.to_dict())
        if self.form == "tsv":
            text = one_line(translation.text).replace("\t", " ")
            return f"{self.line}\t{rank}\t{translation.score:.4f}\t{text}"
        if self.form == "pharaoh":
            return self._alignment(translation)
        return one_line(translation.text)

    def _alignment(self, translation: Translation) -> str:
        from seqcli.decoding.alignment import word_links

        if translation.attention is None:  # a blank line has nothing to align
            return ""
        links = word_links(translation, self.translator.processor.reader.normalize)
        return " ".join(f"{source}-{target}" for source, target in links)

    def _draw(self, translation: Translation) -> None:
        from rich.console import Console

        from seqcli.views.heatmap import attention_map

        console = Console(file=self.out, highlight=False)
        console.print(attention_map(translation, console.width), soft_wrap=True)
