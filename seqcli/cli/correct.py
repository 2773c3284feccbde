"""`seqcli correct`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqcli.cli.options import (
    DEFAULT_MODEL,
    Columns,
    FromLanguage,
    ModelFolder,
    Overrides,
    ToLanguage,
    with_options,
)
from seqcli.cli.streams import (
    REVERSED,
    argument_text,
    check_output,
    info,
    report_notes,
    selected,
    with_languages_of,
)
from seqcli.errors import UserError
from seqcli.interrupts import unwinding
from seqcli.wording import plural, shortened

if TYPE_CHECKING:
    from seqcli.corrections.files import Change, LineFile, Row
    from seqcli.settings import Settings

OPTIONS = {
    "Arguments": ["texts"],
    "Options": [
        "model", "glossary", "listed", "remove", "columns", "source_language", "target_language",
    ],
}  # fmt: skip


@dataclass(frozen=True)
class CorrectOptions:
    """The options that are no settings of a config."""

    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE TRANSLATION | FILE",
            help="A sentence and its right translation, each in quotes; or a file of pairs, of any "
            "kind that train reads; - is standard input.",
            show_default=False,
        ),
    ] = None
    model: ModelFolder = DEFAULT_MODEL
    glossary: Annotated[
        bool,
        typer.Option("--glossary", help="Terms of the glossary instead: SOURCE TERM [NOTE]."),
    ] = False
    listed: Annotated[
        bool, typer.Option("--list", help="Print what the folder has, as source<TAB>translation.")
    ] = False
    remove: Annotated[
        str,
        typer.Option(metavar="SOURCE", help="Forget what a source has.", show_default=False),
    ] = ""
    columns: Columns = ""
    source_language: FromLanguage = ""
    target_language: ToLanguage = ""


@with_options(OPTIONS, CorrectOptions)
def correct(options: CorrectOptions, _: Overrides) -> None:
    """Tell a translator the right translation, which it then gives for this sentence.

    Width, case, quotes and spacing of the sentence do not matter. The model does not change: the
    corrections lie in its folder, in corrections.tsv, and the terms in glossary.tsv.
    """
    from seqcli.bundle import read_settings
    from seqcli.corrections.files import CORRECTIONS_FILE, GLOSSARY_FILE

    check_output()
    settings = read_settings(options.model)
    kind = GLOSSARY_FILE if options.glossary else CORRECTIONS_FILE
    if sum([bool(options.texts), options.listed, bool(options.remove)]) != 1:
        raise UserError(f"{_uses(options)}; or --list, or --remove SOURCE")
    with unwinding():
        if options.listed:
            _print_rows(options.model, kind)
        elif options.remove:
            _remove(options.model, kind, argument_text([options.remove]), settings.locale)
        else:
            _add(options, kind, settings)


def report_change(
    change: Change, folder: Path, notes: Iterable[str] = (), noun: str = "correction"
) -> None:
    """Say what has become of corrections, or terms."""
    report_notes(notes)
    did = "remembered" if change.added or change.changed else "known already"
    info(f"{did}; {plural(change.total, noun)} in {folder}")


def _uses(options: CorrectOptions) -> str:
    """How the command is used, in a message."""
    if options.glossary:
        return 'seqcli correct --glossary "source" "term", or seqcli correct --glossary FILE'
    return 'seqcli correct "source" "right translation", or seqcli correct FILE'


def _add(options: CorrectOptions, kind: LineFile, settings: Settings) -> None:
    """Add what the arguments say, or the file that they name."""
    from seqcli.corrections.files import append_rows
    from seqcli.data.normalization import normalize

    texts, notes = [argument_text([text]) for text in options.texts or ()], list[str]()
    if len(texts) in kind.columns:
        if all(Path(text).is_file() for text in texts):
            raise UserError(f"{texts[0]} and {texts[1]} are files: name one at a time")
        rows: Sequence[Row] = [tuple(map(normalize, texts))]
    elif len(texts) == 1:
        rows = _rows_of_file(options, texts[0], kind, settings, notes)
    else:
        raise UserError(f"these are {len(texts)} texts: put each in quotes ({_uses(options)})")
    if options.glossary:
        rows = _writable(options.model, rows)
    change = append_rows(options.model, kind, rows, settings.locale, notes)
    report_change(change, options.model, notes, kind.noun)


def _rows_of_file(
    options: CorrectOptions, name: str, kind: LineFile, settings: Settings, notes: list[str]
) -> list[Row]:
    """The pairs of a file; those with an empty side are left out, and told in `notes`. Terms in a
    .tsv have their notes."""
    from seqcli.corrections.files import read_rows, source_key
    from seqcli.data.corpus import CorpusFiles
    from seqcli.paths import STANDARD_STREAM

    path = Path(name)
    if path != STANDARD_STREAM and not path.exists():
        raise UserError(f"{shortened(name)!r} is no file, and one text alone: {_uses(options)}")
    if options.glossary and path.suffix == ".tsv":
        return read_rows(path.parent, replace(kind, name=path.name))
    selection = selected(options.columns, options.source_language, options.target_language)
    files = CorpusFiles((path,), selection=with_languages_of(selection, settings.corpus))
    if settings.corpus.reverse:
        info(REVERSED)
    pairs = list(files.read(reverse=settings.corpus.reverse, notes=notes))
    filled: list[Row] = [each for each in pairs if each.target and source_key(each.source)]
    if len(filled) < len(pairs):
        left_out = plural(len(pairs) - len(filled), "pair")
        notes.append(f"{files.names}: left out {left_out} with an empty side")
    if not filled:
        raise UserError(f"{files.names}: no pairs: each line is source<TAB>translation")
    return filled


def _writable(folder: Path, rows: Sequence[Row]) -> Sequence[Row]:
    """The terms that the model in the folder can write; the others are refused by name. Raises
    `UserError` if it can write none."""
    from seqcli.bundle import open_bundle
    from seqcli.data.glossary import parse_term
    from seqcli.decoding.terms import about_unwritable, unwritable

    bundle = open_bundle(folder, ())
    terms = list(map(parse_term, rows))
    refused = unwritable(terms, bundle.tokenizer, bundle.output_vocabulary)
    if len(refused) == len(terms):
        raise UserError(f"refused {about_unwritable(refused)}")
    if refused:
        info(f"refused {about_unwritable(refused)}")
    left_out = set(refused)
    return [row for row, term in zip(rows, terms, strict=True) if term not in left_out]


def _print_rows(folder: Path, kind: LineFile) -> None:
    from seqcli.corrections.files import read_rows

    for row in read_rows(folder, kind):
        print("\t".join(row))
    sys.stdout.flush()


def _remove(folder: Path, kind: LineFile, source: str, locale: str) -> None:
    from seqcli.corrections.files import remove_rows

    notes = list[str]()
    change = remove_rows(folder, kind, source, locale, notes)
    report_notes(notes)
    if not change.changed:
        raise UserError(f"{folder} has no {kind.noun} of {shortened(source)!r}: see --list")
    info(f"forgotten; {plural(change.total, kind.noun)} in {folder}")
