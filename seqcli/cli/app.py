"""The command line: its commands, its streams, and its exit codes."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Annotated, Any, TextIO, cast

import typer

from seqcli import __version__
from seqcli.cli.help import HelpCommand, HelpGroup
from seqcli.cli.streams import Messages, info
from seqcli.errors import UserError
from seqcli.memory import is_out_of_memory

# Why what was printed cannot be written.
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

# What Typer raises for a wrong command line; it has no public name.
_UsageError = cast(type[typer.BadParameter], typer.BadParameter.__base__)

# Packages that a machine without training need not have.
TRAINING_NEEDS = ("torch", "onnx")


# The modules of the commands, in `seqcli.cli`, and the functions or groups in them.
COMMANDS = {
    "train": ("train", "train"),
    "translate": ("translate", "translate"),
    "eval": ("evaluate", "evaluate"),
    "score": ("score", "score"),
    "correct": ("correct", "correct"),
    "inspect": ("inspect", "inspect"),
    "why": ("why", "why"),
    "page": ("page", "page"),
    "sample": ("sample", "sample"),
    "augment": ("augment", "augment"),
    "check": ("check", "check"),
    "convert": ("convert", "convert"),
    "prepare": ("prepare", "prepare"),
    "join": ("join", "join"),
    "compare": ("compare", "compare"),
    "tokenizer": ("tokenizer", "app"),
    "vectors": ("vectors", "app"),
}


class LazyCommands(Mapping[str, Any]):
    """The commands, each of which is imported when it is asked for: the others need not be, for
    one to start quickly."""

    def __getitem__(self, name: str) -> Any:
        module, attribute = COMMANDS[name]
        found = getattr(import_module(f"seqcli.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            command: Any = typer.main.get_group(found)
        else:
            alone = typer.Typer(add_completion=False)
            alone.command(name, cls=HelpCommand)(found)
            command = typer.main.get_command(alone)
        command.name = name
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class MainGroup(HelpGroup):
    """All commands of seqcli."""

    @property
    def commands(self) -> Any:
        return LazyCommands()

    @commands.setter
    def commands(self, _: Any) -> None:
        pass


app = typer.Typer(
    name="seqcli",
    help="From a file of sentence pairs to a translator in one folder.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    cls=MainGroup,
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"seqcli {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line. Exit codes: 0 done, 2 user error, 1 the reader of a pipe is gone, and
    those of signals (`seqcli.interrupts`)."""
    # PyTorch's threads shall not wait in a busy loop for long: it makes training 3 % faster on an
    # idle machine, but half as fast beside another busy program. OpenMP reads this when it loads.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        _use_utf8()
        sys.stderr = cast(TextIO, Messages(sys.stderr))
        try:
            exit_code = app(prog_name="seqcli", standalone_mode=False)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
        sys.exit(exit_code)
    except _UsageError as error:
        info(_explain(error))
        sys.exit(2)
    except UserError as error:
        info(str(error))
        sys.exit(2)
    except ModuleNotFoundError as error:
        if error.name not in TRAINING_NEEDS:
            raise
        needs = f"torch and onnx ({error.name} is missing): pip install {' '.join(TRAINING_NEEDS)}"
        info(f"train and compare need {needs}")
        sys.exit(2)
    except ImportError as error:  # such as a library for which there is not enough memory
        info(f"a library cannot be loaded ({error.__cause__ or error})")
        sys.exit(2)
    except OSError as error:
        _discard_output()
        if not isinstance(error, BrokenPipeError):
            info(_describe(error))
        sys.exit(1 if isinstance(error, BrokenPipeError) else 2)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        info("there is not enough memory")
        sys.exit(2)


def _explain(error: typer.BadParameter) -> str:
    """What is wrong with the command line, and where its options are explained."""
    message = error.format_message()
    end = "" if message.endswith((".", "?")) else "."
    command = error.ctx.command_path if error.ctx is not None else "seqcli"
    return f"{message[0].lower()}{message[1:]}{end} See {command} --help"


def _describe(error: OSError) -> str:
    """The error with the name of its file; standard output has none."""
    reason = error.strerror or str(error)
    if error.filename is not None:
        return f"{error.filename}: {reason}"
    if error.errno in _DISK_ERRORS:
        return f"standard output: cannot be written ({reason})"
    return reason


def _discard_output() -> None:
    """Send stdout to /dev/null, so that Python does not fail again when it flushes at exit."""
    with suppress(OSError):  # there may be no descriptor left
        if sys.stdout is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _use_utf8() -> None:
    """UTF-8 on all streams, whatever the locale, and newlines as they are."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
