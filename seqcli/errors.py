"""The exception for errors that a user can correct."""


class UserError(Exception):
    """An error that the user can correct: one sentence that names the file, the line and what to
    do.

    The command line prints it to standard error without a traceback and exits with status 2.
    """
