"""Words in and out: arguments as typed, answers to stdout, commentary to stderr."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from seqcli.data.corpus import CorpusFiles
from seqcli.errors import UserError
from seqcli.paths import STANDARD_STREAM

if TYPE_CHECKING:
    from seqcli.decoding.faults import Fault

# Places that are named where a message is about many.
PLACES_NAMED = 10

REVERSED = (
    "the model was trained with --reverse: the second column (or --target) is the source here, too"
)

# Characters that `json` leaves as they are, and at which some program ends a line.
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")


def check_output() -> None:
    """Raise a `UserError` where there is nowhere to write an answer to (`>&-`)."""
    if sys.stdout is None:
        raise UserError("standard output is closed: there is nowhere to write the answer")


def stdout_console() -> Console:
    return Console(file=sys.stdout, highlight=False)


def stderr_console() -> Console:
    return Console(file=sys.stderr, highlight=False)


def info(text: str) -> None:
    """A line of commentary."""
    print(f"seqcli: {text}", file=sys.stderr)


def json_line(value: Any) -> str:
    """JSON in one line, for every program: whatever may end a line is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return _LINE_ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def pair_files(
    pairs: list[Path] | None, source: list[Path] | None, target: list[Path] | None
) -> CorpusFiles:
    """The files of pairs that were named; where none was, standard input, if it is piped in."""
    files = CorpusFiles(tuple(pairs or ()), tuple(source or ()), tuple(target or ()))
    if files:
        return files
    if sys.stdin is None or sys.stdin.isatty():
        raise UserError(
            "name files of source<TAB>target (- is standard input), or --source and --target"
        )
    return CorpusFiles((STANDARD_STREAM,))


def argument_text(words: Iterable[str]) -> str:
    """Arguments as one sentence; their bytes are UTF-8 whatever the locale made of them."""
    try:
        return os.fsencode(" ".join(words)).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError("the text is not valid UTF-8") from error


def report_faults(
    of: str, faults: Mapping[Fault, Sequence[int]], most: int, unit: str = "line"
) -> None:
    """A line of commentary for each kind of fault, with the numbers of the lines (or of another
    unit) that have it. `of` is what all are, such as "300 translations"; sources are read up to
    `most` pieces."""
    told = {
        "limit": "cut off at the length limit (translate --max-length), or where the settings left "
        "no piece to write",
        "repetition": "stuck repeating, and cut off (translate --no-repetition-guard turns this "
        "off)",
        "cut": f"only the first {most} pieces of the source were read",
    }
    for fault, places in faults.items():
        numbers = ", ".join(map(str, places[:PLACES_NAMED])) + ", …" * (len(places) > PLACES_NAMED)
        where = f"{unit}{'s' * (len(places) > 1)} {numbers}"
        info(f"{len(places)} of {of} ({where}): {told[fault]}")
