"""Quality against lag: a table, a plot in the terminal, and a page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from seqcli.config import WHOLE
from seqcli.decoding.assessment import Assessment
from seqcli.latency import Latency
from seqcli.views.charts import Line, line_chart
from seqcli.views.page import Section, page, table
from seqcli.views.scores import NO_BLEU

WAIT_UNTIL_THE_END = "wait until the end"
CAPTION = (
    "k: words of the source that are heard before the first word is written. AL: Average Lagging, "
    "the words by which the translation lags behind (as SimulEval computes it); LAAL: the same, "
    "where no word too many counts as a gain; AP: the mean share of the source that had been heard "
    "when a word was written."
)
# Of the plot: lines, cells, and cells for the scores.
_HEIGHT, _MIN_WIDTH, _MAX_WIDTH, _MARGIN = 12, 30, 72, 7
_MARK, _LEVEL = "●", "╌"


class WaitScore(NamedTuple):
    """The scores with a k."""

    wait: str
    assessment: Assessment

    @property
    def score(self) -> float:
        """BLEU; chrF where most references are too short for BLEU."""
        scores = self.assessment.scores
        return scores.chrf if scores.bleu is None else scores.bleu

    @property
    def latency(self) -> Latency | None:
        return self.assessment.latency


def wait_report(rows: Sequence[WaitScore], width: int) -> RenderableType:
    """The table of all k, the plot of those with a latency, and the signatures."""
    scores = rows[0].assessment.scores
    parts: list[RenderableType] = [_table(rows), Text(f"\n{CAPTION}", style="dim")]
    if scores.bleu is None:
        parts.append(Text(NO_BLEU, style="dim"))
    if len([row for row in rows if row.latency]) > 1 and width >= _MIN_WIDTH:
        title = f"\n{_metric(rows)} against Average Lagging, in words"
        parts += [Text(title, style="bold"), plot(rows, width)]
    signatures = "\n".join(f" {signature}" for signature in scores.signatures.values())
    parts.append(Text(f"\n{signatures}", style="dim", no_wrap=True, overflow="ignore"))
    return Group(*parts)


def plot(rows: Sequence[WaitScore], width: int) -> Text:
    """Scores by their Average Lagging, each with its k, and a line at that of waiting until the
    end."""
    points = [(row.latency.average_lagging, row.score, row.wait) for row in rows if row.latency]
    labels = max(cell_len(wait) for _, _, wait in points) + 2
    room = min(_MAX_WIDTH, width) - _MARGIN - labels
    left, right = min(0.0, *(lag for lag, _, _ in points)), max(lag for lag, _, _ in points)
    low, high = min(score for _, score, _ in points), max(score for _, score, _ in points)
    lines = [[" "] * (room + labels) for _ in range(_HEIGHT)]

    def line_of(score: float) -> int:
        return round((high - score) / ((high - low) or 1.0) * (_HEIGHT - 1))

    for _, score, wait in points:
        if wait == WHOLE:
            lines[line_of(score)][:room] = _LEVEL * room
    for lag, score, wait in points:
        column = round((lag - left) / ((right - left) or 1.0) * (room - 1))
        text = f"{_MARK}{wait}"
        lines[line_of(score)][column : column + len(text)] = text
    picture = ""
    for number, cells in enumerate(lines):
        label = {0: f"{high:.1f}", _HEIGHT - 1: f"{low:.1f}"}.get(number, "")
        picture += f"{label:>{_MARGIN - 2}} │{''.join(cells).rstrip()}\n"
    end = f"{right:.1f}"
    axis = f"{left:.0f}".ljust(room - len(end)) + end
    return Text(f"{picture}{' ' * (_MARGIN - 1)}└{'─' * room}\n{' ' * _MARGIN}{axis}")


def wait_page(rows: Sequence[WaitScore], name: str) -> str:
    """The table and the plot as a page; `name` says of what model and what sentences."""
    lines = _lines(rows)
    chart = line_chart(lines, "Average Lagging, in words", _metric(rows)) if lines else ""
    titles = _titles(rows)
    numbers = table(titles, list(map(_cells, rows)), range(len(titles)))
    section = Section("lag", "Quality against lag", CAPTION, chart + numbers)
    return page(["Translation before the end"], escape(name), [section])


def _lines(rows: Sequence[WaitScore]) -> dict[str, Line]:
    """The scores by their lag: those of numbers of words, of shares, and of whole sources."""
    lines: dict[str, Line] = {}
    points = sorted(
        (row.latency.average_lagging, row.score, row.wait) for row in rows if row.latency
    )
    for name, belongs in (
        ("wait for k words", str.isdecimal),
        ("wait for a share of the words", lambda wait: "/" in wait),
    ):
        own = [point for point in points if belongs(point[2])]
        if own:
            lines[name] = Line([lag for lag, _, _ in own], [score for _, score, _ in own])
    whole = [score for _, score, wait in points if wait == WHOLE]
    if whole:
        lines[WAIT_UNTIL_THE_END] = Line([min(0.0, points[0][0]), points[-1][0]], whole[:1] * 2)
    return lines


def _table(rows: Sequence[WaitScore]) -> Table:
    grid = Table(box=None, padding=(0, 1), header_style="dim")
    for title in _titles(rows):
        grid.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        grid.add_row(*_cells(row))
    return grid


def _titles(rows: Sequence[WaitScore]) -> list[str]:
    bleu = [] if rows[0].assessment.scores.bleu is None else ["BLEU"]
    return ["k", *bleu, "chrF", "AL", "LAAL", "AP", "length ratio"]


def _cells(row: WaitScore) -> list[str]:
    scores = row.assessment.scores
    bleu = [] if scores.bleu is None else [f"{scores.bleu:.2f}"]
    lags = ["–"] * 3
    if row.latency is not None:
        lags = [f"{value:.2f}" for value in row.latency[:3]]
    return [row.wait, *bleu, f"{scores.chrf:.2f}", *lags, f"{scores.length_ratio:.3f}"]


def _metric(rows: Sequence[WaitScore]) -> str:
    return "chrF" if rows[0].assessment.scores.bleu is None else "BLEU"
