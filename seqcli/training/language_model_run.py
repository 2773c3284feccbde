"""The run of a language model: new, or resumed from its checkpoint."""

from __future__ import annotations

import dataclasses
from itertools import chain

import torch

from seqcli.config import CorpusConfig
from seqcli.config_fields import override
from seqcli.data.text_files import TextFiles, text_fingerprint
from seqcli.errors import UserError
from seqcli.model.language_model import LanguageModel
from seqcli.storage.lock import FolderLock
from seqcli.training.checkpoint import LanguageModelCheckpoint, RunRecord
from seqcli.training.device import pick_device
from seqcli.training.gradients import useful_shards
from seqcli.training.language_model_recorder import (
    LanguageModelRecorder,
    LanguageModelValidator,
    make_language_model,
)
from seqcli.training.loop import Position
from seqcli.training.resuming import (
    check_belongs,
    check_unfinished,
    extended,
    replaced_run,
    restore,
    resumed_files,
)
from seqcli.training.text_data import (
    TextData,
    TextSplit,
    encode_text,
    prepare_text,
    read_text,
)
from seqcli.training.text_request import TextRequest
from seqcli.training.trainer import Trainer


def start(
    request: TextRequest, lock: FolderLock, started: float
) -> tuple[Trainer, LanguageModelRecorder]:
    """A new run, or one that is resumed."""
    begin = _resumed_run if request.resume else _new_run
    return begin(request, lock, started)


def _new_run(
    request: TextRequest, lock: FolderLock, started: float
) -> tuple[Trainer, LanguageModelRecorder]:
    device = pick_device(request.device)
    data = prepare_text(request)
    record = RunRecord(
        files=request.files.to_dict(),
        dev=request.dev.to_dict(),
        fingerprint=_fingerprint(data.split),
        threads=request.threads or torch.get_num_threads(),
        replaces=replaced_run(request.folder),
    )
    return _assemble(lock, data, record, Position(), device, started)


def _resumed_run(
    request: TextRequest, lock: FolderLock, started: float
) -> tuple[Trainer, LanguageModelRecorder]:
    checkpoint = LanguageModelCheckpoint(request.folder)
    check_belongs(checkpoint, request.folder)
    device = pick_device(request.device)
    record, position, settings = checkpoint.record, checkpoint.position, checkpoint.settings
    files = resumed_files(
        request.files, TextFiles.from_dict(record.files), "--resume --text -", "text"
    )
    dev = resumed_files(request.dev, TextFiles.from_dict(record.dev), "--resume --dev -", "text")
    corpus = override(CorpusConfig(), settings.about)
    split = read_text(files, dev, corpus, settings.training.seed)
    if _fingerprint(split) != record.fingerprint:
        raise UserError(
            f"the text is not that which {request.folder} was trained on: name the same files, or "
            "start again with --overwrite"
        )
    training = extended(settings.training, request.overrides.get("updates"), position)
    check_unfinished(request.folder, position, record.run)
    record = dataclasses.replace(
        record,
        files=files.to_dict(),
        dev=dev.to_dict(),
        threads=request.threads or record.threads,
    )
    settings = dataclasses.replace(settings, training=training)
    data = encode_text(settings, split, checkpoint.tokenizer)
    pieces = torch.empty(len(data.output_vocabulary), dtype=torch.int64)
    checkpoint.check_fits(
        lambda: LanguageModel(settings.model, len(checkpoint.tokenizer), pieces.to("meta"))
    )
    trainer, recorder = _assemble(lock, data, record, position, device, started)
    restore(checkpoint, trainer, recorder)
    return trainer, recorder


def _assemble(
    lock: FolderLock,
    data: TextData,
    record: RunRecord,
    position: Position,
    device: torch.device,
    started: float,
) -> tuple[Trainer, LanguageModelRecorder]:
    shards = useful_shards(record.threads) if device.type == "cpu" else 1
    torch.set_num_threads(record.threads // shards)
    settings, config = data.settings, data.settings.training
    network = make_language_model(settings, data.tokenizer, data.output_vocabulary, device)
    trainer = Trainer(network, data.examples, config, position, shards, started)
    validator = LanguageModelValidator(data.dev_examples, config.batch_tokens, shards)
    return trainer, LanguageModelRecorder(lock, data, trainer, validator, record)


def _fingerprint(split: TextSplit) -> str:
    return text_fingerprint(chain(split.train, split.dev))
