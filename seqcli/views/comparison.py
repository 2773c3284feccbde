"""A comparison in the terminal: the live display, and the report of the results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from seqcli.comparison.findings import (
    SCALES,
    Comparison,
    Failed,
    Result,
    Scoring,
    Started,
)
from seqcli.training.events import Ended, Evaluated, Event, Prepared, Updated
from seqcli.views.bars import sparkline
from seqcli.views.scores import NO_BLEU, format_bleu
from seqcli.views.training_progress import RunningAverage, share_done
from seqcli.views.training_text import METRICS, clock
from seqcli.wording import plural

STEPS_BACK = (1, 2, 5, 10, 20, 39)  # for which the size of the gradient is printed
SPARKLINE_STRIDE = 5  # every fifth value of a loss curve is drawn
# Titles, in the terminal and on the page.
GRADIENT_NORMS = "Size of the gradient n steps back"
LOSS_CURVES = "Loss by scale of the recurrent weights"
UPDATE_FREQUENCY = "Updates after every batch and after every sentence"


class ComparisonDisplay:
    """A context manager with one progress bar per station: time left, loss and dev score."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.live = console.is_terminal
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[status]}"),
            console=console,
        )
        self.task: TaskID | None = None
        self.name, self.score = "", ""
        self.average = RunningAverage()
        self.printed_notes: set[str] = set()
        self.display = Live(self.progress, console=console, refresh_per_second=5)

    def __enter__(self) -> Self:
        if self.live:
            self.display.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the last picture, and restore the terminal."""
        self.display.stop()

    def show(self, event: Event | Started | Failed | Scoring) -> None:
        """Show one event of the comparison."""
        if isinstance(event, Started):
            self.name = f"{event.number}/{event.total} {event.name}"
            self.score, self.average = "", RunningAverage()
            self.task = self.progress.add_task(self.name, total=1.0, status="reading the data")
        elif isinstance(event, Prepared):
            self._print_notes(*event.notes)
        elif isinstance(event, Updated):
            self.average.add(event)
            share, _ = share_done(event)
            self._progress(share, f"{clock(event.seconds_left)} left")
        elif isinstance(event, Evaluated):
            self.score = f", dev {METRICS[event.metric]} {event.score:.1f}"
        elif isinstance(event, Ended):
            if event.reason != "interrupted":
                self._progress(1.0, clock(event.seconds))
            if not self.live:
                self.console.print(f"{self.name}: {plural(event.update, 'update')}{self.score}")
        elif isinstance(event, Failed):
            self._print_notes(f"{self.name} failed: {event.why}")
        elif isinstance(event, Scoring):
            self._print_notes(*event.notes)
            self.task = self.progress.add_task(
                "scores", total=None, status="translating the test sets"
            )

    def _print_notes(self, *notes: str) -> None:
        """Print each note once, even if several stations have it."""
        for note in notes:
            if note not in self.printed_notes:
                self.printed_notes.add(note)
                self.console.print(Text(note, style="dim"))

    def _progress(self, share: float, time: str) -> None:
        if self.task is not None:
            status = f"{time}, loss {self.average.loss:.3f}{self.score}"
            self.progress.update(self.task, completed=share, status=status)


def comparison_report(comparison: Comparison) -> RenderableType:
    """All results as tables."""
    warning = unlearned_warning(comparison)
    parts: list[RenderableType] = [Text(f"{warning}\n", style="yellow")] if warning else []
    parts.append(result_table(comparison.results))
    if comparison.lacks_bleu:
        parts.append(Text(NO_BLEU, style="dim"))
    parts += [Text(f"{name} failed: {why}", style="red") for name, why in comparison.failed.items()]
    parts += [Text(f"\n{comparison.measure} by source length", style="bold"), _lengths(comparison)]
    if comparison.gradient_norms:
        parts += [
            Text(f"\n{GRADIENT_NORMS}", style="bold"),
            Text("in the encoder, relative to the gradient at the last piece", style="dim"),
            _gradient_norms(comparison),
        ]
    if comparison.loss_curves:
        parts += [
            Text(f"\n{LOSS_CURVES}", style="bold"),
            Text(
                f"longest test sentence, {SCALES[0]:g} to {SCALES[-1]:g} times the learned "
                "weights; variation: sum of rises and falls",
                style="dim",
            ),
            _loss_curves(comparison),
        ]
    if comparison.update_frequency:
        parts += [
            Text(f"\n{UPDATE_FREQUENCY}", style="bold"),
            result_table(comparison.update_frequency),
        ]
    return Group(*parts)


def unlearned_warning(comparison: Comparison) -> str:
    """A warning about stations that have not learned enough to be compared, or ""."""
    names = comparison.unlearned
    if not names:
        return ""
    return (
        f"learned almost nothing ({comparison.measure} below {comparison.learned_threshold:g} on "
        f"every test): {', '.join(names)}. The budget was too small to compare; give more "
        "--minutes or --updates"
    )


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for i, name in enumerate(columns):
        table.add_column(name, justify="right" if i else "left", no_wrap=not i)
    return table


def result_table(results: Sequence[Result]) -> Table:
    """Scores, speed and size, one row per station."""
    tests = list(results[0].tests)
    table = _table(
        "station",
        *(f"{Path(test).stem} BLEU / exact" for test in tests),
        "tokens/s",
        "updates",
        "weights",
    )
    for result in results:
        scores = [
            f"{format_bleu(result.tests[test].bleu, 1)} / {result.tests[test].exact_match:.0%}"
            for test in tests
        ]
        table.add_row(
            result.name,
            *scores,
            f"{result.speed:,.0f}",
            f"{result.updates:,}",
            f"{result.weights / 1e6:.2f} M",
        )
    return table


def _lengths(comparison: Comparison) -> Table:
    table = _table("words", "sentences", *(result.name for result in comparison.results))
    for i, bucket in enumerate(comparison.results[0].by_length):
        table.add_row(
            f"{bucket.shortest}-{bucket.longest}",
            str(bucket.sentences),
            *(f"{comparison.measure_of(result.by_length[i]):.1f}" for result in comparison.results),
        )
    return table


def _gradient_norms(comparison: Comparison) -> Table:
    table = _table("cell", "", *(f"n = {back}" for back in STEPS_BACK))
    for cell, (before, after) in comparison.gradient_norms.items():
        for when, norms in (("before", before), ("after", after)):
            table.add_row(cell, when, *(f"{norms[back]:.0e}" for back in STEPS_BACK))
    return table


def _loss_curves(comparison: Comparison) -> Table:
    table = _table("station", "", "at 1", "highest", "variation")
    curves = np.stack(list(comparison.loss_curves.values()))
    high = float(curves[np.isfinite(curves)].max(initial=0.0))
    for name, losses in comparison.loss_curves.items():
        drawn = np.where(np.isfinite(losses), losses, high)  # NaN and infinity at the upper edge
        table.add_row(
            name,
            sparkline(drawn[::SPARKLINE_STRIDE], high),
            f"{losses[SCALES.index(1.0)]:.2f}",
            f"{losses.max():.1f}",
            f"{np.abs(np.diff(drawn)).sum():.1f}",
        )
    return table
