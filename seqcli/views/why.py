"""The training pairs that are nearest to the words of a translation, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from seqcli.decoding.why import SentenceReasons
from seqcli.views.inspection import notes
from seqcli.views.pairs import reasons_table
from seqcli.views.pieces import printable

FOREIGN = "the model knows no word of it, so nothing was translated"
NO_WORDS = "the translation has no word that the model has written"


def why_report(sentences: Sequence[SentenceReasons], words: Sequence[str] = ()) -> RenderableType:
    """Each sentence with its words; only those words of the translation that are named, if any, and
    the sentences that have one."""
    parts: list[RenderableType] = []
    wanted = {word.lower() for word in words}
    for sentence in sentences:
        shown = [each for each in sentence.words if not wanted or each.word.lower() in wanted]
        if wanted and not shown:
            continue
        parts += [Text("")] * bool(parts)
        parts += [
            Text(printable(sentence.translation.text), style="bold"),
            *(Text(line, style="dim") for line in notes(sentence.translation)),
        ]
        nothing = FOREIGN if sentence.translation.is_foreign else NO_WORDS
        parts.append(reasons_table(shown) if shown else Text(nothing, style="dim"))
    return Group(*parts)
