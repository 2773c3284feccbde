"""The first process of a training: it leads the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import torch

from seqcli.data.batching import Batch
from seqcli.errors import UserError
from seqcli.folder import CHECKPOINT, CHECKPOINT_MANIFEST
from seqcli.model.network import Network
from seqcli.storage.generation import read_manifest
from seqcli.training.base.request import BaseRequest
from seqcli.training.base.run import began_with_base
from seqcli.training.distributed.exchange import shared_gradients
from seqcli.training.distributed.messages import batch_tensors, network_message, state_tensors
from seqcli.training.distributed.processes import NETWORK, STATE, UPDATE, Processes
from seqcli.training.gradients import Gradients
from seqcli.training.language_model_recorder import LanguageModelRecorder
from seqcli.training.prepare import TrainRequest
from seqcli.training.recorder import Recorder
from seqcli.training.text_request import TextRequest
from seqcli.training.trainer import Trainer
from seqcli.training.translator_recorder import TranslatorRecorder


def request_of(
    request: TrainRequest | TextRequest | BaseRequest, processes: Processes
) -> TrainRequest | TextRequest:
    """The request for all processes of this machine together: with all their threads, and to go on
    with the run if `torchrun` has started these processes again.

    Raises `UserError` for a run that begins with a base.
    """
    if isinstance(request, BaseRequest) or _goes_on_from_base(request):
        raise UserError("learning on from another folder runs in one process: leave out torchrun")
    request = replace(request, threads=processes.threads(request.threads) * processes.local_size)
    run = processes.begun_run()
    if run and run == _saved_run(request):
        return replace(request, resume=True, overwrite=False)
    return request


def stop_of(stop: Callable[[], bool], processes: Processes) -> Callable[[], bool]:
    """Whether this process or another one was asked to stop."""
    return lambda: stop() or processes.stop_asked()


def _goes_on_from_base(request: TrainRequest | TextRequest) -> bool:
    return isinstance(request, TrainRequest) and began_with_base(request)


def _saved_run(request: TrainRequest | TextRequest) -> str:
    """The name of the run whose checkpoint is in the folder; empty if there is none."""
    try:
        record = read_manifest(request.folder / CHECKPOINT / CHECKPOINT_MANIFEST).get("record")
    except UserError:
        return ""
    return str(record.get("run", "")) if isinstance(record, Mapping) else ""


class OtherProcesses:
    """The other processes, as the first one sees them; see `Workers`."""

    def __init__(self, processes: Processes, threads: int) -> None:
        self._processes = processes
        self._threads = threads

    def gradients(self, alone: Gradients) -> Gradients:
        """What computes with them the gradients that one process would compute alone."""
        return shared_gradients(alone, self._processes, self._threads)

    def load(self, network: Network, optimizer: torch.optim.Optimizer) -> None:
        """Give them the weights and the optimizer's state."""
        self._processes.send({"message": STATE}, state_tensors(network, optimizer))

    def update(self, batch: Batch, update: int, rate: float) -> None:
        """Tell them to make an update."""
        values = {"message": UPDATE, "update": update, "rate": rate}
        self._processes.send(values, batch_tensors(batch))
        self._processes.expect_sum()


def share(trainer: Trainer, recorder: Recorder, processes: Processes, threads: int) -> None:
    """Let the other processes take part in a training that has not begun; this one has `threads`
    threads."""
    assert isinstance(recorder, TranslatorRecorder | LanguageModelRecorder)
    values, tensors = network_message(recorder.data)
    device = trainer.network.output_pieces.device.type
    processes.note_run(recorder.record.run)
    processes.send({"message": NETWORK, "device": device, **values}, tensors)
    processes.watch()
    trainer.share(OtherProcesses(processes, threads))
