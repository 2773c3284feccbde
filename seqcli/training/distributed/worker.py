"""A process of a training that is not the first."""

from __future__ import annotations

from typing import Any

import torch

from seqcli.arrays import Tensors
from seqcli.interrupts import Stop
from seqcli.training.distributed.exchange import shared_gradients
from seqcli.training.distributed.messages import batch_of, load_state, network_of
from seqcli.training.distributed.processes import NETWORK, STATE, UPDATE, Processes
from seqcli.training.gradients import Gradients
from seqcli.training.loop import make_update
from seqcli.training.optimization import make_optimizer


def follow(processes: Processes, threads: int, stop: Stop) -> None:
    """Do what the first process says, until it has ended its run.

    Once there is a network, a signal does not end this process (`stop`): the first process, which
    is asked to stop, saves, and then ends the others.
    """
    worker: Worker | None = None
    while True:
        values, tensors = processes.receive()
        if values["message"] == NETWORK:
            worker = Worker(processes, threads, values, tensors)
            stop.unsaved = True
        elif worker is None or values["message"] not in (STATE, UPDATE):
            return
        elif values["message"] == STATE:
            load_state(worker.network, worker.optimizer, tensors)
        else:
            worker.update(values["update"], values["rate"], tensors)


class Worker:
    """The network of this process and what changes its weights."""

    def __init__(
        self, processes: Processes, threads: int, values: dict[str, Any], tensors: Tensors
    ) -> None:
        processes.watch()  # (making the network may take long)
        is_cuda = values["device"] == "cuda"
        device = torch.device("cuda", processes.local_rank) if is_cuda else torch.device("cpu")
        self.network, settings, waiting = network_of(values, tensors, device)
        self.optimizer = make_optimizer(self.network.parameters(), settings.training)
        alone = Gradients(self.network, settings.training, 1, waiting)
        self.gradients = shared_gradients(alone, processes, threads)

    def update(self, update: int, rate: float, tensors: Tensors) -> None:
        """Make one update, as the first process does."""
        make_update(self.gradients, self.optimizer, batch_of(tensors), update, rate)
