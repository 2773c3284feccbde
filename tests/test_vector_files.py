"""Files of word vectors: both formats, and what people's files have."""

import gzip
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqcli.errors import UserError
from seqcli.vectors.files import open_vectors, write_vectors
from seqcli.vectors.selection import folded_spelling, select_vectors

fold = folded_spelling("")


def read(path):
    """The words and numbers of a file."""
    with open_vectors(path) as file:
        return {row.token.decode(): file.numbers(row).tolist() for row in file.rows()}


def write(folder, content, name="v.txt"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def binary(rows, dimensions, *, newline=b"\n", count=None):
    header = f"{len(rows) if count is None else count} {dimensions}\n".encode()
    body = (w.encode() + b" " + struct.pack(f"<{dimensions}f", *v) + newline for w, v in rows)
    return header + b"".join(body)


ROWS = [("cat", [1.0, 2.0, 3.0]), ("dog", [-1.0, 0.5, 0.0]), ("猫", [0.25, -2.5, 4.0])]
LINES = "".join(f"{word} {' '.join(map(str, vector))}\n" for word, vector in ROWS)


@pytest.mark.parametrize(
    "content",
    [
        LINES,  # GloVe
        f"3 3\n{LINES}",  # word2vec, fastText
        LINES.replace("\n", " \n"),  # a space at the end of each line, as fastText writes
        f"3 3\n{LINES}".replace("\n", "\r\n"),
        LINES.removesuffix("\n"),
        LINES + "\n",
        LINES.replace(" ", "\t"),
        LINES.replace(" ", "\t", 1),
        "\ufeff" + LINES,
        f"\ufeff3 3\n{LINES}",
    ],
)
def test_the_forms_of_text_files(tmp_path, content):
    assert read(write(tmp_path, content)) == dict(ROWS)
    packed = write(tmp_path, gzip.compress(content.encode()), "v.txt.gz")
    assert read(packed) == dict(ROWS)


@pytest.mark.parametrize("newline", [b"\n", b""])
def test_word2vec_binary_files(tmp_path, newline):
    content = binary(ROWS, 3, newline=newline)
    assert read(write(tmp_path, content, "v.bin")) == {
        word: np.array(vector, dtype=np.float32).tolist() for word, vector in ROWS
    }
    assert read(write(tmp_path, gzip.compress(content), "v.bin.gz")).keys() == dict(ROWS).keys()


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_characters=" \n\r\t"), min_size=1),
            st.lists(st.floats(-1e3, 1e3, width=32), min_size=5, max_size=5),
        ),
        min_size=1,
        unique_by=lambda row: row[0],
    )
)
def test_what_is_written_is_read(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("vectors")
    words, vectors = zip(*rows, strict=True)
    path = folder / "v.txt"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        write_vectors(file, words, np.array(vectors, dtype=np.float32))
    found = read(path)
    assert list(found) == list(words)
    np.testing.assert_allclose(list(found.values()), vectors, rtol=1e-4, atol=1e-30)


def test_a_word_may_have_spaces_or_be_one(tmp_path):
    content = "a 1 2 3\n. . . 4 5 6\nat name@domain.com 7 8 9\n  1 1 1\nb 2 2 2\n"
    found = read(write(tmp_path, content))
    assert found == {
        "a": [1, 2, 3], ". . .": [4, 5, 6], "at name@domain.com": [7, 8, 9], "": [1, 1, 1],
        "b": [2, 2, 2],
    }  # fmt: skip
    selection = select_vectors(write(tmp_path, content), {"b"}, 10, fold)
    assert (selection.unreadable, list(selection.needed), list(selection.others)) == (
        1, ["b"], ["a"],
    )  # fmt: skip


def test_words_like_the_beginnings_of_other_formats(tmp_path):
    assert list(read(write(tmp_path, "PKK 1 2\nBZh 3 4\n"))) == ["PKK", "BZh"]
    assert read(write(tmp_path, "new york\t1\t2\na\t3\t4\nb\t5\t6\n"))["new york"] == [1, 2]


def test_a_file_that_arrives_in_parts():
    program = "from pathlib import Path; from test_vector_files import read; print(read(Path('-')))"
    for first, rest in (("3 ", f"3\n{LINES}"), ("cat", LINES[3:]), ("3 3\n", LINES)):
        reader, writer = os.pipe()
        with (
            os.fdopen(writer, "wb", buffering=0) as pipe,
            subprocess.Popen(
                [sys.executable, "-c", program], stdin=reader, stdout=subprocess.PIPE,
                cwd=Path(__file__).parent,
            ) as process,
        ):  # fmt: skip
            os.close(reader)
            pipe.write(first.encode())
            time.sleep(0.5)
            pipe.write(rest.encode())
            pipe.close()
            assert process.communicate()[0].decode() == f"{dict(ROWS)}\n"


def test_a_word_that_is_an_unusual_space_is_no_end_of_its_line(tmp_path):
    content = "a 1 2\n\u00a0 3 4\n\u2028 5 6\nx\u0085y 7 8\n"
    assert list(read(write(tmp_path, content))) == ["a", "\u00a0", "\u2028", "x\u0085y"]


def test_the_number_of_dimensions_is_that_of_most_rows(tmp_path):
    assert read(write(tmp_path, "a b 1 2\nc 3 4\nd 5 6\n")) == {
        "a b": [1, 2], "c": [3, 4], "d": [5, 6],
    }  # fmt: skip


def test_the_rows_of_a_word_twice(tmp_path):
    content = "Bank 1 1\nthe 2 2\nbank 3 3\nthe 4 4\nBANK 5 5\nbank 6 6\n"
    selection = select_vectors(write(tmp_path, content), {"bank", "the"}, 0, fold)
    found = {word: vector.tolist() for word, vector in selection.needed.items()}
    assert found == {
        "bank": [3, 3],
        "the": [2, 2],
    }  # the spelling of sources counts, then the first
    assert selection.duplicates == 2
    assert selection.rows == 6


def test_only_what_is_needed_is_kept(tmp_path):
    content = "".join(f"w{i} {i} 1\n" for i in range(50)) + ", 1 1\n2024 1 1\ncafé 9 9\n"
    path = write(tmp_path, content)
    selection = select_vectors(path, {"w7", "w40", "café", "absent"}, 3, fold)
    assert list(selection.needed) == ["w7", "w40", "café"]
    assert list(selection.others) == ["w0", "w1", "w2"]
    everything = select_vectors(path, {"w7"}, 100, fold)
    assert len(everything.others) == 50  # without the comma and the number
    decomposed = write(tmp_path, "cafe\u0301 1 2\nx 1 2\n")
    assert list(select_vectors(decomposed, {"café"}, 0, fold).needed) == ["café"]


def test_a_word_that_is_not_utf8_is_left_out(tmp_path):
    selection = select_vectors(write(tmp_path, b"\xff\xfe 1 2\na 3 4\n"), {"a"}, 5, fold)
    assert (selection.unreadable, list(selection.needed)) == (1, ["a"])


LONG = "9 3\n" + LINES


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("hello\nworld\n", "line 1: not a word and its numbers"),
        ("a 1\nb 2\n", "line 1: not a word and its numbers"),
        ("a b c\nd e f\n", "line 1: not a word and its numbers"),
        ("a 1 2 3\nb 1 2\nc 1 2 3\n", "line 2: 2 numbers instead of 3"),
        ("a 1 2 3\nb 1 2 3\nc 1.5 2 3 4\n", "line 3: 4 numbers instead of 3"),
        ("2 4\na 1 2 3\nb 1 2 3\n", "line 2: 3 numbers instead of 4"),
        ("a 1 2 3\nb 1 2 3\nc 1 2", "line 3: 2 numbers instead of 3; the file may be cut off"),
        (LONG, "line 4: the file ends after 3 rows, and its first line promises 9"),
        ("a 1 2\nb x 2\n", "line 2: not 2 numbers"),
        ("a 1 2\nb nan 2\n", "line 2: a number that is not finite"),
        ("a 1 2\nb 1e39 2\n", "line 2: a number that is not finite"),
        ("9" * 5000 + " 3\na 1 2 3\n", "line 1: not a word and its numbers"),
        ("3 1\na 1\nb 2\nc 3\n", "2 to 4,096 numbers, not 1"),
        ("3 5000\na 1\n", "2 to 4,096 numbers, not 5000"),
        (binary(ROWS, 3)[:-5], "row 3: the file ends here, and its first line promises 3 rows"),
        (binary(ROWS, 3, count=4), "row 4: the file ends here"),
        (binary([("a", [1.0, float("nan")])], 2), "row 1: a number that is not finite"),
        (b"3 2\n" + b"\0" * 9000, "row 1: no word before the numbers"),
        (struct.pack("<ii", 793712314, 12), "is a network of fastText.*name the .vec file"),
        (b"PK\3\4" + b"\0" * 20, "is a zip archive: unpack it"),
        (b"\x93NUMPY\1\0", "is an array of NumPy"),
        (b"\x80\4\x95", "is a pickle, which may run any program"),
    ],
)
def test_bad_files_are_refused_in_one_line(tmp_path, content, message):
    path = write(tmp_path, content)
    with pytest.raises(UserError, match=message) as caught:
        select_vectors(path, {"a", "b", "c", "cat"}, 10, fold)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_packed_file_that_is_cut_off(tmp_path):
    packed = gzip.compress(LINES.encode() * 100)
    with pytest.raises(UserError, match="not a complete gzip file"):
        read(write(tmp_path, packed[: len(packed) // 2], "v.gz"))


def test_a_row_without_end_is_not_read_into_the_memory(tmp_path):
    with pytest.raises(UserError, match="line 61: longer than"):
        read(write(tmp_path, "a 1 2\n" * 60 + "x" * (1 << 20)))


def test_the_memory_does_not_grow_with_the_file(tmp_path):
    """50 MB are read with 30 MB more than 50 kB."""
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from seqcli.vectors.selection import folded_spelling, select_vectors\n"
        "found = select_vectors(Path(sys.argv[1]), {'w9'}, 100, folded_spelling(''))\n"
        "print(found.rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    numbers = " ".join(["0.123456"] * 100)
    peaks = []
    for rows in (50, 55_000):
        path = tmp_path / f"{rows}.txt"
        with path.open("w") as file:
            file.writelines(f"w{i} {numbers}\n" for i in range(rows))
        command = [sys.executable, "-c", program, path]
        found, peak = subprocess.run(command, capture_output=True, check=True).stdout.split()
        assert int(found) == rows
        peaks.append(int(peak))
    assert Path(path).stat().st_size > 49e6
    assert peaks[1] - peaks[0] < 30_000  # kB
