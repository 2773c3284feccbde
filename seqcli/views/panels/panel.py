"""What a panel of `seqcli inspect` consists of, and how panels name steps and pieces.

The panels of a page are drawn by seqcli/web/views/panels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.console import RenderableType

from seqcli.decoding.decoder_steps import DecoderStep
from seqcli.decoding.inspection import Inspection
from seqcli.views.pieces import printable

START = "(start)"


class Panel(NamedTuple):
    """One part of an inspection for the terminal. `draw` takes the width in cells."""

    title: str
    caption: str
    draw: Callable[[Inspection, int], RenderableType]


def piece_names(steps: Sequence[DecoderStep]) -> list[str]:
    return [printable(step.piece) for step in steps]
