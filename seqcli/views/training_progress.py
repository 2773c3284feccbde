"""The progress of a training in numbers: running averages, share done, and their formats."""

from __future__ import annotations

import math

from seqcli.training.events import Updated

SMOOTHING = 0.05  # the weight of the latest update in a running average
LARGEST_LOSS = math.log(1e6)  # in nats; the perplexity of a larger one is not printed


class RunningAverage:
    """Exponential moving averages of the loss (nats per token) and the speed (tokens per second).

    Both are NaN until they have a first value. Skipped updates do not count for the loss.
    """

    def __init__(self) -> None:
        self.loss = math.nan
        self.speed = math.nan
        self._seconds: float | None = None

    def add(self, event: Updated) -> None:
        if not event.skipped:
            self.loss = self._mix(self.loss, event.loss / event.tokens)
        if self._seconds is not None and event.seconds > self._seconds:
            self.speed = self._mix(self.speed, event.tokens / (event.seconds - self._seconds))
        self._seconds = event.seconds

    @staticmethod
    def _mix(old: float, new: float) -> float:
        return new if math.isnan(old) else (1 - SMOOTHING) * old + SMOOTHING * new


def share_done(updated: Updated) -> tuple[float, str]:
    """How much of a run is done, from 0 to 1, and of what: "updates", or "time" while the speed is
    still being measured for a budget in minutes."""
    if updated.total is not None:
        return updated.update / max(1, updated.total), "updates"
    return updated.seconds / max(1e-9, updated.seconds + updated.seconds_left), "time"


def format_update(updated: Updated) -> str:
    total = "? (measuring the speed)" if updated.total is None else f"{updated.total:,}"
    return f"update {updated.update:,} of {total}"


def format_speed(tokens_per_second: float) -> str:
    return "? tokens/s" if math.isnan(tokens_per_second) else f"{tokens_per_second:,.0f} tokens/s"


def format_perplexity(loss: float) -> str:
    return f"{math.exp(loss):,.1f}" if loss < LARGEST_LOSS else "over a million"
