"""The safety of a model folder: how its files are written, locked, read and checked."""
