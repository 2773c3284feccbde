"""Sentence pairs, pieces, batches."""
