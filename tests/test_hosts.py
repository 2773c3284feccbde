"""A training on two hosts, of which one is cut off. Needs root on Linux: `make test-hosts`.

The hosts are network namespaces that a cable (a pair of virtual devices) connects.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_distributed import SAVING, SETTINGS, end_of, model_of, ranks_of
from test_kills import copy_task

from seqcli.training.checkpoint import Checkpoint
from seqcli.training.prepare import TrainRequest
from seqcli.training.train import train

pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(not shutil.which("ip"), reason="needs the program ip"),
]

HOSTS = ("seqcli-a", "seqcli-b")
UPDATES = {"updates": 1500}


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


@pytest.fixture
def hosts():
    """Two hosts with the addresses 10.77.0.1 and 10.77.0.2."""
    for host in HOSTS:
        ip("netns", "add", host)
    try:
        ends = [f"{host}-end" for host in HOSTS]
        ip("link", "add", ends[0], "netns", HOSTS[0],
           "type", "veth", "peer", "name", ends[1], "netns", HOSTS[1])  # fmt: skip
        for number, (host, end) in enumerate(zip(HOSTS, ends, strict=True), start=1):
            ip("-n", host, "address", "add", f"10.77.0.{number}/24", "dev", end)
            for device in ("lo", end):
                ip("-n", host, "link", "set", device, "up")
        yield
    finally:
        for host in HOSTS:
            ip("netns", "delete", host)


def start(folder, *options, restarts=0):
    """The same training on both hosts."""
    (folder / "saving.py").write_text(SAVING)
    return [
        subprocess.Popen(
            ["ip", "netns", "exec", host, sys.executable, "-m", "torch.distributed.run",
             "--nnodes", "2", "--node-rank", str(rank), "--nproc-per-node", "1",
             "--master-addr", "10.77.0.1", "--master-port", "29501",
             "--max-restarts", str(restarts), "saving.py", "train", "train.tsv",
             "--dev", "dev.tsv", "--model", "model", "--no-index", *options],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=os.environ | {
                "PYTHONPATH": str(Path(__file__).parents[1]), "GLOO_SOCKET_IFNAME": f"{host}-end",
            },
        )
        for rank, host in enumerate(HOSTS)
    ]  # fmt: skip


def given():
    values = SETTINGS | UPDATES
    return [f"--{option.replace('_', '-')}={value}" for option, value in values.items()]


@pytest.fixture
def folder(tmp_path):
    """A folder with the files of the task, and a model that one process has learned from them."""
    files, dev = copy_task(tmp_path)
    overrides = SETTINGS | UPDATES
    request = TrainRequest(
        tmp_path / "one", files, dev, overrides=overrides, threads=2, index=False
    )
    list(train(request))
    return tmp_path


def wait_for_save(folder):
    end = time.monotonic() + 60
    while not (folder / "model" / "config.json").exists():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.parametrize("which", HOSTS)
@pytest.mark.usefixtures("hosts")
def test_a_host_that_is_cut_off_ends_the_other_and_the_run_goes_on(folder, which):
    both = start(folder, "--threads", "1", *given())
    wait_for_save(folder)
    ip("-n", which, "link", "set", f"{which}-end", "down")
    begin = time.monotonic()
    ended = [end_of(each) for each in both]
    assert time.monotonic() - begin < 30
    for (lines, status), other in zip(ended, ("process 1 of 2", "process 0 of 2"), strict=True):
        said = [line for line in lines if line.startswith("seqcli: process")]
        assert status != 0
        assert len(said) == 1 and other in said[0] and "has not answered for 20 s" in said[0]
    assert 0 < Checkpoint(folder / "model").position.update < UPDATES["updates"]
    ip("-n", which, "link", "set", f"{which}-end", "up")
    for lines, status in map(end_of, start(folder, "--threads", "1", "--resume")):
        assert status == 0, lines
    assert model_of(folder / "model") == model_of(folder / "one")


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.usefixtures("hosts")
def test_torchrun_starts_the_processes_of_both_hosts_again(folder, which):
    both = start(folder, "--threads", "1", *given(), restarts=2)
    wait_for_save(folder)
    # (`ip netns exec` becomes the program that it starts.)
    (process,) = ranks_of(both[which].pid).values()
    os.kill(process, signal.SIGKILL)
    for lines, status in map(end_of, both):
        assert status == 0, lines
    assert model_of(folder / "model") == model_of(folder / "one")
