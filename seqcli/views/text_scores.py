"""How probable a text is to a language model."""

from __future__ import annotations

from rich.table import Table

from seqcli.language_model.scoring import Totals


def totals_table(totals: Totals) -> Table:
    """The figures of a text, one in each row."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column(style="dim")
    ends = "the end of each line included"
    word = ("perplexity per word", f"{totals.word_perplexity:,.1f}", "words between spaces")
    for name, value, note in (
        ("bits per character", f"{totals.bits_per_character:.3f}", "comparable between all models"),
        ("bits per piece", f"{totals.bits_per_piece:.3f}", "comparable between models of the same"),
        ("perplexity", f"{totals.perplexity:,.2f}", "pieces alone: 2 to the bits per piece"),
        *([word] if totals.has_words else []),
        ("lines", f"{totals.lines:,}", "blank ones left out"),
        ("characters", f"{totals.characters:,}", ends),
        ("pieces", f"{totals.pieces:,}", ends),
    ):
        table.add_row(name, value, note)
    return table
