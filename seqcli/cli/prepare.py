"""`seqcli prepare`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqcli.cli.options import (
    Columns,
    Files,
    Overrides,
    Sources,
    Targets,
    TrainingPairs,
    file_option,
    with_options,
)
from seqcli.cli.streams import info, stderr_console
from seqcli.config import CorpusConfig, TokenizerConfig, TrainingConfig
from seqcli.errors import UserError
from seqcli.wording import plural

if TYPE_CHECKING:
    from seqcli.training.prepared.making import Progress

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
    dev: Annotated[
        Files, file_option("Pairs to evaluate on; if left out, a part of PAIRS is held out.")
    ] = None
    source: Sources = None
    target: Targets = None
    dev_source: Annotated[
        Files, file_option("Source sentences to evaluate on, instead of --dev.")
    ] = None
    dev_target: Targets = None
    columns: Columns = ""
    tokenizer: Annotated[
        Path | None,
        file_option(
            "A tokenizer that `seqcli tokenizer build` has written, or a model folder with one."
        ),
    ] = None
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

    from seqcli.data.corpus import CorpusFiles
    from seqcli.data.reading import parse_columns
    from seqcli.decoding.runtime import available_cores
    from seqcli.paths import STANDARD_STREAM
    from seqcli.training.prepare import TrainRequest
    from seqcli.training.prepared.making import prepare_corpus
    from seqcli.training.prepared.opening import PreparedCorpus

    files = CorpusFiles(
        tuple(options.pairs or ()), tuple(options.source or ()), tuple(options.target or ())
    )
    once = [each for each in files.paths if each == STANDARD_STREAM or each.is_fifo()]
    if not files or once:
        raise UserError(
            "name the files of pairs, which are read twice: no standard input, and no pipe"
        )
    request = TrainRequest(
        folder=options.output,
        files=files,
        dev=CorpusFiles(
            tuple(options.dev or ()),
            tuple(options.dev_source or ()),
            tuple(options.dev_target or ()),
        ),
        columns=parse_columns(options.columns),
        tokenizer=options.tokenizer,
        overrides=overrides,
        overwrite=options.overwrite,
    )
    console = stderr_console()
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("reading", total=None)
        progress: Progress
        for progress in prepare_corpus(request, options.threads or available_cores()):
            bar.update(
                task,
                description=f"{progress.phase} ({progress.done:,} pairs)",
                completed=progress.done,
                total=progress.total,
            )
    corpus = PreparedCorpus.open(options.output)
    report = corpus.split.report
    for reason, count in sorted(report.dropped.items()):
        info(f"dropped {count:,} of {plural(report.read, 'pair')}: {reason}")
    for note in corpus.split.notes:
        info(note)
    info(
        f"{plural(corpus.pairs, 'pair')} in {options.output}; to train: seqcli train "
        f"{options.output}"
    )
