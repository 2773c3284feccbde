"""Files of text: plain text, one sentence per line, or one side of pairs."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from seqcli.data.normalization import normalize
from seqcli.data.readers.lines import read_lines
from seqcli.data.readers.registry import is_named_for_pairs, read_pairs
from seqcli.errors import UserError
from seqcli.paths import STANDARD_STREAM, display_name


@dataclass(frozen=True)
class TextFiles:
    """Files of text; without any file it is false.

    Of a file whose name is that of a format of pairs, such as `.tsv`, the targets are read.
    """

    text: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def paths(self) -> tuple[Path, ...]:
        return self.text

    @property
    def names(self) -> str:
        """The names of the files in messages."""
        return ", ".join(map(display_name, self.text))

    def read(self, *, reverse: bool = False) -> Iterator[str]:
        """The lines of all files in order, as `normalize` returns them; with `reverse`, the sources
        of pairs. Raises `UserError` as the readers do."""
        for path in self.text:
            if is_named_for_pairs(path):
                for pair in read_pairs(path):
                    yield pair.source if reverse else pair.target
            else:
                yield from map(normalize, read_lines(path))

    def to_dict(self) -> dict[str, list[str]]:
        """The paths, made absolute, so that a run can be resumed from another folder."""
        return {
            "text": [str(path if path == STANDARD_STREAM else path.resolve()) for path in self.text]
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, list[str]]) -> TextFiles:
        """The files that `to_dict` described."""
        return cls(**{name: tuple(map(Path, paths)) for name, paths in values.items()})


def check_text_input(*files: TextFiles) -> None:
    """Raise a `UserError` where the files of one command name standard input more than once."""
    if sum(each.paths.count(STANDARD_STREAM) for each in files) > 1:
        raise UserError("- is standard input, which can be read only once: name a file instead")


def text_fingerprint(sentences: Iterable[str]) -> str:
    """A checksum of sentences in their order (CRC-32, eight hexadecimal digits)."""
    checksum = 0
    for sentence in sentences:
        checksum = zlib.crc32(f"{sentence}\n".encode(), checksum)
    return f"{checksum:08x}"
