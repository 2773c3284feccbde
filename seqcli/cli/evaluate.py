"""`seqcli eval`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqcli.cli.help import HelpAll
from seqcli.cli.options import (
    DEFAULT_PRECISION,
    TEXT_OR_JSON,
    Columns,
    Files,
    FromLanguage,
    GlossaryFile,
    LanguageModelFolder,
    ModelFolders,
    OldJson,
    Overrides,
    Precision,
    Targets,
    Threads,
    ToLanguage,
    check_language_weight,
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
    report_notes,
    selected,
    stdout_console,
    with_languages_of,
    write_page,
)
from seqcli.cli.term_scores import (
    print_terms,
    score_terms,
    terms_to_dict,
    with_glossary_file,
)
from seqcli.cli.tuning import tune_language_weight
from seqcli.config import SearchConfig, check_wait
from seqcli.config_fields import override
from seqcli.errors import UserError
from seqcli.wording import plural

if TYPE_CHECKING:
    from seqcli.bundle import Bundle
    from seqcli.data.pairs import Pair
    from seqcli.decoding.assessment import Assessment
    from seqcli.decoding.translator import Translator
    from seqcli.views.terms import TermScore

# --help shows the first two groups, --help-all shows all.
OPTIONS = {
    "Arguments": ["test"],
    "Options": [
        "model", "source", "target", "format", "examples", "bleu_tokenizer", "beam", "precision",
        "threads", "help_all",
    ],
    "Simultaneous": ["wait", "html"],
    "Terms": ["glossary"],
    "Language model": ["language_model", "language_weight", "tune_language_weight"],
    "Data": ["columns", "source_language", "target_language"],
    "Search": [
        "exact", "mbr", "length_penalty", "length_norm", "coverage_penalty", "no_repeat_ngram",
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
    columns: Columns = ""
    source_language: FromLanguage = ""
    target_language: ToLanguage = ""
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
    wait: Annotated[
        str,
        typer.Option(
            metavar="K[,K…]",
            help="Score translations that begin when so many words have been heard, and how far "
            "they lag: 1,3,5,full, or shares such as 1/2 (models of train --simultaneous).",
            show_default=False,
        ),
    ] = ""
    html: Annotated[Path | None, file_option("With --wait: write the plot to an HTML page.")] = None
    glossary: GlossaryFile = None
    language_model: LanguageModelFolder = None
    tune_language_weight: Annotated[
        bool,
        typer.Option(
            "--tune-language-weight",
            help="Try weights of the --language-model on TEST_FILE, and tell which is best.",
        ),
    ] = False
    precision: Precision = DEFAULT_PRECISION
    threads: Threads = 0
    help_all: HelpAll = False


@with_options(OPTIONS, EvalOptions, SearchConfig)
def evaluate(options: EvalOptions, overrides: Overrides) -> None:
    """Score a model on a test set: BLEU, chrF, exact match, and its worst and best sentences."""
    from seqcli.decoding.assessment import EmptySides, assess

    check_output()
    waits = _check_options(options, overrides)
    as_json = wants_json(options.format, options.json)
    files = pair_files(options.test, options.source, options.target)
    selection = selected(options.columns, options.source_language, options.target_language)
    translator, bundle = _load(options, overrides, waits)
    corpus = bundle.settings.corpus
    if corpus.reverse:
        info(REVERSED)
    empty_sides = EmptySides()
    files = files.selecting(with_languages_of(selection, corpus))
    notes: list[str] = []
    pairs = empty_sides.counted(files.read(reverse=corpus.reverse, notes=notes))
    if waits:
        _evaluate_waits(translator, list(pairs), waits, options, bundle.folder, files.unit)
    elif options.tune_language_weight:
        tune_language_weight(translator, list(pairs), options.bleu_tokenizer, as_json=as_json)
    elif options.glossary:
        bound = with_glossary_file(translator, options.glossary, bundle.settings, notes)
        given = list(pairs)
        assessment = assess(bound, given, options.bleu_tokenizer)
        rows = score_terms(assessment, translator, given, options.bleu_tokenizer)
        _write(assessment, options.examples, rows, as_json=as_json)
    else:
        assessment = assess(translator, pairs, options.bleu_tokenizer)
        _write(assessment, options.examples, [], as_json=as_json)
    report_notes(notes)
    if note := empty_sides.message():
        info(note)
    if not (waits or options.tune_language_weight):
        of = plural(assessment.scores.sentences, "translation")
        report_faults(of, assessment.faults, translator.config.max_source_pieces, files.unit)


def _check_options(options: EvalOptions, overrides: Overrides) -> list[str]:
    """The numbers of words to wait for. Raises a `UserError` for options that do not fit."""
    from seqcli.evaluation import check_tokenizer

    waits = options.wait.split(",") if options.wait else []
    for wait in waits:
        check_wait(wait)
    if options.html and not waits:
        raise UserError("--html is for the plot of --wait: name some numbers, such as --wait 1,3,5")
    _check_language_model(options, overrides)
    if options.glossary and (waits or options.tune_language_weight):
        raise UserError("--glossary: leave out --wait and --tune-language-weight")
    if options.bleu_tokenizer:
        check_tokenizer(options.bleu_tokenizer)
    return waits


def _load(
    options: EvalOptions, overrides: Overrides, waits: Sequence[str]
) -> tuple[Translator, Bundle]:
    """The translator of the models that were named, and the first of the models."""
    from seqcli.bundle import open_bundle, translating_parts
    from seqcli.decoding.runtime import load_translator

    graphs = translating_parts(options.precision)
    bundles = [open_bundle(model, graphs) for model in model_folders(options.model)]
    config = override(SearchConfig(), {**overrides, **({"wait": waits[0]} if waits else {})})
    translator = load_translator(bundles, config, options.threads)
    if options.language_model:
        from seqcli.language_model.folder import open_language_model
        from seqcli.language_model.fusion import fuse

        translator = fuse(translator, open_language_model(options.language_model))
    return translator, bundles[0]


def _check_language_model(options: EvalOptions, overrides: Overrides) -> None:
    check_language_weight(options.language_model, overrides)
    if not options.tune_language_weight:
        return
    if options.language_model is None:
        raise UserError("--tune-language-weight needs a language model (--language-model)")
    if options.wait or "language_weight" in overrides:
        raise UserError(
            "--tune-language-weight tries its own weights, on whole sentences: leave "
            "out --language-weight and --wait"
        )


def _evaluate_waits(
    translator: Translator,
    pairs: Sequence[Pair],
    waits: Sequence[str],
    options: EvalOptions,
    folder: Path,
    unit: str,
) -> None:
    """Score the translations with each number of words to wait for; `unit` is what is numbered."""
    from seqcli.decoding.assessment import assess
    from seqcli.views.latency import WaitScore, wait_page, wait_report

    rows = []
    for wait in waits:
        waiting = translator.with_settings(replace(translator.config, wait=wait))
        found = assess(waiting, pairs, options.bleu_tokenizer, measures_latency=True)
        rows.append(WaitScore(wait, found))
        of = f"{plural(found.scores.sentences, 'translation')} with --wait {wait}"
        report_faults(of, found.faults, waiting.config.max_source_pieces, unit)
    if wants_json(options.format, options.json):
        for row in rows:
            scores = dataclasses.asdict(row.assessment.scores)
            lag = {} if row.latency is None else row.latency._asdict()
            seconds = {"seconds": row.assessment.seconds}
            print(json_line({"wait": row.wait} | lag | scores | seconds))
    else:
        console = stdout_console()
        console.print(wait_report(rows, console.width), crop=False)
    if options.html:
        sentences = plural(rows[0].assessment.scores.sentences, "sentence")
        write_page(options.html, wait_page(rows, f"{folder}, {sentences}"))


def _write(
    assessment: Assessment, examples: int, term_scores: Sequence[TermScore], *, as_json: bool
) -> None:
    if as_json:
        scores = dataclasses.asdict(assessment.scores)
        report = assessment.confidence
        confidence = None
        if report is not None:
            confidence = {"auc": report.auc, "bins": [each._asdict() for each in report.bins]}
        values = {"seconds": assessment.seconds, "confidence": confidence}
        print(json_line(scores | values | terms_to_dict(term_scores)))
        return
    from seqcli.views.scores import score_report

    stdout_console().print(score_report(assessment, examples), crop=False)
    print_terms(term_scores)
