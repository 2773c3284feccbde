"""How long a run is, the learning rate over it, and when it is evaluated."""

from __future__ import annotations

import math

from seqcli.config import TrainingConfig
from seqcli.training.events import BudgetFixed
from seqcli.training.loop import Position

# The rate is held for this share of a run before it decays. A budget in minutes is measured within
# its first tenth, so whatever the measurement says, the rate has been constant until then.
HOLD = 0.2
MEASURED = 0.1
LEAST_UPDATES_MEASURED = 20
# Machines slow down more often than they speed up: this share of the time left is planned with.
CAUTION = 0.97


class Schedule:
    """The plan of a run: `position` is where it stands, `batches` are those of an epoch.

    A budget in updates or epochs says at once how many updates there are; one in minutes does so
    once the speed of learning has been measured.
    """

    def __init__(self, config: TrainingConfig, position: Position, batches: int) -> None:
        self.config = config
        self.position = position
        if position.total is None and (config.updates or not config.minutes):
            position.total = config.updates or config.epochs * batches
        self.points = self._points()
        self.evaluation_seconds = 0.0  # what the last one took

    def rate(self, update: int) -> float:
        """The learning rate of an update, counted from 0."""
        return rate_at(update, self.position.total, self.config)

    def due(self) -> bool:
        """Whether to evaluate now."""
        return self.position.update in self.points

    def over(self) -> bool:
        """Whether all updates have been made."""
        return self.position.update == self.position.total

    def measured(self, seconds: float) -> bool:
        """Whether to freeze now, after so much time: enough has been seen, or half is over."""
        if self.position.total is not None:
            return False
        enough = MEASURED if self.position.update >= LEAST_UPDATES_MEASURED else 0.5
        return seconds / 60 / self.config.minutes >= enough

    def fix_budget(self, seconds: float, excess: float) -> BudgetFixed:
        """Fix the number of updates by the speed of learning and of one evaluation so far.

        `seconds` are spent. A beginner's translations run on, `excess` times as long as they
        should be: later evaluations will be shorter by that.
        """
        evaluation = self.evaluation_seconds / excess
        left = self.config.minutes * 60 - seconds
        self.position.evaluations = affordable_evaluations(
            left, evaluation, self.config.evaluations
        )
        self.position.total = affordable_updates(
            self.position.update,
            self._per_update(),
            left - self.position.evaluations * evaluation,
        )
        self.points = self._points()
        return BudgetFixed(self.position.total, self._per_update(), self.position.evaluations)

    def seconds_left(self, seconds: float) -> float:
        """How long it will still take, after so much time."""
        if self.position.total is None:
            return max(0.0, self.config.minutes * 60 - seconds)
        updates = self.position.total - self.position.update
        evaluations = sum(point > self.position.update for point in self.points)
        return max(0.0, updates * self._per_update() + evaluations * self.evaluation_seconds)

    def _per_update(self) -> float:
        return self.position.learning_seconds / self.position.update

    def _points(self) -> set[int]:
        if self.position.total is None:
            return set()
        evaluations = self.position.evaluations or self.config.evaluations
        return set(evaluation_points(self.position.total, evaluations))


def rate_at(update: int, total: int | None, config: TrainingConfig) -> float:
    """The learning rate of an update (counted from 0) in a run of `total` updates.

    It rises over the warm-up, stays until a fifth of the run is done, and falls to nothing at the
    end. An unknown total is a run in its first fifth.
    """
    rate = config.learning_rate * min(1.0, (update + 1) / max(1, config.warmup))
    if total is None or config.decay == "none":
        return rate
    done = (update - HOLD * total) / (total - HOLD * total)
    if done <= 0:
        return rate
    left = max(0.0, 1.0 - done)
    return rate * (0.5 * (1 - math.cos(math.pi * left)) if config.decay == "cosine" else left)


def affordable_evaluations(seconds_left: float, seconds_each: float, wished: int) -> int:
    """As many evaluations as wished, but at least one and no more than fill a tenth of the time."""
    return max(1, min(wished, int(seconds_left / 10 / max(seconds_each, 1e-9))))


def affordable_updates(update: int, seconds_per_update: float, seconds_left: float) -> int:
    """The updates of a run that has done some and has `seconds_left` to learn.

    Never so few that the rate should have begun to fall before `update`.
    """
    affordable = update + int(max(0.0, seconds_left) * CAUTION / seconds_per_update)
    return max(affordable, math.ceil(update / HOLD))


def evaluation_points(total: int, evaluations: int) -> list[int]:
    """After which updates a run is evaluated: evenly from the end of the constant part on."""
    first = HOLD * total
    points = {round(first + (total - first) * i / evaluations) for i in range(1, evaluations + 1)}
    return sorted(points - {0} | {total})
