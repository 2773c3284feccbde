"""Makes a prepared corpus from files of pairs."""

from __future__ import annotations

import json
import random
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from seqcli.config import CorpusConfig, TrainingConfig
from seqcli.config_fields import override
from seqcli.data.chunk_workers import CHUNKS, ChunkWorkers, chunk_file
from seqcli.data.chunks import Encoding, encode_added
from seqcli.data.cleaning import clean
from seqcli.data.normalization import fold, normalize_source
from seqcli.data.pairs import Pair, fingerprint
from seqcli.data.templates import SHARE_ALIGNED, Templates, WordsAligned, are_joined
from seqcli.errors import UserError
from seqcli.interrupts import at_end
from seqcli.storage.disk import make_folder, remove_files, temporary_name
from seqcli.storage.lock import LOCK_FILES, FolderLock
from seqcli.training.corpus_split import CorpusSplit, overlap_note, split_pairs
from seqcli.training.prepare import (
    MAX_PIECES,
    PreparedData,
    TrainRequest,
    choose,
    encode_data,
)
from seqcli.training.prepared.folder import FILES, WORK, holds_corpus
from seqcli.training.prepared.merging import merge

CHUNK_PAIRS = 50_000
# The tokenizer, the templates and what is told of the pairs are chosen by a sample of so many.
SAMPLE_PAIRS = 100_000
# So many pairs with symbols for aligned words are enough, and for names; a share of more pairs
# would take most of the time.
MAX_ALIGNED = 100_000


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
    if _is_taken(folder):
        raise UserError(f"{folder} exists and is no prepared corpus: name another folder")
    lock = FolderLock(folder)
    try:
        with at_end(lock.release):
            yield from _prepare(request, processes)
    except OSError as error:
        if error.filename is not None:
            raise
        raise UserError(f"{folder}: cannot be written ({error.strerror or error})") from error
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
    inputs = _begin(work, request, data)
    notes: list[str] = []
    remaining = request.files.read(reverse=config.reverse, notes=notes)
    count = done = 0
    with ChunkWorkers(encoding, processes) as workers, at_end(workers.end):
        for number, pairs in enumerate(_chunks(remaining)):
            count = number + 1
            path = chunk_file(work, inputs, number)
            done += 1 if path.exists() else workers.encode(path, number, pairs)
            yield Progress("encoding", min(done * CHUNK_PAIRS, sample.count), sample.count)
        for completed in workers.finish():
            done += completed
            yield Progress("encoding", min(done * CHUNK_PAIRS, sample.count), sample.count)
    yield Progress("writing", sample.count, sample.count)
    chunks = [chunk_file(work, inputs, number) for number in range(count)]
    # (The notes of `encode_data` are on the sample, and are made anew for all pairs.)
    notes += _notes(chosen.split, split, is_whole=sample.count <= SAMPLE_PAIRS)
    merge(request.folder, chunks, encode_added(encoding, added), data, notes, request)
    _clear(work)
    with suppress(OSError):  # it holds something else
        work.rmdir()


def _notes(chosen: CorpusSplit, split: CorpusSplit, *, is_whole: bool) -> list[str]:
    """The notes on all pairs. Those on which dev sentences are learned, and those of `choose`, are
    on the sample."""
    if is_whole:
        return list(chosen.notes)
    overlap = overlap_note(split.train, split.dev)
    general = [note for note in split.notes if note not in overlap]
    sampled = [*overlap, *chosen.notes[len(split.notes) :]]
    return general + [f"in a sample of {SAMPLE_PAIRS:,} pairs: {note}" for note in sampled]


def _is_taken(folder: Path) -> bool:
    """Whether there is anything but a corpus, complete or not, at the place of the folder."""
    if not folder.is_dir():
        return folder.exists()
    own = {*LOCK_FILES, *FILES, *map(temporary_name, FILES), WORK}
    return any(path.name not in own for path in folder.iterdir())


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
    sources, targets = (_folded(held_out, side) for side in (0, 1))
    if not targets.isdisjoint(_folded(sample, 1)):  # there are too few different ones
        targets = frozenset()
    encoding = Encoding(
        settings.corpus, templates, aligned, data.tokenizer, sources, targets, MAX_PIECES
    )
    return encoding, added


def _folded(pairs: Iterable[Pair], side: int) -> frozenset[str]:
    return frozenset(fold(normalize_source(pair[side])) for pair in pairs)


def _begin(work: Path, request: TrainRequest, data: PreparedData) -> str:
    """Make the folder of the chunks; remove those of other files or settings. Returns what the
    names of the chunks of these have."""
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
    inputs = blake2b(json.dumps(values).encode(), digest_size=6).hexdigest()
    make_folder(work)
    _clear(work, kept=inputs)
    return inputs


def _clear(work: Path, kept: str = "none") -> None:
    """Remove the chunks, but for those of the inputs that are kept."""
    remove_files(path for path in work.glob(CHUNKS) if f"-{kept}-" not in path.name)
    remove_files(work.glob(f".{CHUNKS}.*.part"))
