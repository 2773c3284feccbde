"""Ctrl-C, SIGTERM and SIGHUP in every phase of every command: nothing lost, nothing left behind."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from conftest import SMALL, copy_pairs, write_pairs
from signal_phases import start

from seqcli.bundle import open_bundle
from seqcli.data.corpus import CorpusFiles
from seqcli.errors import UserError
from seqcli.folder import ENCODER, STEP, WEIGHTS
from seqcli.training.events import Ended
from seqcli.training.prepare import TrainRequest
from seqcli.training.train import train

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)
WAYS = {
    "SIGINT": [INT],
    "SIGINT twice": [INT, INT],
    "SIGTERM": [TERM],
    "SIGTERM twice": [TERM, TERM],
    "SIGHUP": [HUP],
    "SIGHUP twice": [HUP, HUP],
}
SETTINGS = SMALL | {"updates": 12, "evaluations": 3, "hidden": 16, "embedding": 16}
# Longer than any phase takes on a busy machine, where the process must end within it.
LONG, SHORT = 20.0, 0.5
NOTHING_SAVED = "seqcli: interrupted; nothing of this run has been saved yet"
HOW_TO_GO_ON = "seqcli train --resume --model model"


class Outcome(NamedTuple):
    code: int
    out: str
    lines: list[str]  # of stderr
    seconds: float  # from the first signal to the end


def options(settings):
    return [
        word
        for name, value in settings.items()
        for word in ("--" + name.replace("_", "-"), str(value))
    ]


@pytest.fixture
def interrupt(tmp_path):
    """Runs a command in a folder of its own, and sends signals when a phase begins, in which the
    command stays for some seconds."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    def run(phase, signals, *arguments, number=1, seconds=LONG):
        process, connection = start(phase, number, seconds, list(map(str, arguments)), tmp_path)
        out, err = (tmp_path / name for name in ("out", "err"))
        try:
            assert connection.poll(120), err.read_text()
            connection.recv()
            begin = time.monotonic()
            for each in signals:
                with suppress(ProcessLookupError):  # the first has ended it
                    os.kill(process.pid or 0, each)
                time.sleep(0.2)
            process.join(120)
            taken = time.monotonic() - begin
        finally:
            process.kill()
        written, shown = out.read_text(), err.read_text()
        out.unlink()
        err.unlink()
        assert process.exitcode is not None, shown
        assert "Traceback" not in shown
        assert list(temporary.iterdir()) == []
        assert list(tmp_path.rglob("*.part")) == []
        return Outcome(process.exitcode, written, shown.splitlines(), taken)

    return run


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Training pairs and the pairs of dev."""
    folder = tmp_path_factory.mktemp("pairs")
    lines = list(dict.fromkeys(copy_pairs(200)))
    return write_pairs(folder / "train.tsv", lines[20:]), write_pairs(folder / "dev", lines[:20])


@pytest.fixture(scope="module")
def never_stopped(pairs, tmp_path_factory):
    """The weights, by name, of the model of a run that no signal stopped."""
    folder = tmp_path_factory.mktemp("never") / "model"
    files, dev = (CorpusFiles(pairs=(path,)) for path in pairs)
    assert finish(TrainRequest(folder, files, dev, overrides=SETTINGS, threads=1)) == "finished"
    return open_bundle(folder, [WEIGHTS]).weights()


def finish(request):
    *_, ended = train(request)
    assert isinstance(ended, Ended)
    return ended.reason


def training(pairs, settings=SETTINGS):
    return ["train", pairs[0], "--dev", pairs[1], "--model", "model", "--threads", "1",
            *options(settings)]  # fmt: skip


def in_minutes(minutes):
    return {name: value for name, value in SETTINGS.items() if name != "updates"} | {
        "minutes": minutes
    }


def check_resumed(folder, expected=None, **overrides):
    """The run that was saved goes on to its end, and with the same settings to the same weights."""
    assert finish(TrainRequest(folder, resume=True, overrides=overrides)) == "finished"
    bundle = open_bundle(folder, [ENCODER, STEP, WEIGHTS])
    assert bundle.confidence is not None
    assert bundle.confidence["examples"]
    if expected is not None:
        weights = bundle.weights()
        assert weights.keys() == expected.keys()
        assert all(np.array_equal(weights[name], expected[name]) for name in expected)


# Before anything is saved, and in an update that can be lost, whatever the signal.
NOTHING_TO_SAVE = [
    ("import", 1), ("reading", 1), ("reading", 2), ("cleaning", 1), ("cleaning", 2),
    ("tokenizer", 1), ("encoding", 1), ("network", 1), ("update", 1),
]  # fmt: skip


def check_nothing_saved(interrupt, pairs, folder, phase, number, way):
    ended = interrupt(phase, WAYS[way], *training(pairs), number=number)
    assert ended.code == 128 + WAYS[way][0]
    assert ended.lines[-1] == NOTHING_SAVED
    assert len(ended.lines) <= 6  # with what is told of the data
    assert ended.seconds < LONG / 2
    assert not (folder / "model").exists()


# Where updates were made since the last save: (phase, its number, whether anything was saved).
UNSAVED = [
    ("update", 3, False), ("evaluation", 1, False), ("checkpoint", 1, False), ("export", 1, False),
    ("evaluation", 2, True), ("checkpoint", 2, True), ("save", 3, True),
]  # fmt: skip


def check_saved(interrupt, pairs, folder, expected, phase, number, saved, way):
    is_twice = WAYS[way] in ([INT, INT], [TERM, TERM])
    ended = interrupt(
        phase, WAYS[way], *training(pairs), number=number, seconds=LONG if is_twice else SHORT
    )
    assert ended.code == 128 + WAYS[way][0]
    if is_twice:
        assert ended.seconds < LONG / 2
    assert sum("stopping and saving" in line for line in ended.lines) == 1
    if is_twice and not saved:
        assert ended.lines[-1] == NOTHING_SAVED
        return
    assert ended.lines[-1].endswith(HOW_TO_GO_ON)
    check_resumed(folder / "model", expected)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("phase", "number"), NOTHING_TO_SAVE)
def test_a_signal_ends_at_once_while_nothing_can_be_lost(
    interrupt, pairs, tmp_path, phase, number, way
):
    check_nothing_saved(interrupt, pairs, tmp_path, phase, number, way)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("phase", "number", "saved"), UNSAVED)
def test_the_first_signal_saves_and_the_second_ends_at_once(
    interrupt, pairs, tmp_path, never_stopped, phase, number, saved, way
):
    check_saved(interrupt, pairs, tmp_path, never_stopped, phase, number, saved, way)


def test_signals_in_a_few_phases(interrupt, pairs, tmp_path, never_stopped):
    check_nothing_saved(interrupt, pairs, tmp_path, "tokenizer", 1, "SIGTERM")
    check_saved(interrupt, pairs, tmp_path, never_stopped, "update", 3, False, "SIGTERM twice")
    check_saved(interrupt, pairs, tmp_path, never_stopped, "evaluation", 1, False, "SIGHUP twice")


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("phase", "minutes"), [("update", 5), ("speed", 0.05)])
def test_signals_while_the_speed_is_measured(interrupt, pairs, tmp_path, phase, minutes, way):
    is_twice = WAYS[way] in ([INT, INT], [TERM, TERM])
    ended = interrupt(
        phase, WAYS[way], *training(pairs, in_minutes(minutes)),
        number=3 if phase == "update" else 1, seconds=LONG if is_twice else SHORT,
    )  # fmt: skip
    assert ended.code == 128 + WAYS[way][0]
    if is_twice:
        assert ended.seconds < LONG / 2
        assert ended.lines[-1] == NOTHING_SAVED
    else:
        assert ended.lines[-1].endswith(HOW_TO_GO_ON)
        check_resumed(tmp_path / "model", updates=200)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("phase", "number"), [("confidence", 1), ("save", 4)])
def test_the_confidence_is_fitted_by_the_resumed_run(
    interrupt, pairs, tmp_path, never_stopped, phase, number, way
):
    ended = interrupt(phase, WAYS[way], *training(pairs), number=number)
    assert ended.code == 128 + WAYS[way][0]
    assert ended.seconds < LONG / 2
    assert ended.lines[-1].endswith(HOW_TO_GO_ON)
    check_resumed(tmp_path / "model", never_stopped)
    request = TrainRequest(tmp_path / "model", resume=True)
    with pytest.raises(UserError, match="has finished"):
        finish(request)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("phase", "number"), [("import", 1), ("reading", 1), ("network", 1), ("update", 1)]
)
def test_a_resumed_run_loses_nothing(interrupt, pairs, tmp_path, never_stopped, phase, number, way):
    first = interrupt("update", [TERM], *training(pairs), number=3, seconds=SHORT)
    assert first.lines[-1].endswith(HOW_TO_GO_ON)
    resumed = ["train", "--resume", "--model", "model"]
    ended = interrupt(phase, WAYS[way], *resumed, number=number)
    assert ended.code == 128 + WAYS[way][0]
    assert ended.lines[-1].endswith(HOW_TO_GO_ON)
    check_resumed(tmp_path / "model", never_stopped)


def files_in(folder):
    """The files in a folder with their content."""
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


COMPARE = ["compare", "{train}", "--dev", "{dev}", "--station", "rnn/none/hidden=8",
           "--no-analysis", "--updates", "3"]  # fmt: skip

# A phase of another command, its arguments, and what it says.
OTHERS = [
    ("translation", ["translate", "-m", "{model}", "-i", "{text}", "-o", "out"], []),
    ("translation", ["translate", "-m", "{model}", "-i", "{text}", "-o", "old"], []),
    ("translation", ["translate", "-m", "{model}", "-i", "{text}", "-o", "out.gz"], []),
    ("translation", ["translate", "-m", "{model}", "-i", "{text}"], []),
    ("writing", ["translate", "-m", "{model}", "-i", "{text}", "-o", "out"], []),
    ("translation", ["eval", "-m", "{model}", "{dev}"], []),
    ("reading", ["eval", "-m", "{model}", "{dev}"], []),
    ("scoring", ["score", "-m", "{model}", "{dev}"], []),
    ("reading", ["correct", "-m", "{model}", "{dev}"], []),
    ("inspection", ["inspect", "-m", "{model}", "ba do"], []),
    ("reasons", ["why", "-m", "{model}", "ba do"], []),
    ("writing", ["inspect", "-m", "{model}", "ba do", "--html", "page.html"], []),
    ("writing", ["page", "-m", "{model}", "-o", "old"], []),
    ("tokenizer", ["tokenizer", "build", "{train}", "-o", "t.model", "--vocabulary", "50"], []),
    ("writing", ["tokenizer", "build", "{train}", "-o", "old", "--vocabulary", "50"], []),
    *(
        (phase, [*COMPARE, *more], [f"seqcli: interrupted: {kept}"])
        for phase in ("import", "reading", "update", "checkpoint", "comparison")
        for more, kept in (
            ([], "nothing is kept"), (["--keep", "kept"], "the models so far are in kept")
        )
    ),
]  # fmt: skip


def check_other(interrupt, copy_model, pairs, folder, case, way):
    phase, arguments, said = case
    (folder / "old").write_text("an old file\n")
    text = folder.parent / f"{folder.name}.txt"
    text.write_bytes(pairs[0].read_bytes())
    places = {"model": copy_model, "train": pairs[0], "dev": pairs[1], "text": text}
    model = files_in(copy_model)
    ended = interrupt(phase, WAYS[way], *(word.format(**places) for word in arguments))
    assert ended.code == 128 + WAYS[way][0]
    assert ended.seconds < LONG / 2
    # Before it, `compare` names the station and says that the corpus is small.
    notes = ("1/1", "training pairs: enough to try")
    assert [line for line in ended.lines if not any(note in line for note in notes)] == said
    assert ended.out == ""
    assert files_in(copy_model) == model
    if "kept" in arguments and phase == "comparison":
        assert open_bundle(folder / "kept" / "rnn-none-hidden=8")
    else:
        assert files_in(folder) == {Path("old"): b"an old file\n"}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", OTHERS, ids=lambda case: f"{case[1][0]}-{case[0]}")
def test_other_commands_leave_nothing_behind(interrupt, copy_model, pairs, tmp_path, case, way):
    check_other(interrupt, copy_model, pairs, tmp_path, case, way)


def test_an_output_file_is_absent_or_old_after_a_signal(interrupt, copy_model, pairs, tmp_path):
    check_other(interrupt, copy_model, pairs, tmp_path, OTHERS[1], "SIGINT twice")
