"""`torchrun -m seqcli train`: one training on several processes."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from seqcli.interrupts import stop_on_signal

if TYPE_CHECKING:
    from seqcli.training.distributed.processes import Processes


def started_by_torchrun() -> bool:
    """Whether `torchrun` has started this process."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def train_with_others(train: Callable[[Processes], None], threads: int) -> None:
    """Call `train` in the first process, and in the others do what it says; each has `threads`,
    with 0 its part of the cores."""
    from seqcli.errors import LostProcessError
    from seqcli.training.distributed.processes import Processes
    from seqcli.training.distributed.worker import follow

    with Processes() as processes:
        if processes.rank == 0:
            train(processes)
            return
        with stop_on_signal(processes.ask_to_stop) as stop:
            stop.repeats = True
            try:
                follow(processes, processes.threads(threads), stop)
            except LostProcessError:
                if not stop.requested:  # else the signal says why
                    raise
