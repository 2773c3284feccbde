"""An inspection in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from seqcli.decoding.inspection import Inspection, Moment
from seqcli.decoding.search import Array
from seqcli.views.heatmap import attention_map, heatmap, spoken
from seqcli.views.tree import TreeRow, tree_rows

LEVELS = " ▁▂▃▄▅▆▇█"

NO_ATTENTION = "This model has none: it gets the whole sentence as one vector."
NO_GATES = "There are no gates to show: the cell has none, or the folder is an old one."


def report(inspection: Inspection, panels: Sequence[str], width: int) -> RenderableType:
    """The named panels, in their own order, each under its title."""
    translation = inspection.translation
    parts: list[RenderableType] = [
        Text(translation.text, style="bold"),
        Text(f"score {translation.score:.3f}, {stopped(translation.stopped_by)}", style="dim"),
    ]
    for name, (title, explanation, draw) in PANELS.items():
        if name in panels:
            parts += [
                Text(f"\n{title}", style="bold"),
                Text(explanation, style="dim"),
                draw(inspection, width),
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
    for number, moment in enumerate(inspection.moments, start=1):
        others = Text()
        for candidate in moment.candidates:
            if candidate.piece != moment.piece and candidate.probability >= 0.001:
                others.append(f"{spoken(candidate.piece)} ")
                others.append(f"{candidate.probability:.1%}  ", style="dim")
        table.add_row(str(number), Text(spoken(moment.piece)), f"{moment.probability:.1%}", others)
    return table


def histogram(values: Array, low: float = 0.0, high: float = 1.0) -> str:
    """How the values lie between two bounds, in eight bins."""
    counts, _ = np.histogram(np.clip(values, low, high), bins=8, range=(low, high))
    return "".join(LEVELS[int(np.ceil(8 * count / counts.max()))] for count in counts)


def _gates(inspection: Inspection, _: int) -> RenderableType:
    names = [name for name in inspection.moments[0].inside if name != "candidate"]
    memory = inspection.memory
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("wrote", style="bold", no_wrap=True)
    for name in names:
        table.add_column(f"{name} 0…1", no_wrap=True)
        table.add_column("mean", justify="right", style="dim")
    table.add_column(f"{memory} -1…1", no_wrap=True)  # what lies beyond is in the outermost bars
    table.add_column("size", justify="right", style="dim")
    empty = ["", ""] * len(names)
    table.add_row("(start)", *empty, *_memory(inspection.start[memory]))
    for moment in inspection.moments:
        cells = []
        for name in names:
            gate = moment.inside[name]
            cells += [histogram(gate), f"{gate.mean():.2f}"]
        table.add_row(Text(spoken(moment.piece)), *cells, *_memory(moment.state[memory]))
    return table if names else Group(Text(NO_GATES), table)


def _memory(vector: Array) -> tuple[str, str]:
    return histogram(vector, -1.0, 1.0), f"{np.sqrt((vector**2).mean()):.2f}"


def _influence(inspection: Inspection, width: int) -> RenderableType:
    names = ["(start)", *(spoken(moment.piece) for moment in inspection.moments)]
    return heatmap(word_names(inspection), names, influence_shades(inspection), width)


def word_names(inspection: Inspection) -> list[str]:
    """The source words; from one that is unknown anyway little can be taken, and it says so."""
    return [
        spoken(word) + (" (unknown)" if unknown else "")
        for word, unknown in zip(inspection.words, inspection.unknown, strict=True)
    ]


def influence_shades(inspection: Inspection) -> Array:
    """Words by moments, from 0 to 1: by the square root, so that what has faded can be seen."""
    return np.asarray(np.sqrt(np.clip(inspection.influence.T, 0.0, 1.0)))


def _tree(inspection: Inspection, _: int) -> RenderableType:
    return Text("\n").join(_tree_line(row) for row in tree_rows(inspection.tree))


def _tree_line(row: TreeRow) -> Text:
    lead = "" if not row.depth else "└ " if row.beside else "  "
    line = Text("  " * row.depth + lead, style="" if row.best else "dim")
    line.append(" ".join(map(spoken, row.pieces)), style="bold" if row.best else "")
    line.append(f"  {row.log_probability:.2f}", style="dim")
    if row.fate:
        line.append(f"  {row.told}", style="green" if row.best else "red")
    return line


def _end(inspection: Inspection, _: int) -> RenderableType:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("", justify="right", style="dim")
    table.add_column("wrote", style="bold", no_wrap=True)
    table.add_column("p of the end", justify="right", no_wrap=True)
    table.add_column("")
    for number, moment in enumerate(inspection.moments, start=1):
        table.add_row(str(number), Text(spoken(moment.piece)), *_bar(moment))
    if inspection.ignored:
        table.add_row("", Text("(ignored)", style="dim"))
    for number, moment in enumerate(inspection.ignored, start=len(inspection.moments)):
        table.add_row(str(number), Text(spoken(moment.piece), style="dim"), *_bar(moment))
    return table


def _bar(moment: Moment) -> tuple[str, Text]:
    return f"{moment.end:.2%}", Text("█" * round(30 * moment.end), style="blue")


Draw = Callable[[Inspection, int], RenderableType]

# Each panel by its name: its title, what it shows, and what draws it in a width.
PANELS: dict[str, tuple[str, str, Draw]] = {
    "attention": (
        "Attention",
        "where it looked (down) when it wrote each piece (across); darker is more",
        _attention,
    ),
    "candidates": (
        "Candidates",
        "what it wrote at each step, how probable it was, and what else could have been",
        _candidates,
    ),
    "gates": (
        "Gates and memory",
        "how many units have a gate shut (left) or open (right), and what they remember",
        _gates,
    ),
    "influence": (
        "What each word still counts",
        "how far the memory moves if the word is an unknown one (shade: square root)",
        _influence,
    ),
    "tree": (
        "The tree of the beam search",
        "the way that won, the ways that died beside it, and their log-probabilities",
        _tree,
    ),
    "end": (
        "The moment of the end",
        "how probable the end was at each step, and what would have followed without it",
        _end,
    ),
}
