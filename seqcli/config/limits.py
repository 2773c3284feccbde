"""Limits of several settings, and what the help shows instead of some defaults."""

from __future__ import annotations

BY_DATA = "chosen by the amount of data"
BY_BUDGET = "chosen by the amount of data and the budget"
NO_BUDGET = "none"

MAX_THREADS = 1024
MAX_EVALUATIONS = 1000  # on dev in one run
MAX_COUNT = 10**9  # of updates and the like, where there is no other limit
