"""An inspection as a page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from seqcli.config import ModelConfig
from seqcli.decoding.inspection import Inspection, Moment
from seqcli.views.heatmap import spoken
from seqcli.views.inspection import (
    NO_ATTENTION,
    NO_GATES,
    PANELS,
    influence_shades,
    stopped,
    word_names,
)
from seqcli.views.page import Panel, bar, heat_table, page, strip, table
from seqcli.views.tree import TreeRow, tree_rows


def inspection_page(inspection: Inspection, model: ModelConfig) -> str:
    """All panels, as HTML."""
    translation = inspection.translation
    bodies = {
        "attention": _attention(inspection),
        "candidates": _candidates(inspection.moments),
        "gates": _gates(inspection),
        "influence": _influence(inspection),
        "tree": _tree(inspection),
        "end": _end(inspection),
    }
    return page(
        f"{translation.source} → {translation.text}",
        f"{model.cell} cell of {model.hidden} units, attention {model.attention}; "
        f"score {translation.score:.3f}, {stopped(translation.stopped_by)}",
        [Panel(name, *PANELS[name][:2], body) for name, body in bodies.items()],
    )


def _names(moments: Sequence[Moment]) -> list[str]:
    return [spoken(moment.piece) for moment in moments]


def _attention(inspection: Inspection) -> str:
    translation = inspection.translation
    if translation.attention is None:
        return f"<p>{NO_ATTENTION}</p>"
    sources, weights = list(map(spoken, translation.source_pieces)), translation.attention.T
    return heat_table(sources, _names(inspection.moments), weights, weights)


def _candidates(moments: Sequence[Moment]) -> str:
    rows = []
    for number, moment in enumerate(moments, start=1):
        chips = "".join(
            f'<span class="chip{" chosen" if each.piece == moment.piece else ""}" '
            f'style="--v:{each.probability:.2f}">{escape(spoken(each.piece))} '
            f"{each.probability:.1%}</span>"
            for each in moment.candidates
        )
        rows.append([str(number), escape(spoken(moment.piece)), f"{moment.probability:.1%}", chips])
    return table(("", "wrote", "p", "candidates"), rows, numbers=(0, 2))


def _gates(inspection: Inspection) -> str:
    """A picture for each gate and for the memory; units stand in one order in all of them."""
    memory = inspection.memory
    moments, names = inspection.moments, _names(inspection.moments)
    inside = {
        name: np.stack([moment.inside[name] for moment in moments]) for name in moments[0].inside
    }
    kept = np.stack([inspection.start[memory], *(moment.state[memory] for moment in moments)])
    keeping = inside.get("forget", inside.get("update", np.abs(kept)))
    order = keeping.mean(axis=0).argsort(kind="stable")
    parts = [] if inside else [f"<p>{NO_GATES}</p>"]
    for name, values in inside.items():
        means = [f"{row.mean():.2f}" for row in values]
        kind = "candidate" if name == "candidate" else f"{name} gate"
        told = f"the {kind} of each unit at each step"
        parts.append(f"<h3>{kind}</h3>" + strip(names, values[:, order], means, told))
    sizes = [f"{np.sqrt((row**2).mean()):.2f}" for row in kept]
    shown = np.tanh(kept) if memory == "cell" else kept
    told = f"the {memory} state of each unit after each step"
    title = "cell state (its tanh)" if memory == "cell" else "hidden state"
    parts.append(f"<h3>{title}</h3>" + strip(["(start)", *names], shown[:, order], sizes, told))
    return "".join(parts)


def _influence(inspection: Inspection) -> str:
    columns = ["(start)", *_names(inspection.moments)]
    shades = influence_shades(inspection)
    return heat_table(word_names(inspection), columns, inspection.influence.T, shades)


def _tree(inspection: Inspection) -> str:
    return f'<ul class="tree">{"".join(map(_branch, tree_rows(inspection.tree)))}</ul>'


def _branch(row: TreeRow) -> str:
    kind = "good" if row.best else "bad"
    place = "best" if row.best else "beside" if row.beside else "onward"
    fate = f' <span class="{kind}">{escape(row.told)}</span>' if row.fate else ""
    pieces = " ".join(escape(spoken(piece)) for piece in row.pieces)
    return (
        f'<li class="{place}" style="--depth:{row.depth}">{pieces} '
        f'<span class="dim">{row.log_probability:.2f}</span>{fate}</li>'
    )


def _end(inspection: Inspection) -> str:
    rows = [
        [str(number), escape(spoken(moment.piece)), f"{moment.end:.2%}", bar(moment.end)]
        for number, moment in enumerate(inspection.moments, start=1)
    ]
    found = table(("", "wrote", "p of the end", ""), rows, numbers=(0, 2))
    if inspection.ignored:
        after = [
            ["", escape(spoken(moment.piece)), f"{moment.end:.2%}", bar(moment.end)]
            for moment in inspection.ignored
        ]
        found += "<h3>had the end been ignored</h3>" + table(
            ("", "would have written", "p of the end", ""), after, numbers=(0, 2)
        )
    return found
