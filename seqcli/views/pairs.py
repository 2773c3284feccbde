"""A table of training pairs that are nearest to words of a translation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from seqcli.data.readers.registry import has_pair_on_each_line
from seqcli.decoding.why import WordReason
from seqcli.pair_index.index import IndexedPair
from seqcli.pair_index.nearest import NearPair
from seqcli.views.pieces import printable

NO_PAIRS = "(the index has no pairs)"


def reasons_table(words: Sequence[WordReason]) -> Table:
    """The pairs of each word: a row for each, with the place and the similarity."""
    rows = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    rows.add_column("word", style="bold", overflow="fold")
    rows.add_column("from", style="dim", overflow="fold")
    rows.add_column("near", justify="right")
    rows.add_column("pair", overflow="fold")
    for word in words:
        first = (printable(word.word), printable(word.source_word))
        for number, near in enumerate(word.pairs):
            names = first if number == 0 else ("", "")
            rows.add_row(*names, f"{near.similarity:.2f}", pair_text(near))
        if not word.pairs:
            rows.add_row(*first, "", NO_PAIRS)
    return rows


def pair_text(near: NearPair) -> Text:
    """A pair with its place, its word highlighted."""
    source, target = near.pair.pair
    text = Text(f"{place_of(near.pair)}  ", style="dim")
    text.append(f"{printable(source)} → ", style="not dim")
    text.append(printable(target[: near.start]), style="not dim")
    text.append(printable(near.word), style="not dim bold yellow")
    text.append(printable(target[near.end :]), style="not dim")
    return text


def place_of(pair: IndexedPair) -> str:
    """The file and the line of a pair, or its number where a file has not one on each line."""
    by_line = has_pair_on_each_line(Path(pair.file))
    place = f"{pair.file}:{pair.number}" if by_line else f"{pair.file}, pair {pair.number}"
    return printable(place) + (" (synthetic)" if pair.is_synthetic else "")
