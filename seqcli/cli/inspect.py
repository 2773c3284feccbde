"""`seqcli inspect`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from seqcli.cli.options import (
    DEFAULT_MODEL,
    ModelFolder,
    Overrides,
    SentenceArgument,
    file_option,
    with_options,
)
from seqcli.cli.streams import (
    argument_text,
    check_output,
    info,
    report_faults,
    stdout_console,
    write_page,
)
from seqcli.config import SearchConfig
from seqcli.config_fields import override
from seqcli.errors import UserError

OPTIONS = {"Arguments": ["text"], "Options": ["model", "show", "html", "beam", "wait"]}


@dataclass(frozen=True)
class InspectOptions:
    """The options that are no settings of a config."""

    text: Annotated[list[str], SentenceArgument]
    model: ModelFolder = DEFAULT_MODEL
    show: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PANEL",
            help="Show only this panel: attention, candidates, gates, influence, tree or end; may "
            "be given several times.",
            show_default="all",
        ),
    ] = None
    html: Annotated[
        Path | None,
        file_option(
            "Write all panels as one page that opens offline in a browser, instead of text."
        ),
    ] = None


@with_options(OPTIONS, InspectOptions, SearchConfig)
def inspect(options: InspectOptions, overrides: Overrides) -> None:
    """Show how a translation was made: attention, gates, candidates, influence, beams, the end."""
    check_output()
    from seqcli.bundle import open_bundle
    from seqcli.decoding import inspection
    from seqcli.decoding.runtime import load_translator
    from seqcli.decoding.why import Why, read_index
    from seqcli.folder import ENCODER, INDEX, STEP
    from seqcli.views.inspection import PANELS, report
    from seqcli.views.inspection_page import inspection_page

    panels = options.show or list(PANELS)
    unknown = set(panels) - set(PANELS)
    if unknown:
        raise UserError(f"show is one of {', '.join(PANELS)}, not {', '.join(sorted(unknown))}")
    with_pairs = "candidates" in panels or options.html
    parts = (ENCODER, STEP, INDEX) if with_pairs else (ENCODER, STEP)
    bundle = open_bundle(options.model, parts)
    translator = load_translator(bundle, override(SearchConfig(), overrides))
    index = read_index(bundle)
    why = None if index is None else Why(translator, index)
    result = inspection.inspect(translator, argument_text(options.text), why)
    faults = {fault: [1] for fault in result.translation.faults}
    report_faults("1 translation", faults, translator.config.max_source_pieces)
    if result.translation.missing:
        info("where an item is missing, seqcli translate searches again with a wider beam")
    if options.html:
        write_page(options.html, inspection_page(result, bundle.settings.model))
        return
    console = stdout_console()
    console.print(report(result, panels, console.width), soft_wrap=False)
