"""The training pairs that are nearest to the words of a translation, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from seqcli.decoding.why import SentenceReasons
from seqcli.views.inspection import notes
from seqcli.views.pairs import reasons_table
from seqcli.views.pieces import printable

NOTHING = "the model knows no word of it, so nothing was translated"


def why_report(sentences: Sequence[SentenceReasons], words: Sequence[str] = ()) -> RenderableType:
    """Each sentence with its words; only those words of the translation that are named, if any."""
    parts: list[RenderableType] = []
    wanted = {word.lower() for word in words}
    for number, sentence in enumerate(sentences):
        parts += [Text("")] * bool(number)
        parts += [
            Text(printable(sentence.translation.text), style="bold"),
            *(Text(line, style="dim") for line in notes(sentence.translation)),
        ]
        if not sentence.words:
            parts.append(Text(NOTHING, style="dim"))
            continue
        shown = [each for each in sentence.words if not wanted or each.word.lower() in wanted]
        parts.append(reasons_table(shown))
    return Group(*parts)
