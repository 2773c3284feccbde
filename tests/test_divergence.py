"""Trainings that diverge: losses, gradients and weights that are not finite."""

import math
from dataclasses import asdict

import pytest
import torch
from test_training import StopAfter, assert_same, finish, state, tiny, weights  # noqa: F401

from seqcli.config import TrainingConfig
from seqcli.errors import UserError
from seqcli.export.step import ExportError
from seqcli.folder import holds_model
from seqcli.training import divergence
from seqcli.training.checkpoint import Checkpoint
from seqcli.training.events import Ended, Evaluated, Updated, WentBack
from seqcli.training.gradients import Gradients
from seqcli.training.loop import Position
from seqcli.training.network import make_network
from seqcli.training.prepare import prepare_data
from seqcli.training.schedule import Schedule
from seqcli.training.validation import DevLoss, Validation, Validator
from seqcli.training.weights import network_tensors

SETTINGS = {"updates": 40, "evaluations": 4, "patience": 0, "warmup": 2, "decay": "none"}
FIRST_EVALUATION = 16


@pytest.fixture
def spoil(monkeypatch):
    """Makes the loss, the gradient or a weight of some updates, counted from 0, not finite."""
    compute = Gradients.__call__

    def spoil(updates, what="loss"):
        def spoiled(self, batch, update):
            nll = compute(self, batch, update)
            if update not in updates:
                return nll
            if what == "weight":
                self.parameters[0].data[5] = math.inf
            elif what == "gradient":
                self.parameters[0].grad[5] = math.nan
            return math.nan if what == "loss" else nll

        monkeypatch.setattr(Gradients, "__call__", spoiled)

    return spoil


@pytest.fixture
def returned(monkeypatch):
    """The trainer's weights, the number of its optimizer's states, and the best weights at each
    return."""
    states = []
    go_back = divergence.go_back

    def watched(trainer, recorder):
        event = go_back(trainer, recorder)
        states.append(
            (network_tensors(trainer.network), len(trainer.optimizer.state), recorder.best.weights)
        )
        return event

    monkeypatch.setattr("seqcli.training.divergence.go_back", watched)
    monkeypatch.setattr("seqcli.training.train.go_back", watched)
    return states


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def test_bad_updates_are_skipped_and_counted(tiny, spoil):  # noqa: F811
    spoil({3, 4, 5, 6, 8})
    events = finish(tiny("model", **SETTINGS))
    assert [e.update for e in of(Updated, events) if e.skipped] == [4, 5, 6, 7, 9]
    assert not of(WentBack, events)
    assert (events[-1].reason, events[-1].update, events[-1].skipped) == ("finished", 40, 5)
    assert all(math.isfinite(e.train_loss) for e in of(Evaluated, events))


@pytest.mark.parametrize(("what", "updates"), [("gradient", range(20, 26)), ("weight", [24])])
def test_a_run_that_diverges_goes_back_to_its_best_network(tiny, spoil, returned, what, updates):  # noqa: F811
    spoil(updates, what)
    events = finish(tiny("model", **SETTINGS | {"learning_rate": 0.008}))
    assert of(WentBack, events) == [WentBack(25, 0.004, to_beginning=False)]
    ((network, optimizer_states, best),) = returned
    assert_same(network, best)
    assert optimizer_states == 0
    rates = [e.rate for e in of(Updated, events)]
    assert rates[1:28] == [0.008] * 24 + [0.002, 0.004, 0.004]  # with a new warm-up
    assert events[-1].reason == "finished"


def test_a_run_that_diverges_before_its_first_evaluation_begins_again(tiny, spoil, returned):  # noqa: F811
    spoil(range(3, 8))
    request = tiny("model", **SETTINGS)
    events = finish(request)
    assert of(WentBack, events) == [WentBack(8, 0.005, to_beginning=True)]
    ((network, _, best),) = returned
    assert best is None
    assert_same(network, network_tensors(make_network(prepare_data(request), torch.device("cpu"))))
    assert events[-1].reason == "finished"


def test_a_dev_loss_that_is_not_finite_is_a_divergence(tiny, monkeypatch):  # noqa: F811
    losses = iter([math.nan, 1.0, math.inf, 1.0])
    monkeypatch.setattr(DevLoss, "__call__", lambda *_: next(losses))
    events = finish(tiny("model", **SETTINGS))
    kinds = [type(e) for e in events if isinstance(e, Evaluated | WentBack)]
    assert kinds == [WentBack, Evaluated, WentBack, Evaluated]
    assert [e.to_beginning for e in of(WentBack, events)] == [True, False]


@pytest.mark.parametrize("interrupted_after", [[23, 26], [6, 17, 39]])
def test_a_run_that_diverges_resumes_as_if_uninterrupted(tiny, spoil, interrupted_after):  # noqa: F811
    """Interrupted between bad updates and after a return, and around two returns."""
    spoil({2, 3, 4, 5, 6, *range(20, 25), 30})
    finish(tiny("whole", **SETTINGS))
    for number, update in enumerate(interrupted_after):
        settings = {} if number else SETTINGS
        finish(tiny("parts", resume=number > 0, **settings), StopAfter(update))
    events = finish(tiny("parts", resume=True))
    assert events[-1].skipped == 11
    position = Checkpoint(tiny("parts").folder).position
    assert (position.returns, position.returned_at) == (2, 25)
    assert_same(state(tiny("whole").folder), state(tiny("parts").folder))
    assert_same(weights(tiny("whole").folder), weights(tiny("parts").folder))


def test_a_run_gives_up_after_three_returns_and_keeps_its_best_network(tiny, spoil):  # noqa: F811
    finish(tiny("whole", **SETTINGS), StopAfter(FIRST_EVALUATION + 1))
    spoil(range(FIRST_EVALUATION, 100))
    with pytest.raises(UserError, match=r"rate of 0.00125: .*model has its best.*lower --learn"):
        finish(tiny("model", **SETTINGS))
    folder = tiny("model").folder
    assert Checkpoint(folder).position.update == FIRST_EVALUATION + 20
    assert_same(weights(folder), weights(tiny("whole").folder))
    with pytest.raises(UserError, match=r"\A[^\n]*rate of 0.000625: [^\n]*\Z"):
        finish(tiny("model", resume=True, updates=60))  # tries once more


def test_a_run_that_gives_up_unscored_saves_nothing(tiny, spoil):  # noqa: F811
    spoil(range(100))
    with pytest.raises(UserError, match=r"before a network was scored.*lower --learning-rate"):
        finish(tiny("model", **SETTINGS | {"updates": 100}))
    with pytest.raises(UserError, match="before a network was scored"):
        finish(tiny("model", **SETTINGS | {"updates": 5, "evaluations": 1}))
    assert not tiny("model").folder.exists()


def test_a_best_network_that_cannot_be_saved_is_told(tiny, spoil, monkeypatch):  # noqa: F811
    def fail(*_):
        raise UserError("the disk is full")

    spoil(range(FIRST_EVALUATION, 100))
    monkeypatch.setattr("seqcli.training.recorder.Recorder.save", fail)
    with pytest.raises(UserError, match=r"has diverged.*is not saved: the disk is full"):
        finish(tiny("model", **SETTINGS))


def test_a_score_that_falls_apart_leaves_the_best_network(tiny, monkeypatch):  # noqa: F811
    scores = iter([50.0, 3.0, 0.0, 0.0])
    monkeypatch.setattr(
        Validator, "__call__", lambda *_: Validation(9.0, next(scores), [""] * 8, 1.0)
    )
    finish(tiny("early", **SETTINGS), StopAfter(FIRST_EVALUATION + 1))
    scores = iter([50.0, 3.0, 0.0, 0.0])
    finish(tiny("model", **SETTINGS))
    assert_same(weights(tiny("model").folder), weights(tiny("early").folder))


def test_a_position_of_an_older_checkpoint_is_read():
    new = {"skipped", "skipped_in_row", "returns", "returned_at"}
    older = {name: value for name, value in asdict(Position()).items() if name not in new}
    position = Position(**older | {"total": 100, "update": 7})
    config = TrainingConfig(warmup=10, learning_rate=0.1)
    assert Schedule(config, position, 5).rate(7) == pytest.approx(0.08)


@pytest.mark.parametrize(
    "settings",
    [
        {"cell": "peephole", "attention": "none", "clip": 0.0, "learning_rate": 10.0, "warmup": 0},
        {"attention": "bilinear", "optimizer": "rmsprop", "learning_rate": 10.0},
        {"cell": "rnn", "attention": "bilinear", "optimizer": "rmsprop", "learning_rate": 10.0},
        {"optimizer": "sgd", "learning_rate": 100.0, "clip": 0.0, "warmup": 0},
        {"cell": "none", "optimizer": "nesterov", "learning_rate": 100.0, "clip": 0.0},
    ],
)
def test_divergent_settings_end_in_a_model_or_in_one_line(tiny, settings):  # noqa: F811
    """Without a traceback and without a warning, which would be an error here."""
    request = tiny("model", updates=30, evaluations=3, **settings)
    try:
        assert isinstance(finish(request)[-1], Ended)
    except UserError as error:
        assert "\n" not in str(error)
        assert "lower --learning-rate" in str(error)
    else:
        assert weights(request.folder)


def test_a_network_that_cannot_be_exported_is_kept_in_the_checkpoint(tiny, monkeypatch):  # noqa: F811
    def differ(*_):
        raise ExportError("the exported graphs differ from the network")

    monkeypatch.setattr("seqcli.export.network.check", differ)
    with pytest.raises(UserError, match="graphs differ"):
        finish(tiny("model", updates=4))
    assert not holds_model(tiny("model").folder)
    monkeypatch.undo()
    finish(tiny("model", resume=True))
    assert weights(tiny("model").folder)
