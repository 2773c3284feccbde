"""The command line, made with Typer: one short file per command."""
