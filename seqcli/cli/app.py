"""The command line as a whole: commands, streams, and what becomes of errors."""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated

import typer

from seqcli import __version__
from seqcli.cli import compare, evaluate, inspect, score, tokenizer, train, translate
from seqcli.errors import UserError

# What a machine that only translates may do without.
LEARNING_NEEDS = ("torch", "onnx")

app = typer.Typer(
    name="seqcli",
    help="From a file of sentence pairs to a translator in one folder.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("train")(train.train)
app.command("translate")(translate.translate)
app.command("eval")(evaluate.evaluate)
app.command("score")(score.score)
app.command("inspect")(inspect.inspect)
app.command("compare")(compare.compare)
app.add_typer(tokenizer.app, name="tokenizer")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"seqcli {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line: 0 done, 2 something the user can mend, 130 interrupted."""
    _speak_utf8()
    # Threads of PyTorch that wait for each other shall leave the processor to others soon: it costs
    # 3 % of the speed alone, and doubles it beside another busy program. OpenMP asks as it loads.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        try:
            app()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except UserError as error:
        print(f"seqcli: {error}", file=sys.stderr)
        sys.exit(2)
    except ModuleNotFoundError as error:
        if error.name not in LEARNING_NEEDS:
            raise
        missing = " and ".join(LEARNING_NEEDS)
        print(f"seqcli: learning needs {missing}: pip install {error.name}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        _leave_output()
        if not isinstance(error, BrokenPipeError):
            print(f"seqcli: {error.strerror or error}", file=sys.stderr)
        sys.exit(1 if isinstance(error, BrokenPipeError) else 2)


def _leave_output() -> None:
    """What cannot be written is let go, so that Python does not try it again at the exit."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _speak_utf8() -> None:
    """UTF-8 whatever the locale, and a newline that is a newline."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
