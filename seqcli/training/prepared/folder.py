"""The folder of a prepared corpus.

`prepared.json` has the settings, the dev pairs and what is told of the corpus; it is written last.
`sources.npy` has the pieces of all sources, one after another, and `source_ends.npy` where each of
N begins and ends [N+1]; the same for the targets, whose pieces are tokens of the output vocabulary.
Both are read through memory maps: only what a batch needs is in the memory, and the processes of a
machine share it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

MANIFEST, WORK = "prepared.json", ".seqcli-prepare"
TOKENIZER, WORDS = "tokenizer.model", "words.txt"
FORMAT = 1
ARRAYS = ("sources", "source_ends", "targets", "target_ends")
FILES = (MANIFEST, TOKENIZER, WORDS, *(f"{name}.npy" for name in ARRAYS))


def holds_corpus(path: Path) -> bool:
    """Whether there is a prepared corpus at a path."""
    return (path / MANIFEST).is_file()


def array_file(folder: Path, name: str) -> Path:
    """The file of one of the `ARRAYS`."""
    return folder / f"{name}.npy"


def piece_type(pieces: int) -> Any:
    """The type of numbers of so many pieces: two bytes each, unless they are too many."""
    return np.uint16 if pieces <= 1 << 16 else np.int32
