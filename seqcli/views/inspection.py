"""An inspection in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from seqcli.arrays import Array
from seqcli.decoding.inspection import DecoderStep, Inspection
from seqcli.views.bars import HEIGHTS, histogram
from seqcli.views.heatmap import attention_map, blocks, cut, heatmap
from seqcli.views.pieces import visible
from seqcli.views.tree import TreeRow, tree_rows

SPACE = "▁ is a space before a piece"
LONGEST_BAR = 30
NO_ATTENTION = "This model has none: it gets the whole sentence as one vector."
NO_GATES = "There are no gates to show: the cell has none, or the folder is an old one."


def report(inspection: Inspection, panels: Sequence[str], width: int) -> RenderableType:
    """The named panels, in their own order, each under its title."""
    translation = inspection.translation
    parts: list[RenderableType] = [
        Text(translation.text, style="bold"),
        Text(f"score {translation.score:.3f}, {stopped(translation.stopped_by)}", style="dim"),
        Text(SPACE, style="dim"),
    ]
    for name, panel in PANELS.items():
        if name in panels:
            parts += [
                Text(f"\n{panel.title}", style="bold"),
                Text(panel.about, style="dim"),
                panel.draw(inspection, width),
            ]
    return Group(*parts)


def stopped(by: str) -> str:
    """Why a translation is over, in words."""
    return {
        "eos": "ended by itself",
        "limit": "cut off at the length limit",
        "repetition": "got stuck repeating and was cut off",
    }[by]


def _attention(inspection: Inspection, width: int) -> RenderableType:
    if inspection.translation.attention is None:
        return Text(NO_ATTENTION)
    return attention_map(inspection.translation, width)


def _candidates(inspection: Inspection, _: int) -> RenderableType:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("", justify="right", style="dim")
    table.add_column("wrote", style="bold", no_wrap=True)
    table.add_column("p", justify="right")
    table.add_column("could have been", overflow="fold")
    for number, moment in enumerate(inspection.steps, start=1):
        others = Text()
        for candidate in moment.candidates:
            if candidate.piece != moment.piece and candidate.probability >= 0.001:
                others.append(f"{visible(candidate.piece)} ")
                others.append(f"{candidate.probability:.1%}  ", style="dim")
        table.add_row(str(number), Text(visible(moment.piece)), f"{moment.probability:.1%}", others)
    return table


class _Column(NamedTuple):
    """Histograms of the units and a number beside each: a row at the start and for each step."""

    title: str
    number: str
    bars: Sequence[str]
    numbers: Sequence[str]

    @property
    def width(self) -> int:
        bars = max(len(self.title), len(HEIGHTS))
        return bars + max(map(len, [self.number, *self.numbers])) + 2


def _gates(inspection: Inspection, width: int) -> RenderableType:
    """One table, or, in a narrow terminal, as many below each other as are needed."""
    names = [name for name in inspection.steps[0].gates if name != "candidate"]
    columns = [_gate(name, inspection) for name in names] + [_memory(inspection)]
    steps = [cut(name, width // 3) for name in _steps(inspection)]
    room = width - max(map(cell_len, ["wrote", *steps])) - 1
    found = blocks([column.width for column in columns], room)
    tables = [_gate_table(steps, columns[first:last]) for first, last in found]
    return Group(*tables) if names else Group(Text(NO_GATES), *tables)


def _gate_table(steps: Sequence[str], columns: Sequence[_Column]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("wrote", style="bold", no_wrap=True)
    for column in columns:
        table.add_column(column.title, no_wrap=True)
        table.add_column(column.number, justify="right", style="dim", no_wrap=True)
    for row, step in enumerate(steps):
        cells = [part for each in columns for part in (each.bars[row], each.numbers[row])]
        if any(cells):
            table.add_row(Text(step), *cells)
    return table


def _gate(name: str, inspection: Inspection) -> _Column:
    values = [moment.gates[name] for moment in inspection.steps]
    means = [f"{each.mean():.2f}" for each in values]
    return _Column(f"{name} 0…1", "mean", ["", *map(histogram, values)], ["", *means])


def _memory(inspection: Inspection) -> _Column:
    """What lies beyond -1 and 1 is in the outermost bars."""
    name = inspection.memory
    values = [inspection.start[name], *(moment.state[name] for moment in inspection.steps)]
    bars = [histogram(each, -1.0, 1.0) for each in values]
    return _Column(f"{name} -1…1", "size", bars, [f"{size(each):.2f}" for each in values])


def size(vector: Array) -> float:
    """The root of the mean square."""
    return float(np.sqrt((vector**2).mean()))


def _steps(inspection: Inspection) -> list[str]:
    return ["(start)", *(visible(moment.piece) for moment in inspection.steps)]


def _influence(inspection: Inspection, width: int) -> RenderableType:
    shades = influence_shades(inspection)
    return heatmap(word_names(inspection), _steps(inspection), shades, width)


def word_names(inspection: Inspection) -> list[str]:
    """The source words; from one that is unknown anyway little can be taken, and it says so."""
    return [
        visible(word.removeprefix("▁")) + (" (unknown)" if unknown else "")
        for word, unknown in zip(inspection.words, inspection.unknown, strict=True)
    ]


def influence_shades(inspection: Inspection) -> Array:
    """Words by moments, from 0 to 1: by the square root, so that what has faded can be seen."""
    return np.asarray(np.sqrt(np.clip(inspection.influence.T, 0.0, 1.0)))


def _tree(inspection: Inspection, width: int) -> RenderableType:
    return Group(
        *(
            Padding(_tree_line(row), (0, 0, 0, min(2 * row.depth, width // 2)), expand=False)
            for row in tree_rows(inspection.tree)
        )
    )


def _tree_line(row: TreeRow) -> Text:
    lead = "" if not row.depth else "or " if row.beside else "   "
    line = Text(lead, style="" if row.best else "dim")
    line.append(" ".join(map(visible, row.pieces)), style="bold" if row.best else "")
    line.append(f"  {row.log_probability:.2f}", style="dim")
    if row.outcome:
        line.append(f"  {row.description}", style="green" if row.best else "red")
    return line


def _end(inspection: Inspection, width: int) -> RenderableType:
    every = [*inspection.steps, *inspection.ignored]
    taken = max(cell_len(visible(moment.piece)) for moment in every) + len("00  p of the end ")
    longest = min(max(1, width - taken), LONGEST_BAR)
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("", justify="right", style="dim")
    table.add_column("wrote", style="bold", no_wrap=True)
    table.add_column("p of the end", justify="right", no_wrap=True)
    table.add_column("")
    for number, moment in enumerate(inspection.steps, start=1):
        table.add_row(str(number), Text(visible(moment.piece)), *_bar(moment, longest))
    if inspection.ignored:
        table.add_row("", Text("(ignored)", style="dim"))
    for number, moment in enumerate(inspection.ignored, start=len(inspection.steps)):
        table.add_row(str(number), Text(visible(moment.piece), style="dim"), *_bar(moment, longest))
    return table


def _bar(moment: DecoderStep, longest: int) -> tuple[str, Text]:
    return f"{moment.end:.2%}", Text("█" * round(longest * moment.end), style="blue")


Draw = Callable[[Inspection, int], RenderableType]


class Drawn(NamedTuple):
    """A panel: its title, what it shows, and what draws it in a width."""

    title: str
    about: str
    draw: Draw


PANELS = {
    "attention": Drawn(
        "Attention",
        "where it looked (down) as it wrote each piece (across); a fuller cell is more",
        _attention,
    ),
    "candidates": Drawn(
        "Candidates",
        "what it wrote at each step, how probable it was, and what else could have been",
        _candidates,
    ),
    "gates": Drawn(
        "Gates and memory",
        "how many units have a gate shut (left) or open (right), and what they remember; "
        "size is the root of the mean square",
        _gates,
    ),
    "influence": Drawn(
        "What each word still counts",
        "how far the memory moves if the word is unknown; fuller is more (square root)",
        _influence,
    ),
    "tree": Drawn(
        "The tree of the beam search",
        "what it wrote, from top to bottom; below a row, after “or”, what was tried instead of its "
        "first piece; the numbers are log-probabilities up to there",
        _tree,
    ),
    "end": Drawn(
        "The moment of the end",
        "how probable the end was at each step, and what would have followed without it",
        _end,
    ),
}
