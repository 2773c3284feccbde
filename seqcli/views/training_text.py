"""Lines about a training: before it starts, when its budget is fixed, and at its end."""

from __future__ import annotations

import shlex
from pathlib import Path

from seqcli.config import PERPLEXITY
from seqcli.errors import visible
from seqcli.training.events import (
    BatchHalved,
    BudgetFixed,
    ConfidenceFitted,
    Ended,
    IndexMade,
    Note,
    Prepared,
    SaveFailed,
    TextPrepared,
    Trouble,
)
from seqcli.training.recipe import expected_epochs
from seqcli.wording import plural, shortened

METRICS = {"bleu": "BLEU", "chrf": "chrF", PERPLEXITY: "perplexity"}


def opening_lines(event: Prepared | TextPrepared) -> list[str]:
    """Data, what was dropped, notes, network, and optimization."""
    return _opening_of_text(event) if isinstance(event, TextPrepared) else _opening(event)


def _opening_of_text(event: TextPrepared) -> list[str]:
    model, training = event.settings.model, event.settings.training
    lines = [
        f"{plural(event.train_sentences, 'training sentence')}, "
        f"{plural(event.dev_sentences, 'dev sentence')}"
    ]
    for reason, count in sorted(event.dropped.items()):
        lines.append(f"dropped {count:,} of {plural(event.read, 'line')}: {reason}")
    lines.extend(event.notes)
    lines.append(
        f"language model: {model.cell} with {plural(model.hidden, 'unit')}, embeddings of "
        f"{model.embedding}; {event.parameters / 1e6:.1f} million weights"
    )
    lines.append(
        f"{plural(event.pieces, 'piece')}; about {plural(event.batches, 'update')} per epoch; "
        f"{training.optimizer}, learning rate {training.learning_rate:g}; on {event.device}"
    )
    return lines


def _opening(event: Prepared) -> list[str]:
    report, model, training = event.report, event.settings.model, event.settings.training
    lines = [f"{plural(event.train_pairs, 'training pair')}, {plural(event.dev_pairs, 'dev pair')}"]
    for reason, count in sorted(report.dropped.items()):
        line = f"dropped {count:,} of {plural(report.read, 'pair')}: {reason}"
        if example := report.examples.get(reason):
            line += f", such as {' / '.join(repr(shortened(side)) for side in example)}"
        lines.append(line)
    lines.extend(event.notes)
    directions = "one-way" if model.simultaneous else "bidirectional"
    lines.append(
        f"network: {model.cell} encoder ({plural(model.encoder_layers, 'layer')}, {directions}) "
        f"and decoder with {plural(model.hidden, 'unit')}, embeddings of {model.embedding}, "
        f"attention {model.attention}; {event.parameters / 1e6:.1f} million weights"
    )
    lines.append(
        f"{plural(event.pieces, 'piece')}, {event.output_size:,} of them used in translations; "
        f"about {plural(event.batches, 'update')} per epoch; {training.optimizer}, learning rate "
        f"{training.learning_rate:g}; on {event.device}"
    )
    sampling = f" and subword sampling {model.subword_sampling:g}" if model.subword_sampling else ""
    tokens = event.batches * training.batch_tokens
    epochs = max(1, round(expected_epochs(tokens, model, training)))
    lines.append(f"about {plural(epochs, 'epoch')} with dropout {model.dropout:g}{sampling}")
    return lines


def note_line(event: Note) -> str:
    """What has been planned or made."""
    if isinstance(event, BudgetFixed):
        return _budget_line(event)
    return _index_line(event) if isinstance(event, IndexMade) else _confidence_line(event)


def _budget_line(event: BudgetFixed) -> str:
    return (
        f"{event.seconds_per_update:.2f} s per update: the budget allows "
        f"{plural(event.total, 'update')} (--updates {event.total} --evaluations "
        f"{event.evaluations} repeats this run)"
    )


def trouble_line(event: Trouble) -> str:
    """What went wrong in a training that goes on, in one line."""
    if isinstance(event, BatchHalved):
        trouble = "not enough memory for a batch: it is computed in halves, to the same result"
    elif isinstance(event, SaveFailed):
        trouble = f"not saved ({event.reason}); the training goes on and saves again later"
    else:
        place = "beginning" if event.to_beginning else "best network so far"
        trouble = (
            f"the training diverged; it goes on from its {place}, with a learning rate of "
            f"{event.rate:g}"
        )
    return f"update {event.update:,}: {trouble}"


def _index_line(event: IndexMade) -> str:
    """How much the index of training pairs holds."""
    words, pairs = plural(event.words, "word"), plural(event.pairs, "pair")
    return f"index for seqcli why: {words} of {pairs}, made in {event.seconds:.0f} s"


def _confidence_line(event: ConfidenceFitted) -> str:
    """Whether the confidence was fitted, and how well it tells usable translations from others."""
    confidence = event.confidence
    examples = plural(confidence.examples, "translation")
    if event.kept:
        return "confidence: that of the base (too few translations to fit it anew)"
    if not confidence.examples:
        return "confidence: a fixed prior (the budget is too short to fit it)"
    if not confidence.fitted:
        return f"confidence: a fixed prior (bad: {confidence.bad:,} of {examples}, too few to fit)"
    area = confidence.auc if confidence.dev_auc is None else confidence.dev_auc
    measured = "" if area is None else f", AUC {area:.2f} on dev sentences not fitted on"
    return f"confidence: fitted on {examples} in {event.seconds:.0f} s{measured}"


def closing_lines(event: Ended) -> list[str]:
    """The result, and the command to use the model or to continue."""
    score = (
        ""
        if event.score is None
        else f", {METRICS[event.metric]} {event.score:.2f} on {event.scored_on}{_how(event.metric)}"
    )
    skipped = f" ({event.skipped:,} skipped: loss or gradient not finite)" if event.skipped else ""
    result = f"{plural(event.update, 'update')}{skipped} in {clock(event.seconds)}{score}"
    if event.reason == "interrupted":
        return [
            f"interrupted after {result}; the model in {visible(str(event.folder))} can be used",
            f"to continue: {resume_command(event.folder)}",
        ]
    early = " (stopped early: no improvement on dev)" if event.reason == "no improvement" else ""
    usage = f'translate{_option(event.folder)} "…"'
    if event.is_language_model:
        usage = f"sample{_option(event.folder)}"
    return [f"{result}{early}", f"try it: seqcli {usage}"]


def _how(metric: str) -> str:
    """How dev was scored: translations are searched for greedily."""
    return "" if metric == PERPLEXITY else " (greedy)"


def resume_command(folder: Path) -> str:
    """The command that continues the run that is saved in a folder."""
    return f"seqcli train --resume{_option(folder)}"


def _option(folder: Path) -> str:
    return "" if str(folder) == "seqcli-model" else f" --model {shlex.quote(visible(str(folder)))}"


def clock(seconds: float) -> str:
    """Seconds as 1:02 or 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
