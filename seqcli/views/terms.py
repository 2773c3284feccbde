"""How many terms of a glossary translations have, and what the glossary changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.table import Table

from seqcli.evaluation import Scores


class TermScore(NamedTuple):
    """The scores of translations for which a glossary was "used" or "not used", which is the name;
    how many of the terms in the sources they have; and the time that they took, in seconds."""

    name: str
    scores: Scores
    met: int
    terms: int
    seconds: float

    @property
    def share(self) -> float:
        """The share of the terms that are met, from 0 to 1; 1 where there are none."""
        return self.met / self.terms if self.terms else 1.0


def term_report(rows: Sequence[TermScore]) -> Table:
    """A table of scores with and without a glossary."""
    table = Table(box=None, pad_edge=False)
    table.add_column("glossary")
    for name in ("terms met", "BLEU", "chrF", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        bleu = "-" if row.scores.bleu is None else f"{row.scores.bleu:.2f}"
        met = f"{row.met:,} of {row.terms:,} ({row.share:.1%})"
        table.add_row(row.name, met, bleu, f"{row.scores.chrf:.2f}", f"{row.seconds:.1f}")
    return table
