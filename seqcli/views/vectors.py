"""Near words as a table, and words in two dimensions, in the terminal and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from seqcli.arrays import Array, Ints
from seqcli.vectors.vocabulary import Near
from seqcli.views.page import Section, page
from seqcli.views.pieces import printable

MARK = "•"
_BAR_CELLS = 20
_LINES_TRIED = 9
# The picture of a page, readable on a phone, and what its labels need; in pixels.
_WIDTH, _HEIGHT, _MARGIN, _LABEL_MARGIN, _EDGE = 440, 400, 16, 80, 64
_RADIUS, _GAP, _CELL_WIDTH, _LINE_HEIGHT = 3, 7, 7, 14
_STEPS = (0, 1, -1, 2, -2, 3, -3, 4, -4)  # lines below (or above) the mark


def near_table(words: Sequence[Near]) -> Table:
    """Each word with its cosine, and a bar for a cosine over 0."""
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("word", overflow="fold")
    table.add_column("cosine", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for word, cosine in words:
        length = round(_BAR_CELLS * max(0.0, cosine))
        table.add_row(Text(printable(word)), f"{cosine:.3f}", "█" * length)
    return table


def scatter(words: Sequence[str], places: Array, width: int, height: int) -> Text:
    """Words at their places [N,2] in a field of `width` cells and `height` lines.

    A word for which there is no room in its line is in one near it. What finds no room at all is
    listed below.
    """
    labels = [MARK + printable(word) for word in words]
    room = max(1, width - max(map(cell_len, labels), default=0))
    columns = _scaled(places[:, 0], room)
    rows = height - 1 - _scaled(places[:, 1], height)
    lines: list[list[tuple[int, str]]] = [[] for _ in range(height)]
    left_over = []
    for label, column, row in zip(labels, columns.tolist(), rows.tolist(), strict=True):
        near = sorted(range(height), key=lambda line: (abs(line - row), line))
        cells = cell_len(label)
        free = (i for i in near[:_LINES_TRIED] if _is_free(lines[i], column, cells))
        line = next(free, None)
        if line is None:
            left_over.append(label)
        else:
            lines[line].append((column, label))
    text = "\n".join(map(_line, lines))
    return Text(text + ("\n\nno room for " + " ".join(left_over) if left_over else ""))


def scatter_page(words: Sequence[str], places: Array, name: str) -> str:
    """A page with the words at their places [N,2]; `name` says whose vectors they are.

    A label that would cover another, or a mark, is above or below its own mark, with a line to it.
    """
    horizontal = _MARGIN + _scaled(places[:, 0], _WIDTH - _MARGIN - _LABEL_MARGIN)
    vertical = _HEIGHT - _EDGE - _scaled(places[:, 1], _HEIGHT - 2 * _EDGE)
    points = list(zip(horizontal.tolist(), vertical.tolist(), strict=True))
    marks, lines, labels = [], [], []
    taken = [_Box(x - _RADIUS, x + _RADIUS, y) for x, y in points]
    for word, (x, y) in zip(words, points, strict=True):
        text = printable(word)
        left, right = x + _GAP, x + _GAP + _CELL_WIDTH * cell_len(text)
        boxes = [_Box(left, right, y + _LINE_HEIGHT * step) for step in _STEPS]
        box = next((each for each in boxes if not any(map(each.covers, taken))), boxes[0])
        taken.append(box)
        marks.append(f'<circle cx="{x}" cy="{y}" r="{_RADIUS}" fill="rgb(30 90 220)"/>')
        if box.y != y:
            lines.append(f'<line x1="{x}" y1="{y}" x2="{left}" y2="{box.y}" class="grid"/>')
        labels.append(f'<text x="{left}" y="{box.y + 4}">{escape(text)}</text>')
    figure = (
        f'<figure class="chart"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="words in two dimensions">{"".join(lines + marks + labels)}</svg></figure>'
    )
    caption = (
        "The vectors, each with length 1, in the plane in which they differ most (the first two "
        "principal components). Words that are used alike are near each other; what differs in "
        "other directions is not seen here."
    )
    return page(["Word vectors"], escape(name), [Section("words", "Words", caption, figure)])


class _Box(NamedTuple):
    """The place of a label; y is that of its middle."""

    left: int
    right: int
    y: int

    def covers(self, other: _Box) -> bool:
        is_beside = self.right < other.left or other.right < self.left
        return not is_beside and abs(self.y - other.y) < _LINE_HEIGHT


def _scaled(values: Array, size: int) -> Ints:
    """Values as integers from 0 to size - 1; the middle if all are equal."""
    low, high = values.min(initial=np.inf), values.max(initial=-np.inf)
    shares = (values - low) / (high - low) if high > low else np.full(len(values), 0.5)
    scaled: Ints = np.rint(shares * (size - 1)).astype(np.int64)
    return scaled


def _is_free(line: Sequence[tuple[int, str]], column: int, length: int) -> bool:
    return all(column + length < start or start + cell_len(label) < column for start, label in line)


def _line(labels: list[tuple[int, str]]) -> str:
    text, cells = "", 0
    for column, label in sorted(labels):
        text += " " * (column - cells) + label
        cells = column + cell_len(label)
    return text
