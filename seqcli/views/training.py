"""The display of a training: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from contextlib import suppress
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from seqcli.config import PERPLEXITY
from seqcli.training.events import (
    Ended,
    Evaluated,
    Event,
    LearnedOn,
    Note,
    Prepared,
    Previewed,
    Sample,
    TextPrepared,
    Trouble,
    Updated,
)
from seqcli.views.bars import sparkline
from seqcli.views.learning_on import learned_on_lines, learned_on_table
from seqcli.views.training_progress import (
    RunningAverage,
    format_perplexity,
    format_speed,
    format_update,
    share_done,
)
from seqcli.views.training_text import (
    METRICS,
    clock,
    closing_lines,
    note_line,
    opening_lines,
    trouble_line,
)

SECONDS_BETWEEN_LINES = 15.0
SPARKLINE_LENGTH = 30  # evaluations


class Display(ABC):
    """A context manager that shows the events of a training."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:  # noqa: B027 (most displays have nothing to close)
        """Called at the end, also after an error."""

    @abstractmethod
    def show(self, event: Event) -> None: ...

    @abstractmethod
    def message(self, text: str) -> None:
        """Show a text from another thread, while any other method runs."""


def make_display(console: Console, quiet: bool) -> Display:
    """The display that suits the console."""
    if quiet:
        return NullDisplay()
    return LiveDisplay(console) if console.is_terminal else LogLines(console)


class NullDisplay(Display):
    """Shows nothing."""

    def show(self, event: Event) -> None:
        pass

    def message(self, text: str) -> None:
        pass


class LogLines(Display):
    """Plain lines, one for each event of interest."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.average = RunningAverage()
        self.last_printed = -math.inf

    def show(self, event: Event) -> None:
        if isinstance(event, Prepared | TextPrepared):
            self._print(*opening_lines(event))
        elif isinstance(event, Updated):
            self.average.add(event)
            if event.seconds - self.last_printed >= SECONDS_BETWEEN_LINES:
                self.last_printed = event.seconds
                self._print(
                    f"{clock(event.seconds)}  {format_update(event)}, "
                    f"epoch {event.epoch + 1}, loss {self.average.loss:.3f}, "
                    f"perplexity {format_perplexity(self.average.loss)}, "
                    f"{format_speed(self.average.speed)}, {clock(event.seconds_left)} left"
                )
        elif isinstance(event, Note):
            self._print(note_line(event))
        elif isinstance(event, Trouble):
            self._print(trouble_line(event))
        elif isinstance(event, Evaluated):
            best = ", the best so far" if event.improved else ""
            perplexity = f"perplexity {format_perplexity(event.dev_loss)}"
            score = f"{METRICS[event.metric]} {event.score:.2f}, {perplexity}"
            score = perplexity if event.metric == PERPLEXITY else score
            samples = [f"        {each.source} => {each.translation}" for each in event.samples[:1]]
            self._print(f"{clock(event.seconds)}  dev: {score}{best}", *samples)
        elif isinstance(event, LearnedOn):
            with self.console.capture() as table:
                self.console.print(learned_on_table(event))
            lines = [line.rstrip() for line in table.get().splitlines()]
            self._print(*lines, *learned_on_lines(event))
        elif isinstance(event, Ended):
            self._print(*closing_lines(event))

    def message(self, text: str) -> None:
        self._print(f"seqcli: {text}")

    def _print(self, *lines: str) -> None:
        # The reader may be gone (`| head -1`), the disk full; the training continues.
        for line in lines:
            with suppress(OSError):
                self.console.file.write(f"{line}\n")
                self.console.file.flush()


class LiveDisplay(Display):
    """A live display: progress, loss and speed, dev scores so far, and dev sentences."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.average = RunningAverage()
        self.updated: Updated | None = None
        self.evaluations: list[Evaluated] = []
        self.samples: tuple[Sample, ...] = ()
        self.message_line = ""
        self.closed = False
        self.live = Live(console=console, get_renderable=self._render, refresh_per_second=5)

    def __enter__(self) -> Self:
        self.console.print("reading the data and building the tokenizer …", style="dim")
        self.live.start()
        return self

    def close(self) -> None:
        self.closed = True
        self.live.stop()

    def show(self, event: Event) -> None:
        if isinstance(event, Prepared | TextPrepared):
            for line in opening_lines(event):
                self.live.console.print(Text(line))
        elif isinstance(event, Updated):
            self.average.add(event)
            self.updated = event
        elif isinstance(event, Note):
            self.live.console.print(Text(note_line(event), style="dim"))
        elif isinstance(event, Trouble):
            self.live.console.print(Text(trouble_line(event), style="yellow"))
        elif isinstance(event, Previewed):
            self.samples = event.samples
        elif isinstance(event, Evaluated):
            self.samples = event.samples
            self.evaluations.append(event)
        elif isinstance(event, LearnedOn):
            self.close()  # so that it is printed below the last picture
            self.console.print(learned_on_table(event))
            for line in learned_on_lines(event):
                self.console.print(Text(line))
        elif isinstance(event, Ended):
            self.close()  # so that the closing lines are printed below the last picture
            for line in closing_lines(event):
                self.console.print(Text(line))

    def message(self, text: str) -> None:
        """Show it as part of the live display: printing it would leave a stale copy behind."""
        self.message_line = text

    def _render(self) -> RenderableType:
        parts: list[RenderableType] = []
        if self.updated:
            parts += [self._progress(self.updated), self._numbers(self.updated)]
        if self.evaluations:
            parts.append(self._dev_scores())
        if self.samples:
            parts.append(sample_table(self.samples))
        # The last line is never as wide as the terminal: an echoed ^C would wrap, move the cursor
        # down, and leave a stale copy of the first line behind.
        if not self.closed:
            parts.append(Text(self.message_line, style="dim"))
        return Group(*parts)

    def _progress(self, updated: Updated) -> RenderableType:
        grid = Table.grid(padding=(0, 1), expand=True)
        grid.add_column(ratio=1)
        grid.add_column(no_wrap=True)
        share, unit = share_done(updated)
        bar = ProgressBar(total=1.0, completed=share)
        grid.add_row(bar, f"{share:.0%} of the {unit}, {clock(updated.seconds_left)} left")
        return grid

    def _numbers(self, updated: Updated) -> RenderableType:
        facts = (
            format_update(updated),
            f"epoch {updated.epoch + 1}",
            f"loss {self.average.loss:.3f}",
            f"perplexity {format_perplexity(self.average.loss)}",
            format_speed(self.average.speed),
            f"learning rate {updated.rate:.5f}",
        )
        return Text(" · ".join(facts))

    def _dev_scores(self) -> RenderableType:
        metric = self.evaluations[0].metric
        scores = [evaluated.score for evaluated in self.evaluations]
        best = min(scores) if metric == PERPLEXITY else max(scores)
        text = Text(f"dev {METRICS[metric]} {scores[-1]:.1f}, best ")
        text.append(f"{best:.1f} ", style="bold green")
        text.append(sparkline(scores[-SPARKLINE_LENGTH:], max(scores)), style="green")
        return text


def sample_table(samples: tuple[Sample, ...]) -> Table:
    """Dev sentences: source, present translation and reference."""
    table = Table(box=None, padding=(0, 1), expand=True, header_style="dim")
    for title in ("source", "translation now", "reference"):
        table.add_column(title, ratio=1, overflow="fold")
    for sample in samples:
        correct = sample.translation == sample.reference
        table.add_row(
            Text(sample.source),
            Text(sample.translation, style="green" if correct else "yellow"),
            Text(sample.reference, style="dim"),
        )
    return table
