"""Scores as tables."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from seqcli.data.text import one_line
from seqcli.decoding.assessment import Assessed, Assessment, ConfidenceReport
from seqcli.evaluation import USABLE_CHRF

NO_BLEU = "no BLEU: most references have fewer than 4 words"


def score_report(assessment: Assessment, examples: int) -> RenderableType:
    """All scores, their signatures, and the worst and best `examples` sentences by chrF.

    Print it with `crop=False`: each signature is one line, which may be wider than the screen.
    """
    scores = assessment.scores
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column(justify="left", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim", overflow="fold")
    table.add_row("BLEU", format_bleu(scores.bleu, 2), NO_BLEU if scores.bleu is None else "")
    table.add_row("chrF", f"{scores.chrf:.2f}")
    table.add_row("exact match", f"{scores.exact_match:.1%}", f"of {scores.sentences:,} sentences")
    table.add_row("length ratio", f"{scores.length_ratio:.3f}", "translations to references")
    speed = scores.sentences / max(assessment.seconds, 1e-9)
    table.add_row("speed", f"{speed:,.0f}", f"sentences per second ({assessment.seconds:.1f} s)")
    confidence = assessment.confidence
    if confidence is not None and confidence.auc is not None:
        table.add_row(
            "AUC", f"{confidence.auc:.2f}", f"of the confidence, for chrF under {USABLE_CHRF:.0f}"
        )
    signatures = "\n".join(f" {signature}" for signature in scores.signatures.values())
    parts: list[RenderableType] = [table]
    parts.append(Text(f"\n{signatures}", style="dim", no_wrap=True, overflow="ignore"))
    if confidence is not None:
        title = f"\nby confidence (good: chrF of {USABLE_CHRF:.0f} or more)"
        parts += [Text(title, style="bold"), _confidence_table(confidence)]
    ranked = assessment.ranked
    worst = [sentence for sentence in ranked if not sentence.exact][:examples]
    others = [sentence for sentence in ranked if sentence.chrf and sentence not in worst]
    best = sorted(others, key=lambda sentence: -sentence.chrf)[:examples]
    for title, sentences in (("worst", worst), ("best", best)):
        if sentences:
            parts += [Text(f"\n{title} by chrF", style="bold"), _sentence_table(sentences)]
    return Group(*parts)


def _confidence_table(report: ConfidenceReport) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("confidence", no_wrap=True)
    for title in ("sentences", "good", "share"):
        table.add_column(title, justify="right", no_wrap=True)
    for low, high, sentences, usable in report.bins:
        span = f"{low:.0%} or more" if high == 1 else f"under {high:.0%}"
        if low > 0 and high < 1:
            span = f"{low:.0%} to {high:.0%}"
        share = f"{usable / sentences:.0%}" if sentences else "–"
        table.add_row(span, f"{sentences:,}", f"{usable:,}", share)
    return table


def format_bleu(bleu: float | None, digits: int) -> str:
    """BLEU with a number of decimal places, or a dash if there is none."""
    return "–" if bleu is None else f"{bleu:.{digits}f}"


def _sentence_table(ranked: Sequence[Assessed]) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("chrF", justify="right", no_wrap=True)
    for title in ("source", "translation", "reference"):
        table.add_column(title, overflow="fold", ratio=1)
    for sentence in ranked:
        texts = (sentence.source, sentence.translation, " / ".join(sentence.references))
        table.add_row(f"{sentence.chrf:.0f}", *(Text(one_line(text)) for text in texts))
    return table
