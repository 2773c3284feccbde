"""The panels of `seqcli inspect`, and its report in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from seqcli.decoding.hypotheses import StoppedBy
from seqcli.decoding.inspection import Inspection
from seqcli.decoding.translation import Translation
from seqcli.views.panels import attention, candidates, end, gates, influence, tree
from seqcli.views.pieces import printable

# A new panel is a module in seqcli/views/panels with a PANEL, and one line here. The names are the
# values of --show.
PANELS = {
    "attention": attention.PANEL,
    "candidates": candidates.PANEL,
    "gates": gates.PANEL,
    "influence": influence.PANEL,
    "tree": tree.PANEL,
    "end": end.PANEL,
}
SPACE_MARK = "▁ is a space before a piece"
STOP_REASONS: dict[StoppedBy, str] = {
    "eos": "stopped at end of sentence",
    "limit": "cut off at the length limit",
    "repetition": "got stuck repeating and was cut off",
}


def report(inspection: Inspection, panels: Sequence[str], width: int) -> RenderableType:
    """The translation and the named panels, in the order of `PANELS`."""
    parts: list[RenderableType] = [
        Text(inspection.translation.text, style="bold"),
        Text(score_line(inspection.translation), style="dim"),
        *(Text(line, style="dim") for line in notes(inspection.translation)),
        Text(SPACE_MARK, style="dim"),
    ]
    for name, panel in PANELS.items():
        if name in panels:
            parts += [
                Text(f"\n{panel.title}", style="bold"),
                Text(panel.caption, style="dim"),
                panel.draw(inspection, width),
            ]
    return Group(*parts)


def notes(translation: Translation) -> list[str]:
    """The confidence, what was carried over, and what training never showed, a line each."""
    lines = [line for line in [confidence_line(translation)] if line]
    copied = [printable(each.text) for each in translation.copies if not each.is_translated]
    if copied:
        lines.append(f"carried over unchanged, ⟨…⟩ below: {', '.join(copied)}")
    guessed = [
        f"{printable(each.text)} ({printable(each.source)})"
        for each in translation.copies
        if each.is_translated
    ]
    if guessed:
        lines.append(f"translated by word vectors, ⟨…⟩ below: {', '.join(guessed)}")
    if translation.unknown:
        names = ", ".join(map(printable, translation.unknown))
        lines.append(f"not in the training pairs: {names}")
    return lines


def score_line(translation: Translation) -> str:
    """The score, a mean with the default length normalization, and why the translation stopped."""
    return (
        f"mean log-probability per piece {translation.score:.3f}; "
        f"{STOP_REASONS[translation.stopped_by]}"
    )


def confidence_line(translation: Translation) -> str:
    """The confidence in words; empty if there is none."""
    if translation.confidence is None:
        return ""
    return f"confidence {translation.confidence:.2f}, the chance that the translation is usable"
