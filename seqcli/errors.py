"""The one exception that speaks to people."""


class UserError(Exception):
    """Something the user can mend: one sentence that names the file, the line and the mend.

    The command line prints it to stderr and exits with 2; it never shows a traceback for it.
    """
