"""`seqcli eval`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from seqcli.cli.help import HelpAll
from seqcli.cli.options import (
    DEFAULT_PRECISION,
    TEXT_OR_JSON,
    Files,
    ModelFolders,
    OldJson,
    Overrides,
    Precision,
    Targets,
    Threads,
    choice_option,
    file_option,
    files_argument,
    model_folders,
    wants_json,
    with_options,
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
from seqcli.config import SearchConfig
from seqcli.config_fields import override
from seqcli.wording import plural

if TYPE_CHECKING:
    from seqcli.decoding.assessment import Assessment

# --help shows the first two groups, --help-all shows all.
OPTIONS = {
    "Arguments": ["test"],
    "Options": [
        "model", "source", "target", "format", "examples", "bleu_tokenizer", "beam", "precision",
        "threads", "help_all",
    ],
    "Search": [
        "length_penalty", "length_norm", "coverage_penalty", "no_repeat_ngram",
        "repetition_guard", "split", "batch_size",
    ],
}  # fmt: skip


@dataclass(frozen=True)
class EvalOptions:
    """The options that are no settings of a config."""

    test: Annotated[
        Files,
        files_argument(
            "TEST_FILE",
            "Files of source<TAB>target. Without one, or with -: standard input. For several right "
            "translations, repeat the source.",
        ),
    ] = None
    model: ModelFolders = None
    source: Annotated[
        Files, file_option("Source sentences, one per line, instead of TEST_FILE.")
    ] = None
    target: Targets = None
    format: Annotated[str, choice_option("How scores are written.", TEXT_OR_JSON)] = "text"
    json: OldJson = False
    examples: Annotated[
        int, typer.Option(min=0, metavar="N", help="Worst and best sentences to show.")
    ] = 5
    bleu_tokenizer: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="sacreBLEU's tokenizer: 13a, zh, char, intl, none, …",
            show_default="chosen by the script of the references",
        ),
    ] = ""
    precision: Precision = DEFAULT_PRECISION
    threads: Threads = 0
    help_all: HelpAll = False


@with_options(OPTIONS, EvalOptions, SearchConfig)
def evaluate(options: EvalOptions, overrides: Overrides) -> None:
    """Score a model on a test set: BLEU, chrF, exact match, and its worst and best sentences."""
    from seqcli.bundle import graph_parts, open_bundle
    from seqcli.decoding.assessment import EmptySides, assess
    from seqcli.decoding.runtime import load_translator
    from seqcli.evaluation import check_tokenizer

    check_output()
    as_json = wants_json(options.format, options.json)
    files = pair_files(options.test, options.source, options.target)
    if options.bleu_tokenizer:
        check_tokenizer(options.bleu_tokenizer)
    graphs = graph_parts(options.precision)
    bundles = [open_bundle(model, graphs) for model in model_folders(options.model)]
    config = override(SearchConfig(), overrides)
    translator = load_translator(bundles, config, options.threads)
    reverse = bundles[0].settings.corpus.reverse
    if reverse:
        info(REVERSED)
    empty_sides = EmptySides()
    pairs = empty_sides.counted(files.read(reverse=reverse))
    assessment = assess(translator, pairs, options.bleu_tokenizer)
    if note := empty_sides.message():
        info(note)
    _write(assessment, options.examples, as_json=as_json)
    of = plural(assessment.scores.sentences, "translation")
    report_faults(of, assessment.faults, config.max_source_pieces, files.unit)


def _write(assessment: Assessment, examples: int, *, as_json: bool) -> None:
    if as_json:
        scores = dataclasses.asdict(assessment.scores)
        report = assessment.confidence
        confidence = None
        if report is not None:
            confidence = {"auc": report.auc, "bins": [each._asdict() for each in report.bins]}
        print(json_line(scores | {"seconds": assessment.seconds, "confidence": confidence}))
        return
    from seqcli.views.scores import score_report

    stdout_console().print(score_report(assessment, examples), crop=False)
