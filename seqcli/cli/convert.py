"""`seqcli convert`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from seqcli.cli.options import (
    Columns,
    FromLanguage,
    Overrides,
    Sources,
    Targets,
    ToLanguage,
    files_argument,
    with_options,
)
from seqcli.cli.streams import check_output, info, report_notes, selected
from seqcli.config import CorpusConfig
from seqcli.errors import UserError
from seqcli.interrupts import unwinding
from seqcli.paths import STANDARD_STREAM
from seqcli.wording import plural

if TYPE_CHECKING:
    from seqcli.data.pairs import Pair

OPTIONS = {
    "Arguments": ["files"],
    "Options": [
        "source", "target", "columns", "source_language", "target_language", "reverse",
    ],
}  # fmt: skip


@dataclass(frozen=True)
class ConvertOptions:
    """The options that are no settings of a config."""

    files: Annotated[
        list[Path],
        files_argument(
            "IN… OUT",
            "Files of pairs, of any kind that train reads, and the file to write, whose name says "
            "its kind: .tsv .csv .jsonl .xlsx .parquet .tmx .xlf .po .ts, with .gz or without; "
            "a name without a suffix: one file for each language.",
        ),
    ]
    source: Sources = None
    target: Targets = None
    columns: Columns = ""
    source_language: FromLanguage = ""
    target_language: ToLanguage = ""


@with_options(OPTIONS, ConvertOptions, CorpusConfig)
def convert(options: ConvertOptions, overrides: Overrides) -> None:
    """Write pairs as a file of another kind.

    Inline codes of TMX and XLIFF become tags such as <g1>.
    """
    from seqcli.data.corpus import CorpusFiles
    from seqcli.data.writers.registry import find_new_kind
    from seqcli.files import check_output_file, write_parts

    check_output()
    *paths, output = options.files
    selection = selected(options.columns, options.source_language, options.target_language)
    files = CorpusFiles(
        tuple(paths), tuple(options.source or ()), tuple(options.target or ()), selection
    )
    if not files:
        raise UserError("name the files of pairs, and then the file to write")
    new_files = find_new_kind(output, selection)
    for path, _ in new_files:
        check_output_file(path)
        if path != STANDARD_STREAM and any(_is_same(path, each) for each in files.paths):
            raise UserError(f"{path} is to be read: name another file to write")
    notes, count = list[str](), Counter(unique_sources=output.suffix.lower() == ".po")
    pairs = count.filled(files.read(reverse=overrides.get("reverse", False), notes=notes))
    if len(new_files) > 1:  # the pairs may be those of a pipe, which is read once
        pairs = list(pairs)
    with unwinding():
        for path, write in new_files:
            write_parts(path, write(pairs, selection.source, selection.target))
    report_notes(notes)
    if count.left_out:
        info(f"left out {plural(count.left_out, 'pair')} with an empty side")
    if count.repeated:
        info(f"left out {plural(count.repeated, 'pair')} whose source a catalogue has already")
    names = " and ".join(str(path) for path, _ in new_files)
    info(f"wrote {plural(count.written, 'pair')} to {'standard output' if names == '-' else names}")


class Counter:
    """Counts the pairs that are written, those left out as they have an empty side and, where
    sources are unique, those whose source came before."""

    def __init__(self, *, unique_sources: bool) -> None:
        self.written = self.left_out = self.repeated = 0
        self._sources: set[str] | None = set() if unique_sources else None

    def filled(self, pairs: Iterable[Pair]) -> Iterable[Pair]:
        """The pairs that are written."""
        for pair in pairs:
            if not pair.source or not pair.target:
                self.left_out += 1
            elif self._sources is not None and pair.source in self._sources:
                self.repeated += 1
            else:
                if self._sources is not None:
                    self._sources.add(pair.source)
                self.written += 1
                yield pair


def _is_same(path: Path, other: Path) -> bool:
    """Whether two paths name one file."""
    return path.exists() and other.exists() and path.samefile(other)
