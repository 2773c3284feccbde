"""The program `seqcli`, which is `python -m seqcli` too."""

import os

from seqcli.interrupts import signals_watched


def main() -> None:
    """Run the command line; from here on a signal ends it without a traceback."""
    _open_closed_streams()
    with signals_watched():
        from seqcli.cli.app import main as run  # noqa: PLC0415  (takes most of the start-up)

        run()


def _open_closed_streams() -> None:
    """Open the null device in place of standard streams that are closed, so that no file of ours
    gets the number of one, to which a library may print."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


if __name__ == "__main__":
    main()
