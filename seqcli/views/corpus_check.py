"""What a check of a corpus found, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from seqcli.corpus_check.faults import KINDS
from seqcli.corpus_check.findings import TOLD, CorpusReport, SuspiciousPair
from seqcli.corpus_check.forecast import Forecast
from seqcli.corpus_check.lengths import Distribution
from seqcli.data.text import one_line
from seqcli.views.bars import BARS
from seqcli.wording import plural

STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}
NO_WARNING = "nothing to warn of"
SCRIPTS_NAMED = 4


def check_report(
    report: CorpusReport, forecast: Forecast | None, examples: int, unit: str
) -> RenderableType:
    """The findings, all counts, histograms, the first `examples` suspicious pairs, the forecast;
    `unit` is what the number of a pair counts."""
    parts: list[RenderableType] = [Text(summary(report)), _title("findings"), _findings(report)]
    parts += [_title("pairs with"), _counts(report), _title("scripts")]
    for side, scripts in zip(("source", "target"), report.scripts, strict=True):
        parts.append(Text(f"{side}  {named_scripts(scripts)}"))
    parts.append(_title("lengths"))
    named = zip(("source", "target"), report.lengths, report.length_units, strict=True)
    for side, lengths, length_unit in named:
        parts.append(_histogram(side, lengths, length_unit))
    parts.append(_histogram("ratio", report.ratios, "of target to source, in characters"))
    if report.suspicious and examples:
        shown = report.suspicious[:examples]
        count = f"{len(shown):,} of {plural(len(report.suspicious), 'suspicious pair')}"
        parts.append(_title(f"{count}; --examples shows more, --format json all"))
        parts += [_pair(each, unit) for each in shown]
    if forecast is not None:
        parts += [_title("forecast"), Text(forecast_sentence(forecast))]
    return Group(*parts)


def summary(report: CorpusReport) -> str:
    """The numbers of pairs, of those that training keeps, and of those that `--fix` does."""
    clean = report.read - len(report.rejected)
    return (
        f"{plural(report.read, 'pair')}; train keeps {report.kept:,} of them, and --fix {clean:,}"
    )


def forecast_sentence(forecast: Forecast) -> str:
    """What a training would take and reach, in words."""
    minutes = plural(max(1, round(forecast.minutes)), "minute")
    size = f"embedding {forecast.embedding}, hidden {forecast.hidden}"
    expected = (
        f"no BLEU is forecast: {forecast.why}"
        if forecast.bleu is None
        else f"expect {forecast.bleu:.0f} BLEU (such forecasts err by {forecast.error:.1f})"
    )
    return (
        f"train chooses {size} and {plural(forecast.updates, 'update')}, which take about "
        f"{minutes} on one core; {expected}"
    )


def named_scripts(scripts: Mapping[str, int]) -> str:
    """The most frequent scripts with the numbers of their texts."""
    ordered = sorted(scripts.items(), key=lambda item: -item[1])[:SCRIPTS_NAMED]
    return ", ".join(f"{script or 'no letters'} {count:,}" for script, count in ordered) or "none"


def percentiles(values: Distribution, unit: str) -> str:
    """What the values are, in a line."""
    return (
        f"{unit}: median {values.median:g}, 90 % from {values.low:g} to {values.high:g}, "
        f"largest {values.largest:g}"
    )


def _title(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _findings(report: CorpusReport) -> RenderableType:
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in report.findings:
        style = STYLES[finding.severity]
        table.add_row(Text(finding.severity, style=style), Text(one_line(finding.sentence)))
    if not report.warnings:
        table.add_row("", NO_WARNING)
    return table


def _counts(report: CorpusReport) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    rows = [
        (KINDS[n].label, count, STYLES[KINDS[n].severity]) for n, count in report.counts.items()
    ]
    rows += [(TOLD[name], count, "") for name, count in report.told.items()]
    for label, count, style in rows:
        if count:
            table.add_row(Text(f"{count:,}", style=style), Text(label, style=style))
    if absent := [label for label, count, _ in rows if not count]:
        table.add_row(Text("0", style="dim"), Text(", ".join(absent), style="dim"))
    return table


def _histogram(name: str, values: Distribution, unit: str) -> Text:
    """Two lines: the counts as bars, of which an empty one is a space, over the edges; and what
    the values are."""
    most = max(1, *values.counts)
    levels = f" {BARS}"
    bars = "".join(levels[-(-len(BARS) * count // most)] for count in values.counts)
    text = Text(f"{name:<8}")
    text.append(f"{values.edges[0]:g} {bars} {values.edges[-1]:g}+\n")
    return text.append(f"        {percentiles(values, unit)}", style="dim")


def _pair(found: SuspiciousPair, unit: str) -> RenderableType:
    style = STYLES["error" if found.is_rejected else "warning"]
    score = "" if found.score is None else f", log-probability {found.score:.2f} per piece"
    head = Text(f"{unit} {found.number:,}{score}: ").append(one_line(found.reasons), style=style)
    texts = Text("\n").join(Text(one_line(side)) for side in found.pair)
    return Group(head, Padding(texts, (0, 0, 0, 2), expand=False))
