"""Scores by the weight of a language model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from seqcli.decoding.assessment import Assessment
from seqcli.views.scores import NO_BLEU


class WeightScore(NamedTuple):
    """The scores with a weight."""

    weight: float
    assessment: Assessment

    @property
    def score(self) -> float:
        """BLEU; chrF where most references are too short for BLEU."""
        scores = self.assessment.scores
        return scores.chrf if scores.bleu is None else scores.bleu


def best_weight(rows: Sequence[WeightScore]) -> WeightScore:
    """The row with the best score; of equal ones, that with the smallest weight."""
    return max(rows, key=lambda row: (row.score, -row.weight))


def weight_report(rows: Sequence[WeightScore]) -> RenderableType:
    """A table of all weights, the best one marked, and the signatures."""
    best, scores = best_weight(rows), rows[0].assessment.scores
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("weight", "BLEU", "chrF", "length"):
        table.add_column(title, justify="right")
    table.add_column("")
    for row in rows:
        found = row.assessment.scores
        bleu = "-" if found.bleu is None else f"{found.bleu:.2f}"
        mark = "best" if row is best else ""
        table.add_row(
            f"{row.weight:g}",
            bleu,
            f"{found.chrf:.2f}",
            f"{found.length_ratio:.2f}",
            mark,
            style="bold" if row is best else "",
        )
    gain = best.score - rows[0].score
    metric = "chrF" if scores.bleu is None else "BLEU"
    conclusion = (
        f"\nThe best weight is {best.weight:g}: {gain:+.2f} {metric} on these pairs. Use it with "
        f"--language-weight {best.weight:g}; it is not written down anywhere."
        if best.weight
        else "\nThe language model helps with none of these weights."
    )
    parts: list[RenderableType] = [table, Text(conclusion)]
    parts += [Text(NO_BLEU, style="dim")] if scores.bleu is None else []
    signatures = "\n".join(f" {signature}" for signature in scores.signatures.values())
    parts.append(Text(f"\n{signatures}", style="dim", no_wrap=True, overflow="ignore"))
    return Group(*parts)
