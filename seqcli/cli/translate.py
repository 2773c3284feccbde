"""`seqcli translate`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from seqcli.cli.options import (
    DEFAULT_PRECISION,
    ModelFolders,
    Precision,
    Threads,
    model_folders,
    takes_settings,
)
from seqcli.cli.prompt import prompt_lines
from seqcli.cli.streams import argument_text, check_output, stderr_console
from seqcli.cli.translation_writer import FORMATS, TranslationWriter
from seqcli.config import SearchConfig, override
from seqcli.errors import UserError
from seqcli.paths import STANDARD_STREAM

if TYPE_CHECKING:
    from seqcli.bundle import Bundle


@takes_settings(SearchConfig, "sample", "temperature", "seed", panel="Sampling")
@takes_settings(
    SearchConfig,
    "length_penalty",
    "length_norm",
    "coverage_penalty",
    "min_length",
    "max_length",
    "no_repeat_ngram",
    "repetition_guard",
    "batch_size",
    "max_source_pieces",
    panel="Search",
)
@takes_settings(SearchConfig, "beam", "nbest")
def translate(
    settings: dict[str, Any],
    text: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TEXT",
            help="One sentence, quoted or not; if left out, --input, standard input, or a prompt.",
            show_default=False,
        ),
    ] = None,
    models: ModelFolders = None,
    form: Annotated[
        str, typer.Option("--format", metavar="|".join(FORMATS), help="How answers are written.")
    ] = "text",
    heatmap: Annotated[
        bool,
        typer.Option("--heatmap", help="Draw where the attention looked, source against target."),
    ] = False,
    source: Annotated[
        Path | None,
        typer.Option(
            "--input",
            "-i",
            metavar="FILE",
            help="Translate the lines of a file (.gz too); - is standard input.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write to a file, whole or not at all; - is standard output.",
            show_default=False,
        ),
    ] = None,
    prefix: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="What every translation begins with.",
            show_default=False,
            rich_help_panel="Search",
        ),
    ] = "",
    precision: Precision = DEFAULT_PRECISION,
    threads: Threads = 0,
) -> None:
    """Translate text, line by line."""
    check_output()
    if form not in FORMATS:
        raise UserError(f"format is one of {', '.join(FORMATS)}, not {form!r}")
    if heatmap and form != "text":
        raise UserError("--heatmap draws beneath text: leave out --format")
    if text and source:
        raise UserError("there is a text and an --input file: name one of them")
    # Both are where lines come from and go to anyway.
    source, target = (None if path == STANDARD_STREAM else path for path in (source, target))
    config = override(SearchConfig(), settings)  # reports a wrong value before anything is loaded
    from seqcli.bundle import open_bundle
    from seqcli.decoding.runtime import load_translator

    bundles = [open_bundle(model) for model in model_folders(models)]
    if heatmap or form == "pharaoh":
        for bundle in bundles:
            _require_attention(bundle, "heat map" if heatmap else "alignment")
    translator = load_translator(bundles, config, threads, precision)
    with _output(target) as out, _progress(source, out) as advance:
        writer = TranslationWriter(
            translator, out, form, heatmap=heatmap, prefix=argument_text([prefix]), advance=advance
        )
        writer([])  # tells of a prefix that cannot be, before anything is read
        for lines in _windows(text, source):
            writer(lines)
    writer.summarize()


def _require_attention(bundle: Bundle, what: str) -> None:
    if bundle.settings.model.attention == "none":
        raise UserError(f"{bundle.folder} was trained without attention: there is no {what}")


def _windows(text: list[str] | None, source: Path | None) -> Iterable[Sequence[str]]:
    """The lines to translate, as many together as there are, up to a window."""
    from seqcli.data.readers.lines import read_lines
    from seqcli.decoding.windows import in_windows, windows

    if text:
        return [[argument_text(text)]]
    if source:
        return in_windows(read_lines(source))
    if sys.stdin is None:
        raise UserError("there is no text to translate: name it, or give standard input")
    if sys.stdin.isatty():
        return ([line] for line in prompt_lines())
    return windows(sys.stdin.fileno())


@contextmanager
def _progress(source: Path | None, out: TextIO) -> Iterator[Callable[[int], None]]:
    """Tells how far a file has been translated, where somebody can see it and nothing else."""
    if source is None:
        yield lambda _: None
        return
    from seqcli.data.readers.lines import read_lines
    from seqcli.views.progress import line_progress

    # Tells of a bad line before anything is translated; a pipe can be read only once.
    total = sum(1 for _ in read_lines(source)) if source.is_file() else None
    console = stderr_console()
    with line_progress(console, total, shown=console.is_terminal and not out.isatty()) as advance:
        yield advance


@contextmanager
def _output(target: Path | None) -> Iterator[TextIO]:
    """Where answers go: standard output, or a file that is there only when all is done."""
    if target is None:
        yield sys.stdout
        return
    from seqcli.files import atomic_writer

    with atomic_writer(target) as file:
        yield file
