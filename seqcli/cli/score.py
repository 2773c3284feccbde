"""`seqcli score`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from seqcli.cli.help import HelpAll
from seqcli.cli.options import (
    DEFAULT_PRECISION,
    TEXT_OR_JSON,
    Columns,
    FromLanguage,
    ModelFolders,
    OldJson,
    Overrides,
    Pairs,
    Precision,
    Sources,
    Targets,
    Threads,
    ToLanguage,
    choice_option,
    model_folders,
    wants_json,
    with_options,
)
from seqcli.cli.score_text import score_text
from seqcli.cli.streams import (
    REVERSED,
    check_output,
    info,
    json_line,
    pair_files,
    report_notes,
    report_places,
    selected,
    with_languages_of,
)
from seqcli.config import SearchConfig
from seqcli.config_fields import override
from seqcli.errors import UserError
from seqcli.interrupts import unwinding
from seqcli.wording import plural

if TYPE_CHECKING:
    from seqcli.decoding.translation import ScoredPair

# --help shows the first two groups, --help-all shows all.
OPTIONS = {
    "Arguments": ["pairs"],
    "Options": [
        "model", "source", "target", "format", "each", "precision", "threads", "batch_size",
        "max_source_pieces", "help_all",
    ],
    "Data": ["columns", "source_language", "target_language"],
}  # fmt: skip


@dataclass(frozen=True)
class ScoreOptions:
    """The options that are no settings of a config."""

    pairs: Pairs = None
    model: ModelFolders = None
    source: Sources = None
    target: Targets = None
    columns: Columns = ""
    source_language: FromLanguage = ""
    target_language: ToLanguage = ""
    format: Annotated[
        str, choice_option("How scores are written; json has those of each piece.", TEXT_OR_JSON)
    ] = "text"
    json: OldJson = False
    each: Annotated[
        bool,
        typer.Option(
            "--each", help="With a language model: the figures of each line, instead of their sum."
        ),
    ] = False
    precision: Precision = DEFAULT_PRECISION
    threads: Threads = 0
    help_all: HelpAll = False


@with_options(OPTIONS, ScoreOptions, SearchConfig)
def score(options: ScoreOptions, overrides: Overrides) -> None:
    """Score given translations, or text, by their log-probability.

    One line per pair, with three columns: log-probability per piece of the target (sort by this),
    log-probability of the whole target, and its number of pieces, the end included. Natural
    logarithms.

    With a language model (train --text), PAIRS are files of text, one sentence per line: bits per
    character and per piece, and the perplexity, in sum or, in three columns with the number of
    pieces, of each line.
    """
    from seqcli.bundle import open_bundle, translating_parts
    from seqcli.data.pairs import Pair
    from seqcli.decoding.faults import FaultLog
    from seqcli.decoding.runtime import load_translator
    from seqcli.decoding.windows import in_windows
    from seqcli.folder import holds_language_model

    check_output()
    as_json = wants_json(options.format, options.json)
    folders = model_folders(options.model)
    if holds_language_model(folders[0]):
        if options.source or options.target or len(folders) > 1:
            raise UserError("a language model scores files of text: name only these, and one model")
        paths = options.pairs or []
        score_text(folders[0], paths, threads=options.threads, each=options.each, as_json=as_json)
        return
    if options.each:
        raise UserError("--each is for language models: a translator scores each pair anyway")
    files = pair_files(options.pairs, options.source, options.target)
    selection = selected(options.columns, options.source_language, options.target_language)
    graphs = translating_parts(options.precision)
    bundles = [open_bundle(model, graphs) for model in folders]
    config = override(SearchConfig(exact=True), overrides)
    translator = load_translator(bundles, config, options.threads)
    reverse = bundles[0].settings.corpus.reverse
    if reverse:
        info(REVERSED)
    files = files.selecting(with_languages_of(selection, bundles[0].settings.corpus))
    pairs, faults, notes = 0, FaultLog(), list[str]()
    with unwinding():  # so that whole lines are written
        for window in in_windows(files.read(reverse=reverse, notes=notes), Pair.characters):
            for scored in translator.score(window):
                print(_line(scored, as_json))
                pairs += 1
                faults.record(pairs, scored.faults)
            sys.stdout.flush()
    report_notes(notes)
    if not pairs:
        info(f"{files.names}: no pairs")
    if unknown := faults.pop("unknown", None):
        info(f"{plural(len(unknown), 'target')} with pieces that the model cannot write")
    read = f"only the first {plural(config.max_source_pieces, 'piece')} of a side read"
    report_places(plural(pairs, "pair"), faults.get("cut", ()), read, files.unit)


def _line(scored: ScoredPair, as_json: bool) -> str:
    if as_json:
        return json_line(scored.to_dict())
    pieces = len(scored.log_probabilities)
    return f"{scored.per_piece:.4f}\t{scored.log_probability:.4f}\t{pieces}"
