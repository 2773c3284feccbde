"""The most probable pieces of each step."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from seqcli.decoding.inspection import Inspection
from seqcli.views.pairs import reasons_table
from seqcli.views.panels.panel import Panel
from seqcli.views.pieces import printable

NEAREST = "the training pair nearest to each word (seqcli why shows more)"
LEAST_PROBABILITY = 0.001  # of an alternative that the terminal shows


def _draw(inspection: Inspection, _: int) -> RenderableType:
    rows = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    rows.add_column("", justify="right", style="dim")
    rows.add_column("piece", style="bold", no_wrap=True)
    rows.add_column("p", justify="right")
    rows.add_column("alternatives", overflow="fold")
    for number, step in enumerate(inspection.steps, start=1):
        alternatives = Text()
        for candidate in step.candidates:
            if candidate.piece != step.piece and candidate.probability >= LEAST_PROBABILITY:
                alternatives.append(f"{printable(candidate.piece)} ")
                alternatives.append(f"{candidate.probability:.1%}  ", style="dim")
        piece = Text(printable(step.piece))
        rows.add_row(str(number), piece, f"{step.probability:.1%}", alternatives)
    if inspection.nearest is None:
        return rows
    return Group(rows, Text(f"\n{NEAREST}", style="dim"), reasons_table(inspection.nearest))


PANEL = Panel(
    "Candidates",
    "the piece written at each step, its probability, and the likeliest alternatives",
    _draw,
)
