"""Properties that must hold for any bytes; see `tests.fuzz.targets`."""
