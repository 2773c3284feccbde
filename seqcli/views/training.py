"""A training as one watches it: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from seqcli.training.events import (
    BudgetFixed,
    Ended,
    Evaluated,
    Event,
    Prepared,
    Previewed,
    Sample,
    Updated,
)
from seqcli.views.bars import sparkline
from seqcli.views.training_text import METRICS, budget_line, clock, closing_lines, opening_lines

LARGEST_LOSS = math.log(1e6)  # whose perplexity is told
SECONDS_BETWEEN_LINES = 15.0
# Of the shown speed and loss, the share that each update renews.
NEWS = 0.05
SCORES_DRAWN = 30


class Display(Protocol):
    """Something that shows events as they come; use it as a context."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def show(self, event: Event) -> None: ...

    def message(self, text: str) -> None:
        """A remark from a signal handler, which may interrupt anything."""


def make_display(console: Console, quiet: bool) -> Display:
    """What suits the console: nothing, a live display or plain lines."""
    if quiet:
        return NullDisplay()
    return LiveDisplay(console) if console.is_terminal else LogLines(console)


class NullDisplay:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def show(self, event: Event) -> None:
        pass

    def message(self, text: str) -> None:
        pass


class LogLines(NullDisplay):
    """One plain line for each thing worth telling."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.average = Average()
        self.last_printed = -math.inf

    def show(self, event: Event) -> None:
        if isinstance(event, Prepared):
            for line in opening_lines(event):
                self._print(line)
        elif isinstance(event, Updated):
            self.average.add(event)
            if event.seconds - self.last_printed >= SECONDS_BETWEEN_LINES:
                self.last_printed = event.seconds
                self._print(
                    f"{clock(event.seconds)}  update {event.update:,} of {_total(event.total)}, "
                    f"epoch {event.epoch + 1}, loss {self.average.loss:.3f}, "
                    f"perplexity {_perplexity(self.average.loss)}, "
                    f"{_speed(self.average.speed)}, {clock(event.seconds_left)} left"
                )
        elif isinstance(event, BudgetFixed):
            self._print(budget_line(event))
        elif isinstance(event, Evaluated):
            best = ", the best so far" if event.improved else ""
            self._print(
                f"{clock(event.seconds)}  dev: {METRICS[event.metric]} {event.score:.2f}, "
                f"perplexity {_perplexity(event.dev_loss)}{best}"
            )
            sample = event.samples[0]
            self._print(f"        {sample.source} => {sample.translation}")
        elif isinstance(event, Ended):
            for line in closing_lines(event):
                self._print(line)

    def message(self, text: str) -> None:
        self._print(f"seqcli: {text}")

    def _print(self, line: str) -> None:
        # Nobody may listen any more (`| head -1`): that is no reason to stop learning.
        with suppress(BrokenPipeError):
            self.console.file.write(f"{line}\n")
            self.console.file.flush()


class LiveDisplay(NullDisplay):
    """One live picture: progress, what matters, dev scores so far, sentences getting better."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.average = Average()
        self.updated: Updated | None = None
        self.scores: list[Evaluated] = []
        self.samples: tuple[Sample, ...] = ()
        self.message_line = ""
        self.live = Live(console=console, get_renderable=self._picture, refresh_per_second=5)

    def __enter__(self) -> Self:
        self.console.print("reading the data and building the tokenizer …", style="dim")
        self.live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._finish_row()

    def show(self, event: Event) -> None:
        if isinstance(event, Prepared):
            for line in opening_lines(event):
                self.live.console.print(Text(line))
        elif isinstance(event, Updated):
            self.average.add(event)
            self.updated = event
        elif isinstance(event, BudgetFixed):
            self.live.console.print(Text(budget_line(event), style="dim"))
        elif isinstance(event, Previewed):
            self.samples = event.samples
        elif isinstance(event, Evaluated):
            self.samples = event.samples
            self.scores.append(event)
        elif isinstance(event, Ended):
            self._finish_row()  # so that what follows stands below the picture
            for line in closing_lines(event):
                self.console.print(Text(line))

    def message(self, text: str) -> None:
        """It becomes part of the picture: what is printed beside that would leave a copy behind."""
        self.message_line = text

    def _finish_row(self) -> None:
        self.message_line = ""
        self.live.stop()

    def _picture(self) -> RenderableType:
        parts: list[RenderableType] = []
        if self.updated:
            parts += [self._progress(self.updated), self._numbers(self.updated)]
        if self.scores:
            parts.append(self._dev_scores())
        if self.samples:
            parts.append(sample_table(self.samples))
        if self.message_line:
            parts.append(Text(self.message_line, style="dim"))
        return Group(*parts)

    def _progress(self, updated: Updated) -> RenderableType:
        grid = Table.grid(padding=(0, 1), expand=True)
        grid.add_column(ratio=1)
        grid.add_column(no_wrap=True)
        share, of = share_done(updated)
        bar = ProgressBar(total=1.0, completed=share)
        grid.add_row(bar, f"{share:.0%} of the {of}, {clock(updated.seconds_left)} left")
        return grid

    def _numbers(self, updated: Updated) -> RenderableType:
        facts = (
            f"update {updated.update:,} of {_total(updated.total)}",
            f"epoch {updated.epoch + 1}",
            f"loss {self.average.loss:.3f}",
            f"perplexity {_perplexity(self.average.loss)}",
            _speed(self.average.speed),
            f"rate {updated.rate:.5f}",
        )
        return Text(" · ".join(facts))

    def _dev_scores(self) -> RenderableType:
        scores = [each.score for each in self.scores]
        best = max(scores)
        text = Text(f"dev {METRICS[self.scores[0].metric]} {scores[-1]:.1f}, best ")
        text.append(f"{best:.1f} ", style="bold green")
        text.append(sparkline(scores[-SCORES_DRAWN:], best), style="green")
        return text


class Average:
    """Loss per token and tokens a second, smoothed over the last updates."""

    def __init__(self) -> None:
        self.loss = math.nan
        self.speed = math.nan
        self._seconds: float | None = None

    def add(self, event: Updated) -> None:
        self.loss = self._mix(self.loss, event.loss / event.tokens)
        if self._seconds is not None and event.seconds > self._seconds:
            self.speed = self._mix(self.speed, event.tokens / (event.seconds - self._seconds))
        self._seconds = event.seconds

    @staticmethod
    def _mix(old: float, new: float) -> float:
        return new if math.isnan(old) else (1 - NEWS) * old + NEWS * new


def share_done(updated: Updated) -> tuple[float, str]:
    """How much of a run is done, from 0 to 1, and of what: of the updates or, as long as a budget
    in minutes is being measured, of the time."""
    if updated.total is not None:
        return updated.update / max(1, updated.total), "updates"
    return updated.seconds / max(1e-9, updated.seconds + updated.seconds_left), "time"


def sample_table(samples: tuple[Sample, ...]) -> Table:
    """Dev sentences: what goes in, what comes out now, what should."""
    table = Table(box=None, padding=(0, 1), expand=True, header_style="dim")
    for title in ("source", "translation now", "reference"):
        table.add_column(title, ratio=1, overflow="fold")
    for sample in samples:
        right = sample.translation == sample.reference
        table.add_row(
            Text(sample.source),
            Text(sample.translation, style="green" if right else "yellow"),
            Text(sample.reference, style="dim"),
        )
    return table


def _total(total: int | None) -> str:
    return "? (measuring the speed)" if total is None else f"{total:,}"


def _speed(tokens_per_second: float) -> str:
    return "? tokens/s" if math.isnan(tokens_per_second) else f"{tokens_per_second:,.0f} tokens/s"


def _perplexity(loss: float) -> str:
    return f"{math.exp(loss):,.1f}" if loss < LARGEST_LOSS else "over a million"
