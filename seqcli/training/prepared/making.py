"""Makes a prepared corpus from files of pairs."""

from __future__ import annotations

import json
import random
from collections.abc import Generator, Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from seqcli.config import CorpusConfig, TrainingConfig
from seqcli.config_fields import override
from seqcli.data.chunk_workers import ChunkWorkers, chunk_file
from seqcli.data.chunks import Encoding, encode_added
from seqcli.data.cleaning import clean
from seqcli.data.normalization import fold, normalize_source
from seqcli.data.pairs import Pair, fingerprint
from seqcli.data.templates import SHARE_ALIGNED, Templates, WordsAligned, are_joined
from seqcli.errors import UserError
from seqcli.interrupts import at_end
from seqcli.storage.disk import make_folder, remove_files, replace_content
from seqcli.storage.lock import LOCK_FILES, FolderLock
from seqcli.training.corpus_split import CorpusSplit, split_pairs
from seqcli.training.prepare import (
    MAX_PIECES,
    PreparedData,
    TrainRequest,
    choose,
    encode_data,
)
from seqcli.training.prepared.folder import WORK, holds_corpus
from seqcli.training.prepared.merging import merge

CHUNK_PAIRS = 50_000
# The tokenizer, the templates and what is told of the pairs are chosen by a sample of so many.
SAMPLE_PAIRS = 100_000
# So many pairs with symbols for aligned words are enough, and for names; a share of more pairs
# would take most of the time.
MAX_ALIGNED = 100_000

_INPUTS = "inputs.json"


class Progress(NamedTuple):
    """So many pairs are done in a phase, of all; None: it is not known yet."""

    phase: str
    done: int
    total: int | None


def prepare_corpus(request: TrainRequest, processes: int) -> Generator[Progress, None, None]:
    """Read, clean and encode the pairs of a request into its folder, in several processes.

    What was encoded before this process ended is used again, if the files and the settings are the
    same. Raises `UserError`.
    """
    folder = request.folder
    if holds_corpus(folder) and not request.overwrite:
        raise UserError(f"{folder} is prepared already: train with it, or give --overwrite")
    if not (holds_corpus(folder) or (folder / WORK).exists()) and _is_taken(folder):
        raise UserError(f"{folder} exists and is no prepared corpus: name another folder")
    lock = FolderLock(folder)
    try:
        with at_end(lock.release):
            yield from _prepare(request, processes)
    finally:
        lock.release()


def _prepare(request: TrainRequest, processes: int) -> Iterator[Progress]:
    config = override(CorpusConfig(), request.overrides)
    seed = request.overrides.get("seed", TrainingConfig.seed)
    sample = Sample(SAMPLE_PAIRS, seed)
    for pair in request.files.read(reverse=config.reverse):
        sample.add(pair)
        if not sample.count % CHUNK_PAIRS:
            yield Progress("reading", sample.count, None)
    yield Progress("choosing pieces", sample.count, None)
    split = _split(request, sample.pairs, config, seed)
    chosen = choose(request, split)
    data = encode_data(*chosen)
    encoding, added = _encoding(request, data, sample.count)
    work = request.folder / WORK
    _begin(work, request, data)
    remaining = request.files.read(reverse=config.reverse)
    count = done = 0
    with ChunkWorkers(encoding, work, processes) as workers, at_end(workers.end):
        for number, pairs in enumerate(_chunks(remaining)):
            count = number + 1
            if chunk_file(work, number).exists():
                done += 1
            else:
                done += workers.encode(number, pairs)
            yield Progress("encoding", min(done * CHUNK_PAIRS, sample.count), sample.count)
        for completed in workers.finish():
            done += completed
            yield Progress("encoding", min(done * CHUNK_PAIRS, sample.count), sample.count)
    yield Progress("writing", sample.count, sample.count)
    chunks = [chunk_file(work, number) for number in range(count)]
    notes = chosen.split.notes  # (those of `encode_data` are on the sample)
    merge(request.folder, chunks, encode_added(encoding, added), data, notes, request)
    remove_files(work.iterdir())
    work.rmdir()


def _is_taken(folder: Path) -> bool:
    if not folder.is_dir():
        return folder.exists()
    return any(path.name not in LOCK_FILES for path in folder.iterdir())


def _chunks(pairs: Iterator[Pair]) -> Iterator[list[Pair]]:
    while chunk := list(islice(pairs, CHUNK_PAIRS)):
        yield chunk


class Sample:
    """A random sample of so many of the pairs that are added, in any order (reservoir sampling)."""

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.pairs: list[Pair] = []
        self.count = 0
        self._draw = random.Random(seed).random

    def add(self, pair: Pair) -> None:
        """Count a pair, and perhaps take it into the sample."""
        self.count += 1
        if len(self.pairs) < self.size:
            self.pairs.append(pair)
        elif (place := int(self._draw() * self.count)) < self.size:
            self.pairs[place] = pair


def _split(
    request: TrainRequest, sample: Iterable[Pair], config: CorpusConfig, seed: int
) -> CorpusSplit:
    pairs, report = clean(sample, config)
    if not pairs:
        raise UserError(f"{request.files.names}: none of a sample of its pairs is usable")
    return split_pairs(pairs, report, request.dev, config, seed)


def _encoding(request: TrainRequest, data: PreparedData, count: int) -> tuple[Encoding, list[Pair]]:
    """How the pairs are encoded, and the pairs that are added to them."""
    settings, sample = data.settings, data.split.train
    templates = Templates(
        data.words,
        symbols=settings.carry_over,
        numbers=settings.carry_numbers,
        joining=are_joined(sample),
        seed=settings.training.seed,
    )
    aligned = WordsAligned.of(sample, share=min(1.0, MAX_ALIGNED / (SHARE_ALIGNED * count)))
    added = templates.added_pairs(templates.own_pairs(sample, aligned)) if templates.joining else []
    held_out = [] if request.dev else data.split.dev
    sources, targets = (
        frozenset(fold(normalize_source(pair[side])) for pair in held_out) for side in (0, 1)
    )
    encoding = Encoding(
        settings.corpus, templates, aligned, data.tokenizer, sources, targets, MAX_PIECES
    )
    return encoding, added


def _begin(work: Path, request: TrainRequest, data: PreparedData) -> None:
    """Make the folder of the chunks; remove those of other files or settings."""
    files = [
        [str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns]
        for path in (*request.files.paths, *request.dev.paths)
    ]
    values: dict[str, Any] = {
        "files": files,
        "selection": request.files.to_dict(),
        "settings": data.settings.to_dict(),
        "tokenizer": blake2b(data.tokenizer.model, digest_size=16).hexdigest(),
        "sample": fingerprint(data.split.used),
        "chunk": CHUNK_PAIRS,
    }
    content = json.dumps(values).encode()
    inputs = work / _INPUTS
    make_folder(work)
    if not inputs.exists() or inputs.read_bytes() != content:
        remove_files(work.glob("*"))
        replace_content(inputs, content)
