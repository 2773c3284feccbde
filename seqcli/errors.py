"""The exception for errors that a user can correct."""


class UserError(Exception):
    """An error that the user can correct: one sentence that names the file, the line and what to
    do.

    The command line prints it to standard error without a traceback and exits with status 2.
    """


class MemoryShortError(UserError):
    """There is not enough memory for an update."""


class DivergedError(UserError):
    """What a network computes, or a weight of it, is no longer a finite number."""
