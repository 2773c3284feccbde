"""Trainings on several processes: their gradients, and real processes that torchrun starts."""

from __future__ import annotations

import copy
import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
import torch.distributed as dist
from test_kills import copy_task

from seqcli.config import ModelConfig, TrainingConfig
from seqcli.data.batching import Example, collate
from seqcli.data.text_files import TextFiles
from seqcli.errors import LostProcessError, UserError
from seqcli.model.seq2seq import Seq2Seq
from seqcli.storage.lock import FolderLock
from seqcli.training import language_model_run, translator_run
from seqcli.training.base.request import BaseRequest
from seqcli.training.checkpoint import Checkpoint
from seqcli.training.distributed import heartbeat
from seqcli.training.distributed.exchange import shared_gradients
from seqcli.training.distributed.first import request_of, stop_of
from seqcli.training.distributed.heartbeat import Heartbeat
from seqcli.training.distributed.messages import (
    batch_of,
    batch_tensors,
    load_state,
    network_message,
    network_of,
    state_tensors,
)
from seqcli.training.distributed.processes import Processes
from seqcli.training.gradients import Gradients
from seqcli.training.optimization import make_optimizer
from seqcli.training.prepare import TrainRequest
from seqcli.training.text_request import TextRequest
from seqcli.training.train import train
from seqcli.training.weights import network_tensors

SETTINGS: dict[str, Any] = {
    "embedding": 12, "hidden": 16, "attention_size": 8, "learning_rate": 0.02, "warmup": 10,
    "batch_tokens": 200, "metric": "chrf", "dropout": 0.1, "updates": 200,
}  # fmt: skip

# Saves after each evaluation.
SAVING = """
import sys
from seqcli.__main__ import main
from seqcli.training import train
train.SECONDS_BETWEEN_SAVES = 0.0
sys.argv[0] = "seqcli"
main()
"""


@pytest.fixture(autouse=True)
def _same_threads():
    """PyTorch has as many threads after a test as before."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


class Threads:
    """Threads in place of the processes of `Processes`, as far as they add up."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.tensors: list[Any] = [None] * size
        self.barrier = threading.Barrier(size)

    def process(self, rank: int) -> Processes:
        def add(tensor):
            self.tensors[rank] = tensor.clone()
            self.barrier.wait(20)
            tensor.copy_(torch.stack(self.tensors).sum(0))
            self.barrier.wait(20)

        return cast(Processes, SimpleNamespace(rank=rank, size=self.size, sum=add))


with torch.random.fork_rng():
    torch.manual_seed(1)
    NETWORK = Seq2Seq(ModelConfig(embedding=6, hidden=8, dropout=0.3), 9, torch.arange(1, 9))


def gradients(rows: int, make):
    """What `Gradients` that `make` makes of a network's own compute of a batch of some rows."""
    config = TrainingConfig(label_smoothing=0.1, seed=3)
    network = copy.deepcopy(NETWORK)
    draw = np.random.default_rng(rows)
    batch = collate(
        [
            Example(draw.integers(3, 9, s).tolist(), [*draw.integers(2, 7, t).tolist(), 1])
            for s, t in draw.integers(1, 6, (rows, 2))
        ]
    )
    computes = make(Gradients(network, config, 1))
    nll = computes(batch, 5)
    # (A gradient is a view of values that the next batch changes.)
    return nll, [None if each.grad is None else each.grad.clone() for each in network.parameters()]


@pytest.mark.parametrize("rows", [1, 3, 4, 9])
@pytest.mark.parametrize("threads", [(1, 1), (2, 1), (1, 1, 1), (2, 2)])
def test_processes_compute_the_gradients_of_one(rows, threads):
    alone = gradients(rows, lambda one: Gradients(one.network, one.config, sum(threads)))
    processes = Threads(len(threads))

    def of_process(rank):
        process = processes.process(rank)
        return gradients(rows, lambda one: shared_gradients(one, process, threads[rank]))

    with ThreadPoolExecutor(len(threads)) as pool:
        results = list(pool.map(of_process, range(len(threads))))
    for nll, computed in results:
        assert nll == pytest.approx(alone[0], rel=1e-12)
        for mine, theirs in zip(computed, alone[1], strict=True):
            assert (mine is None) == (theirs is None)
            if mine is not None:
                torch.testing.assert_close(mine, theirs, atol=1e-7, rtol=1e-5)


def test_a_network_its_state_and_a_batch_arrive(tmp_path):
    files, dev = copy_task(tmp_path)
    settings = {name: SETTINGS[name] for name in ("embedding", "hidden", "learning_rate")}
    text = TextRequest(
        tmp_path / "text", TextFiles((files.pairs[0],)), overrides=settings | {"updates": 3}
    )
    translator = TrainRequest(tmp_path / "m", files, dev, overrides=SETTINGS)
    runs: list[Any] = [(language_model_run, text), (translator_run, translator)]
    runs.append((translator_run, TrainRequest(
        tmp_path / "s", files, dev, overrides=SETTINGS | {"simultaneous": True}
    )))  # fmt: skip
    for run, request in runs:
        lock = FolderLock(request.folder)
        trainer, recorder = run.start(request, lock, time.monotonic())
        lock.release()
        for _ in zip(range(2), trainer.updates(), strict=False):
            pass
        values, tensors = network_message(recorder.data)
        network, config, waiting = network_of(values, tensors, torch.device("cpu"))
        optimizer = make_optimizer(network.parameters(), config.training)
        assert config.training == trainer.config
        assert (waiting is None) == (trainer.gradients.waiting is None)
        load_state(network, optimizer, state_tensors(trainer.network, trainer.optimizer))
        batch = batch_of(batch_tensors(collate(trainer.examples[:7])))
        alone = Gradients(network, config.training, trainer.shards, waiting)
        assert alone(batch, 2) == trainer.gradients(batch, 2)
        for each in (optimizer, trainer.optimizer):
            each.param_groups[0]["lr"] = 0.01
            each.step()
        mine, theirs = network_tensors(network), network_tensors(trainer.network)
        assert mine.keys() == theirs.keys()
        assert all((mine[name] == theirs[name]).all() for name in mine)
        # As after a return to the best network.
        trainer.optimizer.state.clear()
        load_state(network, optimizer, state_tensors(trainer.network, trainer.optimizer))
        assert not optimizer.state_dict()["state"]


@pytest.fixture
def _quick_heartbeat(monkeypatch):
    monkeypatch.setattr(heartbeat, "SECONDS_BETWEEN_BEATS", 0.01)
    monkeypatch.setattr(heartbeat, "MAX_SILENCE", 0.5)


def wait_for(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.usefixtures("_quick_heartbeat")
def test_a_process_that_is_silent_is_lost():
    store = dist.HashStore()
    first, second, third = (Heartbeat(store, rank, 3, f"host-{rank}") for rank in range(3))
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        for each in (first, second, third):
            each.check()
        time.sleep(0.02)
    third.end()
    wait_for(lambda: lost(first))
    assert "process 2 of 3 on host-2 has not answered for" in lost(first)
    assert not lost(second)  # watches the first alone
    first.end()
    wait_for(lambda: lost(second))
    assert "process 0 of 3 on host-0" in lost(second)
    second.end()


def lost(beat: Heartbeat) -> str:
    try:
        beat.check()
    except LostProcessError as error:
        return str(error)
    return ""


@pytest.mark.usefixtures("_quick_heartbeat")
def test_any_process_can_ask_the_first_to_stop():
    store = dist.HashStore()
    first, second = (Heartbeat(store, rank, 2, "host") for rank in range(2))
    stops = stop_of(lambda: False, cast(Any, SimpleNamespace(stop_asked=lambda: first.stop_asked)))
    assert not stops()
    second.ask_to_stop()
    wait_for(stops)
    assert not second.stop_asked
    first.end()
    second.end()
    assert stop_of(lambda: True, cast(Any, SimpleNamespace(stop_asked=bool)))()


def test_a_restarted_process_goes_on_with_its_own_run_alone(tmp_path):
    files, dev = copy_task(tmp_path)
    request = TrainRequest(tmp_path / "m", files, dev, overrides=SETTINGS, overwrite=True)
    run = ""
    processes: Any = SimpleNamespace(
        threads=lambda wanted: wanted or 3, local_size=2, begun_run=lambda: run
    )
    assert request_of(request, processes).threads == 6
    list(train(TrainRequest(tmp_path / "m", files, dev, overrides=SETTINGS | {"updates": 1})))
    assert not request_of(request, processes).resume
    run = "another"
    assert not request_of(request, processes).resume
    run = Checkpoint(tmp_path / "m").record.run
    resumed = request_of(request, processes)
    assert isinstance(resumed, TrainRequest)
    assert (resumed.resume, resumed.overwrite) == (True, False)
    base = BaseRequest(tmp_path / "new", base=tmp_path / "m", files=files, dev=dev)
    with pytest.raises(UserError, match="runs in one process"):
        request_of(base, processes)


@pytest.fixture(scope="module")
def one_process(tmp_path_factory):
    """A folder with the files of the task, and a model that one process has learned."""
    folder = tmp_path_factory.mktemp("torchrun")
    files, dev = copy_task(folder)
    request = TrainRequest(folder / "one", files, dev, overrides=SETTINGS, threads=2, index=False)
    list(train(request))
    return folder


def start_torchrun(folder, name, *options, restarts=0, script=""):
    """A training on several processes, in the model folder `name`."""
    (folder / "script.py").write_text(script)
    own = (
        [f"--{option.replace('_', '-')}={value}" for option, value in SETTINGS.items()]
        if "--resume" not in options
        else []
    )
    program = ["script.py"] if script else ["-m", "seqcli"]
    return subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2",
         f"--max-restarts={restarts}", *program, "train", "train.tsv", "--dev", "dev.tsv",
         "--no-index", "--model", name, *own, *options],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip


def end_of(process):
    """The lines that seqcli has printed, and the exit status."""
    output, _ = process.communicate(timeout=120)
    return [line for line in output.splitlines() if line.startswith("seqcli: ")], process.returncode


def model_of(folder):
    """The names of the parts, which hold their checksums, and the history without the seconds."""
    history = [
        line.split('"tokens"')[1] for line in (folder / "history.jsonl").read_text().splitlines()
    ]
    return sorted(path.name for path in folder.glob("*-*")), history


def ranks_of(parent: int) -> dict[int, int]:
    """The processes that torchrun has started, by rank."""
    ranks: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            status = (process / "stat").read_text().rpartition(")")[2].split()
            environment = (process / "environ").read_text().split("\0")
        except OSError:
            continue
        if int(status[1]) == parent:
            named = [each for each in environment if each.startswith("RANK=")]
            ranks |= {int(each[5:]): int(process.name) for each in named}
    return ranks


def new_ranks(torchrun, seen):
    """The two processes that torchrun has started since those that were seen."""
    while torchrun.poll() is None:
        ranks = ranks_of(torchrun.pid)
        if len(ranks) == 2 and not seen & set(ranks.values()):
            return ranks
        time.sleep(0.02)
    return {}


LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@LINUX
def test_two_processes_make_the_bytes_of_one_although_one_is_killed(one_process):
    torchrun = start_torchrun(one_process, "two", "--quiet", restarts=1)
    ranks = new_ranks(torchrun, set())
    time.sleep(3)
    os.kill(ranks[1], signal.SIGKILL)
    lines, status = end_of(torchrun)
    assert status == 0
    assert len(lines) <= 1, lines
    assert model_of(one_process / "two") == model_of(one_process / "one")


def test_an_error_of_the_first_process_is_one_line(one_process):
    torchrun = start_torchrun(one_process, "one")
    lines, status = end_of(torchrun)
    assert status != 0
    assert len(lines) == 1 and "--overwrite" in lines[0]


# One process has no memory for the fourth update.
FAILING = """
import os, sys
from seqcli.__main__ import main
from seqcli.errors import MemoryShortError
from seqcli.training.gradients import Gradients
original = Gradients._shard_gradients
def shard_gradients(self, batch, tokens, wait, place):
    if place[0] == 3 and os.environ["RANK"] == "{rank}":
        raise MemoryShortError("no memory")
    return original(self, batch, tokens, wait, place)
Gradients._shard_gradients = shard_gradients
sys.argv[0] = "seqcli"
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("rank", ["0", "1"])
def test_a_process_without_memory_ends_all(one_process, rank):
    torchrun = start_torchrun(one_process, f"failing-{rank}", script=FAILING.format(rank=rank))
    begin = time.monotonic()
    lines, status = end_of(torchrun)
    assert status != 0
    assert time.monotonic() - begin < 30
    assert any("no memory" in line for line in lines)
    assert Checkpoint(one_process / f"failing-{rank}").position.update == 3


@LINUX
@pytest.mark.slow
def test_killed_five_times_the_end_is_the_same(one_process):
    draw = random.Random(7)
    torchrun = start_torchrun(one_process, "killed", "--quiet", restarts=9, script=SAVING)
    seen: set[int] = set()
    killed = 0
    for rank in (0, 1, 0, 1, 0):
        ranks = new_ranks(torchrun, seen)
        seen |= set(ranks.values())
        time.sleep(2.5 + draw.random() * 1.5)
        if ranks and ranks_of(torchrun.pid) == ranks:
            os.kill(ranks[rank], signal.SIGKILL)
            killed += 1
    lines, status = end_of(torchrun)
    assert status == 0, lines
    assert killed >= 3
    assert model_of(one_process / "killed") == model_of(one_process / "one")


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("whom", ["torchrun", 0, 1])
def test_a_signal_stops_and_saves_and_one_process_goes_on(one_process, number, whom):
    name = f"stopped-{whom}-{number}"
    torchrun = start_torchrun(one_process, name, script=SAVING)
    ranks = new_ranks(torchrun, set())
    while not (one_process / name / "config.json").exists():
        assert torchrun.poll() is None
        time.sleep(0.01)
    os.kill(torchrun.pid if whom == "torchrun" else ranks[whom], number)
    lines, status = end_of(torchrun)
    assert status != 0
    position = Checkpoint(one_process / name).position
    assert 0 < position.update < SETTINGS["updates"], lines
    resumed = TrainRequest(one_process / name, resume=True, index=False)
    list(train(resumed))
    assert model_of(one_process / name) == model_of(one_process / "one")
