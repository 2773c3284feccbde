"""Heat maps in the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text

from seqcli.arrays import Array
from seqcli.decoding.translation import Translation
from seqcli.views.pieces import printable

SHADES = " ░▒▓█"
NO_VALUE = "·"


def attention_map(translation: Translation, width: int) -> Text:
    """Attention weights, with a row for each source piece and a column for each target piece."""
    assert translation.attention is not None
    return heatmap(
        [printable(piece) for piece in translation.source_pieces],
        [printable(piece) for piece in translation.target_pieces],
        translation.attention.T,
        width,
    )


def heatmap(rows: Sequence[str], columns: Sequence[str], values: Array, width: int) -> Text:
    """A heat map of values from 0 to 1 [rows, columns]; a larger value is a fuller cell, and NaN,
    for what has no value, a row of dots.

    A column is as wide as its name on screen (a Chinese character takes two cells). Columns that do
    not fit `width` follow in further blocks below; a name longer than a third of `width` is
    shortened.
    """
    rows, columns = ([shorten(name, width // 3) for name in names] for names in (rows, columns))
    margin = max(map(cell_len, rows)) + 1
    picture = Text()
    for first, last in column_blocks([cell_len(name) + 1 for name in columns], width - margin):
        if first:
            picture.append("\n")
        picture.append(" " * margin + " ".join(columns[first:last]) + "\n", style="bold")
        for name, row in zip(rows, values, strict=True):
            picture.append(" " * (margin - 1 - cell_len(name)) + name + " ")
            for column in range(first, last):
                _shade(picture, float(row[column]), cell_len(columns[column]))
            picture.append("\n")
    picture.rstrip()
    return picture


def shorten(name: str, width: int) -> str:
    """A name, cut off with an ellipsis if it takes more than `width` cells of the screen."""
    return name if cell_len(name) <= width else set_cell_size(name, width - 1).rstrip() + "…"


def column_blocks(widths: Sequence[int], room: int) -> list[tuple[int, int]]:
    """Ranges (first, last + 1) of columns that fit `room` cells together, at least one each."""
    blocks, first, used = [], 0, 0
    for column, width in enumerate(widths):
        if column > first and used + width > room:
            blocks.append((first, column))
            first, used = column, 0
        used += width
    return [*blocks, (first, len(widths))]


def _shade(picture: Text, weight: float, cells: int) -> None:
    if math.isnan(weight):
        picture.append(f"{NO_VALUE * cells} ", style="dim")
        return
    level = int(np.clip(round(weight * (len(SHADES) - 1)), 0, len(SHADES) - 1))
    # Small weights get the lightest shade instead of none.
    if level == 0 and weight >= 0.05:
        level = 1
    blue = Style(color=f"rgb({int(120 - 90 * weight)},{int(160 - 60 * weight)},255)")
    picture.append(SHADES[level] * cells, style=blue)
    picture.append(" ")
