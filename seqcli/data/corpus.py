"""The files that a command reads its pairs from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from seqcli.data.origins import ReadFile
from seqcli.data.pairs import Pair
from seqcli.data.readers.aligned import read_aligned
from seqcli.data.readers.moses import matched_files
from seqcli.data.readers.registry import has_pair_on_each_line, read_pairs
from seqcli.data.reading import NO_SELECTION, Reading, Selection
from seqcli.errors import UserError
from seqcli.paths import STANDARD_STREAM, display_name
from seqcli.wording import plural

_PATHS = ("pairs", "sources", "targets")


@dataclass(frozen=True)
class CorpusFiles:
    """Files of pairs, or aligned source and target files; without any file it is false.

    `selection` says which texts of files of pairs are read. Raises `UserError` for files of both
    kinds, and where standard input is named twice.
    """

    pairs: tuple[Path, ...] = ()
    sources: tuple[Path, ...] = ()
    targets: tuple[Path, ...] = ()
    selection: Selection = NO_SELECTION

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

    def selecting(self, selection: Selection) -> CorpusFiles:
        """The same files with this selection, unless they have one."""
        return self if self.selection != NO_SELECTION else replace(self, selection=selection)

    @property
    def names(self) -> str:
        """The names of the files in messages."""
        return ", ".join(map(display_name, self.paths))

    @property
    def unit(self) -> str:
        """What the number of a pair counts: lines of the only file, or pairs of several files."""
        if len(self.sources) == 1 and not self.pairs:
            return "line"
        is_single = len(self.pairs) == 1 and not self.sources
        return "line" if is_single and has_pair_on_each_line(self.pairs[0]) else "pair"

    def read(
        self,
        *,
        reverse: bool = False,
        notes: list[str] | None = None,
        on_text: Callable[[str, str], None] | None = None,
        read_files: list[ReadFile] | None = None,
    ) -> Iterator[Pair]:
        """The pairs of all files in order; `reverse` swaps source and target.

        What the user should know of the files is appended to `notes`, as they are read. `on_text`
        is called with both texts of each pair, as the file has them, before it is returned. To
        `read_files` each file is appended once it is read. Raises
        `UserError` for unequal numbers of source and target files, and as the readers do.
        """
        if len(self.sources) != len(self.targets):
            raise UserError(
                f"{plural(len(self.sources), 'source file')} but "
                f"{plural(len(self.targets), 'target file')}: each source file needs a matching "
                "target file"
            )
        notes = [] if notes is None else notes
        # (The languages that are wanted are those of the pairs as they are returned.)
        selection = self.selection.reversed() if reverse else self.selection
        files = chain(
            matched_files(self.pairs, selection), zip(self.sources, self.targets, strict=True)
        )
        pairs = chain.from_iterable(
            _read(each, Reading(display_name(each[0]), selection, notes, on_text), read_files)
            for each in files
        )
        return map(Pair.reversed, pairs) if reverse else pairs

    def to_dict(self) -> dict[str, list[str]]:
        """The paths, made absolute, so that a run can be resumed from another folder, and what is
        selected."""
        values = {
            name: [
                str(path if path == STANDARD_STREAM else path.resolve())
                for path in getattr(self, name)
            ]
            for name in _PATHS
        }
        columns, languages = self.selection.to_lists()
        return values | {
            name: value
            for name, value in (("columns", columns), ("languages", languages))
            if any(value)
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, list[str]]) -> CorpusFiles:
        """The files that `to_dict` described. Raises `TypeError` for what it does not write."""
        if unknown := values.keys() - {*_PATHS, "columns", "languages"}:
            raise TypeError(f"unknown: {', '.join(sorted(unknown))}")
        paths = {name: tuple(map(Path, values.get(name, []))) for name in _PATHS}
        columns, languages = (values.get(name, []) for name in ("columns", "languages"))
        return cls(**paths, selection=Selection.from_lists(columns, languages))


def _read(
    files: tuple[Path] | tuple[Path, Path], reading: Reading, read_files: list[ReadFile] | None
) -> Iterator[Pair]:
    pairs = read_aligned(*files, reading) if len(files) == 2 else read_pairs(files[0], reading)
    if read_files is None:
        yield from pairs
        return
    count = 0
    for count, pair in enumerate(pairs, start=1):  # noqa: B007  (the last count is used)
        yield pair
    by_line = len(files) == 2 or has_pair_on_each_line(files[0])
    read_files.append(ReadFile(reading.name, count, reading.skipped if by_line else 0))


def check_standard_input(*files: CorpusFiles) -> None:
    """Raise a `UserError` where the files of one command name standard input more than once."""
    if sum(each.paths.count(STANDARD_STREAM) for each in files) > 1:
        raise UserError("- is standard input, which can be read only once: name a file instead")
