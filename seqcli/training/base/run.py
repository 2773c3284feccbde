"""A run that begins with the translator of a folder: new, or resumed from its checkpoint."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import torch

from seqcli.config import CorpusConfig
from seqcli.config_fields import override
from seqcli.data.corpus import CorpusFiles
from seqcli.data.pairs import fingerprint
from seqcli.data.reading import Selection
from seqcli.errors import UserError
from seqcli.folder import CHECKPOINT, CHECKPOINT_MANIFEST
from seqcli.model.seq2seq import Seq2Seq
from seqcli.settings import Settings
from seqcli.storage.generation import read_manifest
from seqcli.storage.lock import FolderLock
from seqcli.training.base.ancestry import ANCESTRY, ancestry_of
from seqcli.training.base.data import BaseData, prepare_base
from seqcli.training.base.distillation import Distillation, frozen
from seqcli.training.base.network import grown_network
from seqcli.training.base.opening import Base, open_base
from seqcli.training.base.pairs import BaseSplit, OldFiles, read_split
from seqcli.training.base.record import BaseRecord
from seqcli.training.base.recorder import TEACHER, BaseRecorder
from seqcli.training.base.request import BaseRequest, default_replay
from seqcli.training.base.state import BaseState
from seqcli.training.base.validation import make_parts_validator
from seqcli.training.checkpoint import Checkpoint, RunRecord
from seqcli.training.corpus_split import NO_FILES
from seqcli.training.device import pick_device
from seqcli.training.loop import Position
from seqcli.training.network import make_network
from seqcli.training.prepare import TrainRequest
from seqcli.training.recipe import learning_on_recipe
from seqcli.training.resuming import (
    check_belongs,
    check_same_pairs,
    check_unfinished,
    extended,
    replaced_run,
    restore,
    resumed_files,
)
from seqcli.training.trainer import Trainer
from seqcli.training.translator_run import is_complete, make_trainer
from seqcli.training.weights import load_network_tensors


def began_with_base(request: TrainRequest) -> bool:
    """Whether a request resumes a run that began with a base."""
    if not request.resume:
        return False
    try:
        record = read_manifest(request.folder / CHECKPOINT / CHECKPOINT_MANIFEST).get("record")
    except UserError:
        return False
    return isinstance(record, Mapping) and bool(record.get("base"))


def start(
    request: BaseRequest | TrainRequest, lock: FolderLock, started: float
) -> tuple[Trainer, BaseRecorder]:
    """A new run, or one that is resumed."""
    if isinstance(request, BaseRequest):
        return _new_run(request, lock, started)
    return _resumed_run(request, lock, started)


def _new_run(
    request: BaseRequest, lock: FolderLock, started: float
) -> tuple[Trainer, BaseRecorder]:
    device = pick_device(request.device)
    base = open_base(request.base, corrections=not request.files)
    before = base.bundle.settings
    corpus = _corpus_config(before, request)
    selection = Selection(request.columns, corpus.source_language, corpus.target_language)
    files, dev, keep, keep_dev = (
        each.selecting(selection)
        for each in (request.files, request.dev, request.keep, request.keep_dev)
    )
    seed = request.overrides.get("seed", before.training.seed)
    old = OldFiles(keep, keep_dev, before.corpus, before.training.seed)
    split = read_split(files, dev, old, base.corrections, corpus, seed)
    replay = default_replay(len(split.new)) if request.replay is None else request.replay
    settings = dataclasses.replace(
        before,
        corpus=corpus,
        # (Drawn pieces are for many epochs of many pairs.)
        model=override(before.model, {"subword_sampling": 0.0} | dict(request.overrides)),
        training=learning_on_recipe(
            before.training,
            len(split.new),
            request.overrides,
            replays=bool(split.old) and replay > 0,
        ),
        about=_about(base, split),
    )
    bundle = base.bundle
    state = BaseState(bundle.words, bundle.output_vocabulary, base.corrections, base.shortlist)
    data = prepare_base(settings, split, bundle.tokenizer, state, bundle.vectors, replay)
    record = RunRecord(
        files=files.to_dict(),
        dev=dev.to_dict(),
        fingerprint=fingerprint(split.used),
        threads=request.threads or torch.get_num_threads(),
        replaces=replaced_run(request.folder),
    )
    base_record = BaseRecord(
        keep=keep.to_dict(),
        keep_dev=keep_dev.to_dict(),
        replay=replay,
        corrections=split.corrections,
        confidence=None if bundle.confidence is None else dict(bundle.confidence),
        hint="" if split.old_dev else base.hint,
        corpus=old.config.to_dict(),
        seed=old.seed,
    )
    network = grown_network(data.data, base.weights, bundle.output_vocabulary, device)
    companions = base.companions if request.folder.resolve() != request.base.resolve() else {}
    return _assemble(
        request, lock, data, network, frozen(network), record, base_record, Position(), started,
        companions,
    )  # fmt: skip


def _corpus_config(before: Settings, request: BaseRequest) -> CorpusConfig:
    """The settings of the new pairs: those of the base, with others that the user gave.

    Raises `UserError` for a direction or a language that is not that of the base.
    """
    given = request.overrides
    corpus = before.corpus
    if given.get("reverse") and not corpus.reverse:
        raise UserError(
            f"{request.base} was trained without --reverse: leave it out, or begin with a model of "
            "the other direction"
        )
    for option, name in (("--from", "source_language"), ("--to", "target_language")):
        language = getattr(corpus, name)
        if language and given.get(name, language) != language:
            raise UserError(f"{request.base} has the language {language}: leave out {option}")
    return override(corpus, given)


def _about(base: Base, split: BaseSplit) -> dict[str, Any]:
    about: dict[str, Any] = {"pairs": len(split.new), "dev_pairs": len(split.new_dev)}
    about |= {"kept_pairs": len(split.old), "kept_dev_pairs": len(split.old_dev)}
    if split.corrections:
        about["corrections_learned"] = len(base.corrections)
    return about | {ANCESTRY: ancestry_of(base.bundle)}


def _resumed_run(
    request: TrainRequest, lock: FolderLock, started: float
) -> tuple[Trainer, BaseRecorder]:
    checkpoint = Checkpoint(request.folder)
    check_belongs(checkpoint, request.folder)
    device = pick_device(request.device)
    record, position, settings = checkpoint.record, checkpoint.position, checkpoint.settings
    base_record, state = checkpoint.began_with()
    files = resumed_files(request.files, CorpusFiles.from_dict(record.files), "--resume -")
    files = files.selecting(CorpusFiles.from_dict(record.files).selection)
    dev = resumed_files(request.dev, CorpusFiles.from_dict(record.dev), "--resume --dev -")
    dev = dev.selecting(CorpusFiles.from_dict(record.dev).selection)
    old, seed = base_record.old_files(), settings.training.seed
    for each in (old.keep, old.keep_dev):
        resumed_files(NO_FILES, each, "--keep")
    split = read_split(files, dev, old, state.corrections, settings.corpus, seed)
    check_same_pairs(fingerprint(split.used), record, request.folder)
    training = extended(settings.training, request.overrides.get("updates"), position)
    settings = dataclasses.replace(settings, training=training)
    complete = partial(
        is_complete, with_index=request.index, with_shortlist=state.shortlist is not None
    )
    check_unfinished(request.folder, position, record.run, complete)
    record = dataclasses.replace(
        record,
        files=files.to_dict(),
        dev=dev.to_dict(),
        threads=request.threads or record.threads,
    )
    tokenizer, vectors = checkpoint.tokenizer, checkpoint.source_vectors
    data = prepare_base(settings, split, tokenizer, state, vectors, base_record.replay)
    pieces = torch.empty(len(data.data.output_vocabulary), dtype=torch.int64)
    checkpoint.check_fits(
        lambda: Seq2Seq(settings.model, len(tokenizer), pieces.to("meta"), vectors),
        ("network", "best", TEACHER),
    )
    network, teacher = (make_network(data.data, device) for _ in range(2))
    load_network_tensors(teacher, checkpoint.tensors_of(TEACHER))
    trainer, recorder = _assemble(
        request, lock, data, network, frozen(teacher), record, base_record, position, started
    )
    restore(checkpoint, trainer, recorder)
    return trainer, recorder


def _assemble(
    request: BaseRequest | TrainRequest,
    lock: FolderLock,
    data: BaseData,
    network: Seq2Seq,
    teacher: Seq2Seq,
    record: RunRecord,
    base_record: BaseRecord,
    position: Position,
    started: float,
    companions: Mapping[str, bytes] = MappingProxyType({}),
) -> tuple[Trainer, BaseRecorder]:
    trainer, threads = make_trainer(
        data.data, network, record, position, started, data.draw, Distillation(teacher)
    )
    recorder = BaseRecorder(
        lock,
        data,
        trainer,
        teacher,
        make_parts_validator(data, record.threads, threads),
        record,
        base_record,
        companions,
        fits_confidence=request.confidence,
        makes_index=request.index,
    )
    return trainer, recorder
