"""The exception for errors that a user can correct, and messages of one line."""

import re

# Control characters, ends of a line, changes of the direction in which the rest of the line is
# written, and bytes of a file's name that are not UTF-8.
_UNPRINTABLE = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    r"""The text in one line: what is no character to be shown, such as a newline in the name of a
    file, is written as an escape (`\n`, `\x1b`, `\udcff`)."""
    return _UNPRINTABLE.sub(lambda match: ascii(match[0])[1:-1], text)


class UserError(Exception):
    """An error that the user can correct: one sentence that names the file, the line and what to
    do. Its text is always one line (`visible`).

    The command line prints it to standard error without a traceback and exits with status 2.
    """

    def __init__(self, message: str) -> None:
        super().__init__(visible(message))


class MemoryShortError(UserError):
    """There is not enough memory, not even for one sentence at a time."""


class LostProcessError(UserError):
    """Another process of the same training has ended, or cannot be reached."""


class FinishedError(UserError):
    """The run that is to be resumed has made all its updates."""


class DivergedError(UserError):
    """What a network computes, or a weight of it, is no longer a finite number."""
