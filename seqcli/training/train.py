"""A whole training run, from its data to a model folder: what `seqcli train` calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch

from seqcli.errors import FinishedError, LostProcessError, MemoryShortError, UserError
from seqcli.interrupts import at_end
from seqcli.memory import is_out_of_memory, require_room
from seqcli.storage.lock import FolderLock
from seqcli.training import language_model_run, translator_run
from seqcli.training.base import run as base_run
from seqcli.training.base.request import BaseRequest
from seqcli.training.destination import check_model_folder, check_places, kept_files
from seqcli.training.distributed.first import request_of, share, stop_of
from seqcli.training.distributed.processes import Processes
from seqcli.training.divergence import go_back, has_diverged, or_go_back
from seqcli.training.events import BatchHalved, Event, Saved, SaveFailed
from seqcli.training.prepare import TrainRequest
from seqcli.training.recorder import Recorder
from seqcli.training.text_request import TextRequest
from seqcli.training.trainer import Trainer

SECONDS_BETWEEN_PREVIEWS = 6.0
# The run is saved after an evaluation, or without one if none is due for long.
SECONDS_BETWEEN_SAVES = 30.0
MAX_SECONDS_WITHOUT_SAVE = 300.0

# The addresses that PyTorch takes to train the smallest network, and for each of its threads a
# stack and memory of its own. Where a limit leaves less, it ends the process ("terminate called
# after throwing an instance of 'std::bad_alloc'").
MIN_ROOM, ROOM_OF_A_THREAD = 128 << 20, 96 << 20


AnyRequest = TrainRequest | TextRequest | BaseRequest


def train(
    request: AnyRequest,
    stop: Callable[[], bool] = lambda: False,
    processes: Processes | None = None,
) -> Iterator[Event]:
    """Train, evaluate and save; yields an event for each.

    `stop` is called after every update without an evaluation; once it returns True, the run is
    saved and ends. It is called at the end, too, before the confidence is fitted, which is then
    left to a resumed run. Sets torch's seed, and torch's number of threads for as long as it runs.
    Until the first save, nothing is written but the lock of the folder. Raises `UserError`.

    `processes` are those that make the updates, of which this is the first, if there are several;
    the others call `seqcli.training.distributed.worker.follow`.
    """
    if processes is not None:
        request, stop = request_of(request, processes), stop_of(stop, processes)
    started, threads = time.monotonic(), torch.get_num_threads()
    require_room(MIN_ROOM + ROOM_OF_A_THREAD * (request.threads or threads))
    if not request.resume:
        check_model_folder(request.folder, overwrite=request.overwrite)
    check_places(request.folder)
    lock = FolderLock(request.folder)
    try:
        with at_end(lock.release):
            try:
                trainer, recorder = _start(request, lock, started)
            except FinishedError:
                if processes is not None and processes.restarts:
                    return  # it was the end of the last process alone that was missing
                raise
            if processes is not None:
                share(trainer, recorder, processes, request.threads // processes.local_size)
            prepared = recorder.prepared()
            if request.overwrite and (kept := kept_files(request.folder)):
                prepared = replace(prepared, notes=(*prepared.notes, kept))
            yield prepared
            preview = not isinstance(request, TextRequest) and request.preview
            yield from _events_or_save(trainer, recorder, preview, stop)
    finally:
        torch.set_num_threads(threads)
        lock.release()


def _start(request: AnyRequest, lock: FolderLock, started: float) -> tuple[Trainer, Recorder]:
    if isinstance(request, TextRequest):
        return language_model_run.start(request, lock, started)
    if isinstance(request, BaseRequest) or base_run.began_with_base(request):
        return base_run.start(request, lock, started)
    return translator_run.start(request, lock, started)


def _events_or_save(
    trainer: Trainer, recorder: Recorder, preview: bool, stop: Callable[[], bool]
) -> Iterator[Event]:
    """The events of the run. If there is not enough memory to go on, or another process is lost,
    the run is saved, and a `MemoryShortError` or `LostProcessError` raised, which says so."""
    kind: type[UserError] = MemoryShortError
    try:
        yield from _events(trainer, recorder, preview, stop)
        return
    except LostProcessError as error:
        kind, reason = LostProcessError, str(error)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        reason = str(error) if isinstance(error, MemoryShortError) else "not enough memory"
    # Here, after the block, the error no longer holds the tensors for which there was no room.
    if trainer.position.update:
        saved = _try_to_save(recorder)
        if isinstance(saved, SaveFailed):
            reason += f" (what was learned is not saved: {saved.reason})"
        else:
            reason += f" (what was learned is saved: {recorder.folder})"
    raise kind(reason)


def _events(
    trainer: Trainer, recorder: Recorder, preview: bool, stop: Callable[[], bool]
) -> Iterator[Event]:
    """Update, and after each update do what is due, until the run ends; then save."""
    schedule = trainer.schedule
    saved = previewed = time.monotonic()
    halved = False
    yield from recorder.begin()
    for updated in trainer.updates():
        now = time.monotonic()
        yield updated
        if not halved and (trainer.gradients.halved or recorder.validator.halved):
            halved = True
            yield BatchHalved(updated.update)
        went_back = has_diverged(trainer)
        if went_back:
            yield go_back(trainer, recorder)
        elif schedule.should_fix_budget(trainer.seconds()):
            yield or_go_back(recorder.fix_budget, trainer, recorder)
        evaluated = schedule.evaluation_due()
        if evaluated:
            if not went_back:  # the best network is scored already
                yield or_go_back(recorder.evaluate, trainer, recorder)
            ended = schedule.finished() or schedule.out_of_patience()
        else:
            ended = stop()
        if ended:
            break
        if now - saved > (SECONDS_BETWEEN_SAVES if evaluated else MAX_SECONDS_WITHOUT_SAVE):
            yield _try_to_save(recorder)
            saved = time.monotonic()
        elif preview and not evaluated and now - previewed > SECONDS_BETWEEN_PREVIEWS:
            yield or_go_back(recorder.preview, trainer, recorder)
            previewed = time.monotonic()
    yield from recorder.end(stop)


def _try_to_save(recorder: Recorder) -> Saved | SaveFailed:
    """Save the run. Where this fails, the event says why: it may succeed later, and the save at the
    end of the run raises the error if not."""
    try:
        return recorder.save()
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        return SaveFailed(recorder.position.update, reason)
