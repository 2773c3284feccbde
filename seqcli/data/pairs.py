"""Sentence pairs."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterable
from typing import NamedTuple


class Pair(NamedTuple):
    """A sentence and its translation, both in NFC and without white space at the ends."""

    source: str
    target: str

    def reversed(self) -> Pair:
        """The same pair for the opposite direction."""
        return Pair(self.target, self.source)


def make_pair(source: str, target: str) -> Pair:
    """A pair of two texts as a file holds them: stripped, and composed (NFC)."""
    return Pair(*(unicodedata.normalize("NFC", side.strip()) for side in (source, target)))


def fingerprint(pairs: Iterable[Pair]) -> str:
    """A checksum of the pairs in their order (CRC-32, eight hexadecimal digits)."""
    checksum = 0
    for pair in pairs:
        checksum = zlib.crc32(f"{pair.source}\t{pair.target}\n".encode(), checksum)
    return f"{checksum:08x}"
