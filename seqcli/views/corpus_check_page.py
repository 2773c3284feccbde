"""What a check of a corpus found, as a page."""

from __future__ import annotations

from html import escape

from seqcli.corpus_check.faults import KINDS
from seqcli.corpus_check.findings import TOLD, CorpusReport, SuspiciousPair
from seqcli.corpus_check.forecast import Forecast
from seqcli.corpus_check.lengths import Distribution
from seqcli.views.charts import Line, line_chart
from seqcli.views.corpus_check import (
    NO_WARNING,
    forecast_sentence,
    named_scripts,
    percentiles,
    summary,
)
from seqcli.views.page import Section, html_text, page, table
from seqcli.wording import plural

# More pairs would make a page that is slow to open; `--rejected` writes all.
PAIRS_SHOWN = 1000
_CLASSES = {"error": "bad", "warning": "", "note": "dim"}


def check_page(report: CorpusReport, forecast: Forecast | None, names: str, unit: str) -> str:
    """All findings, counts and suspicious pairs in HTML. `names` are those of the files, `unit` is
    what the number of a pair counts."""
    shown = report.suspicious[:PAIRS_SHOWN]
    number = f"{len(shown):,} of {plural(len(report.suspicious), 'pair')}, most suspicious first"
    introduction = f'<p class="dim">{escape(summary(report))}</p>'
    if forecast is not None:
        introduction += f"\n<p>{escape(forecast_sentence(forecast))}</p>"
    sections = [
        Section("findings", "Findings", "the most serious first", _findings(report)),
        Section("counts", "Counts", "pairs with each fault", _counts(report)),
        Section("lengths", "Lengths", "of both sides, and targets to sources", _lengths(report)),
        Section("suspicious", "Suspicious pairs", number, _pairs(shown, unit)),
    ]
    return page(("Check of a corpus", names), introduction, sections)


def _findings(report: CorpusReport) -> str:
    rows = [
        [
            f'<span class="{_CLASSES[finding.severity]}">{finding.severity}</span>',
            html_text(finding.sentence),
        ]
        for finding in report.findings
    ]
    return table(("", ""), rows) + ("" if report.warnings else f"<p>{NO_WARNING}</p>")


def _counts(report: CorpusReport) -> str:
    rows = [
        [escape(KINDS[name].label), f"{count:,}", KINDS[name].severity]
        for name, count in report.counts.items()
    ]
    rows += [[escape(TOLD[name]), f"{count:,}", ""] for name, count in report.told.items()]
    return table(("", "pairs", ""), rows, number_columns=[1])


def _lengths(report: CorpusReport) -> str:
    sides = zip(
        ("source", "target"), report.lengths, report.scripts, report.length_units, strict=True
    )
    lines, rows = {}, []
    for side, lengths, scripts, unit in sides:
        lines[f"{side} ({unit})"] = _line(lengths)
        rows.append([side, escape(percentiles(lengths, unit)), escape(named_scripts(scripts))])
    rows.append(["ratio", escape(percentiles(report.ratios, "target to source")), ""])
    return (
        table(("", "", "scripts"), rows)
        + line_chart(lines, "length", "share of the pairs")
        + line_chart({"characters": _line(report.ratios)}, "target to source", "share of the pairs")
    )


def _line(values: Distribution) -> Line:
    """The shares of the bins, at their middles."""
    middles = [(low + high) / 2 for low, high in zip(values.edges, values.edges[1:], strict=False)]
    total = max(1, sum(values.counts))
    return Line(middles, [count / total for count in values.counts])


def _pairs(shown: tuple[SuspiciousPair, ...], unit: str) -> str:
    rows = [
        [
            f"{each.number:,}",
            "" if each.score is None else f"{each.score:.2f}",
            f'<span class="{"bad" if each.is_rejected else ""}">{html_text(each.reasons)}</span>',
            *map(html_text, each.pair),
        ]
        for each in shown
    ]
    has_scores = any(each.score is not None for each in shown)
    score = "log-probability" if has_scores else ""
    return table((unit, score, "reasons", "source", "target"), rows, number_columns=[0, 1])
