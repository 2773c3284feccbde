"""`seqcli translate`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from seqcli.cli.help import HelpAll
from seqcli.cli.options import (
    DEFAULT_PRECISION,
    ModelFolders,
    Overrides,
    Precision,
    Threads,
    check_choice,
    choice_option,
    file_option,
    model_folders,
    with_options,
)
from seqcli.cli.prompt import prompt_lines
from seqcli.cli.streams import argument_text, check_output, stderr_console
from seqcli.cli.translation_writer import FORMATS, TranslationWriter
from seqcli.config import SearchConfig
from seqcli.config_fields import override
from seqcli.errors import UserError
from seqcli.interrupts import unwinding

if TYPE_CHECKING:
    from seqcli.bundle import Bundle

# --help shows the first two groups, --help-all shows all.
OPTIONS = {
    "Arguments": ["text"],
    "Options": [
        "model", "input", "output", "format", "heatmap", "beam", "nbest", "prefix",
        "min_confidence", "precision", "threads", "help_all",
    ],
    "Search": [
        "length_penalty", "length_norm", "coverage_penalty", "min_length", "max_length",
        "no_repeat_ngram", "repetition_guard", "split", "batch_size",
        "max_source_pieces",
    ],
    "Sampling": ["sample", "temperature", "seed"],
}  # fmt: skip


@dataclass(frozen=True)
class TranslateOptions:
    """The options that are no settings of a config."""

    text: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TEXT",
            help="One line, with or without quotes. Without TEXT: --input, standard input or "
            "a prompt.",
            show_default=False,
        ),
    ] = None
    model: ModelFolders = None
    input: Annotated[
        Path | None,
        file_option(
            "Translate the lines of a file, also .gz; - is standard input.", "--input", "-i"
        ),
    ] = None
    output: Annotated[
        Path | None,
        file_option(
            "Write to a file, which appears when all is translated; - is standard output.",
            "--output",
            "-o",
        ),
    ] = None
    format: Annotated[str, choice_option("How translations are written.", FORMATS)] = "text"
    heatmap: Annotated[
        bool,
        typer.Option("--heatmap", help="Draw the attention weights, source against target."),
    ] = False
    prefix: Annotated[
        str,
        typer.Option(metavar="TEXT", help="Begin every translation with this.", show_default=False),
    ] = ""
    min_confidence: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=1.0,
            metavar="X",
            help="Leave a line as it is if the chance that its translation is usable is below X.",
            show_default="0: translate all",
        ),
    ] = 0.0
    precision: Precision = DEFAULT_PRECISION
    threads: Threads = 0
    help_all: HelpAll = False


@with_options(OPTIONS, TranslateOptions, SearchConfig)
def translate(options: TranslateOptions, overrides: Overrides) -> None:
    """Translate text, line by line."""
    check_output()
    _check_combination(options)
    config = override(SearchConfig(), overrides)  # reports a wrong value before a model is loaded
    from seqcli.bundle import graph_parts, open_bundle
    from seqcli.decoding.runtime import load_translator
    from seqcli.paths import STANDARD_STREAM

    graphs = graph_parts(options.precision)
    bundles = [open_bundle(model, graphs) for model in model_folders(options.model)]
    if options.heatmap or options.format == "pharaoh":
        for bundle in bundles:
            _require_attention(bundle, "heat map" if options.heatmap else "alignment")
    translator = load_translator(bundles, config, options.threads)
    if options.min_confidence and translator.confidence is None:
        raise UserError(_no_confidence(bundles))
    # "-" is where lines come from and go to by default.
    source, target = (
        None if path == STANDARD_STREAM else path for path in (options.input, options.output)
    )
    with unwinding(), _output(target) as out, _progress(source, out) as advance:
        writer = TranslationWriter(
            translator,
            out,
            options.format,
            heatmap=options.heatmap,
            prefix=argument_text([options.prefix]),
            advance=advance,
            min_confidence=options.min_confidence,
            is_conversation=_is_conversation(options),
        )
        writer([])  # reports an impossible prefix before any input is read
        for lines in _windows(options.text, source):
            writer(lines)
    writer.summarize()


def _check_combination(options: TranslateOptions) -> None:
    check_choice("format", options.format, FORMATS)
    if options.heatmap and options.format != "text":
        raise UserError("--heatmap needs --format text: leave out --format")
    if options.min_confidence and options.format == "pharaoh":
        raise UserError("--min-confidence needs another --format than pharaoh")
    if options.text and options.input:
        raise UserError("there is a text and an --input file: name one of them")


def _require_attention(bundle: Bundle, output: str) -> None:
    if bundle.settings.model.attention == "none":
        raise UserError(f"{bundle.folder} was trained without attention: there is no {output}")


def _no_confidence(bundles: Sequence[Bundle]) -> str:
    """What to do about --min-confidence without a confidence."""
    if len(bundles) > 1:
        return (
            "models that translate together have no confidence: leave out --min-confidence, or "
            "name one --model"
        )
    return (
        f"{bundles[0].folder} has no confidence, as an older version of seqcli made it: train it "
        "again, or leave out --min-confidence"
    )


def _is_conversation(options: TranslateOptions) -> bool:
    """Whether someone reads each translation as it appears: at the prompt, or of a TEXT with
    messages on a terminal."""
    if options.text:
        return sys.stderr is not None and sys.stderr.isatty()
    return options.input is None and sys.stdin is not None and sys.stdin.isatty()


def _windows(text: list[str] | None, source: Path | None) -> Iterable[Sequence[str]]:
    """The lines to translate, in windows of lines that are ready at the same time."""
    from seqcli.data.readers.lines import read_lines
    from seqcli.decoding.windows import in_windows, windows

    if text:
        return [[argument_text(text)]]
    if source:
        return in_windows(read_lines(source), len)
    if sys.stdin is None:
        raise UserError("there is no text to translate: name it, or use standard input")
    if sys.stdin.isatty():
        return ([line] for line in prompt_lines())
    return windows(sys.stdin.fileno())


@contextmanager
def _progress(source: Path | None, out: TextIO) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr for a file, unless the translations appear on the same terminal."""
    if source is None:
        yield lambda _: None
        return
    from seqcli.data.readers.lines import read_lines
    from seqcli.views.progress import line_progress

    # Counting reports a bad line before anything is translated; a pipe can be read only once.
    total = sum(1 for _ in read_lines(source)) if source.is_file() else None
    console = stderr_console()
    with line_progress(console, total, shown=console.is_terminal and not out.isatty()) as advance:
        yield advance


@contextmanager
def _output(target: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears when all is written."""
    if target is None:
        yield sys.stdout
        return
    from seqcli.files import atomic_writer

    with atomic_writer(target) as file:
        yield file
