"""Processes that encode the chunks of a corpus and write them to files."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors.numpy import load, save

from seqcli.data.chunks import Chunk, ChunkReport, Encoding, encode_chunk
from seqcli.data.pairs import Pair
from seqcli.data.word_list import WordCounts
from seqcli.errors import UserError
from seqcli.storage.disk import replace_file, write_file

CHUNKS = "chunk-*.safetensors"
_REPORT, _WORDS = "report", "words"


class _Worker(NamedTuple):
    """A process, where its work is written, and where it answers when a chunk is done: with an
    error, or an empty text."""

    process: Any
    work: Connection
    answers: Connection


class ChunkWorkers:
    """Processes that encode chunks of pairs; a context. They end when this process ends, however
    it does."""

    def __init__(self, encoding: Encoding, count: int) -> None:
        # (A process that is forked would share locks and threads with this one.)
        context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []
        for _ in range(count):
            to_read, written = context.Pipe(duplex=False)
            answers, to_answer = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(to_read, to_answer), daemon=True)
            process.start()
            to_read.close()
            to_answer.close()
            self._workers.append(_Worker(process, written, answers))
            self._send(self._workers[-1], encoding)
        self._idle = list(self._workers)

    def __enter__(self) -> ChunkWorkers:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """End the processes; a chunk that is not written is lost."""
        for worker in self._workers:
            worker.process.kill()
            worker.work.close()
            worker.answers.close()

    def encode(self, path: Path, number: int, pairs: Sequence[Pair]) -> int:
        """Have chunk `number` encoded and written to a path; waits for an idle process. Returns the
        number of chunks that were completed meanwhile.

        Raises `UserError` for an error of a process, and for a process that has ended.
        """
        completed = 0 if self._idle else self._receive()
        self._send(self._idle.pop(), (path, number, pairs))
        return completed

    def finish(self) -> Iterator[int]:
        """Wait for all chunks; yields the numbers of chunks that were completed."""
        while len(self._idle) < len(self._workers):
            yield self._receive()

    def _receive(self) -> int:
        busy = {each.answers: each for each in self._workers if each not in self._idle}
        ready = [busy[each] for each in wait(list(busy)) if isinstance(each, Connection)]
        for worker in ready:
            try:
                error = worker.answers.recv()
            except EOFError:
                error = "a process that encodes pairs has ended (it may have had too little memory)"
            if error:
                raise UserError(error)
            self._idle.append(worker)
        return len(ready)

    def _send(self, worker: _Worker, content: Any) -> None:
        try:
            worker.work.send(content)
        except OSError as error:
            raise UserError("a process that encodes pairs has ended") from error


def _work(work: Connection, answers: Connection) -> None:
    """Encode what arrives, until the other end is closed."""
    gc.disable()  # what is made here has no cycles, and looking for them takes 4 % of the time
    try:
        encoding = work.recv()
        while True:
            path, number, pairs = work.recv()
            write_chunk(path, *encode_chunk(encoding, number, pairs))
            answers.send("")
    except (EOFError, KeyboardInterrupt, BrokenPipeError):
        return
    except (OSError, MemoryError, UserError) as error:
        answers.send(f"{type(error).__name__}: {error}")


def chunk_file(folder: Path, inputs: str, number: int) -> Path:
    """The file of a chunk; `inputs` names what is encoded, and how."""
    return folder / f"chunk-{inputs}-{number:06}.safetensors"


def write_chunk(path: Path, chunk: Chunk, report: ChunkReport, words: WordCounts) -> None:
    """Write a chunk, in one step."""
    lengths = {"source_lengths": chunk.source_lengths, "target_lengths": chunk.target_lengths}
    pieces = {"sources": chunk.sources, "targets": chunk.targets}
    tensors: dict[str, Any] = {
        name: part.astype(np.int32) for name, part in (lengths | pieces).items()
    }
    tensors |= {"hashes": chunk.hashes, _REPORT: _json(vars(report)), _WORDS: _json(vars(words))}
    # (A process that a killed one has left behind may write the same file.)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    write_file(part, save(tensors))
    replace_file(part, path)


def read_chunk(path: Path) -> tuple[Chunk, ChunkReport, WordCounts]:
    """What `write_chunk` wrote."""
    tensors = load(path.read_bytes())
    report, words = (json.loads(tensors.pop(name).tobytes()) for name in (_REPORT, _WORDS))
    examples = {reason: Pair(*pair) for reason, pair in report.pop("examples").items()}
    report["dropped"] = Counter(report["dropped"])
    counts = WordCounts(*(Counter(words[name]) for name in ("counts", "copied")))
    return Chunk(**tensors), ChunkReport(**report, examples=examples), counts


def _json(values: dict[str, Any]) -> Any:
    return np.frombuffer(json.dumps(values).encode(), dtype=np.uint8)
