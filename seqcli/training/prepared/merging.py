"""Joins the chunks of a corpus to one set of arrays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import write_array_header_1_0

from seqcli.arrays import Bools, Ints
from seqcli.data.chunk_workers import read_chunk
from seqcli.data.chunks import Chunk, ChunkReport, first_of_each
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.data.word_list import WordCounts
from seqcli.errors import UserError
from seqcli.storage.disk import flush_file, replace_content, replace_file, temporary_name
from seqcli.training.prepare import PreparedData, TrainRequest, encoding_notes
from seqcli.training.prepared.folder import (
    ARRAYS,
    FORMAT,
    MANIFEST,
    TOKENIZER,
    WORDS,
    array_file,
    piece_type,
)


def merge(
    folder: Path,
    chunks: Sequence[Path],
    added: Chunk,
    data: PreparedData,
    notes: Sequence[str],
    request: TrainRequest,
) -> None:
    """Write the prepared corpus of chunks, and of examples that are added to them; exact duplicates
    are left out. Raises `UserError` if no pair is left."""
    report, words, lengths, written, hashes = _survey(chunks)
    is_first = first_of_each(hashes) if len(hashes) else np.zeros(0, dtype=np.bool_)
    if not is_first.any():
        raise UserError(f"{request.files.names}: none of {report.read:,} pairs is usable")
    report.dropped["exact duplicate"] += int((~is_first).sum())
    vocabulary = OutputVocabulary.of([written, np.unique(added.targets).tolist()])
    parts = [lengths[:, is_first], np.stack([added.source_lengths, added.target_lengths])]
    both = np.concatenate(parts, axis=1)
    _write_arrays(folder, chunks, added, is_first, both, vocabulary, len(data.tokenizer))
    # From here on, a corpus that was there before is no longer whole.
    (folder / MANIFEST).unlink(missing_ok=True)
    for name in ARRAYS:
        replace_file(_part(folder, name), array_file(folder, name))
    replace_content(folder / TOKENIZER, data.tokenizer.model)
    replace_content(folder / WORDS, words.to_list(data.settings.locale).to_text().encode())
    dropped = {reason: count for reason, count in report.dropped.items() if count}
    values: dict[str, Any] = {
        "format": FORMAT,
        "settings": data.settings.to_dict(),
        "files": request.files.to_dict(),
        "pairs": int(is_first.sum()),
        "examples": both.shape[1],
        "tokens": int(both.max(axis=0).sum()),
        "output_pieces": vocabulary.pieces.tolist(),
        "dev": [list(pair) for pair in data.split.dev],
        "report": {
            "read": report.read,
            "kept": int(is_first.sum()),
            "dropped": dropped,
            "examples": {reason: list(pair) for reason, pair in report.examples.items()},
        },
        "notes": [*notes, *encoding_notes(report.left_out, report.unknown)],
        "fingerprint": _fingerprint(hashes[is_first], vocabulary, data),
    }
    replace_content(folder / MANIFEST, json.dumps(values, ensure_ascii=False).encode())


def _survey(chunks: Sequence[Path]) -> tuple[ChunkReport, WordCounts, Ints, list[int], Ints]:
    """What is told of all chunks, their words, the lengths of both sides [2,N], the pieces of the
    targets, and the hashes [N]."""
    report, words = ChunkReport(), WordCounts()
    lengths, hashes = [np.zeros((2, 0), np.int32)], [np.zeros(0, np.int64)]
    written: set[int] = set()
    for path in chunks:
        chunk, told, counts = read_chunk(path)
        words.add(counts)
        report.add(told)
        lengths.append(np.stack([chunk.source_lengths, chunk.target_lengths]))
        hashes.append(chunk.hashes)
        written.update(np.unique(chunk.targets).tolist())
    return report, words, np.concatenate(lengths, axis=1), sorted(written), np.concatenate(hashes)


def _fingerprint(hashes: Ints, vocabulary: OutputVocabulary, data: PreparedData) -> str:
    """A checksum of the pairs, the dev pairs, and how they are read."""
    checksum = blake2b(hashes.tobytes(), digest_size=8)
    checksum.update(data.tokenizer.model + vocabulary.pieces.tobytes())
    checksum.update(json.dumps([data.settings.to_dict(), data.split.dev]).encode())
    return checksum.hexdigest()


def _write_arrays(
    folder: Path,
    chunks: Sequence[Path],
    added: Chunk,
    kept: Bools,
    lengths: Ints,
    vocabulary: OutputVocabulary,
    pieces: int,
) -> None:
    """Write the `ARRAYS` under temporary names: the pairs of the chunks that are `kept`, and what
    is added. `lengths` are those of all these [2,N]."""
    with ExitStack() as stack:
        arrays = {}
        for side, each in zip(("source", "target"), lengths, strict=True):
            ends = np.zeros(len(each) + 1, dtype=np.int64)
            np.cumsum(each, out=ends[1:])
            with _new_array(folder, f"{side}_ends", np.int64, len(ends)) as write:
                write(ends)
            size = int(ends[-1])
            arrays[side] = stack.enter_context(
                _new_array(folder, f"{side}s", piece_type(pieces), size)
            )
        for chunk, rows in _with_rows(chunks, added, kept):
            tokens = vocabulary.to_tokens(chunk.targets)
            arrays["source"](chunk.sources[np.repeat(rows, chunk.source_lengths)])
            arrays["target"](tokens[np.repeat(rows, chunk.target_lengths)])


@contextmanager
def _new_array(folder: Path, name: str, kind: Any, size: int) -> Iterator[Callable[[Ints], Any]]:
    """A file for an array of so many values, with a temporary name: trainings may still read the
    one that it will replace. Yields what appends values to it."""
    part = _part(folder, name)
    with part.open("wb") as file:
        described = {"descr": np.dtype(kind).str, "fortran_order": False, "shape": (size,)}
        write_array_header_1_0(file, described)
        yield lambda values: file.write(values.astype(kind).tobytes())
    flush_file(part)


def _part(folder: Path, name: str) -> Path:
    path = array_file(folder, name)
    return path.with_name(temporary_name(path.name))


def _with_rows(chunks: Sequence[Path], added: Chunk, kept: Bools) -> Iterator[tuple[Chunk, Bools]]:
    """The chunks, and which of their pairs are kept."""
    begin = 0
    for path in chunks:
        chunk, _, _ = read_chunk(path)
        yield chunk, kept[begin : begin + len(chunk.hashes)]
        begin += len(chunk.hashes)
    yield added, np.ones(len(added.hashes), dtype=np.bool_)
