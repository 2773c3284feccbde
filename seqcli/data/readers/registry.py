"""Which reader reads which file of pairs."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from seqcli.data.pairs import Pair
from seqcli.data.readers.lines import open_input
from seqcli.data.readers.tsv import read_tsv
from seqcli.paths import display_name

# This many first bytes of a file are enough to recognize its format.
HEAD_BYTES = 512


def _never(_head: bytes) -> bool:
    return False


class Reader(NamedTuple):
    """A file format: the suffixes of its files (lower case, without a final `.gz`), the function
    that reads their pairs, and one that recognizes the format by the first bytes of a file."""

    suffixes: tuple[str, ...]
    read: Callable[[io.BufferedReader, str], Iterator[Pair]]
    recognizes: Callable[[bytes], bool] = _never


# The first reader also reads every file that none of them recognizes.
READERS = (Reader((".tsv",), read_tsv),)


def find_reader(path: Path, head: bytes) -> Reader:
    """The reader for a file by its suffix, or else by its first bytes."""
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    by_suffix = [reader for reader in READERS if suffix in reader.suffixes]
    by_content = [reader for reader in READERS if reader.recognizes(head)]
    return [*by_suffix, *by_content, READERS[0]][0]


def read_pairs(path: Path) -> Iterator[Pair]:
    """The pairs in a file, or, for `-`, in standard input.

    Raises `UserError` for a file that cannot be read or has an invalid line.
    """
    with open_input(path) as file:
        head = file.peek(HEAD_BYTES)[:HEAD_BYTES]
        yield from find_reader(path, head).read(file, display_name(path))
