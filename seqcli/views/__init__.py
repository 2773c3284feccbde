"""Values in, pictures out: rich tables, progress, heat maps."""
