"""Files of word vectors, and the vectors in a model folder."""

from __future__ import annotations

import struct
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from seqcli.vectors.files import open_vectors
from seqcli.vectors.selection import folded_spelling, select_vectors
from seqcli.vectors.units import is_unit
from seqcli.vectors.word_vectors import WordVectors

from .folders import damage
from .registry import read_or_refuse, target

_ROWS = ("the", "cat's", "a b", "猫")
_TEXT = "".join(f"{word} 0.5 -1.25 3e-1\n" for word in _ROWS).encode()
_BINARY = b"4 3\n" + b"".join(
    word.encode() + b" " + struct.pack("<3f", 0.5, -1.25, 0.3) + b"\n" for word in _ROWS
)
_STORED = WordVectors(
    ("the", "cat", "dog"), 1, np.eye(4, 3, -1, dtype=np.float16), lexicon={"dog": "Hund"}
).to_bytes()


@target
def vector_files(content: bytes) -> None:
    """Any bytes, and damaged files of vectors, are read or refused by name; what is read is finite,
    of one size, and spelled as a source is."""
    cases = [content]
    if len(content) > 3:
        cases += [damage(whole, content) for whole in (_TEXT, b"4 3\n" + _TEXT, _BINARY)]
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        path = Path(folder) / "v"
        for case in cases:
            path.write_bytes(case)
            read_or_refuse(str(path), partial(_check_selection, path))


def _check_selection(path: Path) -> None:
    with open_vectors(path) as file:
        rows = sum(1 for _ in file.rows())
    selection = select_vectors(path, {"the", "cat"}, 2, folded_spelling(""))
    assert selection.rows == rows
    assert selection.needed.keys() <= {"the", "cat"}
    assert len(selection.others) <= 2
    for word, vector in {**selection.needed, **selection.others}.items():
        assert is_unit(word)
        assert vector.shape == (selection.dimensions,)
        assert np.isfinite(vector).all()


@target
def stored_vectors(content: bytes) -> None:
    """Damaged vectors of a model are those of a model, or raise `ValueError`."""
    for case in (content, damage(_STORED, content) if len(content) > 3 else _STORED):
        with suppress(ValueError):
            vectors = WordVectors.from_bytes(case)
            assert len(vectors.numbers) == len(vectors.words) == len(vectors.vectors) - 1
            assert WordVectors.from_bytes(vectors.to_bytes()).words == vectors.words
