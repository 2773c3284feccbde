"""Corpora that are prepared once and then trained on from the disk, larger than the memory."""
