"""What must hold for any bytes, as functions by name, each of which raises where it does not.

To add one, write a function with `@target` in a module here: `tests/test_fuzz.py` calls it with
bytes that Hypothesis draws, `make fuzz` with bytes that libFuzzer finds by the code they reach.
"""

from . import answers, folders, texts, vectors
from .registry import FINDINGS, TARGETS

__all__ = ["FINDINGS", "TARGETS", "answers", "folders", "texts", "vectors"]
