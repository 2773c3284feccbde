"""A comparison as a page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from seqcli.comparison.findings import SCALES, Comparison, Result
from seqcli.views.charts import Line, line_chart
from seqcli.views.comparison import unlearned
from seqcli.views.page import Panel, page, said, table
from seqcli.views.scores import NO_BLEU, bleu_shown


def comparison_page(found: Comparison, command: str) -> str:
    """Everything as tables and charts, in HTML; `command` is what repeats the comparison."""
    names = ", ".join(result.name for result in found.results)
    about = "; ".join([names, *(f"{name} failed: {why}" for name, why in found.failed.items())])
    panels = [
        Panel(
            "scores",
            "Scores",
            "same data, same budget, one after another; speed is in target tokens a second of "
            "learning" + (f"; {NO_BLEU}" if found.lacks_bleu else ""),
            _results(found.results),
        ),
        Panel(
            "lengths",
            "Score by length",
            f"{found.measure} of sentences of so many source words; look how far each line falls "
            "as sentences grow, with attention and without, where one vector carries the whole "
            "sentence (Bahdanau, Cho & Bengio 2015, figure 2)",
            _lengths(found),
        ),
    ]
    budget = ", ".join(f"{name} {value}" for name, value in found.budget.items())
    introduction = (
        f'<p class="dim">{escape(about)}</p>\n<p class="bad">{escape(unlearned(found))}</p>\n'
        f"<p>Budget of each station: {escape(budget)}. This repeats the comparison:</p>\n"
        f"<pre>{escape(command)}</pre>"
    )
    return page(("Stations side by side",), introduction, [*panels, *_analysis(found)])


def _analysis(found: Comparison) -> list[Panel]:
    """What is there only where it was looked closer."""
    panels = []
    if found.gradient_norms:
        about = (
            "size of the gradient that arrives at a piece n steps back in the encoder, as a share "
            "of what the last piece gets; dashed: before learning"
        )
        panels.append(Panel("reach", "How far the gradient reaches", about, _gradient_norms(found)))
    if found.loss_curves:
        about = (
            "on the longest sentence, as the recurrent weights grow from nothing through what was "
            "learned (1); look for sudden rises, where one step too far undoes a lot: clipping "
            "keeps steps short, and clip=0 has learned without it"
        )
        panels.append(Panel("loss", "The loss along a line", about, _loss_curves(found)))
    if found.update_frequency:
        about = (
            "the same network within the same budget, its weights updated after every batch, and "
            "after every single sentence (batch-tokens=1)"
        )
        title = "After a batch, or after every sentence"
        panels.append(Panel("updates", title, about, _results(found.update_frequency)))
    return panels


def _results(results: Sequence[Result]) -> str:
    tests = list(results[0].tests)
    head = ["station"]
    head += [
        f"{said(Path(test).stem)} {what}" for test in tests for what in ("BLEU", "chrF", "exact")
    ]
    head += ["tokens/s", "updates", "seconds", "weights", "step graph"]
    rows = []
    for result in results:
        row = [escape(result.name)]
        for own in (result.tests[test] for test in tests):
            row += [bleu_shown(own.bleu, 1), f"{own.chrf:.1f}", f"{own.exact_match:.1%}"]
        row += [f"{result.speed:,.0f}", f"{result.updates:,}", f"{result.seconds:.0f}"]
        row += [f"{result.weights:,}", f"{result.size / 1e6:.1f} MB"]
        rows.append(row)
    return table(head, rows, numbers=range(1, len(head)))


def _lengths(found: Comparison) -> str:
    loss_curves = {
        result.name: Line(
            [each.mean for each in result.by_length],
            [found.measure_of(each) for each in result.by_length],
        )
        for result in found.results
    }
    head = ["words", "sentences", *(escape(result.name) for result in found.results)]
    rows = [
        [
            f"{bucket.shortest}-{bucket.longest}",
            str(bucket.sentences),
            *(f"{found.measure_of(result.by_length[i]):.1f}" for result in found.results),
        ]
        for i, bucket in enumerate(found.results[0].by_length)
    ]
    chart = line_chart(loss_curves, "words of the source", found.measure)
    return chart + table(head, rows, numbers=range(1, len(head)))


def _gradient_norms(found: Comparison) -> str:
    loss_curves = {}
    for cell, (before, after) in found.gradient_norms.items():
        steps = list(range(len(before)))
        loss_curves[cell] = Line(steps, after.tolist())
        loss_curves[f"{cell}, before"] = Line(steps, before.tolist(), like=cell)
    return line_chart(loss_curves, "steps back", "size of the gradient", logarithmic=True)


def _loss_curves(found: Comparison) -> str:
    loss_curves = {
        name: Line(SCALES, losses.tolist()) for name, losses in found.loss_curves.items()
    }
    return line_chart(loss_curves, "times the learned recurrent weights", "loss (nats a token)")
