"""Gates and state of the decoder's cell: as histograms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from seqcli.arrays import Array
from seqcli.decoding.inspection import Inspection
from seqcli.views.bars import BARS, histogram
from seqcli.views.heatmap import column_blocks, shorten
from seqcli.views.panels.panel import START, Panel, piece_names

NO_GATES = "No gates to show: the cell has none, or an older version made the model folder."


def rms(vector: Array) -> float:
    """The root mean square."""
    return float(np.sqrt((vector**2).mean()))


class _HistogramColumn(NamedTuple):
    """A histogram over the units and one number, for the start and for each step."""

    title: str
    number_title: str
    histograms: Sequence[str]
    numbers: Sequence[str]

    @property
    def width(self) -> int:
        bars = max(len(self.title), len(BARS))
        return bars + max(map(len, [self.number_title, *self.numbers])) + 2


def _draw(inspection: Inspection, width: int) -> RenderableType:
    """One table, or several below each other if the terminal is narrow."""
    gates = [name for name in inspection.steps[0].gates if name != "candidate"]
    columns = [_gate_column(name, inspection) for name in gates] + [_state_column(inspection)]
    names = [shorten(name, width // 3) for name in (START, *piece_names(inspection.steps))]
    room = width - max(map(cell_len, ["piece", *names])) - 1
    tables = [
        _histogram_table(names, columns[first:last])
        for first, last in column_blocks([column.width for column in columns], room)
    ]
    return Group(*tables) if gates else Group(Text(NO_GATES), *tables)


def _histogram_table(names: Sequence[str], columns: Sequence[_HistogramColumn]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("piece", style="bold", no_wrap=True)
    for column in columns:
        table.add_column(column.title, no_wrap=True)
        table.add_column(column.number_title, justify="right", style="dim", no_wrap=True)
    for row, name in enumerate(names):
        pairs = [(column.histograms[row], column.numbers[row]) for column in columns]
        cells = [cell for pair in pairs for cell in pair]
        if any(cells):
            table.add_row(Text(name), *cells)
    return table


def _gate_column(name: str, inspection: Inspection) -> _HistogramColumn:
    """A gate has no value at the start."""
    values = [step.gates[name] for step in inspection.steps]
    means = [f"{gate.mean():.2f}" for gate in values]
    return _HistogramColumn(f"{name} 0…1", "mean", ["", *map(histogram, values)], ["", *means])


def _state_column(inspection: Inspection) -> _HistogramColumn:
    """Values beyond -1 and 1 count in the outermost bars."""
    name = inspection.main_state
    values = [inspection.start[name], *(step.state[name] for step in inspection.steps)]
    histograms = [histogram(state, -1.0, 1.0) for state in values]
    return _HistogramColumn(
        f"{name} -1…1", "rms", histograms, [f"{rms(state):.2f}" for state in values]
    )


PANEL = Panel(
    "Gates and cell state",
    "histograms over the decoder's units: gates from shut (left) to open (right), and the state; "
    "rms: root mean square",
    _draw,
)
