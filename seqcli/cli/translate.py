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
    FromLanguage,
    GlossaryFile,
    LanguageModelFolder,
    ModelFolders,
    Overrides,
    Precision,
    Threads,
    ToLanguage,
    check_language_weight,
    choice_option,
    file_option,
    model_folders,
    with_options,
)
from seqcli.cli.prompt import prompt_lines
from seqcli.cli.streams import (
    argument_text,
    check_output,
    report_notes,
    stderr_console,
)
from seqcli.cli.translate_checks import (
    check_combination,
    is_conversation,
    is_typed,
    no_confidence,
    require_attention,
)
from seqcli.cli.translation_writer import FORMATS, TranslationWriter
from seqcli.config import SearchConfig
from seqcli.config_fields import override
from seqcli.errors import UserError
from seqcli.interrupts import unwinding

if TYPE_CHECKING:
    from seqcli.bundle import Bundle
    from seqcli.config import CorpusConfig
    from seqcli.decoding.translator import Translator
    from seqcli.settings import Settings

# --help shows the first two groups, --help-all shows all.
OPTIONS = {
    "Arguments": ["text"],
    "Options": [
        "model", "input", "output", "format", "heatmap", "beam", "nbest", "prefix",
        "min_confidence", "precision", "threads", "help_all",
    ],
    "Large files": ["shard"],
    "Files that are filled in": ["all", "columns", "source_language", "target_language"],
    "Simultaneous": ["wait", "stream"],
    "Language model": ["language_model", "language_weight"],
    "Corrections and terms": ["glossary", "memory"],
    "Search": [
        "exact", "mbr", "length_penalty", "length_norm", "coverage_penalty", "min_length",
        "max_length", "no_repeat_ngram", "repetition_guard", "split", "batch_size",
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
            "Translate the lines of a file, or fill in a .po, .tmx, .csv …; - is standard input.",
            "--input",
            "-i",
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
    stream: Annotated[
        bool,
        typer.Option(
            "--stream",
            help="With --wait: standard input is heard as it arrives, also within a line.",
        ),
    ] = False
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="K/N",
            help="Of the file cut into N parts, translate only part K, for many machines; "
            "seqcli join puts the outputs together.",
            show_default=False,
        ),
    ] = None
    all: Annotated[
        bool,
        typer.Option("--all", help="Translate again what has a translation already."),
    ] = False
    columns: Annotated[
        str,
        typer.Option(
            metavar="SOURCE[,TARGET]",
            help="The column, or key of JSON, to translate, and the one to fill in.",
            show_default="the text, and a new one",
        ),
    ] = ""
    source_language: FromLanguage = ""
    target_language: ToLanguage = ""
    language_model: LanguageModelFolder = None
    glossary: GlossaryFile = None
    memory: Annotated[
        bool,
        typer.Option(
            "--memory/--no-memory",
            help="Use the corrections and the glossary of the folder (seqcli correct, :fix).",
            show_default="on",
        ),
    ] = True
    precision: Precision = DEFAULT_PRECISION
    threads: Threads = 0
    help_all: HelpAll = False


@with_options(OPTIONS, TranslateOptions, SearchConfig)
def translate(options: TranslateOptions, overrides: Overrides) -> None:
    """Translate text, line by line, or the texts of a file."""
    check_output()
    config = override(SearchConfig(), overrides)  # reports a wrong value before a model is loaded
    check_language_weight(options.language_model, overrides)
    check_combination(options, config)
    fill = _document(options, config)
    translator, bundles = _load(options, config)
    settings = bundles[0].settings
    if fill is not None:
        fill(translator, settings.corpus)
    elif options.shard is not None:
        from seqcli.cli.sharding import translate_shard

        translate_shard(translator, bundles, options, config)
    else:
        _translate_lines(translator, options, config, settings)


def _document(
    options: TranslateOptions, config: SearchConfig
) -> Callable[[Translator, CorpusConfig], None] | None:
    """What fills in the input, if it is a file of a kind that is filled in."""
    for_documents = (options.columns, options.source_language, options.target_language)
    if options.input is None and not options.all and not any(for_documents):
        return None
    from seqcli.cli.documents import plan_document

    return plan_document(options, config)


def _load(options: TranslateOptions, config: SearchConfig) -> tuple[Translator, list[Bundle]]:
    """The translator of the models that were named, and the models."""
    from seqcli.bundle import open_bundle, translating_parts
    from seqcli.decoding.glossary import with_users_files
    from seqcli.decoding.runtime import load_translator

    graphs = translating_parts(options.precision)
    folders = model_folders(options.model)
    bundles = [open_bundle(model, graphs) for model in folders]
    if options.heatmap or options.format == "pharaoh":
        for bundle in bundles:
            require_attention(bundle, "heat map" if options.heatmap else "alignment")
    translator = load_translator(bundles, config, options.threads)
    own, notes = folders if options.memory else [], list[str]()
    translator = with_users_files(
        translator, own, options.glossary, bundles[0].settings.locale, notes
    )
    report_notes(notes)
    if options.language_model:
        from seqcli.language_model.folder import open_language_model
        from seqcli.language_model.fusion import fuse

        translator = fuse(translator, open_language_model(options.language_model))
    if options.min_confidence and translator.confidence is None:
        raise UserError(no_confidence(bundles))
    return translator, bundles


def _translate_lines(
    translator: Translator, options: TranslateOptions, config: SearchConfig, settings: Settings
) -> None:
    """Translate the text, the lines of the input, or what is typed."""
    from seqcli.paths import STANDARD_STREAM

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
            is_conversation=is_conversation(options),
        )
        writer([])  # reports an impossible prefix before any input is read
        if options.stream:
            from seqcli.cli.interpreting import interpret_stream

            interpret_stream(translator, writer, _standard_input().fileno(), out)
        elif is_typed(options, config):
            from seqcli.cli.interpreting import interpret_keyboard

            interpret_keyboard(translator, writer)
        else:
            from seqcli.cli.fixing import Fixing

            fixing = Fixing(writer, model_folders(options.model)[0], settings)
            for lines in _windows(options.text, source, fixing):
                writer(lines)
    writer.summarize()


def _windows(
    text: list[str] | None, source: Path | None, is_command: Callable[[str], bool]
) -> Iterable[Sequence[str]]:
    """The lines to translate, in windows of lines that are ready at the same time."""
    from seqcli.data.readers.lines import read_lines
    from seqcli.decoding.windows import in_windows, windows

    if text:
        return [[argument_text(text)]]
    if source:
        return in_windows(read_lines(source), len)
    stream = _standard_input()
    if stream.isatty():
        return ([line] for line in prompt_lines(is_command))
    return windows(stream.fileno())


def _standard_input() -> TextIO:
    if sys.stdin is None:
        raise UserError("there is no text to translate: name it, or use standard input")
    return sys.stdin


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
