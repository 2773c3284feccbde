"""`seqcli score` with a language model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from seqcli.cli.streams import info, json_line, report_places, stdout_console
from seqcli.errors import UserError
from seqcli.interrupts import unwinding
from seqcli.paths import STANDARD_STREAM
from seqcli.wording import plural

if TYPE_CHECKING:
    from seqcli.language_model.scoring import ScoredText


def score_text(folder: Path, files: list[Path], *, threads: int, each: bool, as_json: bool) -> None:
    """Print how probable the lines of text files are: in sum, or of `each` line."""
    from seqcli.data.text_files import TextFiles, check_text_input
    from seqcli.decoding.runtime import available_cores
    from seqcli.decoding.windows import in_windows
    from seqcli.language_model.folder import open_language_model
    from seqcli.language_model.scoring import MAX_PIECES, TextScorer, Totals
    from seqcli.views.text_scores import totals_table

    if not files and (sys.stdin is None or sys.stdin.isatty()):
        raise UserError("name files of text, one sentence per line (- is standard input)")
    bundle = open_language_model(folder)
    scorer = TextScorer(bundle, threads or available_cores())
    totals, cut, read = Totals(), [], 0
    reverse = bool(bundle.settings.about.get("reverse"))
    text = TextFiles(tuple(files) or (STANDARD_STREAM,))
    check_text_input(text)
    lines = text.read(reverse=reverse)
    with unwinding():  # so that whole lines are written
        for window in in_windows(lines, len):
            for scored in scorer(window):
                read += 1
                if scored.text:
                    totals = totals.plus(scored)
                if scored.cut:
                    cut.append(read)
                if each:
                    print(_line(scored, as_json=as_json))
            sys.stdout.flush()
    if not totals.lines:
        info("no line has text")
    elif as_json and not each:
        print(json_line(totals.to_dict()))
    elif not each:
        stdout_console().print(totals_table(totals), crop=False)
    if totals.unknown:
        count = plural(totals.unknown, "piece")
        info(f"{count} of unknown characters, scored as unknown: the figures are too low")
    report_places(plural(read, "line"), cut, f"only the first {MAX_PIECES:,} pieces scored")


def _line(scored: ScoredText, *, as_json: bool) -> str:
    if as_json:
        return json_line(scored.to_dict())
    if not scored.text:
        return ""
    totals = scored.totals
    return f"{totals.bits_per_character:.4f}\t{totals.bits_per_piece:.4f}\t{totals.pieces}"
