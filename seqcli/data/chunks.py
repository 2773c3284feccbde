"""Encodes a part of a corpus: what a process of `seqcli prepare` does with some thousand pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain
from typing import NamedTuple

import numpy as np

from seqcli.arrays import Bools, Ints
from seqcli.config import CorpusConfig
from seqcli.data.cleaning import drop_reason
from seqcli.data.normalization import fold, normalize_source
from seqcli.data.pairs import Pair
from seqcli.data.templates import Templates, WordsAligned
from seqcli.data.tokenizer import END, UNKNOWN, Tokenizer
from seqcli.data.word_list import WordCounts

OVERLAP = "source or target of dev"


@dataclass(frozen=True)
class Encoding:
    """How the pairs of a corpus become examples.

    `aligned` are the words for which symbols may stand. Pairs with a source of `dev_sources` or a
    target of `dev_targets`, which are folded, are left out, and those with a side of more than
    `max_pieces` pieces.
    """

    config: CorpusConfig
    templates: Templates
    aligned: WordsAligned
    tokenizer: Tokenizer
    dev_sources: frozenset[str]
    dev_targets: frozenset[str]
    max_pieces: int


class Chunk(NamedTuple):
    """Encoded pairs: all source pieces, one after another, and the number of each of N pairs [N];
    the same for the targets; a hash of each pair [N]."""

    sources: Ints
    source_lengths: Ints
    targets: Ints
    target_lengths: Ints
    hashes: Ints


@dataclass
class ChunkReport:
    """What is told of the pairs of a chunk: why so many were dropped, with an example of each
    reason; so many targets have unknown characters, and so many pairs were too long."""

    read: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Pair] = field(default_factory=dict)
    unknown: int = 0
    left_out: int = 0

    def add(self, other: ChunkReport) -> None:
        """Add what is told of another chunk."""
        self.read += other.read
        self.dropped.update(other.dropped)
        self.examples = other.examples | self.examples
        self.unknown += other.unknown
        self.left_out += other.left_out


def encode_chunk(
    encoding: Encoding, number: int, pairs: Sequence[Pair]
) -> tuple[Chunk, ChunkReport, WordCounts]:
    """Clean and encode the pairs of chunk `number`. Depends on nothing else."""
    report = ChunkReport(read=len(pairs))
    kept = [pair for pair in pairs if _is_kept(pair, encoding, report)]
    counts = WordCounts.of(kept, encoding.templates.words.locale)
    own = encoding.templates.own_pairs(kept, encoding.aligned, number)
    return (*_encoded(encoding, kept, own, report), counts)


def encode_added(encoding: Encoding, added: Sequence[Pair]) -> Chunk:
    """Encode pairs that are as the model reads and writes them."""
    return _encoded(encoding, added, added, ChunkReport())[0]


def _is_kept(pair: Pair, encoding: Encoding, report: ChunkReport) -> bool:
    reason = drop_reason(pair, encoding.config)
    if reason is None and encoding.dev_sources and _is_in_dev(pair, encoding):
        reason = OVERLAP
    if reason is not None:
        report.dropped[reason] += 1
        report.examples.setdefault(reason, pair)
    return reason is None


def _is_in_dev(pair: Pair, encoding: Encoding) -> bool:
    source, target = (fold(normalize_source(side)) for side in pair)
    return source in encoding.dev_sources or target in encoding.dev_targets


def _encoded(
    encoding: Encoding, kept: Sequence[Pair], own: Sequence[Pair], report: ChunkReport
) -> tuple[Chunk, ChunkReport]:
    encode, longest = encoding.tokenizer.encode, encoding.max_pieces
    sources, targets, hashes = list[list[int]](), list[list[int]](), list[int]()
    for pair, read in zip(kept, own, strict=True):
        source, target = [*encode(read.source), END], [*encode(read.target), END]
        if max(len(source), len(target)) > longest:
            report.left_out += 1
            continue
        report.unknown += UNKNOWN in target
        sources.append(source)
        targets.append(target)
        hashes.append(_hash(pair))
    return Chunk(
        *_packed(sources), *_packed(targets), np.array(hashes, dtype=np.uint64).view(np.int64)
    ), report


def _packed(rows: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    return (
        np.fromiter(chain.from_iterable(rows), dtype=np.int64),
        np.fromiter(map(len, rows), dtype=np.int64, count=len(rows)),
    )


def _hash(pair: Pair) -> int:
    """A number of 64 bits that hardly two pairs of a corpus share."""
    content = "\t".join(pair).encode("utf-8", "surrogatepass")  # (symbols are surrogates)
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "little")


def first_of_each(hashes: Ints) -> Bools:
    """Whether a value is the first of its kind [N]."""
    _, first = np.unique(hashes, return_index=True)
    is_first = np.zeros(len(hashes), dtype=np.bool_)
    is_first[first] = True
    return is_first
