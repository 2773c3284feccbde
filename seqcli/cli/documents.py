"""Files that `seqcli translate` fills in, instead of translating their lines."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seqcli.cli.streams import info, report_notes, selected, stderr_console, with_languages_of
from seqcli.cli.translation_writer import DOUBTFUL
from seqcli.config import CorpusConfig, SearchConfig
from seqcli.data.reading import Reading
from seqcli.errors import UserError
from seqcli.interrupts import unwinding
from seqcli.paths import STANDARD_STREAM, display_name
from seqcli.wording import plural

if TYPE_CHECKING:
    from seqcli.cli.translate import TranslateOptions
    from seqcli.data.documents import Document, Entry
    from seqcli.data.writers.registry import DocumentKind
    from seqcli.decoding.document_translation import Outcome
    from seqcli.decoding.translator import Translator

# A message names so many entries that are left.
PLACES_NAMED = 5


def plan_document(
    options: TranslateOptions, config: SearchConfig
) -> Callable[[Translator, CorpusConfig], None] | None:
    """What fills in the input, if it is a file of a kind that is filled in; None where lines are
    translated. Raises `UserError` for options that do not fit, and for an output of another kind.
    """
    from seqcli.files import check_output_file

    kind = _find_kind(options, config)
    if kind is None or options.input is None:
        return None
    source = options.input
    if options.shard is not None:
        raise UserError(f"--shard is for lines, and {source} is {kind.name}: convert it first")
    target = options.output or STANDARD_STREAM
    if target != STANDARD_STREAM:
        if target.suffix.lower() not in kind.suffixes:
            suffixes = " or ".join(kind.suffixes)
            raise UserError(
                f"{source} is {kind.name}, and its translation too: name an --output that ends in "
                f"{suffixes} (seqcli convert makes other kinds)"
            )
        check_output_file(target)
    selection = selected(options.columns, options.source_language, options.target_language)

    def fill(translator: Translator, corpus: CorpusConfig) -> None:
        reading = Reading(display_name(source), with_languages_of(selection, corpus))
        document = kind.open_file(source, reading, all_entries=options.all)
        _fill(translator, document, reading, target, options.min_confidence)

    return fill


def _fill(
    translator: Translator,
    document: Document,
    reading: Reading,
    target: Path,
    min_confidence: float,
) -> None:
    """Fill in a document and write it; report what was done, and what is left."""
    from seqcli.decoding.document_translation import count_lines, translate_entries
    from seqcli.files import write_atomically
    from seqcli.views.progress import line_progress

    console = stderr_console()
    shown = console.is_terminal and (target != STANDARD_STREAM or not sys.stdout.isatty())
    entries = document.entries
    with unwinding(), line_progress(console, count_lines(entries), shown=shown) as advance:
        outcomes = translate_entries(
            translator,
            entries,
            advance,
            min_confidence=min_confidence,
            charset=document.charset,
        )
    with unwinding():
        write_atomically(target, document.fill([outcome.text for outcome in outcomes]))
    report_notes([*reading.notes, *(f"{reading.name}: {note}" for note in document.notes)])
    _report(entries, outcomes, reading.name)


def _find_kind(options: TranslateOptions, config: SearchConfig) -> DocumentKind | None:
    """The kind of the input, if it is a file that is filled in; None where lines are translated.

    Raises `UserError` for options that do not fit."""
    for_documents = {
        "--all": options.all,
        "--columns": options.columns,
        "--from": options.source_language,
        "--to": options.target_language,
    }
    kind = None
    if options.input is not None:
        from seqcli.data.writers.registry import find_document

        kind = find_document(options.input)
    if kind is None:
        if named := [name for name, is_given in for_documents.items() if is_given]:
            raise UserError(
                f"{' and '.join(named)}: for files that are filled in, such as .po, .tmx or .csv"
            )
        return None
    for_lines = {
        "--format": options.format != "text",
        "--heatmap": options.heatmap,
        "--nbest": config.nbest > 1,
        "--prefix": bool(options.prefix),
    }
    if named := [name for name, is_given in for_lines.items() if is_given]:
        raise UserError(f"{options.input} is filled in: leave out {' and '.join(named)}")
    return kind


def _report(entries: Sequence[Entry], outcomes: Sequence[Outcome], name: str) -> None:
    """Say how many entries were translated, and which are left for a person, and why."""
    done = sum(outcome.text is not None for outcome in outcomes)
    if not entries:
        info(f"{name}: nothing is left to translate; --all translates also what has a translation")
        return
    info(f"{name}: translated {done:,} of {plural(len(entries), 'text')}")
    reasons = Counter(outcome.reason for outcome in outcomes if outcome.text is None)
    for reason, count in reasons.most_common():
        places = [
            entry.place
            for entry, outcome in zip(entries, outcomes, strict=True)
            if outcome.reason == reason and outcome.text is None
        ]
        info(f"left {count:,} for a person ({_named(places)}): {reason}")
    doubtful = [
        entry.place
        for entry, outcome in zip(entries, outcomes, strict=True)
        if outcome.text is not None and outcome.confidence < DOUBTFUL
    ]
    if doubtful:
        info(
            f"{len(doubtful):,} of them doubtful, with a confidence under {DOUBTFUL:g} "
            f"({_named(doubtful)}); --min-confidence leaves such for a person"
        )


def _named(places: Sequence[str]) -> str:
    return ", ".join(places[:PLACES_NAMED]) + ", …" * (len(places) > PLACES_NAMED)
