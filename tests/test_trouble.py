"""Trainings that go on: without room for a batch, for a save, or for a message."""

import errno
import io
import os
import pty
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from conftest import SMALL, copy_pairs, write_pairs
from test_training import assert_same, finish, state, tiny, weights  # noqa: F401

from seqcli.bundle import open_bundle
from seqcli.cli.streams import Messages
from seqcli.config import ModelConfig, TrainingConfig
from seqcli.data.batching import Example, collate
from seqcli.data.corpus import CorpusFiles
from seqcli.decoding.search import beam_search
from seqcli.errors import MemoryShortError, UserError
from seqcli.memory import is_out_of_memory, require_room
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training import gradients, validation
from seqcli.training.checkpoint import Checkpoint
from seqcli.training.events import BatchHalved, Ended, Evaluated, SaveFailed, WentBack
from seqcli.training.gradients import Gradients
from seqcli.training.prepare import TrainRequest
from seqcli.training.recorder import Recorder
from seqcli.training.train import train
from seqcli.views.training_text import trouble_line

FAILURES = [
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:114] . DefaultCPUAllocator: can't allocate memory"
    ),
    RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes."),
]


@pytest.fixture
def room_for(monkeypatch):
    """Lets the computation of a loss fail for more than a number of sentences."""
    compute = gradients.batch_loss

    def room_for(sentences, failure=FAILURES[0]):
        def bounded(network, batch, *rest):
            if len(batch.target_lengths) > sentences:
                raise failure
            return compute(network, batch, *rest)

        monkeypatch.setattr("seqcli.training.gradients.batch_loss", bounded)

    return room_for


@pytest.mark.parametrize("failure", FAILURES, ids=str)
@pytest.mark.parametrize(("shards", "sentences"), [(1, 4), (1, 1), (2, 3)])
def test_a_halved_batch_gives_the_gradient_of_the_whole(room_for, failure, shards, sentences):
    torch.manual_seed(1)
    model = ModelConfig(embedding=6, hidden=8, dropout=0.0)
    network = Seq2Seq(model, 30, torch.arange(1, 30)).double()
    draw = np.random.default_rng(2)
    batch = collate(
        [
            Example([*draw.integers(3, 29, s), 2], [*draw.integers(2, 28, t), 1])
            for s, t in zip(draw.integers(1, 9, 7), draw.integers(1, 9, 7), strict=True)
        ]
    )
    whole = Gradients(network, TrainingConfig(), shards)
    nll = whole(batch, 3)
    expected = [weight.grad for weight in network.parameters()]
    assert not whole.halved
    room_for(sentences, failure)
    halved = Gradients(network, TrainingConfig(), shards)
    assert halved(batch, 3) == pytest.approx(nll, rel=1e-12)
    assert halved.halved
    for weight, gradient in zip(network.parameters(), expected, strict=True):
        torch.testing.assert_close(weight.grad, gradient, rtol=1e-9, atol=1e-12)


def test_a_thread_without_a_stack_is_a_lack_of_memory():
    assert is_out_of_memory(RuntimeError("can't start new thread"))


def test_room_is_required_before_it_is_used():
    require_room(1 << 20)
    with pytest.raises(MemoryShortError, match=r"not enough memory: \d+ MB more are needed"):
        require_room(1 << 60)


def test_other_errors_are_not_taken_for_a_lack_of_memory(room_for):
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    network = Seq2Seq(ModelConfig(embedding=6, hidden=8), 9, torch.arange(1, 9))
    room_for(0, RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="shapes"):
        Gradients(network, TrainingConfig(), 1)(collate([Example([3, 2], [3, 1])] * 2), 0)


def test_a_lack_of_memory_is_told_once_and_the_run_goes_on(tiny, room_for):  # noqa: F811
    room_for(5)
    events = finish(tiny("model", updates=6, evaluations=1))
    assert [e for e in events if isinstance(e, BatchHalved)] == [BatchHalved(1)]
    assert (events[-1].reason, events[-1].update) == ("finished", 6)


def test_a_sentence_without_room_ends_the_run_with_its_learning_saved(tiny, monkeypatch):  # noqa: F811
    compute = Gradients._whole_gradients

    def fails_later(self, batch, tokens, wait, place):
        if place[0] == 9:
            raise MemoryError
        return compute(self, batch, tokens, wait, place)

    monkeypatch.setattr(Gradients, "_whole_gradients", fails_later)
    with pytest.raises(MemoryShortError, match=r"for a pair of \d+ and \d+ pieces.*--max-char"):
        finish(tiny("model", updates=14))
    assert Checkpoint(tiny("model").folder).position.update == 9
    assert weights(tiny("model").folder)
    monkeypatch.undo()
    assert finish(tiny("model", resume=True))[-1].reason == "finished"


@pytest.fixture
def evaluation_room_for(monkeypatch):
    """Lets evaluations fail for batches of more than a number of sentences."""

    def evaluation_room_for(sentences):
        def bounded(compute, size):
            def call(first, batch, *rest, **options):
                if size(first, batch) > sentences:
                    raise FAILURES[2]
                return compute(first, batch, *rest, **options)

            return call

        loss = bounded(gradients.batch_loss, lambda _, batch: len(batch.target_lengths))
        monkeypatch.setattr("seqcli.training.validation.batch_loss", loss)
        search = bounded(beam_search, lambda _, request: len(request.lengths))
        monkeypatch.setattr("seqcli.decoding.sentence_search.beam_search", search)

    return evaluation_room_for


def test_an_evaluation_in_halves_gives_the_scores_of_the_whole(tiny, evaluation_room_for):  # noqa: F811
    def evaluations(events):
        return [(e.score, e.samples) for e in events if isinstance(e, Evaluated)]

    def losses(events):
        return [e.dev_loss for e in events if isinstance(e, Evaluated)]

    whole = finish(tiny("whole", updates=6, evaluations=2))
    evaluation_room_for(1)
    halved = finish(tiny("halved", updates=6, evaluations=2))
    assert len(evaluations(whole)) == 2
    assert evaluations(halved) == evaluations(whole)
    assert losses(halved) == pytest.approx(losses(whole), rel=1e-5)
    assert BatchHalved not in map(type, whole)
    assert [type(e) for e in halved].count(BatchHalved) == 1


def test_an_evaluation_without_room_saves_what_was_learned(tiny, evaluation_room_for, monkeypatch):  # noqa: F811
    evaluation_room_for(0)
    with pytest.raises(MemoryShortError, match=r"for a pair of .*learned is saved: .*model\)$"):
        finish(tiny("model", updates=6, evaluations=1, metric="chrf"))
    assert Checkpoint(tiny("model").folder).position.update == 6
    monkeypatch.undo()
    assert finish(tiny("model", resume=True))[-1].reason == "finished"
    assert weights(tiny("model").folder)


def test_an_export_without_room_saves_what_was_learned(tiny, monkeypatch):  # noqa: F811
    def fails(_):
        raise MemoryError

    monkeypatch.setattr(validation, "search_model", fails)
    with pytest.raises(MemoryShortError, match=r"^not enough memory \(what was learned is saved: "):
        finish(tiny("model", updates=6, evaluations=1))
    assert weights(tiny("model").folder)


def test_a_failed_save_is_told_and_tried_again(tiny, monkeypatch):  # noqa: F811
    monkeypatch.setattr("seqcli.training.train.MAX_SECONDS_WITHOUT_SAVE", 0)
    finish(tiny("whole", updates=6))
    save, calls = Recorder.save, []

    def full_for_a_while(recorder):
        calls.append(recorder.position.update)
        if len(calls) in (2, 3):
            raise [UserError("m: no space"), OSError(errno.EIO, "I/O error")][len(calls) - 2]
        save(recorder)

    monkeypatch.setattr(Recorder, "save", full_for_a_while)
    events = finish(tiny("model", updates=6))
    assert [(e.update, e.reason) for e in events if isinstance(e, SaveFailed)] == [
        (calls[1], "m: no space"),
        (calls[2], "[Errno 5] I/O error"),
    ]
    assert isinstance(events[-1], Ended)
    assert_same(state(tiny("whole").folder), state(tiny("model").folder))


def test_the_last_save_must_succeed(tiny, monkeypatch):  # noqa: F811
    def full(*_):
        raise UserError("m: no space")

    monkeypatch.setattr("seqcli.training.train.MAX_SECONDS_WITHOUT_SAVE", 0)
    monkeypatch.setattr(Recorder, "save", full)
    with pytest.raises(UserError, match="no space"):
        finish(tiny("model", updates=2))


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (BatchHalved(3), "not enough memory"),
        (SaveFailed(3, "the disk is full"), "not saved (the disk is full)"),
        (WentBack(3, 0.5, to_beginning=True), "beginning, with a learning rate of 0.5"),
        (WentBack(3, 0.5, to_beginning=False), "best network so far"),
    ],
)
def test_trouble_is_told_in_one_line(event, words):
    line = trouble_line(event)
    assert line.startswith("update 3: ")
    assert words in line
    assert "\n" not in line


def test_messages_that_cannot_be_written_are_no_error():
    class Full(io.StringIO):
        def write(self, _text):
            raise OSError(errno.ENOSPC, "No space left on device")

        def flush(self):
            raise OSError(errno.EIO, "Input/output error")

    messages = Messages(Full())
    print("a message", file=messages, flush=True)
    assert not messages.isatty()


@pytest.fixture
def command(tmp_path):
    """The command of a training of a second, and its environment."""
    write_pairs(tmp_path / "t.tsv", copy_pairs(60))
    settings = SMALL | {"embedding": 8, "hidden": 8, "attention_size": 4, "updates": 4}
    options = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    return [sys.executable, "-m", "seqcli", "train", "t.tsv", "--threads=1", *options]


@pytest.mark.parametrize(
    "redirection",
    ["2>/dev/full", *(pytest.param(r, marks=pytest.mark.slow) for r in ("2>&-", "2>&- <&- >&-"))],
)
def test_a_training_needs_no_standard_error(tmp_path, command, redirection):
    shell = ["sh", "-c", f'exec "$@" {redirection}', "sh"]
    assert (
        subprocess.run([*shell, *command], cwd=tmp_path, check=False, timeout=300).returncode == 0
    )
    assert open_bundle(tmp_path / "seqcli-model")


@pytest.mark.slow
def test_a_training_outlives_its_terminal(tmp_path, command):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    assert re.search(b"reading the data", os.read(ours, 1000))
    os.close(ours)
    assert process.wait(timeout=300) == 0
    assert open_bundle(tmp_path / "seqcli-model")


def peak_bytes(seqcli_process, model):
    """The peak memory of a process that translates a word, and the size of the graphs it reads."""
    status = "open('/proc/self/status').read()"
    done = seqcli_process.with_code("translate", "-m", model, "ba", at_end=status)
    graphs = [*model.glob("encoder-*"), *model.glob("step-*")]
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", done.out)
    return int(peak) * 1024, sum(path.stat().st_size for path in graphs)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_graph_is_in_memory_three_times_at_most(tmp_path, seqcli_process, copy_model, copy_files):
    """As it was read and checked, as ONNX Runtime parses it, and as it keeps it: once more than if
    ONNX Runtime read the file."""
    settings = SMALL | {"updates": 1, "evaluations": 1, "hidden": 900, "embedding": 500}
    files, dev = (CorpusFiles(pairs=(path,)) for path in copy_files)
    for _ in train(TrainRequest(tmp_path / "large", files, dev, overrides=settings, threads=1)):
        pass
    small, large = (peak_bytes(seqcli_process, model) for model in (copy_model, tmp_path / "large"))
    assert large[1] - small[1] > 40e6
    assert large[0] - small[0] < 3.0 * (large[1] - small[1])
