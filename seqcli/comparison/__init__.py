"""Comparison of several stations of the story, trained on the same data and budget."""
