"""A line that is read from the keyboard character by character."""

from __future__ import annotations

import codecs
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from seqcli.data.heard_words import heard_words
from seqcli.data.text import is_unspaced

END_OF_LINE, END_OF_INPUT = "\r\n", "\x04"
ERASE, ERASE_WORD = "\x7f\b", "\x15\x17"  # Backspace; Ctrl-U and Ctrl-W
# What the arrow keys and the like send.
_ESCAPE_SEQUENCE = re.compile("\x1b(?:\\[[0-9;?]*[ -/]*[@-~]|O.|[^\\[O])")
_BEGUN_SEQUENCE = re.compile("\x1b(?:\\[[0-9;?]*[ -/]*|O)?\\Z")


class TypedLine:
    """A line while it is typed. Its words are heard when they are complete, and then stay."""

    def __init__(self) -> None:
        self.text = ""
        self._heard = 0  # characters

    @property
    def heard(self) -> str:
        """The words that are complete: those before the last one, and it too after a space or, in a
        script without spaces, at once."""
        return self.text[: self._heard]

    @property
    def unfinished(self) -> str:
        """The word that is being typed."""
        return self.text[self._heard :]

    def type(self, character: str) -> None:
        """Take a character: a part of the text, or one that erases. Others are ignored."""
        if character in ERASE:
            self.text = self.text[: max(self._heard, len(self.text) - 1)]
        elif character in ERASE_WORD:
            self.text = self.heard
        elif character.isprintable() or character == "\t":
            self.text += " " if character == "\t" else character
            last = self.text[-1]
            if last.isspace() or is_unspaced(last):
                self._heard = len(self.text)
            else:
                *complete, _ = heard_words(self.text)
                self._heard = max(self._heard, sum(map(len, complete)))


def can_read_keys() -> bool:
    """Whether characters can be read as they are typed: on a terminal, except on Windows."""
    try:
        import termios  # noqa: F401
    except ImportError:
        return False
    return sys.stdin is not None and sys.stdin.isatty()


@contextmanager
def keys() -> Iterator[Iterator[str]]:
    """What is typed on the terminal, a chunk of characters as soon as it comes, until the end of
    input. The terminal shows nothing of it by itself."""
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield _chunks(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _chunks(descriptor: int) -> Iterator[str]:
    decoder, pending = codecs.getincrementaldecoder("utf-8")("ignore"), ""
    while chunk := os.read(descriptor, 1 << 12):
        text = _ESCAPE_SEQUENCE.sub("", pending + decoder.decode(chunk))
        begun = _BEGUN_SEQUENCE.search(text)
        pending = begun[0] if begun else ""
        yield text.removesuffix(pending)
