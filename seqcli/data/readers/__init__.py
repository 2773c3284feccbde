"""Readers of pairs, one module for each file format.

To add a format, write a module here whose function takes an open file and its name for messages,
and returns its pairs; then add a line to `READERS` in registry.py.
"""
