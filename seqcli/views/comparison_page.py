"""A comparison as a page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from seqcli.training.findings import PLACES, Comparison, Result
from seqcli.views.charts import Line, line_chart
from seqcli.views.page import Panel, page, table


def comparison_page(found: Comparison) -> str:
    """Everything as tables and charts, in HTML."""
    panels = [
        Panel(
            "scores",
            "Scores",
            "same data, same budget, one after another; speed is in target tokens a second of "
            "learning",
            _results(found.results),
        ),
        Panel(
            "lengths",
            "Score by length",
            "BLEU of sentences of so many source words: where one vector gives in, and attention "
            "does not (Bahdanau, Cho & Bengio 2015, figure 2)",
            _lengths(found.results),
        ),
    ]
    if found.reach:
        panels.append(
            Panel(
                "reach",
                "How far the gradient reaches",
                "size of the gradient that arrives at a word n steps back in the encoder, as a "
                "share of what the last word gets; dashed: before learning",
                _reach(found),
            )
        )
    if found.lines:
        panels.append(
            Panel(
                "loss",
                "The loss along a line",
                "on the longest sentence, as the recurrent weights grow from nothing through what "
                "was learned (1): where it rises like a cliff, one step too far undoes a lot, and "
                "clipping keeps steps short; clip=0 has learned without it",
                _lines(found),
            )
        )
    if found.habits:
        panels.append(
            Panel(
                "updates",
                "After a batch, or after every sentence",
                "the same network in the same time, its weights updated after every batch, and "
                "after every single sentence (batch-tokens=1)",
                _results(found.habits),
            )
        )
    names = ", ".join(result.name for result in found.results)
    return page("Stations side by side", names, panels)


def _results(results: Sequence[Result]) -> str:
    tests = list(results[0].tests)
    head = ["station"]
    head += [f"{escape(test)}: {what}" for test in tests for what in ("BLEU", "chrF", "exact")]
    head += ["tokens/s", "updates", "seconds", "weights", "step graph"]
    rows = []
    for result in results:
        row = [escape(result.name)]
        for own in (result.tests[test] for test in tests):
            row += [f"{own.bleu:.1f}", f"{own.chrf:.1f}", f"{own.exact_match:.1%}"]
        row += [f"{result.speed:,.0f}", f"{result.updates:,}", f"{result.seconds:.0f}"]
        row += [f"{result.weights:,}", f"{result.size / 1e6:.1f} MB"]
        rows.append(row)
    return table(head, rows, numbers=range(1, len(head)))


def _lengths(results: Sequence[Result]) -> str:
    lines: dict[str, Line] = {
        result.name: (
            [(each.shortest + each.longest) / 2 for each in result.by_length],
            [each.bleu for each in result.by_length],
        )
        for result in results
    }
    buckets = results[0].by_length
    head = ["words", "sentences", *(escape(result.name) for result in results)]
    rows = [
        [
            f"{bucket.shortest}-{bucket.longest}",
            str(bucket.sentences),
            *(f"{result.by_length[i].bleu:.1f}" for result in results),
        ]
        for i, bucket in enumerate(buckets)
    ]
    chart = line_chart(lines, "words of the source", "BLEU")
    return chart + table(head, rows, numbers=range(1, len(head)))


def _reach(found: Comparison) -> str:
    lines: dict[str, Line] = {}
    for cell, (before, after) in found.reach.items():
        steps = list(range(len(before)))
        lines[cell] = steps, (after / after[0]).tolist()
        lines[f"{cell}, before"] = steps, (before / before[0]).tolist()
    return line_chart(lines, "steps back", "size of the gradient", logarithmic=True)


def _lines(found: Comparison) -> str:
    lines: dict[str, Line] = {
        name: (PLACES, losses.tolist()) for name, losses in found.lines.items()
    }
    return line_chart(lines, "times the learned recurrent weights", "loss (nats a token)")
