"""The processes of one training, and how they exchange bytes and sums."""

from __future__ import annotations

import atexit
import json
import os
import socket
import sys
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from safetensors.numpy import load, save
from torch import Tensor

from seqcli.arrays import Tensors
from seqcli.decoding.runtime import available_cores
from seqcli.errors import LostProcessError, UserError
from seqcli.training.distributed.heartbeat import Heartbeat

# While it waits for the others, a process looks this often whether they are still there. A wait
# itself has no limit that matters: preparing a corpus and evaluating take as long as they take.
BETWEEN_LOOKS = timedelta(seconds=1)
LONGEST_WAIT = timedelta(days=30)
FOR_THE_STORE = timedelta(seconds=20)

# The kinds of messages: the network, its weights, an update to make, and that the run has ended.
NETWORK, STATE, UPDATE, END = "network", "state", "update", "end"

_VALUES = "values"  # the tensor of a message that holds JSON
_RUN = "seqcli/run"


class Processes:
    """This process of a training, number `rank` of `size`, and the others; a context that leaves
    them. Of all processes, `local_size` run on this machine.

    Each process must make the same calls of `send` (or `receive`) and `sum` in the same order: they
    raise `LostProcessError` once another process has ended or cannot be reached.
    """

    def __init__(self) -> None:
        names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
        self.rank, self.size, self.local_rank, self.local_size = (int(os.environ[n]) for n in names)
        self.restarts = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        try:
            # (A connection that waits for a key answers nobody else, such as the heartbeat.)
            joining, self._store = _connect(LONGEST_WAIT), _connect(FOR_THE_STORE)
            # The store may be that of the processes before a restart, with their addresses.
            store = dist.PrefixStore(f"seqcli/{self.restarts}/join", joining)
            dist.init_process_group(
                backend, store=store, rank=self.rank, world_size=self.size, timeout=LONGEST_WAIT
            )
        except (RuntimeError, OSError, ValueError) as error:
            reason = " ".join(str(error).split())[:200]
            raise UserError(
                f"the other processes of this training cannot be reached ({reason})"
            ) from error
        self._heartbeat: Heartbeat | None = None
        self._exchanging = False

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """The first process tells the others that the run has ended, unless they wait for something
        else: these see that it is gone."""
        if self.rank == 0 and not self._exchanging and not isinstance(error, LostProcessError):
            with suppress(LostProcessError):
                self.send({"message": END})
        if self._heartbeat is not None:
            self._heartbeat.end()
        if self._exchanging or isinstance(error, LostProcessError):
            # Python's end would wait for an exchange that will never end.
            atexit.register(_end_at_once, 0 if error is None else 2)
        else:
            dist.destroy_process_group()

    def threads(self, wanted: int) -> int:
        """The number of threads of this process: the wanted one, or with 0 its part of the cores.

        (`torchrun` sets `OMP_NUM_THREADS` to 1 for more than one process, whatever the cores.)
        """
        return wanted or max(1, available_cores() // self.local_size)

    def watch(self) -> None:
        """Notice from now on if the machine of another process cannot be reached."""
        store = dist.PrefixStore(f"seqcli/{self.restarts}/alive", self._store)
        self._heartbeat = Heartbeat(store, self.rank, self.size, socket.gethostname())

    def ask_to_stop(self) -> None:
        """Ask the first process to save and to end the run."""
        if self._heartbeat is not None:
            self._heartbeat.ask_to_stop()

    def stop_asked(self) -> bool:
        """Whether another process has asked this one, the first, to stop."""
        return self._heartbeat is not None and self._heartbeat.stop_asked

    def begun_run(self) -> str:
        """The name of the run that these processes had begun before `torchrun` started them again;
        empty if there is none."""
        return self._store.get(_RUN).decode() if self._store.check([_RUN]) else ""

    def note_run(self, run: str) -> None:
        """Keep the name of the run for `begun_run`."""
        self._store.set(_RUN, run)

    def send(self, values: dict[str, Any], tensors: Tensors | None = None) -> None:
        """Send values that JSON can hold, and arrays, to all other processes."""
        content = {name: np.asarray(part, order="C") for name, part in (tensors or {}).items()}
        content[_VALUES] = np.frombuffer(json.dumps(values).encode(), dtype=np.uint8)
        message = torch.frombuffer(bytearray(save(content)), dtype=torch.uint8)
        self._broadcast(torch.tensor([len(message)]))
        self._broadcast(message)

    def expect_sum(self) -> None:
        """Note that the others wait for a `sum` from now on, and cannot be told anything else."""
        self._exchanging = True

    def receive(self) -> tuple[dict[str, Any], Tensors]:
        """The next message of the first process, as it was given to `send`."""
        length = torch.zeros(1, dtype=torch.int64)
        self._broadcast(length)
        message = torch.empty(int(length), dtype=torch.uint8)
        self._broadcast(message)
        tensors = load(message.numpy().tobytes())
        return json.loads(tensors.pop(_VALUES).tobytes()), tensors

    def sum(self, tensor: Tensor) -> None:
        """Replace a tensor by the sum of those of all processes, which is the same in each."""
        self._wait(dist.all_reduce(tensor, async_op=True))

    def _broadcast(self, tensor: Tensor) -> None:
        self._wait(dist.broadcast(tensor, 0, async_op=True))

    def _wait(self, work: Any) -> None:
        self._exchanging = True
        try:
            while not _is_done(work):
                if self._heartbeat is not None:
                    self._heartbeat.check()
            work.wait()
        except RuntimeError as error:
            others = "the other process" if self.size == 2 else "another process"
            raise LostProcessError(f"{others} of this training has ended") from error
        self._exchanging = False


def _connect(timeout: timedelta) -> dist.TCPStore:
    """A connection to the store of `torchrun`."""
    host, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    return dist.TCPStore(host, port, is_master=False, timeout=timeout)


def _is_done(work: Any) -> bool:
    """Whether an exchange has ended or failed, after waiting for it for `BETWEEN_LOOKS`."""
    try:
        work.wait(BETWEEN_LOOKS)
    except RuntimeError:  # this wait, or the exchange
        return bool(work.is_completed())
    return True


def _end_at_once(status: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
    os._exit(status)
