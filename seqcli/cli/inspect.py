"""`seqcli inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from seqcli.cli.options import DEFAULT_MODEL, ModelFolder, takes_settings
from seqcli.cli.streams import argument_text, check_output, info, report_faults, stdout_console
from seqcli.config import SearchConfig, override
from seqcli.errors import UserError
from seqcli.paths import STANDARD_STREAM


@takes_settings(SearchConfig, "beam")
def inspect(
    settings: dict[str, Any],
    text: Annotated[list[str], typer.Argument(metavar="TEXT", help="One sentence, quoted or not.")],
    model: ModelFolder = DEFAULT_MODEL,
    show: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PANEL",
            help="Show this panel alone: attention, candidates, gates, influence, tree or end; "
            "may be said several times.",
            show_default="all",
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write all panels as one page that opens offline in a browser, instead.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Show how a translation came about: attention, gates, memory, candidates, beams, the end."""
    check_output()
    from seqcli.bundle import open_bundle
    from seqcli.decoding.inspection import inspect as look_into
    from seqcli.decoding.runtime import load_translator
    from seqcli.files import atomic_writer
    from seqcli.views.inspection import PANELS, report
    from seqcli.views.inspection_page import inspection_page

    unknown = set(show or ()) - set(PANELS)
    if unknown:
        raise UserError(f"show is one of {', '.join(PANELS)}, not {', '.join(sorted(unknown))}")
    bundle = open_bundle(model)
    translator = load_translator(bundle, override(SearchConfig(), settings))
    found = look_into(translator, argument_text(text))
    faults = {fault: [1] for fault in found.translation.faults}
    report_faults("1 translation", faults, translator.config.max_source_pieces)
    if html:
        with atomic_writer(html) as file:
            file.write(inspection_page(found, bundle.settings.model))
        if html != STANDARD_STREAM:
            info(f"wrote {html}: open it in a browser")
        return
    console = stdout_console()
    console.print(report(found, show or list(PANELS), console.width), soft_wrap=False)
