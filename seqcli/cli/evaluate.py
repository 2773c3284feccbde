"""`seqcli eval`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer

from seqcli.cli.options import (
    DEFAULT_PRECISION,
    ModelFolders,
    Precision,
    Threads,
    file_option,
    model_folders,
    takes_settings,
)
from seqcli.cli.streams import (
    REVERSED,
    check_output,
    info,
    json_line,
    pair_files,
    report_faults,
    stdout_console,
)
from seqcli.config import SearchConfig, override


@takes_settings(
    SearchConfig,
    "length_penalty",
    "length_norm",
    "coverage_penalty",
    "no_repeat_ngram",
    "repetition_guard",
    "batch_size",
    panel="Search",
)
@takes_settings(SearchConfig, "beam")
def evaluate(
    settings: dict[str, Any],
    test: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="TEST_FILE",
            help="Files of source<TAB>target (-, or none: standard input); repeat a source that "
            "has several right translations.",
            show_default=False,
        ),
    ] = None,
    models: ModelFolders = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the scores as JSON.")] = False,
    examples: Annotated[
        int, typer.Option(min=0, metavar="N", help="Worst and best sentences to show.")
    ] = 5,
    bleu_tokenizer: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="sacreBLEU's tokenizer: 13a, zh, char, intl, none, …",
            show_default="by the script of the references",
        ),
    ] = "",
    source: Annotated[
        list[Path] | None, file_option("Source sentences, instead of TEST_FILE.")
    ] = None,
    target: Annotated[list[Path] | None, file_option("Their references.")] = None,
    precision: Precision = DEFAULT_PRECISION,
    threads: Threads = 0,
) -> None:
    """Score a model on a test set: BLEU, chrF, exact match, and its worst and best sentences."""
    from seqcli.bundle import open_bundle
    from seqcli.decoding.assessment import about_empty_sides, assess
    from seqcli.decoding.runtime import load_translator
    from seqcli.evaluation import check_tokenizer

    check_output()
    files = pair_files(test, source, target)
    if bleu_tokenizer:
        check_tokenizer(bleu_tokenizer)
    bundles = [open_bundle(model) for model in model_folders(models)]
    config = override(SearchConfig(), settings)
    translator = load_translator(bundles, config, threads, precision)
    reverse = bundles[0].settings.corpus.reverse
    pairs = list(files.read(reverse=reverse))
    for note in (REVERSED if reverse else "", about_empty_sides(pairs)):
        if note:
            info(note)
    found = assess(translator, pairs, bleu_tokenizer)
    if as_json:
        print(json_line(dataclasses.asdict(found.scores) | {"seconds": found.seconds}))
    else:
        from seqcli.views.scores import score_report

        stdout_console().print(score_report(found, examples), crop=False)
    of = f"{found.scores.sentences} translations"
    report_faults(of, found.faults, config.max_source_pieces, files.unit)
