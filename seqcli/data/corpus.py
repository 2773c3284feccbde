"""Sentence pairs in, from every format we read; splitting; what was dropped and why."""

from __future__ import annotations

import gzip
import random
import sys
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, fields
from itertools import chain, zip_longest
from pathlib import Path
from typing import NamedTuple

from seqcli.config import CorpusConfig
from seqcli.data.text import normalize_source
from seqcli.errors import UserError

# The name that stands for standard input, or for standard output where something is written.
STANDARD_STREAM = Path("-")

# A pair shorter than this is never called unequal: "7" may well become "seven hundred".
UNEQUAL_FROM_BYTES = 100


class Pair(NamedTuple):
    """A sentence and its translation, both in NFC and without white space at the ends."""

    source: str
    target: str


@dataclass
class CleaningReport:
    """What cleaning did: pairs read and kept, and for each reason how many fell and the first."""

    read: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Pair] = field(default_factory=dict)

    def drop(self, reason: str, pair: Pair) -> None:
        self.dropped[reason] += 1
        self.examples.setdefault(reason, pair)


def display_name(path: Path) -> str:
    """What a message calls a file."""
    return "standard input" if path == STANDARD_STREAM else str(path)


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a text file, a `.gz` or, for `-`, standard input, without their ends (LF or
    CRLF) and without a BOM.

    A line ends at a newline and nowhere else. Raises `UserError` for a file that cannot be read
    and for invalid UTF-8, with the number of the line.
    """
    number = 0
    try:
        with _open(path) as file:
            for number, raw in enumerate(file, start=1):
                text = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
                yield text.removeprefix("\ufeff") if number == 1 else text
    except UnicodeDecodeError as error:
        raise UserError(
            f"{display_name(path)}, line {number}: not valid UTF-8 (byte {error.start + 1}); "
            "save the file as UTF-8"
        ) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(f"{path}: not a whole gzip file ({error})") from error
    except OSError as error:
        raise UserError(
            f"{display_name(path)}: cannot be read ({error.strerror or error})"
        ) from error


def _open(path: Path) -> AbstractContextManager[Iterable[bytes]]:
    if path == STANDARD_STREAM:
        if sys.stdin is None:
            raise UserError("standard input is closed: there is nothing to read")
        return nullcontext(sys.stdin.buffer)
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def _pair(source: str, target: str) -> Pair:
    return Pair(*(unicodedata.normalize("NFC", side.strip()) for side in (source, target)))


def read_tsv(paths: Iterable[Path]) -> Iterator[Pair]:
    """Pairs from files of `source<TAB>target`; columns after the second are left out.

    A blank line gives an empty pair, for cleaning to count.
    """
    for path in paths:
        for number, line in enumerate(read_lines(path), start=1):
            if not line.strip():
                yield Pair("", "")
                continue
            columns = line.split("\t")
            if len(columns) < 2:
                raise UserError(
                    f"{display_name(path)}, line {number}: no tab between source and target; "
                    "each line is source<TAB>target"
                )
            yield _pair(columns[0], columns[1])


def read_aligned(sources: Sequence[Path], targets: Sequence[Path]) -> Iterator[Pair]:
    """Pairs from files where line n of one translates line n of the other."""
    if len(sources) != len(targets):
        raise UserError(
            f"{len(sources)} source files but {len(targets)} target files: name them in pairs"
        )
    for source_path, target_path in zip(sources, targets, strict=True):
        both = zip_longest(read_lines(source_path), read_lines(target_path))
        for number, (source, target) in enumerate(both, start=1):
            if source is None or target is None:
                shorter, longer = source_path, target_path
                if target is None:
                    shorter, longer = target_path, source_path
                raise UserError(
                    f"{display_name(shorter)} ends before line {number}, but "
                    f"{display_name(longer)} goes on: the two files must have the same number of "
                    "lines"
                )
            yield _pair(source, target)


@dataclass(frozen=True)
class CorpusFiles:
    """Where pairs come from: TSV files, or aligned source and target files. Both empty: nowhere."""

    pairs: tuple[Path, ...] = ()
    sources: tuple[Path, ...] = ()
    targets: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        if self.pairs and (self.sources or self.targets):
            raise UserError(
                "name files of source<TAB>target or aligned source and target files, not both"
            )
        check_standard_input(self)

    def __bool__(self) -> bool:
        return bool(self.pairs or self.sources or self.targets)

    @property
    def paths(self) -> tuple[Path, ...]:
        return (*self.pairs, *self.sources, *self.targets)

    @property
    def names(self) -> str:
        """What a message calls them."""
        return ", ".join(map(display_name, self.paths))

    @property
    def unit(self) -> str:
        """What the number of a pair counts: the lines of the one file, or pairs of several."""
        return "line" if len(self.pairs) + len(self.sources) == 1 else "pair"

    def read(self, *, reverse: bool = False) -> Iterator[Pair]:
        """The pairs; with `reverse`, the files' targets are the sources."""
        pairs = chain(read_tsv(self.pairs), read_aligned(self.sources, self.targets))
        return (Pair(pair.target, pair.source) for pair in pairs) if reverse else pairs

    def to_dict(self) -> dict[str, list[str]]:
        """Absolute paths, so that a run can be resumed from another folder."""
        return {
            each.name: [
                str(path if path == STANDARD_STREAM else path.resolve())
                for path in getattr(self, each.name)
            ]
            for each in fields(self)
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, list[str]]) -> CorpusFiles:
        return cls(**{name: tuple(map(Path, paths)) for name, paths in values.items()})


def check_standard_input(*files: CorpusFiles) -> None:
    """Raise a `UserError` where files of one command name standard input more than once."""
    if sum(each.paths.count(STANDARD_STREAM) for each in files) > 1:
        raise UserError("- is standard input, which can be read only once: name a file instead")


def clean(pairs: Iterable[Pair], config: CorpusConfig) -> tuple[list[Pair], CleaningReport]:
    """The pairs worth learning from, and a report on the others."""
    report = CleaningReport()
    seen: set[Pair] = set()
    kept = []
    for pair in pairs:
        report.read += 1
        reason = _fault(pair, config)
        if reason is None and pair in seen:
            reason = "exact duplicate"
        if reason is None:
            seen.add(pair)
            kept.append(pair)
        else:
            report.drop(reason, pair)
    report.kept = len(kept)
    return kept, report


def _fault(pair: Pair, config: CorpusConfig) -> str | None:
    if not pair.source or not pair.target:
        return "empty side"
    if max(len(pair.source), len(pair.target)) > config.max_characters:
        return f"over {config.max_characters} characters"
    # Bytes of UTF-8, not characters: they say about as much in Chinese as in English.
    shorter, longer = sorted((len(pair.source.encode()), len(pair.target.encode())))
    if longer > max(UNEQUAL_FROM_BYTES, config.max_ratio * shorter):
        return f"one side over {config.max_ratio:g} times the other"
    return None


def hold_out(pairs: Sequence[Pair], wanted: int, seed: int) -> tuple[list[Pair], list[Pair], bool]:
    """Split into (train, dev, strict): no sentence of dev, on either side, occurs in train.

    Sentences that differ only in case and the like count as one. At most a twentieth of the pairs
    is held out. Where sentences repeat so much that hardly a pair can be told apart (labels, say),
    only the source side is kept apart, and `strict` is False.
    """
    wanted = max(1, min(wanted, len(pairs) // 20))
    folded = [Pair(normalize_source(pair.source), normalize_source(pair.target)) for pair in pairs]
    chosen = _draw(_families(folded), wanted, seed)
    strict = len(chosen) >= max(1, wanted // 10)
    if not strict:
        chosen = _draw(_families([Pair(source, "") for source, _ in folded]), wanted, seed)
    if not chosen:
        raise UserError(
            f"{len(pairs)} usable pairs, and none that can be held out: "
            "give more pairs, or a dev file with --dev"
        )
    held = set(chosen)
    train = [pair for i, pair in enumerate(pairs) if i not in held]
    return train, [pairs[i] for i in sorted(held)], strict


def _families(pairs: Sequence[Pair]) -> list[list[int]]:
    """Indices of pairs in groups: pairs that share a source or a target (if any) are of one."""
    parent: dict[tuple[int, str], tuple[int, str]] = {}

    def root(node: tuple[int, str]) -> tuple[int, str]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for source, target in pairs:
        if target:
            parent[root((0, source))] = root((1, target))
    families: dict[tuple[int, str], list[int]] = {}
    for index, (source, _) in enumerate(pairs):
        families.setdefault(root((0, source)), []).append(index)
    return list(families.values())


def _draw(families: list[list[int]], wanted: int, seed: int) -> list[int]:
    """Whole families at random, as many as fit; none when there is but one."""
    if len(families) < 2:
        return []
    random.Random(seed).shuffle(families)
    chosen: list[int] = []
    for family in families:
        if len(chosen) + len(family) <= wanted:
            chosen += family
    return chosen


def fingerprint(pairs: Iterable[Pair]) -> str:
    """A short digest of the pairs in their order, to see whether data have changed."""
    digest = 0
    for pair in pairs:
        digest = zlib.crc32(f"{pair.source}\t{pair.target}\n".encode(), digest)
    return f"{digest:08x}"
