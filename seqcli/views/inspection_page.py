"""An inspection as a page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from seqcli.arrays import Array
from seqcli.config import ModelConfig
from seqcli.decoding.inspection import DecoderStep, Inspection
from seqcli.views.inspection import (
    NO_ATTENTION,
    NO_GATES,
    PANELS,
    SPACE,
    influence_shades,
    size,
    stopped,
    word_names,
)
from seqcli.views.page import Panel, bar, heat_table, page, said, strip, table
from seqcli.views.pieces import visible
from seqcli.views.tree import TreeRow, tree_rows

# What the pictures show where they are others than in the terminal.
ABOUT = {
    "attention": "where it looked (down) as it wrote each piece (across); a stronger blue is more",
    "gates": "each row is a step, each column a unit of the decoder's cell, in the same place in "
    "all pictures; white is 0, blue is above it (to 1), red below (to -1)",
    "influence": "how far the memory moves if the word is unknown; a stronger blue is more (square "
    "root)",
}


def inspection_page(inspection: Inspection, model: ModelConfig) -> str:
    """All panels, as HTML."""
    translation = inspection.translation
    bodies = {
        "attention": _attention(inspection),
        "candidates": _candidates(inspection.steps),
        "gates": _gates(inspection),
        "influence": _influence(inspection),
        "tree": _tree(inspection),
        "end": _end(inspection),
    }
    about = (
        f"{model.cell} cell of {model.hidden} units, attention {model.attention}; "
        f"score {translation.score:.3f}, {stopped(translation.stopped_by)}; {SPACE}"
    )
    return page(
        (translation.source, translation.text),
        f'<p class="dim">{escape(about)}</p>',
        [
            Panel(name, PANELS[name].title, ABOUT.get(name, PANELS[name].about), body)
            for name, body in bodies.items()
        ],
    )


def _names(steps: Sequence[DecoderStep]) -> list[str]:
    return [visible(moment.piece) for moment in steps]


def _said(piece: str) -> str:
    return said(visible(piece))


def _attention(inspection: Inspection) -> str:
    translation = inspection.translation
    if translation.attention is None:
        return f"<p>{NO_ATTENTION}</p>"
    sources, weights = list(map(visible, translation.source_pieces)), translation.attention.T
    return heat_table(sources, _names(inspection.steps), weights, weights)


def _candidates(steps: Sequence[DecoderStep]) -> str:
    rows = []
    for number, moment in enumerate(steps, start=1):
        chips = "".join(
            f'<span class="chip{" chosen" if each.piece == moment.piece else ""}" '
            f'style="--v:{each.probability:.2f}">{_said(each.piece)} '
            f"{each.probability:.1%}</span>"
            for each in moment.candidates
        )
        rows.append([str(number), _said(moment.piece), f"{moment.probability:.1%}", chips])
    return table(("", "wrote", "p", "candidates"), rows, numbers=(0, 2))


def _gates(inspection: Inspection) -> str:
    """A picture for each gate and for the memory; units stand in one order in all of them."""
    memory = inspection.memory
    steps, names = inspection.steps, _names(inspection.steps)
    gates = {name: np.stack([moment.gates[name] for moment in steps]) for name in steps[0].gates}
    kept = np.stack([inspection.start[memory], *(moment.state[memory] for moment in steps)])
    if memory == "cell":
        kept = np.tanh(kept)
    leading = next((name for name in ("forget", "update") if name in gates), "")
    order = gates.get(leading, np.abs(kept)).mean(axis=0).argsort(kind="stable")
    by = (
        f"the mean of their {leading} gate" if leading else f"the mean size of their {memory} state"
    )
    parts = [f"<p>Units from left to right by {by}, the lowest first.</p>"]
    parts += [] if gates else [f"<p>{NO_GATES}</p>"]
    for name, values in gates.items():
        means = [f"{row.mean():.2f}" for row in values]
        kind = "candidate" if name == "candidate" else f"{name} gate"
        parts.append(_strip(kind, "mean over the units", names, values[:, order], means))
    kind = "tanh of the cell state" if memory == "cell" else "hidden state"
    sizes = [f"{size(row):.2f}" for row in kept]
    told = "root of the mean square over the units"
    parts.append(_strip(kind, told, ["(start)", *names], kept[:, order], sizes))
    return "".join(parts)


def _strip(
    kind: str, right: str, names: Sequence[str], values: Array, numbers: Sequence[str]
) -> str:
    told = f"the {kind} of each unit at each step"
    note = f'<span class="dim">right: {right}</span>'
    return f"<h3>{kind} {note}</h3>" + strip(names, values, numbers, told)


def _influence(inspection: Inspection) -> str:
    columns = ["(start)", *_names(inspection.steps)]
    shades = influence_shades(inspection)
    return heat_table(word_names(inspection), columns, inspection.influence.T, shades)


def _tree(inspection: Inspection) -> str:
    return f'<ul class="tree">{"".join(map(_branch, tree_rows(inspection.tree)))}</ul>'


def _branch(row: TreeRow) -> str:
    kind = "good" if row.best else "bad"
    place = "best" if row.best else "beside" if row.beside else "onward"
    outcome = f' <span class="{kind}">{escape(row.description)}</span>' if row.outcome else ""
    pieces = " ".join(map(_said, row.pieces))
    return (
        f'<li class="{place}" style="--depth:{row.depth}">{pieces} '
        f'<span class="dim">{row.log_probability:.2f}</span>{outcome}</li>'
    )


def _end(inspection: Inspection) -> str:
    rows = [
        [str(number), _said(moment.piece), f"{moment.end:.2%}", bar(moment.end)]
        for number, moment in enumerate(inspection.steps, start=1)
    ]
    found = table(("", "wrote", "p of the end", ""), rows, numbers=(0, 2))
    if inspection.ignored:
        after = [
            ["", _said(moment.piece), f"{moment.end:.2%}", bar(moment.end)]
            for moment in inspection.ignored
        ]
        found += "<h3>had the end been ignored</h3>" + table(
            ("", "would have written", "p of the end", ""), after, numbers=(0, 2)
        )
    return found
