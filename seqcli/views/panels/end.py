"""The probability of the end of the sentence at each step."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from seqcli.decoding.decoder_steps import DecoderStep
from seqcli.decoding.inspection import Inspection
from seqcli.views.panels.panel import Panel, piece_names
from seqcli.views.pieces import printable

LONGEST_BAR = 30
IGNORED = "(end ignored)"
HEADING = "p(end)"


def _draw(inspection: Inspection, width: int) -> RenderableType:
    longest = min(max(1, width - _width_without_bar(inspection)), LONGEST_BAR)
    rows = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    rows.add_column("", justify="right", style="dim")
    rows.add_column("piece", style="bold", no_wrap=True)
    rows.add_column(HEADING, justify="right", no_wrap=True)
    rows.add_column("")
    for number, step in enumerate(inspection.steps, start=1):
        rows.add_row(str(number), Text(printable(step.piece)), *_bar(step, longest))
    if inspection.continuation:
        rows.add_row("", Text(IGNORED, style="dim"))
    for number, step in enumerate(inspection.continuation, start=len(inspection.steps)):
        rows.add_row(str(number), Text(printable(step.piece), style="dim"), *_bar(step, longest))
    return rows


def _width_without_bar(inspection: Inspection) -> int:
    """Cells of number, piece and probability, and a cell of padding after each of four columns."""
    steps = [*inspection.steps, *inspection.continuation]
    names = [*piece_names(steps), *([IGNORED] if inspection.continuation else [])]
    return len(str(len(steps))) + max(map(cell_len, names)) + len("100.00%") + 4


def _bar(step: DecoderStep, longest: int) -> tuple[str, Text]:
    return f"{step.end:.2%}", Text("█" * round(longest * step.end), style="blue")


PANEL = Panel(
    "Probability of the end",
    "the probability of </s> at each step, and the continuation if it is ignored",
    _draw,
)
