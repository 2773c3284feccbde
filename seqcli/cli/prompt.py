"""Lines typed at a prompt."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from seqcli.cli.streams import info


def prompt_lines() -> Iterator[str]:
    """Lines typed at a prompt, until the end of input."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  (line editing and history come with the import)

    info("type a sentence and Enter; Ctrl-D ends")
    while True:
        try:
            line = _ask("> ")
        except EOFError:
            print(file=sys.stderr)
            return
        except KeyboardInterrupt:
            print(file=sys.stderr)
            raise
        yield line


def _ask(prompt: str) -> str:
    """A line from the terminal; the prompt never gets among answers that go into a file."""
    if sys.stdout.isatty():
        return input(prompt)
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\r\n")
