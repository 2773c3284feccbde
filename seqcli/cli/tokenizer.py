"""`seqcli tokenizer build` and `seqcli tokenizer show`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from seqcli.cli.options import DEFAULT_MODEL, ModelFolder, file_option, takes_settings
from seqcli.cli.streams import argument_text, info, pair_files, stdout_console
from seqcli.config import CorpusConfig, TokenizerConfig, override
from seqcli.errors import UserError

app = typer.Typer(help="Cut text into pieces.", no_args_is_help=True)


@app.command()
@takes_settings(CorpusConfig, "reverse")
@takes_settings(TokenizerConfig)
def build(
    settings: dict[str, Any],
    pairs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PAIRS",
            help="Files of source<TAB>target, .gz too; -, or none: standard input.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write the pieces.")
    ] = Path("tokenizer.model"),
    source: Annotated[list[Path] | None, file_option("Source sentences, instead of PAIRS.")] = None,
    target: Annotated[list[Path] | None, file_option("Their translations.")] = None,
) -> None:
    """Learn pieces from sentence pairs, for `seqcli train --tokenizer`."""
    from seqcli.data import cleaning, tokenizer
    from seqcli.files import write_atomically

    files = pair_files(pairs, source, target)
    config, of_corpus = override(TokenizerConfig(), settings), override(CorpusConfig(), settings)
    kept, report = cleaning.clean(files.read(reverse=of_corpus.reverse), of_corpus)
    if not kept:
        raise UserError(f"no usable pairs: {report.read} lines were read and none kept")
    built = tokenizer.build(kept, config)
    write_atomically(output, built.model)
    dropped = sum(report.dropped.values())
    left_out = f" ({dropped:,} were left out)" if dropped else ""
    info(f"{len(built):,} pieces from {report.kept:,} pairs{left_out}, written to {output}")


@app.command()
def show(
    text: Annotated[list[str], typer.Argument(metavar="TEXT", help="A sentence, quoted or not.")],
    model: ModelFolder = DEFAULT_MODEL,
    file: Annotated[
        Path | None,
        typer.Option(
            "--tokenizer",
            metavar="FILE",
            help="Pieces of this file, not of a model.",
            show_default=False,
        ),
    ] = None,
    as_target: Annotated[
        bool,
        typer.Option("--target", help="Treat the text as a target: case and width stay as typed."),
    ] = False,
) -> None:
    """Show the pieces of a text, their ids, and what is unknown."""
    from seqcli.bundle import open_bundle
    from seqcli.data.tokenizer import load
    from seqcli.views.pieces import piece_table

    tokenizer = load(file) if file else open_bundle(model).tokenizer
    stdout_console().print(
        piece_table(tokenizer.surfaces(argument_text(text), as_target=as_target))
    )
