"""Using language models: their folders, their graph, scores of texts, and texts that they write."""
