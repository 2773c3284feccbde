"""`seqcli prepare`."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqcli.cli.options import (
    Columns,
    DevPairs,
    DevSources,
    Overrides,
    Sources,
    Targets,
    TokenizerFile,
    TrainingPairs,
    file_option,
    with_options,
)
from seqcli.cli.streams import info, stderr_console
from seqcli.config import CorpusConfig, TokenizerConfig, TrainingConfig
from seqcli.errors import UserError
from seqcli.paths import STANDARD_STREAM
from seqcli.wording import plural

if TYPE_CHECKING:
    from seqcli.training.prepare import TrainRequest

OPTIONS = {
    "Arguments": ["pairs"],
    "Options": ["output", "dev", "source", "target", "reverse", "overwrite", "threads"],
    "Data": [
        "columns", "source_language", "target_language", "dev_source", "dev_target", "held_out",
        "max_characters", "max_ratio", "tokenizer", "pieces", "vocabulary", "seed",
    ],
}  # fmt: skip


@dataclass(frozen=True)
class PrepareOptions:
    """The options that are no settings of a config."""

    output: Annotated[Path, file_option("The folder of the prepared corpus.", "--output", "-o")]
    pairs: TrainingPairs = None
    dev: DevPairs = None
    source: Sources = None
    target: Targets = None
    dev_source: DevSources = None
    dev_target: Targets = None
    columns: Columns = ""
    tokenizer: TokenizerFile = None
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the corpus in the folder.")
    ] = False
    threads: Annotated[
        int,
        typer.Option(
            "--threads", min=0, max=1024, metavar="N", help="Processes.", show_default="the cores"
        ),
    ] = 0


@with_options(OPTIONS, PrepareOptions, CorpusConfig, TokenizerConfig, TrainingConfig)
def prepare(options: PrepareOptions, overrides: Overrides) -> None:
    """Encode pairs once, for trainings on more pairs than the memory holds.

    Then: seqcli train FOLDER
    """
    from rich.progress import Progress as Bar

    from seqcli.decoding.runtime import available_cores
    from seqcli.training.prepared.making import prepare_corpus

    request = _request(options, overrides)
    console = stderr_console()
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("reading", total=None)
        for progress in prepare_corpus(request, options.threads or available_cores()):
            bar.update(
                task,
                description=f"{progress.phase} ({progress.done:,} pairs)",
                completed=progress.done,
                total=progress.total,
            )
    _report(options.output)


def _request(options: PrepareOptions, overrides: Overrides) -> TrainRequest:
    from seqcli.data.corpus import CorpusFiles
    from seqcli.data.reading import parse_columns
    from seqcli.training.prepare import TrainRequest

    files, dev = (
        CorpusFiles(tuple(pairs or ()), tuple(sources or ()), tuple(targets or ()))
        for pairs, sources, targets in (
            (options.pairs, options.source, options.target),
            (options.dev, options.dev_source, options.dev_target),
        )
    )
    if not files or any(path == STANDARD_STREAM or path.is_fifo() for path in files.paths):
        raise UserError(
            "name the files of pairs, which are read twice: no standard input, and no pipe"
        )
    return TrainRequest(
        folder=options.output,
        files=files,
        dev=dev,
        columns=parse_columns(options.columns),
        tokenizer=options.tokenizer,
        overrides=overrides,
        overwrite=options.overwrite,
    )


def _report(folder: Path) -> None:
    """Tell what is in the folder, and how to train on it."""
    from seqcli.training.prepared.opening import PreparedCorpus

    corpus = PreparedCorpus.open(folder)
    report = corpus.split.report
    for reason, count in sorted(report.dropped.items()):
        info(f"dropped {count:,} of {plural(report.read, 'pair')}: {reason}")
    for note in corpus.split.notes:
        info(note)
    command = f"seqcli train {shlex.quote(str(folder))}"
    info(f"{plural(corpus.pairs, 'pair')} in {folder}; to train: {command}")
