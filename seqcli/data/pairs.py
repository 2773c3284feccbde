"""Sentence pairs."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import NamedTuple

from seqcli.data.normalization import normalize


class Pair(NamedTuple):
    """A sentence and its translation, both as `normalize` returns them."""

    source: str
    target: str

    def reversed(self) -> Pair:
        """The same pair for the opposite direction."""
        return Pair(self.target, self.source)

    def characters(self) -> int:
        """The number of characters of both sides."""
        return len(self.source) + len(self.target)


def make_pair(source: str, target: str) -> Pair:
    """A pair of two texts as a file holds them, both normalized."""
    return Pair(normalize(source), normalize(target))


def fingerprint(pairs: Iterable[Pair]) -> str:
    """A checksum of the pairs in their order (CRC-32, eight hexadecimal digits)."""
    checksum = 0
    for pair in pairs:
        checksum = zlib.crc32(f"{pair.source}\t{pair.target}\n".encode(), checksum)
    return f"{checksum:08x}"
