"""`seqcli tokenizer build` and `seqcli tokenizer show`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from seqcli.cli.help import HelpCommand, HelpGroup
from seqcli.cli.options import (
    DEFAULT_MODEL,
    Columns,
    ModelFolder,
    Overrides,
    Pairs,
    SentenceArgument,
    Sources,
    Targets,
    file_option,
    with_options,
)
from seqcli.cli.streams import (
    argument_text,
    info,
    pair_files,
    report_notes,
    selected,
    stdout_console,
)
from seqcli.config import CorpusConfig, TokenizerConfig, TrainingConfig
from seqcli.config_fields import override
from seqcli.errors import UserError
from seqcli.interrupts import unwinding
from seqcli.wording import plural

app = typer.Typer(help="Split text into pieces.", cls=HelpGroup)

BUILD = {
    "Arguments": ["pairs"],
    "Options": [
        "output", "source", "target", "columns", "source_language", "target_language", "pieces",
        "vocabulary", "reverse",
    ],
}  # fmt: skip
SHOW = {"Arguments": ["text"], "Options": ["model", "tokenizer", "target"]}


@dataclass(frozen=True)
class BuildOptions:
    """The options of `build` that are no settings of a config."""

    pairs: Pairs = None
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write the tokenizer."),
    ] = Path("tokenizer.model")
    source: Sources = None
    target: Targets = None
    columns: Columns = ""


@dataclass(frozen=True)
class ShowOptions:
    """The options of `show`."""

    text: Annotated[list[str], SentenceArgument]
    model: ModelFolder = DEFAULT_MODEL
    tokenizer: Annotated[Path | None, file_option("Use this tokenizer instead of the model's.")] = (
        None
    )
    target: Annotated[
        bool,
        typer.Option("--target", help="Treat TEXT as a target: case and width stay as typed."),
    ] = False


@app.command(cls=HelpCommand)
@with_options(BUILD, BuildOptions, TokenizerConfig, CorpusConfig)
def build(options: BuildOptions, overrides: Overrides) -> None:
    """Learn a tokenizer from sentence pairs, for `seqcli train --tokenizer`."""
    from seqcli.data import cleaning, tokenizer
    from seqcli.data.normalization import find_locale
    from seqcli.data.templates import Templates
    from seqcli.files import write_atomically

    files = pair_files(options.pairs, options.source, options.target)
    corpus_config = override(CorpusConfig(), overrides)
    languages = corpus_config.source_language, corpus_config.target_language
    files = files.selecting(selected(options.columns, *languages))
    notes: list[str] = []
    read = files.read(reverse=corpus_config.reverse, notes=notes)
    pairs, report = cleaning.clean(read, corpus_config)
    report_notes(notes)
    if not pairs:
        raise UserError(f"no usable pairs: {plural(report.read, 'line')} read, none kept")
    config = override(TokenizerConfig(), overrides)
    locale = find_locale(pair.source for pair in pairs)
    seed = TrainingConfig.seed
    templates = Templates.of(pairs, locale, seed, symbols=config.pieces != "word")
    built = tokenizer.build(templates.own_pairs(pairs), config)
    with unwinding():
        write_atomically(options.output, built.model)
    dropped = sum(report.dropped.values())
    left_out = f" ({dropped:,} left out)" if dropped else ""
    pieces, kept = plural(len(built), "piece"), plural(report.kept, "pair")
    info(f"{pieces} from {kept}{left_out}, written to {options.output}")


@app.command(cls=HelpCommand)
@with_options(SHOW, ShowOptions)
def show(options: ShowOptions, _: Overrides) -> None:
    """Show the pieces of a text, their ids, and which are unknown."""
    from seqcli.bundle import open_bundle
    from seqcli.data.normalization import fold, normalize_source
    from seqcli.data.tokenizer import load
    from seqcli.views.pieces import piece_table

    path = options.tokenizer
    tokenizer = load(path) if path else open_bundle(options.model, ()).tokenizer
    text = argument_text(options.text)
    text = text if options.target else fold(normalize_source(text))
    stdout_console().print(piece_table(tokenizer.segment(text)))
