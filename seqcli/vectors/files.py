"""Files of word vectors: the text format of word2vec, GloVe and fastText; word2vec's binary one.

A text file has a word and its numbers on each line; word2vec and fastText have a first line before
them, the number of rows and of dimensions. A binary file has this line, and then for each row the
word, a space and the numbers as 32-bit floats. Rows are read one after another, and their numbers
only when they are asked for.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np
from numpy.typing import NDArray

from seqcli.arrays import Array
from seqcli.data.readers.opening import open_input
from seqcli.errors import UserError
from seqcli.paths import display_name
from seqcli.wording import plural, shortened

MAX_DIMENSIONS = 4096  # the largest size of the embeddings
MAX_ROW_BYTES = 1 << 18  # a longer row is none
MAX_TOKEN_BYTES = 1 << 12
_BLOCK = 1 << 20
_ROWS_SAMPLED = 50  # to find the number of dimensions of a file without a first line
_BYTES_SAMPLED = 256  # to tell whether numbers are text
_NUMBER_BYTES = 4
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# What begins a file of another format.
_FASTTEXT = (793712314).to_bytes(4, "little")
_OTHER_FORMATS = {
    _FASTTEXT: "is a network of fastText (its own .bin format): name the .vec file that comes with "
    "it, or write one with fasttext print-word-vectors",
    b"PK\x03\x04": "is a zip archive: unpack it and name the file of vectors in it",
    b"\x93NUMPY": "is an array of NumPy, without words: write it as text, a word and its numbers "
    "on each line",
    b"\x80": "is a pickle, which may run any program when it is loaded: save the vectors as text "
    "(in gensim: save_word2vec_format)",
}


class Row(NamedTuple):
    """A row of a file: its word in UTF-8, and its numbers, which `VectorFile.numbers` reads.
    `number` is its line, or in a binary file its place among the rows."""

    token: bytes
    content: bytes
    number: int


class VectorFile:
    """An open file of word vectors; the rows can be read once.

    `dimensions` is the number of numbers of a row, `count` the number of rows that the first line
    promises, None without one.
    """

    def __init__(self, file: io.BufferedReader, name: str) -> None:
        self.name = name
        self._file = file
        self._sampled: list[bytes] = []  # lines that were read to find the dimensions
        self._check_format()
        first = self._read_line().removeprefix(_BYTE_ORDER_MARK)
        header = _header(first)
        self.count: int | None = None
        self.dimensions = 0
        if header:
            self.count, self.dimensions = header
        self._is_binary = header is not None and _is_binary(file.peek(1 << 12))
        if not header:
            more = (self._read_line() for _ in range(_ROWS_SAMPLED))
            self._sampled = [first, *(line for line in more if line)]
            self.dimensions = self._find_dimensions()
        if not 2 <= self.dimensions <= MAX_DIMENSIONS:
            raise UserError(
                f"{name}: word vectors have 2 to {MAX_DIMENSIONS:,} numbers, not {self.dimensions}"
            )

    def rows(self) -> Iterator[Row]:
        """The rows in order.

        Raises `UserError`, with the number of the line or row, for a row with more or fewer numbers
        and for a file that ends too early.
        """
        return self._binary_rows() if self._is_binary else self._text_rows()

    def numbers(self, row: Row) -> NDArray[np.float32]:
        """The vector of a row [D]. Raises `UserError` for what is no number, or not finite."""
        try:
            if self._is_binary:
                vector = np.frombuffer(row.content, dtype="<f4").astype(np.float32)
            else:
                with np.errstate(over="ignore"):
                    vector = np.array(row.content.split(b" "), dtype=np.float32)
        except ValueError as error:
            raise self._error(row.number, f"not {self.dimensions} numbers ({error})") from error
        if not np.isfinite(vector).all():
            raise self._error(row.number, "a number that is not finite")
        return vector

    def _check_format(self) -> None:
        start = self._file.peek(8)
        if not start:
            raise UserError(f"{self.name}: the file is empty")
        for sign, reason in _OTHER_FORMATS.items():
            if start.startswith(sign):
                raise UserError(f"{self.name} {reason}")

    def _find_dimensions(self) -> int:
        """The number of numbers on a line: a word may have spaces, so it is that of most lines."""
        counts = Counter(_split_off_end(line).count(b" ") for line in self._sampled)
        # (Of equally common numbers, the smallest: spaces in words only add to it.)
        dimensions = max(counts, key=lambda count: (counts[count], -count), default=0)
        fields = _split_off_end(self._sampled[0]).split(b" ")[-dimensions:]
        if dimensions < 2 or not all(map(_is_number, fields)):
            raise UserError(
                f"{self.name}, line 1: not a word and its numbers, with spaces between them: this "
                "is no file of word vectors"
            )
        return dimensions

    def _read_line(self) -> bytes:
        return self._file.readline(MAX_ROW_BYTES + 1)

    def _text_rows(self) -> Iterator[Row]:
        first = 1 if self.count is None else 2
        dimensions, rows, number = self.dimensions, 0, first - 1
        lines = chain(self._sampled, iter(self._read_line, b""))
        for number, line in enumerate(lines, start=first):
            if len(line) > MAX_ROW_BYTES:
                raise self._error(number, f"longer than {MAX_ROW_BYTES:,} bytes, as no row is")
            fields = _split_off_end(line)
            spaces = fields.count(b" ")
            if spaces == dimensions:
                token, content = fields.split(b" ", 1)
            elif spaces > dimensions:
                token, content = self._split_spaced(fields, number)
            elif not fields.strip():
                continue
            else:
                end = "; the file may be cut off there" if not line.endswith(b"\n") else ""
                raise self._error(
                    number, f"{plural(spaces, 'number')} instead of {dimensions}{end}"
                )
            rows += 1
            yield Row(token, content, number)
        if self.count is not None and rows < self.count:
            raise self._error(
                number,
                f"the file ends after {plural(rows, 'row')}, and its first line promises "
                f"{self.count:,}: it is cut off, so copy it again",
            )

    def _split_spaced(self, fields: bytes, number: int) -> tuple[bytes, bytes]:
        """The word, which has spaces, and the numbers of a row."""
        token = fields.rsplit(b" ", self.dimensions)[0]
        extra = token.split(b" ")[1:]
        # (An integer may be a part of the word.)
        if extra and all(_is_number(each) and not each.isdigit() for each in extra):
            found = self.dimensions + len(extra)
            raise self._error(number, f"{found} numbers instead of {self.dimensions}")
        return token.strip(b" "), fields[len(token) + 1 :]

    def _binary_rows(self) -> Iterator[Row]:
        size = _NUMBER_BYTES * self.dimensions
        buffer, position = b"", 0
        for number in range(1, (self.count or 0) + 1):
            while (end := buffer.find(b" ", position)) < 0 or len(buffer) - end - 1 < size:
                if end < 0 and len(buffer) - position > MAX_TOKEN_BYTES:
                    raise self._error(number, "no word before the numbers")
                block = self._file.read(_BLOCK)
                if not block:
                    raise self._error(
                        number,
                        f"the file ends here, and its first line promises {self.count:,} rows: it "
                        "is cut off, so copy it again",
                    )
                buffer, position = buffer[position:] + block, 0
            token = buffer[position:end].lstrip(b"\n")  # which some programs put after each row
            position = end + 1 + size
            yield Row(token, buffer[end + 1 : position], number)

    def _error(self, number: int, reason: str) -> UserError:
        unit = "row" if self._is_binary else "line"
        return UserError(f"{self.name}, {unit} {number:,}: {shortened(reason, 200)}")


@contextmanager
def open_vectors(path: Path) -> Iterator[VectorFile]:
    """A file of word vectors, which may be a `.gz`; `-` is standard input.

    Raises `UserError` for a file of another format and for one that cannot be read.
    """
    with open_input(path) as file:
        yield VectorFile(file, display_name(path))


def write_vectors(file: TextIO, words: Sequence[str], vectors: Array) -> None:
    """Write words with their vectors [N,D] as text, with the first line of word2vec."""
    file.write(f"{len(words)} {vectors.shape[1]}\n")
    for word, vector in zip(words, vectors.tolist(), strict=True):
        file.write(f"{word} {' '.join(f'{number:.5g}' for number in vector)}\n")


def _split_off_end(line: bytes) -> bytes:
    """A line without its end, and without a space before it, which some files have; tabs are
    spaces."""
    return line.rstrip(b"\r\n \t").replace(b"\t", b" ")


def _header(line: bytes) -> tuple[int, int] | None:
    """The numbers of rows and of dimensions, if a line has these and nothing else."""
    fields = line.split()
    if len(fields) != 2 or not all(len(each) < 16 and each.isdigit() for each in fields):
        return None
    return int(fields[0]), int(fields[1])


def _is_binary(start: bytes) -> bool:
    """Whether the numbers after the first word are no text. (A word may be of any bytes.)"""
    sample = start[:_BYTES_SAMPLED]
    line = sample.split(b"\n")[0].rstrip()
    fields = line.split(b" ")[1:]
    if len(line) == len(sample):  # the last one may be a part of a number
        fields = fields[:-1]
    if fields and _is_number(fields[-1]):
        return False
    return any(byte < 9 or 13 < byte < 32 for byte in sample)


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True
