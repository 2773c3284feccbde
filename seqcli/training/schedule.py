"""How long a run is, the learning rate over it, and when it is evaluated."""

from __future__ import annotations

import math

from seqcli.config import TrainingConfig
from seqcli.training.events import BudgetFixed
from seqcli.training.loop import Position

# The rate is constant for this part of a run before it decays. The speed is measured in the first
# tenth of a budget in minutes, so the rate is still constant when the number of updates is fixed.
CONSTANT_PART = 0.2
MEASURED_PART = 0.1
MIN_MEASURED_UPDATES = 20
# The part of the time left that is planned: machines slow down more often than they speed up.
PLANNED_PART = 0.97
# The largest part of a budget in minutes that is reserved to fit the confidence, and how much
# longer a sentence takes there than in an evaluation, which searches greedily.
CONFIDENCE_PART = 0.05
CONFIDENCE_COST = 4.0
# The same for the index of training pairs, which looks once at each example, without learning.
INDEX_PART = 0.05
INDEX_COST = 0.2


class Schedule:
    """The plan of a run that is at `position`; an epoch has `batches`.

    A budget in updates or epochs fixes the number of updates (`position.total`) at once, one in
    minutes only when the speed has been measured; until then it is None.
    """

    def __init__(self, config: TrainingConfig, position: Position, batches: int) -> None:
        self.config = config
        self.position = position
        self.batches = batches
        if position.total is None and (config.updates or not config.minutes):
            position.total = config.updates or config.epochs * batches
        self.evaluation_points = self._evaluation_points()
        self.evaluation_seconds = 0.0  # the duration of the last evaluation
        self.confidence_seconds = 0.0  # reserved to fit the confidence
        self.index_seconds = 0.0  # reserved to make the index
        self.completion_seconds = 0.0  # reserved for what else completes a run

    def rate(self, update: int) -> float:
        """The learning rate of an update, counted from 0; half of it after each return to the best
        network, after which there is a new warm-up."""
        position = self.position
        rate = rate_at(update, position.total, self.config, position.returned_at)
        return rate / 2.0**position.returns

    def evaluation_due(self) -> bool:
        """Whether to evaluate after the present update."""
        return self.position.update in self.evaluation_points

    def finished(self) -> bool:
        """Whether all updates have been made."""
        return self.position.total is not None and self.position.update >= self.position.total

    def out_of_patience(self) -> bool:
        """Whether `patience` evaluations in a row have brought no improvement; 0 is no limit."""
        return 0 < self.config.patience <= self.position.evaluations_since_best

    def should_fix_budget(self, seconds: float) -> bool:
        """Whether to turn a budget in minutes into updates now, after `seconds` of the run.

        Returns True after a tenth of the time, or, with fewer than `MIN_MEASURED_UPDATES`, after
        half of it.
        """
        if self.position.total is not None:
            return False
        measured = self.position.update >= MIN_MEASURED_UPDATES
        return seconds / 60 / self.config.minutes >= (MEASURED_PART if measured else 0.5)

    def confidence_part(self, evaluations: float) -> float:
        """The part of the fit of the confidence that a budget in minutes has room for; 1 with
        another budget. The whole fit translates as many sentences as that number of evaluations.
        """
        needed = self._confidence_seconds(self.evaluation_seconds, evaluations)
        if not self.config.minutes or not needed:
            return 1.0
        return min(1.0, CONFIDENCE_PART * self.config.minutes * 60 / needed)

    def fix_budget(
        self,
        seconds: float,
        length_ratio: float,
        confidence_evaluations: float = 0.0,
        *,
        makes_index: bool = False,
        completion: float = 0.0,
    ) -> BudgetFixed:
        """Fix the number of updates by the speed of updates and of one evaluation so far.

        `seconds` have passed. The translations of an untrained network are too long, by a factor of
        `length_ratio`: later evaluations are expected to be faster by that factor. Time is reserved
        to fit the confidence, with the argument of `confidence_part`, to make an index, and for the
        `completion` of the run, in seconds.
        """
        evaluation = self.evaluation_seconds / length_ratio
        self.confidence_seconds = min(
            CONFIDENCE_PART * self.config.minutes * 60,
            self._confidence_seconds(evaluation, confidence_evaluations),
        )
        if makes_index:
            epoch = self.batches * self._seconds_per_update()
            self.index_seconds = min(INDEX_PART * self.config.minutes * 60, INDEX_COST * epoch)
        self.completion_seconds = completion
        reserved = self.confidence_seconds + self.index_seconds + completion
        left = self.config.minutes * 60 - seconds - reserved
        self.position.evaluations = affordable_evaluations(
            left, evaluation, self.config.evaluations
        )
        self.position.total = affordable_updates(
            self.position.update,
            self._seconds_per_update(),
            left - self.position.evaluations * evaluation,
        )
        self.evaluation_points = self._evaluation_points()
        return BudgetFixed(
            self.position.total, self._seconds_per_update(), self.position.evaluations
        )

    def seconds_left(self, seconds: float) -> float:
        """The expected time until the end of a run, after `seconds` of it."""
        if self.position.total is None:
            return max(0.0, self.config.minutes * 60 - seconds)
        updates = self.position.total - self.position.update
        evaluations = sum(point > self.position.update for point in self.evaluation_points)
        evaluating = evaluations * self.evaluation_seconds
        reserved = self.confidence_seconds + self.index_seconds + self.completion_seconds
        return max(0.0, updates * self._seconds_per_update() + evaluating + reserved)

    def _confidence_seconds(self, evaluation_seconds: float, evaluations: float) -> float:
        return CONFIDENCE_COST * evaluation_seconds * evaluations

    def _seconds_per_update(self) -> float:
        return self.position.learning_seconds / self.position.update

    def _evaluation_points(self) -> set[int]:
        if self.position.total is None:
            return set()
        evaluations = self.position.evaluations or self.config.evaluations
        return set(evaluation_points(self.position.total, evaluations))


def rate_at(update: int, total: int | None, config: TrainingConfig, begin: int = 0) -> float:
    """The learning rate of an update (counted from 0) in a run of `total` updates.

    It rises linearly over the warm-up, which begins with the update `begin`, is constant until a
    fifth of the run, and decays to 0 at the end. With an unknown total, the run is taken to be in
    its first fifth.
    """
    rate = config.learning_rate * min(1.0, (update + 1 - begin) / max(1, config.warmup))
    if total is None or config.decay == "none":
        return rate
    constant = CONSTANT_PART * total
    decayed = (update - constant) / (total - constant)
    if decayed <= 0:
        return rate
    left = max(0.0, 1.0 - decayed)
    return rate * (0.5 * (1 - math.cos(math.pi * left)) if config.decay == "cosine" else left)


def affordable_evaluations(seconds_left: float, seconds_each: float, wanted: int) -> int:
    """The wanted number of evaluations, or as many as take a tenth of the time; at least one."""
    return max(1, min(wanted, int(seconds_left / 10 / max(seconds_each, 1e-9))))


def affordable_updates(update: int, seconds_per_update: float, seconds_left: float) -> int:
    """The number of updates of a run that is at `update` and has `seconds_left` for updates.

    It is large enough that the rate does not decay before `update`.
    """
    affordable = update + int(max(0.0, seconds_left) * PLANNED_PART / seconds_per_update)
    return max(affordable, math.ceil(update / CONSTANT_PART))


def evaluation_points(total: int, evaluations: int) -> list[int]:
    """The updates after which a run is evaluated, evenly spaced after the rate's constant part.

    The last is always `total`.
    """
    first = CONSTANT_PART * total
    points = {round(first + (total - first) * i / evaluations) for i in range(1, evaluations + 1)}
    return sorted(points - {0} | {total})
