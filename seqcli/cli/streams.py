"""Input and output of commands: arguments, results on stdout, messages on stderr."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from seqcli.errors import UserError, visible
from seqcli.interrupts import unwinding
from seqcli.wording import plural

if TYPE_CHECKING:
    from rich.console import Console

    from seqcli.config import CorpusConfig
    from seqcli.data.corpus import CorpusFiles
    from seqcli.data.reading import Selection
    from seqcli.decoding.faults import Fault

# A message about many lines names this many of them.
PLACES_NAMED = 10
MEGABYTE = 1_000_000

REVERSED = (
    "the model was trained with --reverse, so here too the second column (or --target) is the "
    "source"
)

# Characters that `json` leaves as they are, but some programs take for the end of a line.
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")


class Messages:
    """Standard error. What cannot be written, because a disk is full or the terminal is gone, ends
    no command: it is written later, or lost. `stream` is None if it is closed (`2>&-`)."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = Path(os.devnull).open("w") if stream is None else stream  # noqa: SIM115

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def check_output() -> None:
    """Raise a `UserError` if standard output is closed (`>&-`)."""
    if sys.stdout is None:
        raise UserError("standard output is closed: nothing can be printed")


def stdout_console() -> Console:
    """A Rich console for results."""
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False)


def stderr_console() -> Console:
    """A Rich console for progress."""
    from rich.console import Console

    return Console(file=sys.stderr, highlight=False)


def info(text: str) -> None:
    """Print a message line to stderr."""
    print(f"seqcli: {visible(text)}", file=sys.stderr)


def json_line(value: Any) -> str:
    """JSON in one line; characters that end a line for some program are escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return _LINE_ENDS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def write_page(path: Path, page: str) -> None:
    """Write an HTML page to a file, and print where it is; `-` is standard output.

    What is not valid Unicode, as in the name of a file, is escaped.
    """
    from seqcli.files import atomic_writer
    from seqcli.paths import STANDARD_STREAM

    with unwinding(), atomic_writer(path) as file:
        file.write(page.encode("utf-8", "backslashreplace").decode("utf-8"))
    if path != STANDARD_STREAM:
        size = f" ({len(page) / 1e6:.1f} MB)" if len(page) > MEGABYTE else ""
        info(f"wrote {path}{size}: open it in a browser")


def pair_files(
    pairs: list[Path] | None, source: list[Path] | None, target: list[Path] | None
) -> CorpusFiles:
    """The files of pairs that were named, or else standard input, unless it is a terminal."""
    from seqcli.data.corpus import CorpusFiles
    from seqcli.paths import STANDARD_STREAM

    files = CorpusFiles(tuple(pairs or ()), tuple(source or ()), tuple(target or ()))
    if files:
        return files
    if sys.stdin is None or sys.stdin.isatty():
        raise UserError(
            "name files of source<TAB>target (- is standard input), or --source and --target"
        )
    return CorpusFiles((STANDARD_STREAM,))


def selected(columns: str, source: str, target: str) -> Selection:
    """What of a file is read, as the options say. Raises `UserError` for a wrong value."""
    from seqcli.config import CorpusConfig
    from seqcli.data.reading import Selection, parse_columns

    CorpusConfig(source_language=source, target_language=target)  # checks the tags
    return Selection(parse_columns(columns), source, target)


def with_languages_of(selection: Selection, corpus: CorpusConfig) -> Selection:
    """A selection with the languages of a model where it names none."""
    from dataclasses import replace

    return replace(
        selection,
        source=selection.source or corpus.source_language,
        target=selection.target or corpus.target_language,
    )


def report_notes(notes: Iterable[str]) -> None:
    """Print what the readers have told about the files, each once."""
    for note in dict.fromkeys(notes):
        info(note)


def argument_text(words: Iterable[str]) -> str:
    """Arguments joined to one sentence. Their bytes are read as UTF-8, whatever the locale."""
    try:
        return os.fsencode(" ".join(words)).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError("the text is not valid UTF-8") from error


def report_faults(
    of: str, faults: Mapping[Fault, Sequence[int]], max_source_pieces: int, unit: str = "line"
) -> None:
    """Print a message for each kind of fault, with the numbers of the lines (or other units).

    `of` names the whole, for example "300 translations".
    """
    for fault, places in faults.items():
        report_places(of, places, explain_fault(fault, max_source_pieces), unit)


def explain_fault(fault: Fault, max_source_pieces: int) -> str:
    """What a fault of a translation is, and what to do about it."""
    return {
        "limit": "cut off at the length limit (translate --max-length), or because the settings "
        "left no piece to write",
        "repetition": "stuck repeating, and cut off (translate --no-repetition-guard turns this "
        "off)",
        "missing": "a name, number, term or the like of the source is not in the translation",
        "misplaced": "a name, number or the like may stand in the wrong place",
        "foreign": "no word that the model knows; left as it was",
        "cut": f"only the first {plural(max_source_pieces, 'piece')} of the source read",
    }[fault]


def report_places(of: str, places: Sequence[int], explanation: str, unit: str = "line") -> None:
    """Print a message about some lines (or other units) with their numbers; none about no lines.

    `of` names the whole, for example "300 translations".
    """
    if not places:
        return
    numbers = ", ".join(map(str, places[:PLACES_NAMED])) + ", …" * (len(places) > PLACES_NAMED)
    where = f"{unit}{'s' * (len(places) > 1)} {numbers}"
    info(f"{len(places):,} of {of} ({where}): {explanation}")
