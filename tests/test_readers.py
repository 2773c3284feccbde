import gzip
import os
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqcli.data.pairs import Pair, make_pair
from seqcli.data.readers import lines, opening, registry
from seqcli.data.readers.aligned import read_aligned
from seqcli.data.readers.lines import decode_lines, read_lines
from seqcli.data.readers.registry import Reader, find_reader, read_pairs
from seqcli.errors import UserError

PAIRS = [Pair("a cat", "一只猫"), Pair("a dog", "一只狗")]
TEXT = "a cat\t一只猫\na dog\t一只狗\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.rstrip("\n").encode(),
        TEXT.replace("猫\n", "猫\tCC-BY someone\n").encode(),
    ],
    ids=["plain", "crlf", "bom", "no newline at the end", "third column"],
)
@pytest.mark.parametrize("packed", [False, True])
def test_tsv_in_all_its_forms(tmp_path, content, packed):
    path = tmp_path / ("pairs.tsv.gz" if packed else "pairs.tsv")
    path.write_bytes(gzip.compress(content) if packed else content)
    assert list(read_pairs(path)) == PAIRS


def test_a_blank_line_is_an_empty_pair(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("a cat\t一只猫\n\n \t \n", encoding="utf-8")
    assert list(read_pairs(path)) == [PAIRS[0], Pair("", ""), Pair("", "")]


def test_a_line_ends_at_a_newline_and_nowhere_else(tmp_path):
    path = tmp_path / "odd.txt"
    path.write_bytes("one\u2028still one\x0bstill\x85\rone\ntwo\n".encode())
    assert list(read_lines(path)) == ["one\u2028still one\x0bstill\x85\rone", "two"]


def test_aligned_files(tmp_path):
    source, target = tmp_path / "a.en", tmp_path / "a.zh"
    source.write_text("a cat\na dog\n", encoding="utf-8")
    target.write_text("一只猫\n一只狗\n", encoding="utf-8")
    assert list(read_aligned(source, target)) == PAIRS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"a\tb\nc d\n",
            r"pairs\.tsv, line 2: no tab between .*; each line is source<TAB>target$",
        ),
        (
            b"a\tb\nc\t\xff\xfe\n",
            r"pairs\.tsv, line 2: not valid UTF-8 \(byte 3\); save the file as UTF-8$",
        ),
    ],
)
def test_bad_lines_are_named(tmp_path, content, message):
    path = tmp_path / "pairs.tsv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        list(read_pairs(path))


def test_unequal_line_counts_name_file_and_line(tmp_path):
    source, target = tmp_path / "a.en", tmp_path / "a.zh"
    source.write_text("1\n2\n3\n")
    target.write_text("1\n2\n")
    with pytest.raises(UserError, match=r"a\.zh ends before line 3, but .*a\.en does not: "):
        list(read_aligned(source, target))
    message = r"a\.zh ends before line 3, .*: the two files must have the same number of lines$"
    with pytest.raises(UserError, match=message):
        list(read_aligned(target, source))


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(UserError, match=r"nowhere\.tsv: cannot be read"):
        list(read_pairs(tmp_path / "nowhere.tsv"))
    broken = tmp_path / "broken.tsv.gz"
    broken.write_bytes(gzip.compress(TEXT.encode())[:-9])
    with pytest.raises(UserError, match="not a complete gzip file"):
        list(read_pairs(broken))


MARKED = "%marked\na cat=一只猫\na dog=一只狗\n".encode()


@pytest.fixture
def marked(monkeypatch):
    """A further format, added as a later reader would be: `source=target` below a mark."""

    def read(file, name):
        for line in list(decode_lines(file, name))[1:]:
            yield make_pair(*line.split("="))

    reader = Reader((".marked",), read, lambda head: head.startswith(b"%marked"))
    monkeypatch.setattr(registry, "READERS", (*registry.READERS, reader))
    return reader


@pytest.mark.parametrize(
    ("name", "head", "is_marked"),
    [
        ("a.marked", b"", True),
        ("A.MARKED.GZ", b"a\tb", True),
        ("a.tsv", b"%marked", False),  # the suffix comes first
        ("a.marked.tsv.gz", b"%marked", False),
        ("a.txt", b"%marked", True),
        ("-", b"%marked", True),
        ("a.txt", b"a\tb", False),
        ("a", b"", False),
    ],
)
def test_a_format_is_chosen_by_suffix_and_then_by_content(marked, name, head, is_marked):
    assert find_reader(Path(name), head) == (marked if is_marked else registry.READERS[0])


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize("content", [MARKED, TEXT.encode()])
def test_the_content_decides_in_files_and_in_pipes(tmp_path, content):
    (tmp_path / "a.txt").write_bytes(content)
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(content))
    for name in ("a.txt", "a.txt.gz"):
        assert list(read_pairs(tmp_path / name)) == PAIRS
    out, into = os.pipe()
    os.write(into, content)
    os.close(into)
    with open(out, "rb"):  # noqa: PTH123
        assert list(read_pairs(Path(f"/dev/fd/{out}"))) == PAIRS


@pytest.fixture
def short_lines(monkeypatch):
    """Lines of at most 1,000 bytes, instead of 4 MiB."""
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", 1000)


@pytest.mark.usefixtures("short_lines")
@pytest.mark.parametrize("end", [b"", b"\n", b"\nmore\n"])
def test_a_line_too_long_is_refused_with_its_number(tmp_path, end):
    path = tmp_path / "long.txt"
    path.write_bytes(b"a\n" + b"x" * 1000 + end)
    assert list(read_lines(path))[1] == "x" * 1000
    path.write_bytes(b"a\n" + b"x" * 1001 + end)
    found = read_lines(path)
    assert next(found) == "a"
    with pytest.raises(UserError, match=r"long\.txt, line 2: longer than 1,000 bytes, .*; remove"):
        next(found)


@pytest.mark.usefixtures("short_lines")
@pytest.mark.parametrize("read", [read_lines, read_pairs])
def test_a_bomb_of_spaces_takes_no_memory(tmp_path, read):
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(30):
            file.write(b" " * 1_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(UserError, match=r"bomb\.gz, line 1: longer than"):
            list(read(path))
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("line", "read"), [(b"a\n", read_lines), (b"a\tb\n", read_pairs)])
def test_a_bomb_of_short_lines_is_refused(tmp_path, monkeypatch, line, read):
    monkeypatch.setattr(opening, "FREE_BYTES", 100_000)
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(line * (90_000 // len(line))))
    assert len(list(read(path))) == 90_000 // len(line)
    path.write_bytes(gzip.compress(line * 1_000_000))
    allowed = 100 * path.stat().st_size + 2 * 8192  # (two buffers may be read at once)
    given = 0
    with pytest.raises(UserError, match=r"bomb\.gz: holds more than 100 times its size.*gunzip"):
        for _ in read(path):
            given += len(line)
    assert 100_000 < given <= allowed
    (tmp_path / "text.gz").write_bytes(gzip.compress(os.urandom(200_000).hex().encode()))
    assert len(next(read_lines(tmp_path / "text.gz"))) == 400_000


@example(content=b"\t", suffix="")
@example(content=b"a\tb\rc\td", suffix="")
@given(content=st.binary(max_size=60), suffix=st.sampled_from(["", ".gz"]))
def test_any_bytes_give_pairs_or_one_line_that_names_the_file(content, suffix):
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"any.tsv{suffix}"
        path.write_bytes(content)
        try:
            pairs = list(read_pairs(path))
        except UserError as error:
            assert str(error).startswith(str(path)), str(error).isprintable()
            assert str(error).isprintable()
        else:
            if b"\n" not in content:
                content = content.replace(b"\r", b"\n")
            last = content.rpartition(b"\n")[2]  # a line without an end
            # (NULs are those of UTF-16, and a cell in quotation marks may have several lines.)
            if b"\0" not in content and b'"' not in content:
                assert len(pairs) == content.count(b"\n") + (last != b"")


@given(st.lists(st.text(st.characters(exclude_characters="\0\n", codec="utf-8"))))
def test_what_is_written_is_read(written):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lines.txt"
        path.write_bytes("".join(f"{line}\n" for line in written).encode())
        expected = [line.removesuffix("\r") for line in written]
        expected[:1] = [line.removeprefix("\ufeff") for line in expected[:1]]
        assert list(read_lines(path)) == expected
