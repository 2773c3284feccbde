"""`seqcli page`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from seqcli.cli.options import (
    DEFAULT_MODEL,
    Files,
    Overrides,
    choice_option,
    model_folders,
    with_options,
)
from seqcli.cli.streams import check_output, report_notes, write_page
from seqcli.config import PAGE_PRECISIONS

OPTIONS = {"Options": ["model", "output", "precision", "memory"]}


@dataclass(frozen=True)
class PageOptions:
    """The options, none of which is a setting of a config."""

    model: Annotated[
        Files,
        typer.Option(
            "--model",
            "-m",
            metavar="DIR",
            help="The model folder; given twice, both translate side by side.",
            show_default=f"$SEQCLI_MODEL, or {DEFAULT_MODEL}",
        ),
    ] = None
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The file to write; - is standard output."
        ),
    ] = Path("translator.html")
    precision: Annotated[
        str,
        choice_option(
            "Number format of the weights in the file. fp16 halves its size; int8 translates as "
            "translate --precision int8 does, with the encoder in fp32.",
            PAGE_PRECISIONS,
        ),
    ] = PAGE_PRECISIONS[0]
    memory: Annotated[
        bool,
        typer.Option(
            "--memory/--no-memory",
            help="Put the folder's corrections into the page (seqcli correct, :fix).",
            show_default="on",
        ),
    ] = True


@with_options(OPTIONS, PageOptions)
def page(options: PageOptions, _: Overrides) -> None:
    """Make one HTML file of a model, which translates in a browser, offline, and shows how."""
    check_output()
    from seqcli.web.translator_page import translator_page

    notes: list[str] = []
    folders = model_folders(options.model)
    content = translator_page(folders, options.precision, memory=options.memory, notes=notes)
    write_page(options.output, content)
    report_notes(notes)
