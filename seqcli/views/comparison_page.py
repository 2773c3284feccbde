"""A comparison as a page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from seqcli.comparison.findings import SCALES, Comparison, Result
from seqcli.views.charts import Line, line_chart
from seqcli.views.comparison import (
    GRADIENT_NORMS,
    LOSS_CURVES,
    UPDATE_FREQUENCY,
    unlearned_warning,
)
from seqcli.views.page import Section, html_text, page, table
from seqcli.views.scores import NO_BLEU, format_bleu


def comparison_page(comparison: Comparison, command: str) -> str:
    """All results as tables and charts, in HTML; `command` repeats the comparison."""
    names = ", ".join(result.name for result in comparison.results)
    summary = "; ".join(
        [names, *(f"{name} failed: {why}" for name, why in comparison.failed.items())]
    )
    sections = [
        Section(
            "scores",
            "Scores",
            "same data, same budget, one after another; speed is in target tokens per second of "
            "training" + (f"; {NO_BLEU}" if comparison.lacks_bleu else ""),
            _results(comparison.results),
        ),
        Section(
            "lengths",
            "Score by length",
            f"{comparison.measure} by number of source words; compare how far each line falls as "
            "sentences get longer, with attention and without it, where one vector represents the "
            "whole sentence (Bahdanau, Cho & Bengio 2015, figure 2)",
            _lengths(comparison),
        ),
    ]
    budget = ", ".join(f"{name} {value}" for name, value in comparison.budget.items())
    introduction = (
        f'<p class="dim">{escape(summary)}</p>\n'
        f'<p class="bad">{escape(unlearned_warning(comparison))}</p>\n'
        f"<p>Budget of each station: {escape(budget)}. This command repeats the comparison:</p>\n"
        f"<pre>{escape(command)}</pre>"
    )
    return page(("Comparison of stations",), introduction, [*sections, *_analysis(comparison)])


def _analysis(comparison: Comparison) -> list[Section]:
    """The sections of the analysis, which a comparison may have been run without."""
    sections = []
    if comparison.gradient_norms:
        caption = (
            "in the encoder, relative to the gradient at the last piece; dashed: before training"
        )
        sections.append(Section("reach", GRADIENT_NORMS, caption, _gradient_norms(comparison)))
    if comparison.loss_curves:
        caption = (
            "on the longest test sentence, with the recurrent weights multiplied by 0 to 4 (1: as "
            "learned); where the loss rises suddenly, one large update can undo many; clipping "
            "limits the size of an update, and clip=0 was trained without it"
        )
        sections.append(Section("loss", LOSS_CURVES, caption, _loss_curves(comparison)))
    if comparison.update_frequency:
        caption = (
            "the same network and budget, with an update after every batch, and after every "
            "single sentence (batch-tokens=1)"
        )
        results = _results(comparison.update_frequency)
        sections.append(Section("updates", UPDATE_FREQUENCY, caption, results))
    return sections


def _results(results: Sequence[Result]) -> str:
    tests = list(results[0].tests)
    head = ["station"]
    head += [
        f"{html_text(Path(test).stem)} {what}"
        for test in tests
        for what in ("BLEU", "chrF", "exact")
    ]
    head += ["tokens/s", "updates", "seconds", "weights", "step graph"]
    rows = []
    for result in results:
        row = [escape(result.name)]
        for scores in (result.tests[test] for test in tests):
            row += [format_bleu(scores.bleu, 1), f"{scores.chrf:.1f}", f"{scores.exact_match:.1%}"]
        row += [f"{result.speed:,.0f}", f"{result.updates:,}", f"{result.seconds:.0f}"]
        row += [f"{result.weights:,}", f"{result.size / 1e6:.1f} MB"]
        rows.append(row)
    return table(head, rows, number_columns=range(1, len(head)))


def _lengths(comparison: Comparison) -> str:
    lines = {
        result.name: Line(
            [bucket.mean for bucket in result.by_length],
            [comparison.measure_of(bucket) for bucket in result.by_length],
        )
        for result in comparison.results
    }
    head = ["words", "sentences", *(escape(result.name) for result in comparison.results)]
    rows = [
        [
            f"{bucket.shortest}-{bucket.longest}",
            str(bucket.sentences),
            *(f"{comparison.measure_of(result.by_length[i]):.1f}" for result in comparison.results),
        ]
        for i, bucket in enumerate(comparison.results[0].by_length)
    ]
    chart = line_chart(lines, "words of the source", comparison.measure)
    return chart + table(head, rows, number_columns=range(1, len(head)))


def _gradient_norms(comparison: Comparison) -> str:
    lines = {}
    for cell, (before, after) in comparison.gradient_norms.items():
        steps = list(range(len(before)))
        lines[cell] = Line(steps, after.tolist())
        lines[f"{cell}, before"] = Line(steps, before.tolist(), like=cell)
    return line_chart(lines, "steps back", "size of the gradient", logarithmic=True)


def _loss_curves(comparison: Comparison) -> str:
    lines = {name: Line(SCALES, losses.tolist()) for name, losses in comparison.loss_curves.items()}
    return line_chart(lines, "times the learned recurrent weights", "loss (nats a token)")
