"""`seqcli compare`."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqcli.cli.options import (
    TEXT_OR_JSON,
    Files,
    OldJson,
    Overrides,
    TrainingPairs,
    choice_option,
    file_option,
    wants_json,
    with_options,
)
from seqcli.cli.streams import (
    check_output,
    info,
    json_line,
    stderr_console,
    stdout_console,
    write_page,
)
from seqcli.config import TrainingConfig
from seqcli.errors import UserError
from seqcli.interrupts import at_end, unwinding

if TYPE_CHECKING:
    from seqcli.comparison.compare import CompareRequest
    from seqcli.comparison.findings import Comparison

# The budget of each station if none is given.
MINUTES = 0.7

OPTIONS = {
    "Arguments": ["pairs"],
    "Options": [
        "station", "minutes", "updates", "seed", "dev", "test", "analysis", "keep", "html",
        "format",
    ],
}  # fmt: skip


@dataclass(frozen=True)
class CompareOptions:
    """The options that are no settings of a config."""

    pairs: TrainingPairs = None
    station: Annotated[
        list[str] | None,
        typer.Option(
            "--station",
            "-s",
            metavar="CELL/ATTENTION",
            help="What to train; may be given several times. Settings may follow: rnn/none/clip=0.",
            show_default="rnn/none, lstm/none and lstm/additive",
        ),
    ] = None
    dev: Annotated[
        Files,
        file_option("Pairs to evaluate on in training; if left out, a part of PAIRS is held out."),
    ] = None
    test: Annotated[
        Files,
        file_option("Pairs to score on; if left out, dev (for the sample: test and test-long)."),
    ] = None
    analysis: Annotated[
        bool,
        typer.Option(
            "--analysis/--no-analysis",
            "--closer/--no-closer",
            help="Also measure how far gradients reach, the shape of the loss, and updates after "
            "every sentence, on a fixed set of cells.",
            show_default="on",
        ),
    ] = True
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep the model folders here.", show_default=False),
    ] = None
    html: Annotated[
        Path | None, file_option("Also write a page with charts that opens offline in a browser.")
    ] = None
    format: Annotated[str, choice_option("How results are written.", TEXT_OR_JSON)] = "text"
    json: OldJson = False


@with_options(
    OPTIONS,
    CompareOptions,
    TrainingConfig,
    defaults={"minutes": f"{MINUTES}, unless --updates is given"},
)
def compare(options: CompareOptions, overrides: Overrides) -> None:
    """Train several stations on the same data and budget, and show how they differ."""
    check_output()
    as_json = wants_json(options.format, options.json)
    from seqcli.files import check_current_folder, check_output_file

    check_current_folder()
    if options.html:
        check_output_file(options.html)  # rather than after minutes of training
    budget = _budget(overrides)
    kept = f"the models so far are in {options.keep}" if options.keep else "nothing is kept"
    report = partial(info, f"interrupted: {kept}")
    try:
        with at_end(report):
            import seqcli.comparison.compare  # noqa: F401  (loads PyTorch: must not be unwound)

            with unwinding(), _model_folder(options.keep) as folder:
                request = _request(options, budget, folder)
                comparison = _run(request)
    except KeyboardInterrupt:
        report()
        raise
    if as_json:
        print(json_line(comparison.to_dict()))
    else:
        from seqcli.views.comparison import comparison_report

        stdout_console().print(comparison_report(comparison))
    if options.html:
        from seqcli.views.comparison_page import comparison_page

        write_page(options.html, comparison_page(comparison, _command(request)))


def _budget(overrides: Overrides) -> dict[str, Any]:
    """The seed and the one budget of all stations; a budget of 0 is none."""
    budget = {name: value for name, value in overrides.items() if name == "seed" or value}
    if "updates" in budget and "minutes" in budget:
        raise UserError("--minutes and --updates are two kinds of budget: choose one")
    return budget if {"updates", "minutes"} & set(budget) else budget | {"minutes": MINUTES}


def _request(options: CompareOptions, budget: dict[str, Any], folder: Path) -> CompareRequest:
    from seqcli.comparison.compare import CompareRequest
    from seqcli.comparison.stations import STATIONS, Station
    from seqcli.data.corpus import CorpusFiles

    return CompareRequest(
        folder,
        [Station.parse(text) for text in options.station or STATIONS],
        budget,
        CorpusFiles(tuple(options.pairs or ())),
        CorpusFiles(tuple(options.dev or ())),
        tuple(options.test or ()),
        options.analysis,
    )


@contextmanager
def _model_folder(keep: Path | None) -> Iterator[Path]:
    """The folder of `--keep`, or a temporary one."""
    if keep is None:
        from tempfile import TemporaryDirectory

        with (
            TemporaryDirectory() as folder,
            at_end(partial(shutil.rmtree, folder, ignore_errors=True)),
        ):
            yield Path(folder)
        return
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise UserError(f"{keep} exists already: name a new or an empty folder (--keep)")
    yield keep


def _run(request: CompareRequest) -> Comparison:
    from seqcli.comparison.compare import compare as run
    from seqcli.comparison.findings import Comparison
    from seqcli.views.comparison import ComparisonDisplay

    display = ComparisonDisplay(stderr_console())
    with at_end(display.close), display:
        for event in run(request):
            if isinstance(event, Comparison):
                return event
            display.show(event)
    raise AssertionError("the last event of a comparison is its result")


def _command(request: CompareRequest) -> str:
    """The command line that repeats a comparison, without the options for its output."""
    options = [("--station", station.name) for station in request.stations]
    options += [("--dev", str(path)) for path in request.dev.pairs]
    options += [("--test", str(path)) for path in request.tests]
    options += [(f"--{name}", str(value)) for name, value in request.budget.items()]
    words = [str(path) for path in request.files.pairs]
    words += [word for option in options for word in option]
    analysis = [] if request.analysis else ["--no-analysis"]
    return shlex.join(["seqcli", "compare", *words, *analysis])
