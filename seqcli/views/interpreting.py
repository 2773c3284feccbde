"""A translation that grows while its source is typed, in the terminal."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from seqcli.views.pieces import printable


class InterpretingView:
    """Two lines: the source, in which the unfinished word is dim, and below it the translation."""

    def __init__(self, console: Console) -> None:
        self._live = Live(
            console=console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="visible",
        )

    def __enter__(self) -> Self:
        self._live.start()
        self.show("", "", "")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()

    def show(self, heard: str, unfinished: str, translation: str) -> None:
        """Show a source as far as it has come, and what is written of its translation."""
        source = Text.assemble("> ", printable(heard), (printable(unfinished), "dim"))
        self._live.update(
            Group(source, Text(f"  {printable(translation)}", style="bold")), refresh=True
        )
