"""The whole of a training, from pairs to a model folder; what `seqcli train` calls."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping

import torch

from seqcli.bundle import check_output_dir, check_writable, holds_model
from seqcli.data.corpus import STANDARD_STREAM, CorpusFiles, fingerprint
from seqcli.errors import UserError
from seqcli.training.best import Best
from seqcli.training.checkpoint import Checkpoint, RunRecord
from seqcli.training.device import pick_device
from seqcli.training.events import Event
from seqcli.training.loop import Position
from seqcli.training.prepare import TrainRequest, encode, prepare, read_data
from seqcli.training.session import Session


def train(request: TrainRequest, stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
    """Learn, evaluate and save, telling of it as it goes.

    `stop` is asked after every update; when it says yes, the run is saved and ends. Sets torch's
    seed, and its number of threads while it runs. Nothing is written before the first save.
    """
    started, threads = time.monotonic(), torch.get_num_threads()
    try:
        session = _resumed(request, started) if request.resume else _begun(request, started)
        yield session.prepared()
        if stop():
            raise KeyboardInterrupt  # nothing has been learned that would be worth saving
        yield from session.go(stop)
    finally:
        torch.set_num_threads(threads)


def _begun(request: TrainRequest, started: float) -> Session:
    check_output_dir(request.folder, overwrite=request.overwrite)
    device = pick_device(request.device)
    material = prepare(request)
    record = RunRecord(
        files=request.files.to_dict(),
        dev=request.dev.to_dict(),
        fingerprint=fingerprint([*material.data.train, *material.data.dev]),
        threads=request.threads or torch.get_num_threads(),
    )
    return Session(request, material, record, Position(), device, started)


def _resumed(request: TrainRequest, started: float) -> Session:
    checkpoint = Checkpoint(request.folder)
    check_writable(request.folder)
    device = pick_device(request.device)
    settings = checkpoint.settings
    record = checkpoint.record
    files = _again(request.files, record.files, "--resume -")
    dev = _again(request.dev, record.dev, "--resume --dev -")
    data = read_data(files, dev, settings.corpus, settings.training.seed)
    if fingerprint([*data.train, *data.dev]) != record.fingerprint:
        raise UserError(
            f"the pairs are not those that {request.folder} has learned from: name the same files, "
            "or start again with --overwrite"
        )
    updates = request.overrides.get("updates")
    if updates:
        training = dataclasses.replace(settings.training, updates=updates, minutes=0.0)
        settings = dataclasses.replace(settings, training=training)
        checkpoint.position.total = updates
    total = checkpoint.position.total
    finished = total is not None and checkpoint.position.update >= total
    if finished and holds_model(request.folder):  # else the model is still to be written
        raise UserError(
            f"{request.folder} has learned {checkpoint.position.update} updates, all that were "
            "asked for: a larger --updates goes on"
        )
    record = dataclasses.replace(
        record,
        files=files.to_dict(),
        dev=dev.to_dict(),
        threads=request.threads or record.threads,
    )
    material = encode(settings, data, checkpoint.tokenizer)
    position = checkpoint.position
    session = Session(request, material, record, position, device, started - position.seconds)
    if session.stands_still():  # it has been asked to try again
        session.position.evaluations_since_best = 0
    checkpoint.restore(session.network, session.optimizer)
    session.best = Best(checkpoint.best())
    return session


def _again(named: CorpusFiles, recorded: Mapping[str, list[str]], options: str) -> CorpusFiles:
    """The files that a resumed run reads: those that are named now, or those of before."""
    before = CorpusFiles.from_dict(recorded)
    if not named and STANDARD_STREAM in before.paths:
        raise UserError(
            "this run read pairs from standard input: give it the same pairs again "
            f"(seqcli train {options} < PAIRS)"
        )
    return named or before
