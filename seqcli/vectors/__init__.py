"""Word vectors: their files, those that a model keeps, how sources get them, and what is near."""
