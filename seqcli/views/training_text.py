"""What a training says of itself, in words: before it learns, once it is measured, at its end."""

from __future__ import annotations

import shlex

from seqcli.training.events import BudgetFixed, Ended, Prepared

METRICS = {"bleu": "BLEU", "chrf": "chrF"}


def opening_lines(event: Prepared) -> list[str]:
    """What is about to be learned, in a few lines."""
    report, model, training = event.report, event.settings.model, event.settings.training
    lines = [f"{event.train_pairs:,} pairs to learn from, {event.dev_pairs:,} to measure on (dev)"]
    for reason, count in sorted(report.dropped.items()):
        example = report.examples[reason]
        shown = f"{example.source[:40]!r} / {example.target[:40]!r}"
        lines.append(f"dropped {count:,} of {report.read:,} pairs: {reason}, such as {shown}")
    lines.extend(event.notes)
    encoder = f"{model.encoder_layers} layer{'s' if model.encoder_layers > 1 else ''}"
    lines.append(
        f"network: {model.cell} encoder ({encoder}, both directions) and decoder of {model.hidden} "
        f"units, piece vectors of {model.embedding}, attention {model.attention}; "
        f"{event.parameters / 1e6:.1f} million weights"
    )
    lines.append(
        f"pieces: {event.pieces:,}, of which {event.output_size:,} can be written; about "
        f"{event.batches:,} updates an epoch; {training.optimizer}, rate "
        f"{training.learning_rate:g}; on {event.device}"
    )
    return lines


def budget_line(event: BudgetFixed) -> str:
    return (
        f"{event.seconds_per_update:.2f} s an update: {event.total:,} updates fit the budget "
        f"(--updates {event.total} --evaluations {event.evaluations} repeats this run)"
    )


def closing_lines(event: Ended) -> list[str]:
    """How it ended, and what to do now."""
    score = (
        ""
        if event.score is None
        else f", {METRICS[event.metric]} {event.score:.2f} on dev (greedy)"
    )
    done = f"{event.update:,} updates in {clock(event.seconds)}{score}"
    folder = str(event.folder)
    folder = "" if folder == "seqcli-model" else f" --model {shlex.quote(folder)}"
    if event.reason == "interrupted":
        return [
            f"interrupted after {done}: the model in {event.folder} can be used as it is",
            f"to go on: seqcli train --resume{folder}",
        ]
    stood = " (the dev score stood still)" if event.reason == "no improvement" else ""
    return [f"{done}{stood}", f'try it: seqcli translate{folder} "…"']


def clock(seconds: float) -> str:
    """Seconds as 1:02 or 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
