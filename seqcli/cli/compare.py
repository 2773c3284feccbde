"""`seqcli compare`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqcli.cli.options import file_option, takes_settings
from seqcli.cli.streams import check_output, info, json_line, stderr_console, stdout_console
from seqcli.cli.train import stop_on_interrupt
from seqcli.config import TrainingConfig
from seqcli.errors import UserError
from seqcli.paths import STANDARD_STREAM

if TYPE_CHECKING:
    from seqcli.comparison.compare import CompareRequest
    from seqcli.comparison.findings import Comparison

MINUTES = 0.7


@takes_settings(TrainingConfig, "seed", panel="Machine")
@takes_settings(TrainingConfig, "updates", "minutes", panel="Budget of each")
def compare(
    settings: dict[str, Any],
    pairs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PAIRS",
            help="Files of source<TAB>target, .gz too, - for standard input; if left out, the "
            "bundled sample.",
            show_default=False,
        ),
    ] = None,
    stations: Annotated[
        list[str] | None,
        typer.Option(
            "--station",
            "-s",
            metavar="CELL/ATTENTION",
            help="What to train; may be said several times. Settings may follow: rnn/none/clip=0.",
            show_default="rnn/none, lstm/none and lstm/additive",
        ),
    ] = None,
    dev: Annotated[
        list[Path] | None,
        file_option("Pairs to measure on in training; if left out, a part of PAIRS is set aside."),
    ] = None,
    test: Annotated[
        list[Path] | None,
        file_option("Pairs to score on; if left out, dev (of the sample: test and test-long)."),
    ] = None,
    analysis: Annotated[
        bool,
        typer.Option(
            "--closer/--no-closer",
            help="Look closer too, at cells of its own choice: how far gradients reach, the loss "
            "along a line, updates after every sentence.",
        ),
    ] = True,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep the model folders there.", show_default=False),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a page with pictures, too, that opens offline in a browser.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write what was found as JSON, instead of tables.")
    ] = False,
) -> None:
    """Train several stations on the same data and budget, and show what differs."""
    check_output()
    from seqcli.comparison.stations import STATIONS, Station
    from seqcli.files import check_output_file

    if html:
        check_output_file(html)  # rather than after minutes of training
    budget = {name: value for name, value in settings.items() if name == "seed" or value}
    if "updates" in budget and "minutes" in budget:
        raise UserError("--minutes and --updates are two kinds of budget: choose one")
    if not {"updates", "minutes"} & set(budget):
        budget["minutes"] = MINUTES
    chosen = [Station.parse(text) for text in stations or STATIONS]
    from seqcli.comparison.compare import CompareRequest
    from seqcli.data.corpus import CorpusFiles

    with _place(keep) as folder:
        request = CompareRequest(
            folder,
            chosen,
            budget,
            CorpusFiles(tuple(pairs or ())),
            CorpusFiles(tuple(dev or ())),
            tuple(test or ()),
            analysis,
        )
        try:
            found = _watch(request)
        except KeyboardInterrupt:
            kept = f"the models so far are in {keep}" if keep else "nothing is kept"
            info(f"interrupted: {kept}")
            raise
    if as_json:
        print(json_line(found.to_dict()))
    else:
        from seqcli.views.comparison import comparison_report

        stdout_console().print(comparison_report(found))
    if html:
        from seqcli.files import atomic_writer
        from seqcli.views.comparison_page import comparison_page

        with atomic_writer(html) as file:
            file.write(comparison_page(found, _command(request)))
        if html != STANDARD_STREAM:
            info(f"wrote {html}: open it in a browser")


@contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
            raise UserError(f"{keep} is there already: name a folder that is new or empty (--keep)")
        yield keep
        return
    with TemporaryDirectory() as folder:
        yield Path(folder)


def _command(request: CompareRequest) -> str:
    """What is typed to repeat a comparison, all but where its findings go."""
    options = [("--station", station.name) for station in request.stations]
    options += [("--dev", str(path)) for path in request.dev.pairs]
    options += [("--test", str(path)) for path in request.tests]
    options += [(f"--{name}", str(value)) for name, value in request.budget.items()]
    words = [str(path) for path in request.files.pairs]
    words += [word for option in options for word in option]
    return shlex.join(["seqcli", "compare", *words, *([] if request.analysis else ["--no-closer"])])


def _watch(request: CompareRequest) -> Comparison:
    from seqcli.comparison.compare import compare as run
    from seqcli.comparison.findings import Comparison
    from seqcli.views.comparison import ComparisonDisplay

    display = ComparisonDisplay(stderr_console())
    with stop_on_interrupt(display.message) as stop, display:
        for event in run(request, stop):
            if isinstance(event, Comparison):
                return event
            display.show(event)
    raise AssertionError("a comparison ends with what it has found")
