"""The files that a command reads its pairs from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import chain
from pathlib import Path

from seqcli.data.pairs import Pair
from seqcli.data.readers.aligned import read_aligned
from seqcli.data.readers.registry import read_pairs
from seqcli.errors import UserError
from seqcli.paths import STANDARD_STREAM, display_name
from seqcli.wording import plural


@dataclass(frozen=True)
class CorpusFiles:
    """Files of pairs, or aligned source and target files; without any file it is false.

    Raises `UserError` for files of both kinds, and where standard input is named twice.
    """

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
        return bool(self.paths)

    @property
    def paths(self) -> tuple[Path, ...]:
        return (*self.pairs, *self.sources, *self.targets)

    @property
    def names(self) -> str:
        """The names of the files in messages."""
        return ", ".join(map(display_name, self.paths))

    @property
    def unit(self) -> str:
        """What the number of a pair counts: lines of the only file, or pairs of several files."""
        return "line" if len(self.pairs) + len(self.sources) == 1 else "pair"

    def read(self, *, reverse: bool = False) -> Iterator[Pair]:
        """The pairs of all files in order; `reverse` swaps source and target.

        Raises `UserError` for unequal numbers of source and target files, and as the readers do.
        """
        if len(self.sources) != len(self.targets):
            raise UserError(
                f"{plural(len(self.sources), 'source file')} but "
                f"{plural(len(self.targets), 'target file')}: each source file needs a matching "
                "target file"
            )
        readers = chain(map(read_pairs, self.pairs), map(read_aligned, self.sources, self.targets))
        pairs = chain.from_iterable(readers)
        return map(Pair.reversed, pairs) if reverse else pairs

    def to_dict(self) -> dict[str, list[str]]:
        """The paths, made absolute, so that a run can be resumed from another folder."""
        return {
            each.name: [
                str(path if path == STANDARD_STREAM else path.resolve())
                for path in getattr(self, each.name)
            ]
            for each in fields(self)
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, list[str]]) -> CorpusFiles:
        """The files that `to_dict` described."""
        return cls(**{name: tuple(map(Path, paths)) for name, paths in values.items()})


def check_standard_input(*files: CorpusFiles) -> None:
    """Raise a `UserError` where the files of one command name standard input more than once."""
    if sum(each.paths.count(STANDARD_STREAM) for each in files) > 1:
        raise UserError("- is standard input, which can be read only once: name a file instead")
