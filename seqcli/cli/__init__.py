"""Typer: options to config to call to view; one short file a command."""
