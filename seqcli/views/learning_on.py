"""What a run with a base has learned and forgotten: a table, and lines."""

from __future__ import annotations

from rich.table import Table

from seqcli.errors import visible
from seqcli.training.events import DevScores, LearnedOn
from seqcli.views.training_text import METRICS
from seqcli.wording import plural


def learned_on_table(event: LearnedOn) -> Table:
    """The scores on new and old dev, before and after."""
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("", no_wrap=True)
    for title in ("BLEU before", "after", "chrF before", "after"):
        table.add_column(title, justify="right", no_wrap=True)
    new = "corrections" if event.corrections else "new dev"
    for name, before, after in (
        (new, event.new_before, event.new_after),
        ("old dev", event.old_before, event.old_after),
    ):
        if before is not None and after is not None:
            scores = (before.bleu, after.bleu, before.chrf, after.chrf)
            table.add_row(
                f"{name} ({plural(before.pairs, 'pair')})", *(f"{each:.1f}" for each in scores)
            )
    return table


def learned_on_lines(event: LearnedOn) -> list[str]:
    """What was learned, what was forgotten, and which network is kept: three lines."""
    return [_learned(event), _forgotten(event), _kept(event)]


def _learned(event: LearnedOn) -> str:
    before, after = event.new_before, event.new_after
    if event.corrections:
        return (
            f"learned: {after.exact:,} of {plural(after.pairs, 'correction')} "
            f"{'is' if after.exact == 1 else 'are'} now written by the network itself "
            f"(before: {before.exact:,})"
        )
    return f"learned: {_change(before, after)} on {plural(after.pairs, 'new dev pair')}"


def _forgotten(event: LearnedOn) -> str:
    before, after = event.old_before, event.old_after
    if before is None or after is None:
        files = f" (the base was trained on {visible(event.hint)})" if event.hint else ""
        return (
            "forgot: not known, since no pairs of the base were given: name them with "
            f"--keep{files}"
        )
    return f"forgot: {_change(before, after)} on {plural(after.pairs, 'old dev pair')}"


def _kept(event: LearnedOn) -> str:
    metric = METRICS[event.metric]
    mix = f"{metric} on the new dev"
    if event.corrections:
        mix = f"{metric} on the corrections"
    if event.old_before is not None:
        mix = f"mean of {mix} and on the old dev"
    best = "lowest" if metric == "perplexity" else "highest"
    if not event.kept_update:
        kept = f"kept: the base as it was, which has the {best} {mix}"
        scores = (event.new_before, event.old_before)
        changes = [
            f"{_change(before, after)} on {name}"
            for name, before, after in zip(("new", "old"), scores, event.last, strict=False)
            if before is not None
        ]
        return f"{kept}; the last network: {', '.join(changes)} dev"
    return f"kept: the network after {plural(event.kept_update, 'update')}, with the {best} {mix}"


def _change(before: DevScores, after: DevScores) -> str:
    return ", ".join(
        f"{name} {first:.1f} → {last:.1f} ({last - first:+.1f})"
        for name, first, last in (
            ("BLEU", before.bleu, after.bleu),
            ("chrF", before.chrf, after.chrf),
        )
    )
