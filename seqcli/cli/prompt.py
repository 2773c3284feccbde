"""Lines typed at a prompt."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from seqcli.cli.streams import info


def prompt_lines() -> Iterator[str]:
    """Yield the lines typed at a prompt, until the end of input."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  (the import turns on line editing and history)

    info("type a sentence and press Enter; Ctrl-D quits")
    while True:
        try:
            line = _read_line("> ")
        except EOFError:
            print(file=sys.stderr)
            return
        except KeyboardInterrupt:
            print(file=sys.stderr)
            raise
        yield line


def _read_line(prompt: str) -> str:
    """A line from the terminal. If stdout is not a terminal, the prompt goes to stderr."""
    if sys.stdout.isatty():
        return input(prompt)
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\r\n")
