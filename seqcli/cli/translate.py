"""`seqcli translate`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqcli.cli.options import DEFAULT_MODEL, ModelFolder, Threads, takes_settings
from seqcli.cli.streams import answers, as_typed, check_output, remark
from seqcli.config import SearchConfig, override
from seqcli.errors import UserError

if TYPE_CHECKING:
    from seqcli.decoding.translator import Translation, Translator

FORMATS = ("text", "tsv", "json")


@takes_settings(SearchConfig, "length_penalty", "batch_size", "max_source_pieces", panel="Search")
@takes_settings(SearchConfig, "beam")
def translate(
    settings: dict[str, Any],
    text: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TEXT",
            help="One sentence, quoted or not; if left out, standard input, or a prompt.",
            show_default=False,
        ),
    ] = None,
    model: ModelFolder = DEFAULT_MODEL,
    nbest: Annotated[
        int, typer.Option("--nbest", min=1, metavar="N", help="Translations for each sentence.")
    ] = 1,
    form: Annotated[
        str, typer.Option("--format", metavar="|".join(FORMATS), help="How answers are written.")
    ] = "text",
    heatmap: Annotated[
        bool,
        typer.Option("--heatmap", help="Draw where the attention looked, source against target."),
    ] = False,
    threads: Threads = 0,
) -> None:
    """Translate text, line by line."""
    check_output()
    if form not in FORMATS:
        raise UserError(f"format is one of {', '.join(FORMATS)}, not {form!r}")
    if heatmap and form != "text":
        raise UserError("--heatmap draws beneath text: leave out --format")
    override(SearchConfig(), settings)  # a wrong value is told before anything is loaded

    from seqcli.bundle import open_bundle
    from seqcli.decoding.runtime import load_translator

    bundle = open_bundle(model)
    config = override(bundle.settings.search, settings)
    config = replace(config, beam=max(config.beam, nbest))
    if heatmap and bundle.settings.model.attention == "none":
        raise UserError(f"{model} was trained without attention: there is no heat map to draw")
    answer = Answer(load_translator(bundle, config, threads), nbest, form, heatmap)
    if text:
        answer([as_typed(text)])
    elif sys.stdin is None:
        raise UserError("there is no text to translate: name it, or give standard input")
    elif sys.stdin.isatty():
        for line in _prompt():
            answer([line])
    else:
        from seqcli.decoding.windows import windows

        for lines in windows(sys.stdin.fileno(), config.batch_size * 8):
            answer(lines)
    answer.summarize()


class Answer:
    """Writes the answers to sentence after sentence, and counts what went wrong."""

    def __init__(self, translator: Translator, nbest: int, form: str, heatmap: bool) -> None:
        self.translator = translator
        self.nbest = nbest
        self.form = form
        self.heatmap = heatmap
        self.lines = self.limits = self.cuts = 0

    def __call__(self, texts: list[str]) -> None:
        for found in self.translator.translate(texts):
            self.lines += 1
            self.limits += found[0].stopped_by == "limit"
            self.cuts += found[0].cut
            for rank, each in enumerate(found[: self.nbest], start=1):
                print(self._line(rank, each))
                if self.heatmap and each.attention is not None:
                    self._draw(each)
        sys.stdout.flush()

    def summarize(self) -> None:
        """Tell once, in sum, what did not go as it should."""
        if self.limits:
            remark(f"{self.limits} of {self.lines} translations reached the length limit")
        if self.cuts:
            most = self.translator.config.max_source_pieces
            remark(f"{self.cuts} of {self.lines} sentences were cut after {most} pieces")

    def _line(self, rank: int, each: Translation) -> str:
        if self.form == "json":
            place = {"line": self.lines, "rank": rank}
            return json.dumps(place | each.to_dict(), ensure_ascii=False)
        if self.form == "tsv":
            return f"{self.lines}\t{rank}\t{each.score:.4f}\t{each.text.replace(chr(9), ' ')}"
        return each.text

    def _draw(self, each: Translation) -> None:
        from seqcli.views.heatmap import heatmap

        console = answers()
        console.print(heatmap(each, console.width), soft_wrap=True)


def _prompt() -> Iterator[str]:
    """Lines typed at a prompt, until the end of input."""
    import contextlib

    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  (line editing and history come with the import)

    remark("type a sentence and Enter; Ctrl-D ends")
    while True:
        try:
            yield _ask("> ")
        except EOFError:
            print(file=sys.stderr)
            return


def _ask(prompt: str) -> str:
    """A line from the terminal; the prompt never gets among answers that go into a file."""
    if sys.stdout.isatty():
        return input(prompt)
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\r\n")
