import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqcli.config import TrainingConfig
from seqcli.training.events import BudgetFixed
from seqcli.training.loop import Position
from seqcli.training.schedule import (
    CONSTANT_PART,
    MEASURED_PART,
    MIN_MEASURED_UPDATES,
    Schedule,
    affordable_evaluations,
    affordable_updates,
    evaluation_points,
    rate_at,
)

DECAYS = st.sampled_from(["cosine", "linear", "none"])


@given(st.integers(1, 5000), DECAYS, st.integers(0, 200))
def test_the_rate_is_constant_while_the_speed_is_measured(total, decay, warmup):
    config = TrainingConfig(decay=decay, warmup=warmup)
    for update in range(math.ceil(MEASURED_PART * total)):
        assert rate_at(update, total, config) == rate_at(update, None, config)
    rates = [rate_at(update, total, config) for update in range(total)]
    assert max(rates) <= config.learning_rate
    if decay != "none":
        after = rates[max(warmup, math.ceil(CONSTANT_PART * total)) :]
        assert after == sorted(after, reverse=True)
        assert rate_at(total, total, config) == pytest.approx(0, abs=1e-12)


# In a run of 1,000 updates the rate is constant for 200; each quarter of the decay takes 200.
@pytest.mark.parametrize(
    ("decay", "factors"),
    [
        ("none", [1, 1, 1, 1, 1]),
        ("linear", [1, 0.75, 0.5, 0.25, 0]),
        ("cosine", [1, (2 + math.sqrt(2)) / 4, 0.5, (2 - math.sqrt(2)) / 4, 0]),
    ],
)
def test_each_decay_has_its_curve(decay, factors):
    config = TrainingConfig(decay=decay, warmup=0, learning_rate=0.5)
    rates = [rate_at(update, 1000, config) / 0.5 for update in (200, 400, 600, 800, 1000)]
    assert rates == pytest.approx(factors, abs=1e-12)
    assert {rate_at(update, 1000, config) for update in (0, 1, 100, 199)} == {0.5}


@pytest.mark.parametrize("total", [None, 100])
def test_the_rate_rises_linearly_over_the_warm_up(total):
    config = TrainingConfig(warmup=4, learning_rate=0.5)
    rates = [rate_at(update, total, config) for update in range(6)]
    assert rates == pytest.approx([0.125, 0.25, 0.375, 0.5, 0.5, 0.5])


def test_a_warm_up_beyond_the_constant_part_is_multiplied_by_the_decay():
    config = TrainingConfig(decay="linear", warmup=1000, learning_rate=1.0)
    assert rate_at(599, 1000, config) == pytest.approx(0.6 * (1000 - 599) / 800)


@given(st.integers(1, 2000), st.floats(1e-3, 10), st.floats(0, 1e4))
def test_the_number_of_updates_fits_the_budget_and_the_schedule(update, seconds, left):
    total = affordable_updates(update, seconds, left)
    assert update <= CONSTANT_PART * total + 1e-9
    if total > math.ceil(update / CONSTANT_PART):
        assert (total - update) * seconds <= left
    # Nearly all of the time is planned.
    assert (total - update + 1) * seconds >= 0.95 * left


@given(st.floats(0, 1e4), st.floats(0, 1e3), st.integers(1, 20))
def test_evaluations_take_at_most_a_tenth_of_the_time(left, seconds, wanted):
    count = affordable_evaluations(left, seconds, wanted)
    assert 1 <= count <= wanted
    assert count == 1 or count * seconds <= left / 10 + 1e-6
    assert count == wanted or (count + 1) * seconds >= left / 10 - 1e-6


@given(st.integers(1, 10_000), st.integers(1, 50))
def test_a_run_ends_with_an_evaluation(total, evaluations):
    points = evaluation_points(total, evaluations)
    assert points[-1] == total
    assert 1 <= len(points) <= evaluations
    assert points[0] >= CONSTANT_PART * total - 1


@given(st.integers(100, 10_000), st.integers(1, 50))
def test_evaluations_are_evenly_spaced_after_the_constant_part(total, evaluations):
    points = evaluation_points(total, evaluations)
    assert len(points) == evaluations
    steps = [b - a for a, b in zip([CONSTANT_PART * total, *points], points, strict=False)]
    assert steps == pytest.approx([(1 - CONSTANT_PART) * total / evaluations] * evaluations, abs=1)


@pytest.mark.parametrize(
    ("budget", "total"),
    [
        ({"updates": 70}, 70),
        ({"updates": 70, "minutes": 5.0}, 70),
        ({"epochs": 3, "minutes": 0.0}, 3 * 11),
        ({"minutes": 5.0}, None),
    ],
)
def test_only_a_budget_in_minutes_leaves_the_number_of_updates_open(budget, total):
    schedule = Schedule(TrainingConfig(**({"updates": 0} | budget)), Position(), batches=11)
    assert schedule.position.total == total
    points = evaluation_points(total, schedule.config.evaluations) if total else []
    assert sorted(schedule.evaluation_points) == points


def test_a_resumed_run_keeps_its_plan():
    position = Position(update=30, total=50, evaluations=2)
    schedule = Schedule(TrainingConfig(updates=0, minutes=1.0, evaluations=9), position, 11)
    assert position.total == 50
    due = []
    while not schedule.finished():
        position.update += 1
        if schedule.evaluation_due():
            due.append(position.update)
    assert evaluation_points(50, 2) == [30, 50]
    assert due == [50]


@pytest.mark.parametrize(
    ("update", "seconds", "expected"),
    [
        (MIN_MEASURED_UPDATES, 59, False),
        (MIN_MEASURED_UPDATES, 60, True),
        (MIN_MEASURED_UPDATES - 1, 61, False),
        (MIN_MEASURED_UPDATES - 1, 299, False),
        (MIN_MEASURED_UPDATES - 1, 300, True),
        (1, 301, True),
    ],
)
def test_a_budget_is_fixed_after_a_tenth_of_the_time_or_half_of_it(update, seconds, expected):
    config = TrainingConfig(updates=0, minutes=10.0)
    assert Schedule(config, Position(update=update), 5).should_fix_budget(seconds) is expected
    assert not Schedule(config, Position(update=update, total=400), 5).should_fix_budget(seconds)


@pytest.mark.parametrize("length_ratio", [1.0, 3.0])
def test_a_plan_fills_the_time_given_the_expected_length_of_evaluations(length_ratio):
    position = Position(update=100, learning_seconds=20.0)
    schedule = Schedule(TrainingConfig(updates=0, minutes=10.0, evaluations=9), position, 5)
    schedule.evaluation_seconds = 27.0  # 9 if the translations are three times too long
    budget = schedule.fix_budget(60, length_ratio)
    left, seconds = 600 - 60, 27 / length_ratio
    assert position.total is not None
    assert budget == BudgetFixed(position.total, 0.2, position.evaluations)
    assert budget.evaluations == (2 if length_ratio == 1 else 6) == int(left / 10 / seconds)
    planned = (budget.total - 100) * 0.2 + budget.evaluations * seconds
    assert 0.96 * left < planned <= left
    assert budget.total == affordable_updates(100, 0.2, left - budget.evaluations * seconds)
    assert sorted(schedule.evaluation_points) == evaluation_points(budget.total, budget.evaluations)


@pytest.mark.parametrize(
    ("patience", "since_best", "expected"),
    [(0, 9, False), (3, 2, False), (3, 3, True), (3, 4, True)],
)
def test_patience_is_a_number_of_evaluations_without_improvement(patience, since_best, expected):
    position = Position(evaluations_since_best=since_best)
    assert Schedule(TrainingConfig(patience=patience), position, 5).out_of_patience() is expected


@pytest.mark.parametrize(("total", "expected"), [(None, False), (8, False), (7, True), (6, True)])
def test_a_run_has_finished_when_all_its_updates_are_made(total, expected):
    config = TrainingConfig(updates=0, minutes=1.0)
    assert Schedule(config, Position(update=7, total=total), 5).finished() is expected


def test_the_time_left_counts_updates_and_evaluations_to_come():
    config = TrainingConfig(updates=0, minutes=2.0)
    before = Schedule(config, Position(update=5, learning_seconds=1.0), 7)
    assert [before.seconds_left(seconds) for seconds in (0, 50, 130)] == [120, 70, 0]
    position = Position(update=60, total=100, evaluations=4, learning_seconds=30.0)
    schedule = Schedule(config, position, 7)
    schedule.evaluation_seconds = 7.0
    assert evaluation_points(100, 4) == [40, 60, 80, 100]
    assert schedule.seconds_left(999) == pytest.approx(40 * 0.5 + 2 * 7)
    position.update = 100
    assert schedule.seconds_left(999) == 0
