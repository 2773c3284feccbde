"""A comparison in the terminal: as it runs, and what came of it."""

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
from seqcli.views.scores import NO_BLEU, bleu_shown
from seqcli.views.training import Average, share_done
from seqcli.views.training_text import METRICS, clock

# How far back the size of the gradient is told.
STEPS_BACK = (1, 2, 5, 10, 20, 39)
DRAWN = 5  # of the places on a line, every fifth is drawn


class ComparisonDisplay:
    """One progress bar a run, with its loss, its speed and its dev scores; use it as a context."""

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
        self.average = Average()
        self.notes: set[str] = set()
        self.message_line = ""
        self.picture = Live(console=console, get_renderable=self._picture, refresh_per_second=5)

    def __enter__(self) -> Self:
        if self.live:
            self.picture.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.message_line = ""
        self.picture.stop()

    def message(self, text: str) -> None:
        """A remark from a signal handler: part of the picture, or a line where there is none."""
        self.message_line = text
        if not self.live:
            self.console.print(f"seqcli: {text}")

    def _picture(self) -> RenderableType:
        return Group(
            self.progress, *([Text(self.message_line, style="dim")] if self.message_line else [])
        )

    def show(self, event: Event | Started | Failed | Scoring) -> None:
        """What happens now."""
        if isinstance(event, Started):
            self.name = f"{event.number}/{event.total} {event.name}"
            self.score, self.average = "", Average()
            self.task = self.progress.add_task(self.name, total=1.0, status="reading the data")
        elif isinstance(event, Prepared):
            self._remark(*event.notes)
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
                self.console.print(f"{self.name}: {event.update:,} updates{self.score}")
        elif isinstance(event, Failed):
            self._remark(f"{self.name} failed: {event.why}")
        elif isinstance(event, Scoring):
            self._remark(*event.notes)
            self.task = self.progress.add_task("scores", total=None, status="translating the tests")

    def _remark(self, *notes: str) -> None:
        """Each note once, however many stations have it."""
        for note in notes:
            if note not in self.notes:
                self.notes.add(note)
                self.console.print(Text(note, style="dim"))

    def _progress(self, share: float, time: str) -> None:
        if self.task is not None:
            status = f"{time}, loss {self.average.loss:.3f}{self.score}"
            self.progress.update(self.task, completed=share, status=status)


def comparison_report(found: Comparison) -> RenderableType:
    """Everything as tables."""
    warning = unlearned(found)
    parts: list[RenderableType] = [Text(f"{warning}\n", style="yellow")] if warning else []
    parts.append(result_table(found.results))
    if found.lacks_bleu:
        parts.append(Text(NO_BLEU, style="dim"))
    parts += [Text(f"{name} failed: {why}", style="red") for name, why in found.failed.items()]
    parts += [Text(f"\n{found.measure} by words of the source", style="bold"), _lengths(found)]
    if found.gradient_norms:
        parts += [
            Text("\nSize of the gradient that reaches a piece n steps back", style="bold"),
            Text("in the encoder, as a share of what the piece read last gets", style="dim"),
            _gradient_norms(found),
        ]
    if found.loss_curves:
        parts += [
            Text("\nLoss as the recurrent weights grow", style="bold"),
            Text(
                f"on the longest sentence, {SCALES[0]:g} to {SCALES[-1]:g} times the learned ones; "
                "ups and downs in sum",
                style="dim",
            ),
            _loss_curves(found),
        ]
    if found.update_frequency:
        parts += [
            Text("\nUpdates after a batch, and after every sentence", style="bold"),
            result_table(found.update_frequency),
        ]
    return Group(*parts)


def unlearned(found: Comparison) -> str:
    """A warning of stations that cannot be compared yet; nothing where there are none."""
    names = found.unlearned
    if not names:
        return ""
    return (
        f"learned next to nothing ({found.measure} below {found.learned_threshold:g} on every "
        f"test): {', '.join(names)}. The budget was too small to compare; give more "
        "--minutes or --updates"
    )


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for i, name in enumerate(columns):
        table.add_column(name, justify="right" if i else "left", no_wrap=not i)
    return table


def result_table(results: Sequence[Result]) -> Table:
    """Scores, speed and size, a line a station."""
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
            f"{bleu_shown(own.bleu, 1)} / {own.exact_match:.0%}"
            for own in (result.tests[test] for test in tests)
        ]
        table.add_row(
            result.name,
            *scores,
            f"{result.speed:,.0f}",
            f"{result.updates:,}",
            f"{result.weights / 1e6:.2f} M",
        )
    return table


def _lengths(found: Comparison) -> Table:
    table = _table("words", "sentences", *(result.name for result in found.results))
    for i, bucket in enumerate(found.results[0].by_length):
        table.add_row(
            f"{bucket.shortest}-{bucket.longest}",
            str(bucket.sentences),
            *(f"{found.measure_of(result.by_length[i]):.1f}" for result in found.results),
        )
    return table


def _gradient_norms(found: Comparison) -> Table:
    table = _table("cell", "", *(f"n = {back}" for back in STEPS_BACK))
    for cell, both in found.gradient_norms.items():
        for when, sizes in zip(("before", "after"), both, strict=True):
            table.add_row(cell, when, *(f"{sizes[back]:.0e}" for back in STEPS_BACK))
    return table


def _loss_curves(found: Comparison) -> Table:
    table = _table("station", "", "at 1", "highest", "ups and downs")
    every = np.stack(list(found.loss_curves.values()))
    finite = every[np.isfinite(every)]
    high = float(finite.max(initial=0.0))
    for name, losses in found.loss_curves.items():
        shown = np.where(np.isfinite(losses), losses, high)  # what is no number is off the scale
        table.add_row(
            name,
            sparkline(shown[::DRAWN], high),
            f"{losses[SCALES.index(1.0)]:.2f}",
            f"{losses.max():.1f}",
            f"{np.abs(np.diff(shown)).sum():.1f}",
        )
    return table
