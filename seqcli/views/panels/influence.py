"""How much each source word influences the decoder's state."""

from __future__ import annotations

import numpy as np
from rich.console import RenderableType

from seqcli.arrays import Array
from seqcli.decoding.inspection import Inspection
from seqcli.views.heatmap import heatmap
from seqcli.views.panels.panel import START, Panel, piece_names
from seqcli.views.pieces import printable


def _draw(inspection: Inspection, width: int) -> RenderableType:
    return heatmap(_word_names(inspection), _columns(inspection), _shades(inspection), width)


def _columns(inspection: Inspection) -> list[str]:
    return [START, *piece_names(inspection.steps)]


def _word_names(inspection: Inspection) -> list[str]:
    """The source words. A word that was unknown already has little influence, so it is marked."""
    return [
        printable(word.removeprefix("▁")) + (" (unknown)" if unknown else "")
        for word, unknown in zip(inspection.words, inspection.unknown, strict=True)
    ]


def _shades(inspection: Inspection) -> Array:
    """Square roots of the influence [W,T+1], 0 to 1, which keep small values visible."""
    return np.asarray(np.sqrt(np.clip(inspection.influence.T, 0.0, 1.0)))


PANEL = Panel(
    "Influence of each source word",
    "relative change of the state if the word were unknown; fuller is larger (sqrt)",
    _draw,
)
