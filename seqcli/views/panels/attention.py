"""Attention weights as a heat map."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from seqcli.decoding.inspection import Inspection
from seqcli.views.heatmap import attention_map
from seqcli.views.page import heat_table
from seqcli.views.panels.panel import Panel, piece_names
from seqcli.views.pieces import printable

NO_ATTENTION = "No attention: the decoder gets the whole sentence as one vector."


def _draw(inspection: Inspection, width: int) -> RenderableType:
    if inspection.translation.attention is None:
        return Text(NO_ATTENTION)
    return attention_map(inspection.translation, width)


def _draw_html(inspection: Inspection) -> str:
    translation = inspection.translation
    if translation.attention is None:
        return f"<p>{NO_ATTENTION}</p>"
    sources, weights = list(map(printable, translation.source_pieces)), translation.attention.T
    return heat_table(sources, piece_names(inspection.steps), weights, weights)


PANEL = Panel(
    "Attention",
    "attention weights: source pieces down, target pieces across; fuller is larger",
    _draw,
    _draw_html,
    "attention weights: source pieces down, target pieces across; a stronger blue is larger",
)
