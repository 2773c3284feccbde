"""Bars of block characters: eight heights of a cell."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

HEIGHTS = "▁▂▃▄▅▆▇█"


def sparkline(values: Iterable[float], high: float) -> str:
    """A curve of values from 0 to `high`, a bar for each."""
    last = len(HEIGHTS) - 1
    return "".join(HEIGHTS[round(min(max(v / max(high, 1e-9), 0.0), 1.0) * last)] for v in values)


def histogram(values: NDArray[np.floating], low: float = 0.0, high: float = 1.0) -> str:
    """How many values lie where between two bounds, in eight bins; an empty bin is a space."""
    counts, _ = np.histogram(np.clip(values, low, high), bins=8, range=(low, high))
    levels = " " + HEIGHTS
    return "".join(levels[int(np.ceil(len(HEIGHTS) * n / counts.max()))] for n in counts)
