"""What `seqcli translate` writes: translations in one of several forms, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO

from seqcli.cli.streams import json_line, report_faults
from seqcli.data.text import one_line
from seqcli.decoding.faults import FaultLog

if TYPE_CHECKING:
    from seqcli.decoding.translation import Translation
    from seqcli.decoding.translator import Translator

FORMATS = ("text", "tsv", "json", "pharaoh")


class TranslationWriter:
    """Translates sentence after sentence, writes the answers, and remembers their faults."""

    def __init__(
        self,
        translator: Translator,
        out: TextIO,
        form: str,
        *,
        heatmap: bool,
        prefix: str,
        advance: Callable[[int], None],
    ) -> None:
        self.translator = translator
        self.out = out
        self.form = form
        self.heatmap = heatmap
        self.prefix = prefix
        self.advance = advance
        self.sentences = 0
        self.faults = FaultLog()

    def __call__(self, texts: Sequence[str]) -> None:
        for found in self.translator.translate(texts, self.prefix, self.advance):
            self.sentences += 1
            self.faults.record(self.sentences, found[0].faults)
            for rank, each in enumerate(found, start=1):
                print(self._line(rank, each), file=self.out)
                if self.heatmap and each.attention is not None:
                    self._draw(each)
        self.out.flush()

    def summarize(self) -> None:
        """Tell once which translations may be incomplete."""
        of = f"{self.sentences} translations"
        report_faults(of, self.faults, self.translator.config.max_source_pieces)

    def _line(self, rank: int, each: Translation) -> str:
        if self.form == "json":
            place = {"line": self.sentences, "rank": rank}
            return json_line(place | each.to_dict())
        if self.form == "tsv":
            text = one_line(each.text).replace("\t", " ")
            return f"{self.sentences}\t{rank}\t{each.score:.4f}\t{text}"
        if self.form == "pharaoh":
            return self._alignment(each)
        return one_line(each.text)

    def _alignment(self, each: Translation) -> str:
        from seqcli.decoding.alignment import word_links

        if each.attention is None:  # a blank line has nothing to align
            return ""
        links = word_links(each, self.translator.processor.normalize)
        return " ".join(f"{source}-{target}" for source, target in links)

    def _draw(self, each: Translation) -> None:
        from rich.console import Console

        from seqcli.views.heatmap import attention_map

        console = Console(file=self.out, highlight=False)
        console.print(attention_map(each, console.width), soft_wrap=True)
