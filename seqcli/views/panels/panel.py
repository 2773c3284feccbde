"""What a panel of `seqcli inspect` consists of, and how panels name steps and pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.console import RenderableType

from seqcli.decoding.inspection import DecoderStep, Inspection
from seqcli.views.page import html_text
from seqcli.views.pieces import printable

START = "(start)"


class Panel(NamedTuple):
    """One part of an inspection, for the terminal and for the page.

    `draw` takes the width in cells; `draw_html` returns HTML. `page_caption` replaces `caption` on
    the page if the picture there is a different one.
    """

    title: str
    caption: str
    draw: Callable[[Inspection, int], RenderableType]
    draw_html: Callable[[Inspection], str]
    page_caption: str = ""


def piece_names(steps: Sequence[DecoderStep]) -> list[str]:
    return [printable(step.piece) for step in steps]


def html_piece(piece: str) -> str:
    return html_text(printable(piece))
