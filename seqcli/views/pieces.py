"""Pieces of a text as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from seqcli.data.tokenizer import UNKNOWN

# Control characters by their pictures (Unicode has some for ASCII only), and what ends a line.
_PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
_PICTURES |= dict.fromkeys(range(0x80, 0xA0), 0xFFFD) | dict.fromkeys((0x2028, 0x2029), 0x2424)


def visible(piece: str) -> str:
    """A piece for a screen: as in the vocabulary, with pictures in place of control characters."""
    return piece.translate(_PICTURES)


def piece_table(pieces: Sequence[tuple[str, int]]) -> Table:
    """Each piece with its id; what no piece covers is marked as unknown."""
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("piece", overflow="fold")
    table.add_column("id", justify="right")
    table.add_column("")
    for piece, number in pieces:
        unknown = number == UNKNOWN
        table.add_row(
            Text(visible(piece)), str(number), Text("unknown" if unknown else "", style="red")
        )
    return table
