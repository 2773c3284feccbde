"""Terminal and HTML output: tables, progress displays, heat maps, charts, pages."""
