"""Curves and histograms of block characters, one line high."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Iterable[float], high: float) -> str:
    """One bar per value, on a scale from 0 to `high`."""
    last = len(BARS) - 1
    return "".join(BARS[round(min(max(v / max(high, 1e-9), 0.0), 1.0) * last)] for v in values)


def histogram(values: NDArray[np.floating], low: float = 0.0, high: float = 1.0) -> str:
    """Counts of values in eight bins from `low` to `high`; an empty bin is a space.

    Values outside the range count in the first or last bin.
    """
    counts, _ = np.histogram(np.clip(values, low, high), bins=8, range=(low, high))
    levels = " " + BARS
    return "".join(levels[int(np.ceil(len(BARS) * n / counts.max()))] for n in counts)
