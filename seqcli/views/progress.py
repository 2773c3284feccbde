"""The progress bar of a file translation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)


@contextmanager
def line_progress(
    console: Console, total: int | None, *, shown: bool
) -> Iterator[Callable[[int], None]]:
    """A progress bar in sentences, with speed and time left, which is erased at the end.

    Yields a function that advances it by a number of lines.
    """
    progress = Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("sentences"),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not shown,
    )
    task = progress.add_task("", total=total, speed="")

    def advance(lines: int) -> None:
        progress.advance(task, lines)
        speed = progress.tasks[0].speed
        progress.update(task, speed=f"{speed:,.0f} per second" if speed else "")

    with progress:
        yield advance
