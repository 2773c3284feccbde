"""A whole training run, from pairs to a model folder: what `seqcli train` calls."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import torch

from seqcli.bundle import CHECKPOINT, MANIFEST, holds_model, model_run, open_bundle
from seqcli.data.corpus import CorpusFiles
from seqcli.data.pairs import fingerprint
from seqcli.errors import MemoryShortError, UserError
from seqcli.interrupts import at_end
from seqcli.memory import is_out_of_memory, require_room
from seqcli.paths import STANDARD_STREAM
from seqcli.settings import Settings
from seqcli.storage.generation import DamagedError
from seqcli.storage.lock import FolderLock
from seqcli.training.best_model import BestModel
from seqcli.training.checkpoint import Checkpoint, RunRecord
from seqcli.training.destination import check_model_folder, check_places
from seqcli.training.device import pick_device
from seqcli.training.divergence import go_back, has_diverged, or_go_back
from seqcli.training.events import BatchHalved, Event, Prepared, Saved, SaveFailed
from seqcli.training.gradients import useful_shards
from seqcli.training.loop import Position
from seqcli.training.network import make_network
from seqcli.training.prepare import (
    CorpusSplit,
    PreparedData,
    TrainRequest,
    encode_data,
    prepare_data,
    read_data,
    read_pairs,
)
from seqcli.training.recorder import Recorder
from seqcli.training.trainer import Trainer
from seqcli.training.validation import make_validator
from seqcli.training.waiting import Waiting
from seqcli.wording import plural

SECONDS_BETWEEN_PREVIEWS = 6.0
# The run is saved after an evaluation, or without one if none is due for long.
SECONDS_BETWEEN_SAVES = 30.0
MAX_SECONDS_WITHOUT_SAVE = 300.0

# The addresses that PyTorch takes to train the smallest network, and for each of its threads a
# stack and memory of its own. Where a limit leaves less, it ends the process ("terminate called
# after throwing an instance of 'std::bad_alloc'").
MIN_ROOM, ROOM_OF_A_THREAD = 128 << 20, 96 << 20


def train(request: TrainRequest, stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
    """Train, evaluate and save; yields an event for each.

    `stop` is called after every update without an evaluation; once it returns True, the run is
    saved and ends. It is called at the end, too, before the confidence is fitted, which is then
    left to a resumed run. Sets torch's seed, and torch's number of threads for as long as it runs.
    Until the first save, nothing is written but the lock of the folder. Raises `UserError`.
    """
    started, threads = time.monotonic(), torch.get_num_threads()
    require_room(MIN_ROOM + ROOM_OF_A_THREAD * (request.threads or threads))
    if not request.resume:
        check_model_folder(request.folder, overwrite=request.overwrite)
    check_places(request.folder)
    lock = FolderLock(request.folder)
    try:
        with at_end(lock.release):
            start = _resumed_run if request.resume else _new_run
            trainer, recorder = start(request, lock, started)
            yield _prepared(recorder.data, trainer)
            yield from _events_in_memory(trainer, recorder, request.preview, stop)
    finally:
        torch.set_num_threads(threads)
        lock.release()


def _events_in_memory(
    trainer: Trainer, recorder: Recorder, preview: bool, stop: Callable[[], bool]
) -> Iterator[Event]:
    """The events of the run. If there is not enough memory to go on, the run is saved, and a
    `MemoryShortError` raised, which says so."""
    try:
        yield from _events(trainer, recorder, preview, stop)
        return
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
    raise MemoryShortError(reason)


def _events(
    trainer: Trainer, recorder: Recorder, preview: bool, stop: Callable[[], bool]
) -> Iterator[Event]:
    """Update, and after each update do what is due, until the run ends; then save."""
    schedule = trainer.schedule
    saved = previewed = time.monotonic()
    halved = False
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


def _assemble(
    request: TrainRequest,
    lock: FolderLock,
    data: PreparedData,
    record: RunRecord,
    position: Position,
    device: torch.device,
    started: float,
) -> tuple[Trainer, Recorder]:
    shards = useful_shards(record.threads) if device.type == "cpu" else 1
    torch.set_num_threads(record.threads // shards)
    network = make_network(data, device)
    config = data.settings.training
    waiting = Waiting.of(data)
    trainer = Trainer(network, data.examples, config, position, shards, started, waiting)
    validator = make_validator(data, record.threads, shards)
    recorder = Recorder(lock, data, trainer, validator, record, fits_confidence=request.confidence)
    return trainer, recorder


def _new_run(request: TrainRequest, lock: FolderLock, started: float) -> tuple[Trainer, Recorder]:
    device = pick_device(request.device)
    data = prepare_data(request)
    record = RunRecord(
        files=request.files.to_dict(),
        dev=request.dev.to_dict(),
        fingerprint=_fingerprint(data.split),
        threads=request.threads or torch.get_num_threads(),
        replaces=_replaced_run(request.folder),
    )
    return _assemble(request, lock, data, record, Position(), device, started)


def _resumed_run(
    request: TrainRequest, lock: FolderLock, started: float
) -> tuple[Trainer, Recorder]:
    checkpoint = Checkpoint(request.folder)
    if not checkpoint.belongs_to(_resumed_model(request.folder)):
        raise UserError(
            f"{request.folder} holds the model of one run and the checkpoint of another: remove "
            f"{CHECKPOINT} and start again with --overwrite, or remove {MANIFEST} to go on without "
            "the model"
        )
    device = pick_device(request.device)
    record, position = checkpoint.record, checkpoint.position
    files = _resumed_files(request.files, record.files, "--resume -")
    dev = _resumed_files(request.dev, record.dev, "--resume --dev -")
    settings = checkpoint.settings
    split = read_data(files, dev, settings.corpus, settings.training.seed)
    if _fingerprint(split) != record.fingerprint:
        raise UserError(
            f"the pairs are not those that {request.folder} was trained on: name the same files, "
            "or start again with --overwrite"
        )
    settings = _extended(request, settings, position)
    record = dataclasses.replace(
        record,
        files=files.to_dict(),
        dev=dev.to_dict(),
        threads=request.threads or record.threads,
    )
    pairs, words = read_pairs(settings, split.train)
    data = encode_data(
        settings,
        split,
        checkpoint.tokenizer,
        pairs,
        words,
        checkpoint.source_vectors,
        checkpoint.target_vectors,
    )
    checkpoint.check_fits(data.output_vocabulary)
    trainer, recorder = _assemble(request, lock, data, record, position, device, started)
    if trainer.schedule.out_of_patience():  # a run that is resumed tries again
        position.evaluations_since_best = 0
    checkpoint.restore(trainer.network, trainer.optimizer)
    recorder.best = BestModel(checkpoint.best())
    return trainer, recorder


def _replaced_run(folder: Path) -> str:
    """The run that made the model which the user wants to replace, empty if that is not known."""
    try:
        return model_run(folder) or ""
    except UserError:
        return ""


def _resumed_model(folder: Path) -> str | None:
    """The run that made the model in the folder; None if there is no model, or a damaged one, which
    the next save replaces. Raises `UserError` for a model of a newer seqcli, and for what is no
    file."""
    try:
        return model_run(folder)
    except DamagedError:
        return None


def _extended(request: TrainRequest, settings: Settings, position: Position) -> Settings:
    """The settings with a new number of updates, if one is given; `position` gets it too.

    Raises `UserError` for a run that has finished. If its model is missing, or its confidence was
    not fitted, the run may be resumed to do that.
    """
    updates = request.overrides.get("updates")
    if updates:
        training = dataclasses.replace(settings.training, updates=updates, minutes=0.0)
        settings = dataclasses.replace(settings, training=training)
        position.total = updates
    finished = position.total is not None and position.update >= position.total
    if finished and _is_complete(request.folder):
        raise UserError(
            f"{request.folder} has finished its {plural(position.update, 'update')}: give a "
            "larger --updates to continue"
        )
    return settings


def _is_complete(folder: Path) -> bool:
    """Whether the folder has a model, and fitting its confidence was not interrupted."""
    if not holds_model(folder):
        return False
    confidence = open_bundle(folder).confidence
    return confidence is None or bool(confidence.get("examples"))


def _resumed_files(
    named: CorpusFiles, recorded: Mapping[str, list[str]], options: str
) -> CorpusFiles:
    """The files that a resumed run reads: those named now, or else those of the first run."""
    before = CorpusFiles.from_dict(recorded)
    if not named and STANDARD_STREAM in before.paths:
        raise UserError(
            "this run read pairs from standard input: give it the same pairs again "
            f"(seqcli train {options} < PAIRS)"
        )
    if named:
        return named
    for path in before.paths:
        if path.exists() and not path.is_file():
            raise UserError(f"{path}, which this run has read, is no file: name the pairs again")
    return before


def _fingerprint(split: CorpusSplit) -> str:
    return fingerprint([*split.train, *split.dev])


def _prepared(data: PreparedData, trainer: Trainer) -> Prepared:
    split, network = data.split, trainer.network
    return Prepared(
        settings=data.settings,
        report=split.report,
        train_pairs=len(split.train),
        dev_pairs=len(split.dev),
        pieces=len(data.tokenizer),
        output_size=len(data.output_vocabulary),
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        batches=trainer.batches,
        device=str(network.output_pieces.device),
        notes=split.notes,
    )
