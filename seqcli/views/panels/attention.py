"""Attention weights as a heat map."""

from __future__ import annotations

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from seqcli.arrays import Array
from seqcli.decoding.inspection import Inspection
from seqcli.views.heatmap import NO_VALUE, attention_map, heatmap
from seqcli.views.panels.panel import Panel, piece_names
from seqcli.views.pieces import printable

NOT_HEARD = "not heard yet when the piece was written"
NO_ATTENTION = "No attention: the decoder gets the whole sentence as one vector."


def _draw(inspection: Inspection, width: int) -> RenderableType:
    if inspection.translation.attention is None:
        return Text(NO_ATTENTION)
    if not _is_staircase(inspection):
        return attention_map(inspection.translation, width)
    sources = list(map(printable, inspection.translation.source_pieces))
    picture = heatmap(sources, piece_names(inspection.steps), _heard_weights(inspection), width)
    return Group(picture, Text(f"\n{NO_VALUE} {NOT_HEARD}", style="dim"))


def _is_staircase(inspection: Inspection) -> bool:
    return bool(inspection.translation.heard)


def _heard_weights(inspection: Inspection) -> Array:
    """The weights [S,T] with NaN for the pieces that had not been heard."""
    weights = np.array([step.weights for step in inspection.steps]).T
    heard = np.array([step.heard for step in inspection.steps])
    return np.where(np.arange(len(weights))[:, None] < heard, weights, np.nan)


PANEL = Panel(
    "Attention",
    "attention weights: source pieces down, target pieces across; fuller is larger",
    _draw,
)
