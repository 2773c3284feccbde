"""Pieces as text for the screen, and as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from seqcli.data.tokenizer import UNKNOWN

# Control characters, line separators and changes of direction -> visible symbols. Unicode has such
# symbols for the ASCII control characters only; the others become U+FFFD.
_CONTROL_SYMBOLS = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
_CONTROL_SYMBOLS |= dict.fromkeys(range(0x80, 0xA0), 0xFFFD) | dict.fromkeys(
    (0x2028, 0x2029), 0x2424
)
_CONTROL_SYMBOLS |= dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD)


def printable(piece: str) -> str:
    """A piece for display: as in the vocabulary, with symbols in place of control characters."""
    return piece.translate(_CONTROL_SYMBOLS)


def piece_table(pieces: Sequence[tuple[str, int]]) -> Table:
    """Each piece with its id; text that no piece covers is marked as unknown."""
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("piece", overflow="fold")
    table.add_column("id", justify="right")
    table.add_column("")
    for piece, piece_id in pieces:
        unknown = piece_id == UNKNOWN
        table.add_row(
            Text(printable(piece)), str(piece_id), Text("unknown" if unknown else "", style="red")
        )
    return table
