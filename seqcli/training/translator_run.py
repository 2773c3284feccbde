"""The run of a translator: new, or resumed from its checkpoint."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path

import torch

from seqcli.bundle import open_bundle
from seqcli.data.corpus import CorpusFiles
from seqcli.data.pairs import fingerprint
from seqcli.folder import INDEX, SHORTLIST
from seqcli.model.seq2seq import Seq2Seq
from seqcli.storage.lock import FolderLock
from seqcli.training.checkpoint import Checkpoint, RunRecord
from seqcli.training.corpus_split import CorpusSplit, read_data
from seqcli.training.device import pick_device
from seqcli.training.gradients import Measure, useful_shards
from seqcli.training.loop import Draw, Position
from seqcli.training.network import make_network
from seqcli.training.prepare import (
    PreparedData,
    TrainRequest,
    encode_data,
    prepare_data,
    read_pairs,
)
from seqcli.training.prepared.opening import PreparedCorpus, prepared_folder
from seqcli.training.resuming import (
    check_belongs,
    check_same_pairs,
    check_unfinished,
    extended,
    replaced_run,
    restore,
    resumed_files,
)
from seqcli.training.shortlist import needs_shortlist
from seqcli.training.subword_sampling import SubwordSampler
from seqcli.training.trainer import Trainer
from seqcli.training.translator_recorder import TranslatorRecorder
from seqcli.training.validation import make_validator
from seqcli.training.waiting import Waiting


def start(
    request: TrainRequest, lock: FolderLock, started: float
) -> tuple[Trainer, TranslatorRecorder]:
    """A new run, or one that is resumed."""
    begin = _resumed_run if request.resume else _new_run
    return begin(request, lock, started)


def _new_run(
    request: TrainRequest, lock: FolderLock, started: float
) -> tuple[Trainer, TranslatorRecorder]:
    device = pick_device(request.device)
    corpus = _prepared_corpus(request.files)
    data = prepare_data(request) if corpus is None else corpus.data(corpus.new_settings(request))
    record = RunRecord(
        files=request.files.to_dict(),
        dev=request.dev.to_dict(),
        synthetic=request.synthetic.to_dict() if request.synthetic else {},
        fingerprint=_fingerprint(data.split) if corpus is None else corpus.fingerprint,
        threads=request.threads or torch.get_num_threads(),
        replaces=replaced_run(request.folder),
    )
    return _assemble(request, lock, data, record, Position(), device, started)


def _resumed_run(
    request: TrainRequest, lock: FolderLock, started: float
) -> tuple[Trainer, TranslatorRecorder]:
    checkpoint = Checkpoint(request.folder)
    check_belongs(checkpoint, request.folder)
    device = pick_device(request.device)
    record, position = checkpoint.record, checkpoint.position
    files = resumed_files(request.files, CorpusFiles.from_dict(record.files), "--resume -")
    files = files.selecting(CorpusFiles.from_dict(record.files).selection)
    dev = resumed_files(request.dev, CorpusFiles.from_dict(record.dev), "--resume --dev -")
    dev = dev.selecting(CorpusFiles.from_dict(record.dev).selection)
    synthetic = CorpusFiles.from_dict(record.synthetic)
    synthetic = resumed_files(request.synthetic, synthetic, "--resume --synthetic -")
    settings = checkpoint.settings
    corpus = _prepared_corpus(files)
    if corpus is None:
        split = read_data(files, dev, settings.corpus, settings.training.seed, synthetic)
        check_same_pairs(_fingerprint(split), record, request.folder)
    else:
        corpus.check_resumed(request)
        check_same_pairs(corpus.fingerprint, record, request.folder)
    updates = request.overrides.get("updates")
    training = extended(settings.training, updates, position)
    settings = dataclasses.replace(settings, training=training)
    complete = partial(is_complete, with_index=request.index and corpus is None)
    check_unfinished(request.folder, position, record.run, complete)
    record = dataclasses.replace(
        record,
        files=files.to_dict(),
        dev=dev.to_dict(),
        synthetic=synthetic.to_dict() if synthetic else {},
        threads=request.threads or record.threads,
    )
    if corpus is None:
        pairs, words = read_pairs(settings, split)
        data = encode_data(
            settings,
            split,
            checkpoint.tokenizer,
            pairs,
            words,
            checkpoint.source_vectors,
            checkpoint.target_vectors,
        )
    else:
        data = corpus.data(settings)
    pieces = torch.empty(len(data.output_vocabulary), dtype=torch.int64)
    checkpoint.check_fits(
        lambda: Seq2Seq(
            settings.model, len(checkpoint.tokenizer), pieces.to("meta"), checkpoint.source_vectors
        )
    )
    trainer, recorder = _assemble(request, lock, data, record, position, device, started)
    restore(checkpoint, trainer, recorder)
    return trainer, recorder


def _assemble(
    request: TrainRequest,
    lock: FolderLock,
    data: PreparedData,
    record: RunRecord,
    position: Position,
    device: torch.device,
    started: float,
) -> tuple[Trainer, TranslatorRecorder]:
    network = make_network(data, device)
    trainer, shards = make_trainer(data, network, record, position, started)
    validator = make_validator(data, record.threads, shards)
    recorder = TranslatorRecorder(
        lock,
        data,
        trainer,
        validator,
        record,
        fits_confidence=request.confidence,
        # (An index has the texts of the pairs, which a prepared corpus does not have.)
        makes_index=request.index and bool(data.split.train),
    )
    return trainer, recorder


def make_trainer(
    data: PreparedData,
    network: Seq2Seq,
    record: RunRecord,
    position: Position,
    started: float,
    draw: Draw | None = None,
    measure: Measure | None = None,
) -> tuple[Trainer, int]:
    """What trains a network on the data, and the number of shards of its batches. Sets the number
    of PyTorch's threads. `draw` and `measure` are as in `Trainer`."""
    is_cpu = network.output_pieces.device.type == "cpu"
    shards = useful_shards(record.threads) if is_cpu else 1
    torch.set_num_threads(record.threads // shards)
    trainer = Trainer(
        network,
        data.examples,
        data.settings.training,
        position,
        shards,
        started,
        Waiting.of(data),
        draw,
        SubwordSampler.of(data),
        measure,
    )
    return trainer, shards


def is_complete(folder: Path, *, with_index: bool, with_shortlist: bool | None = None) -> bool:
    """Whether nothing that completes a model is left: fitting the confidence, and if it is to have
    them, learning the shortlist and making the index. `with_shortlist` is None if that depends on
    the model alone. (A run of an older version has learned none.)"""
    bundle = open_bundle(folder)
    if with_shortlist is None:
        with_shortlist = needs_shortlist(bundle.output_vocabulary, bundle.vectors)
    fitted = bundle.confidence is None or bool(bundle.confidence.get("examples"))
    needed = [INDEX] * with_index + [SHORTLIST] * with_shortlist
    return fitted and bundle.files.keys() >= set(needed)


def _prepared_corpus(files: CorpusFiles) -> PreparedCorpus | None:
    """The prepared corpus that files of pairs are; None for other files."""
    folder = prepared_folder(files)
    return None if folder is None else PreparedCorpus.open(folder)


def _fingerprint(split: CorpusSplit) -> str:
    return fingerprint(split.used)
