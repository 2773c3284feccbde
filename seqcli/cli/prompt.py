"""Lines typed at a prompt."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from seqcli.cli.streams import info


def prompt_lines(is_command: Callable[[str], bool]) -> Iterator[str]:
    """Yield the lines typed at a prompt, until the end of input, except those that are commands,
    which `is_command` carries out."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  (the import turns on line editing and history)

    info("type a sentence and press Enter; :fix corrects the last translation; Ctrl-D quits")
    while True:
        try:
            line = _read_line("> ")
        except EOFError:
            print(file=sys.stderr)
            return
        except KeyboardInterrupt:
            print(file=sys.stderr)
            raise
        if not is_command(line):
            yield line


def can_edit() -> bool:
    """Whether `edited` can offer a text: where there is the library readline, and stdout is the
    terminal."""
    try:
        import readline  # noqa: F401
    except ImportError:
        return False
    return sys.stdout.isatty()


def edited(prompt: str, text: str) -> str:
    """The text after the user has edited it; empty if the user left it with Ctrl-C or Ctrl-D."""
    import readline

    from seqcli.interrupts import CancelledError, cancelled_by_ctrl_c

    readline.set_startup_hook(lambda: readline.insert_text(text))
    readline.set_auto_history(False)  # (a translation is no sentence to call back)
    try:
        with cancelled_by_ctrl_c():
            return input(prompt)
    except (EOFError, CancelledError):
        print(file=sys.stderr)
        return ""
    finally:
        readline.set_startup_hook(None)
        readline.set_auto_history(True)


def _read_line(prompt: str) -> str:
    """A line from the terminal. If stdout is not a terminal, the prompt goes to stderr."""
    if sys.stdout.isatty():
        return input(prompt)
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\r\n")
