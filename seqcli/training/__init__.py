"""From pairs to a model folder."""
