"""How far a file has been translated."""

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
    """A bar of sentences with speed and time left, which is gone at the end."""
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
        progress.update(task, speed=f"{speed:,.0f} a second" if speed else "")

    with progress:
        yield advance
