"""`seqcli check`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqcli.cli.help import HelpAll
from seqcli.cli.options import (
    DEFAULT_PRECISION,
    TEXT_OR_JSON,
    Columns,
    Files,
    OldJson,
    Overrides,
    Pairs,
    Precision,
    Sources,
    Targets,
    Threads,
    choice_option,
    file_option,
    wants_json,
    with_options,
)
from seqcli.cli.streams import (
    REVERSED,
    check_output,
    info,
    json_line,
    pair_files,
    report_notes,
    selected,
    stderr_console,
    stdout_console,
    write_page,
)
from seqcli.config import CorpusConfig, SearchConfig
from seqcli.config_fields import override
from seqcli.errors import UserError
from seqcli.interrupts import unwinding
from seqcli.paths import STANDARD_STREAM
from seqcli.wording import plural

if TYPE_CHECKING:
    from seqcli.corpus_check.findings import CorpusReport
    from seqcli.corpus_check.forecast import Forecast
    from seqcli.data.corpus import CorpusFiles
    from seqcli.data.pairs import Pair
    from seqcli.data.reading import Selection
    from seqcli.decoding.translator import Translator

# --help shows the first two groups, --help-all shows all.
OPTIONS = {
    "Arguments": ["pairs"],
    "Options": [
        "dev", "test", "model", "source", "target", "reverse", "format", "examples", "html", "fix",
        "rejected", "help_all",
    ],
    "Data": ["columns", "source_language", "target_language", "max_characters", "max_ratio"],
    "Model": ["precision", "threads"],
}  # fmt: skip


@dataclass(frozen=True)
class CheckOptions:
    """The options that are no settings of a config."""

    pairs: Pairs = None
    source: Sources = None
    target: Targets = None
    columns: Columns = ""
    dev: Annotated[
        Files, file_option("Pairs to evaluate on, which should not be among the others.")
    ] = None
    test: Annotated[Files, file_option("The same for test pairs.")] = None
    format: Annotated[
        str,
        choice_option("How the report is written; json has all suspicious pairs.", TEXT_OR_JSON),
    ] = "text"
    json: OldJson = False
    examples: Annotated[int, typer.Option(min=0, metavar="N", help="Suspicious pairs to show.")] = (
        10
    )
    html: Annotated[Path | None, file_option("Write the report to an HTML page.")] = None
    fix: Annotated[
        Path | None,
        file_option("Write the pairs without errors to a file, of the kind that its name says."),
    ] = None
    rejected: Annotated[
        Path | None,
        file_option("Write the other pairs to a file, with the reasons in a third column."),
    ] = None
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            "-m",
            metavar="DIR",
            help="A translator of these languages: the pairs that it finds least probable come "
            "first, such as those with the translation of another.",
            show_default=False,
        ),
    ] = None
    precision: Precision = DEFAULT_PRECISION
    threads: Threads = 0
    help_all: HelpAll = False


@with_options(OPTIONS, CheckOptions, CorpusConfig)
def check(options: CheckOptions, overrides: Overrides) -> None:
    """Check pairs before a model learns from them.

    Tells what is wrong with the corpus as a whole, counts faults, names suspicious pairs, the worst
    first, and forecasts what train would choose, take and reach. Nothing is changed: --fix writes
    the pairs without errors (warnings stay) to another file.
    """
    from seqcli.corpus_check.check import check_corpus
    from seqcli.corpus_check.model_scores import with_scores
    from seqcli.corpus_check.spelling import RawTexts
    from seqcli.data.corpus import CorpusFiles, check_standard_input

    check_output()
    as_json = wants_json(options.format, options.json)
    config = override(CorpusConfig(), overrides)
    selection = selected(options.columns, config.source_language, config.target_language)
    files = pair_files(options.pairs, options.source, options.target).selecting(selection)
    held_out = [
        CorpusFiles(tuple(paths or ()), selection=selection)
        for paths in (options.dev, options.test)
    ]
    check_standard_input(files, *held_out)
    _check_outputs(options, (files, *held_out), selection)
    translator, reverse = _load_translator(options, config.reverse)
    notes: list[str] = []
    raw = RawTexts()
    read = files.read(reverse=reverse, notes=notes, on_text=raw)
    pairs = list(raw.watch(read, reverse=reverse))
    dev, test = (list(each.read(reverse=reverse, notes=notes)) for each in held_out)
    report_notes(notes)
    if not pairs:
        raise UserError(f"{files.names}: no pairs")
    report = check_corpus(pairs, config, dev=dev, test=test, raw=raw, unit=files.unit)
    if translator is not None:
        report = with_scores(report, pairs, _scores(translator, report, pairs))
    forecast = _forecast(report, pairs, 0 if dev else config.held_out)
    _write(report, forecast, options, files, as_json=as_json)
    _write_pairs(report, pairs, options, selection, reverse=reverse)


def _check_outputs(
    options: CheckOptions, inputs: Sequence[CorpusFiles], selection: Selection
) -> None:
    """Raise a `UserError` for an output that cannot be written, or is an input or another one."""
    from seqcli.data.writers.registry import find_new_kind
    from seqcli.files import check_output_file

    named = {
        f"--{name}": path
        for name in ("fix", "rejected", "html")
        if (path := getattr(options, name)) is not None
    }
    read = {path.resolve() for files in inputs for path in files.paths if path != STANDARD_STREAM}
    for name, path in named.items():
        if path == STANDARD_STREAM:
            raise UserError(f"standard output has the report: name a file for {name}")
        check_output_file(path)
        if name == "--fix" and len(find_new_kind(path, selection)) != 1:
            raise UserError(f"{path}: give it a name that says its kind, such as .tsv")
        if path.resolve() in read:
            raise UserError(f"{path} is one of the files to check: name another one for {name}")
    if len({path.resolve() for path in named.values()}) < len(named):
        raise UserError(f"{' and '.join(named)} name the same file: name different ones")


def _load_translator(options: CheckOptions, reverse: bool) -> tuple[Translator | None, bool]:
    """The translator, if one is named, and whether the second column is the source."""
    if options.model is None:
        return None, reverse
    from seqcli.bundle import open_bundle, translating_parts
    from seqcli.decoding.runtime import load_translator
    from seqcli.folder import holds_language_model

    if holds_language_model(options.model):
        raise UserError(f"{options.model} is a language model: --model names a translator")
    bundle = open_bundle(options.model, translating_parts(options.precision))
    is_reversed = bundle.settings.corpus.reverse
    if reverse and not is_reversed:
        raise UserError(f"{options.model} was trained without --reverse: leave it out here too")
    if is_reversed:
        info(REVERSED)
    return load_translator(bundle, SearchConfig(), options.threads), is_reversed


def _scores(
    translator: Translator, report: CorpusReport, pairs: Sequence[Pair]
) -> dict[int, float]:
    """The mean log-probability of the target's pieces of each pair that training keeps, by its
    number."""
    from seqcli.decoding.windows import in_windows
    from seqcli.views.progress import line_progress

    dropped = report.dropped
    numbers = [number for number in range(1, len(pairs) + 1) if number not in dropped]
    console = stderr_console()
    scores: dict[int, float] = {}
    with line_progress(console, len(numbers), shown=console.is_terminal) as advance:
        for window in in_windows(numbers, lambda number: pairs[number - 1].characters()):
            scored = translator.score([pairs[number - 1] for number in window])
            scores.update(
                (number, each.per_piece) for number, each in zip(window, scored, strict=True)
            )
            advance(len(window))
    return scores


def _forecast(report: CorpusReport, pairs: Sequence[Pair], held_out: int) -> Forecast | None:
    """The forecast for the pairs that training keeps, but for those that it holds out."""
    from seqcli.corpus_check.forecast import forecast
    from seqcli.training.recipe import recipe

    dropped = report.dropped
    kept = [pair for number, pair in enumerate(pairs, 1) if number not in dropped]
    kept = kept[min(held_out, len(kept) // 20) :]
    return forecast(kept, *recipe(len(kept), {})) if kept else None


def _write(
    report: CorpusReport,
    forecast: Forecast | None,
    options: CheckOptions,
    files: CorpusFiles,
    *,
    as_json: bool,
) -> None:
    """Print the report, and write its page."""
    with unwinding():
        if as_json:
            expected = None if forecast is None else forecast.to_dict()
            print(json_line({**report.to_dict(), "forecast": expected}))
        else:
            from seqcli.views.corpus_check import check_report

            stdout_console().print(check_report(report, forecast, options.examples, files.unit))
    if options.html is not None:
        from seqcli.views.corpus_check_page import check_page

        write_page(options.html, check_page(report, forecast, files.names, files.unit))


def _write_pairs(
    report: CorpusReport,
    pairs: Sequence[Pair],
    options: CheckOptions,
    selection: Selection,
    *,
    reverse: bool,
) -> None:
    """Write the pairs without errors, and the others, with their columns as they were read."""
    from seqcli.data.writers.registry import find_new_kind
    from seqcli.files import atomic_writer, write_parts

    rejected = {each.number: each for each in report.rejected}
    if options.fix is not None:
        ((path, write),) = find_new_kind(options.fix, selection)
        kept = (
            pair.reversed() if reverse else pair
            for number, pair in enumerate(pairs, 1)
            if number not in rejected
        )
        with unwinding():
            write_parts(path, write(kept, selection.source, selection.target))
        info(f"wrote {plural(len(pairs) - len(rejected), 'pair')} to {options.fix}")
    if options.rejected is not None:
        with unwinding(), atomic_writer(options.rejected) as file:
            for each in rejected.values():
                pair = each.pair.reversed() if reverse else each.pair
                print(*pair, each.reasons, sep="\t", file=file)
        info(f"wrote {plural(len(rejected), 'pair')} with reasons to {options.rejected}")
