"""The program `seqcli`, which is `python -m seqcli` too."""

from seqcli.interrupts import signals_watched


def main() -> None:
    """Run the command line; from here on a signal ends it without a traceback."""
    with signals_watched():
        from seqcli.cli.app import main as run  # noqa: PLC0415  (takes most of the start-up)

        run()


if __name__ == "__main__":
    main()
