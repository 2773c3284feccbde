"""`seqcli score`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from seqcli.cli.streams import REVERSED, check_output, info, json_line, pair_files, report_faults
from seqcli.config import SearchConfig, override

if TYPE_CHECKING:
    from seqcli.decoding.translation import ScoredPair


@takes_settings(SearchConfig, "batch_size", "max_source_pieces", panel="Machine")
def score(
    settings: dict[str, Any],
    pairs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PAIRS",
            help="Files of source<TAB>target, .gz too; -, or none: standard input.",
            show_default=False,
        ),
    ] = None,
    models: ModelFolders = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write each pair as JSON, piece by piece.")
    ] = False,
    source: Annotated[list[Path] | None, file_option("Source sentences, instead of PAIRS.")] = None,
    target: Annotated[list[Path] | None, file_option("Their translations.")] = None,
    precision: Precision = DEFAULT_PRECISION,
    threads: Threads = 0,
) -> None:
    """Tell how probable the model finds given pairs: a line for each, for filtering a corpus.

    Three columns: log-probability for each piece of the target (what to sort by), that of the whole
    target, and how many pieces it has, its end included. Natural logarithms.
    """
    from seqcli.bundle import open_bundle
    from seqcli.decoding.faults import FaultLog
    from seqcli.decoding.runtime import load_translator
    from seqcli.decoding.windows import in_windows

    check_output()
    files = pair_files(pairs, source, target)
    bundles = [open_bundle(model) for model in model_folders(models)]
    config = override(SearchConfig(), settings)
    translator = load_translator(bundles, config, threads, precision)
    reverse = bundles[0].settings.corpus.reverse
    if reverse:
        info(REVERSED)
    count, faults = 0, FaultLog()
    for window in in_windows(files.read(reverse=reverse)):
        for each in translator.score(window):
            print(_line(each, as_json))
            count += 1
            faults.record(count, each.faults)
        sys.stdout.flush()
    if not count:
        info(f"{files.names}: no pairs")
    if unknown := faults.pop("unknown", None):
        info(f"{len(unknown)} targets have pieces that the model cannot write")
    report_faults(f"{count} pairs", faults, config.max_source_pieces, files.unit)


def _line(scored: ScoredPair, as_json: bool) -> str:
    if as_json:
        return json_line(scored.to_dict())
    pieces = len(scored.log_probabilities)
    return f"{scored.per_piece:.4f}\t{scored.log_probability:.4f}\t{pieces}"
