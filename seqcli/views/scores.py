"""Scores as tables."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from seqcli.decoding.assessment import Assessed, Assessment


def score_report(assessment: Assessment, examples: int) -> RenderableType:
    """All scores with their signatures, then the worst and the best sentences."""
    scores = assessment.scores
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column(justify="left", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim", overflow="fold")
    table.add_row("BLEU", f"{scores.bleu:.2f}", scores.signatures["bleu"])
    table.add_row("chrF", f"{scores.chrf:.2f}", scores.signatures["chrf"])
    table.add_row("exact match", f"{scores.exact_match:.1%}", f"of {scores.sentences:,} sentences")
    table.add_row("length ratio", f"{scores.length_ratio:.3f}", "translations to references")
    speed = scores.sentences / max(assessment.seconds, 1e-9)
    table.add_row("speed", f"{speed:,.0f}", f"sentences a second ({assessment.seconds:.1f} s)")
    parts: list[RenderableType] = [table]
    count = min(examples, len(assessment.ranked))
    if count:
        parts += [Text("\nworst by chrF", style="bold"), _sentences(assessment.ranked[:count])]
        parts += [
            Text("\nbest by chrF", style="bold"),
            _sentences(assessment.ranked[: -count - 1 : -1]),
        ]
    return Group(*parts)


def _sentences(ranked: Sequence[Assessed]) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("chrF", justify="right", no_wrap=True)
    for title in ("source", "translation", "reference"):
        table.add_column(title, overflow="fold", ratio=1)
    for each in ranked:
        references = " / ".join(each.references)
        table.add_row(
            f"{each.chrf:.0f}", Text(each.source), Text(each.translation), Text(references)
        )
    return table
