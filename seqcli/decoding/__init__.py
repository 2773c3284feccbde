"""Translation of text with trained models, without torch."""
