"""`python -m seqcli` is `seqcli`."""

from seqcli.cli.app import main

main()
