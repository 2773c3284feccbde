import errno
import os
import threading
from unittest.mock import Mock

import pytest

from seqcli.decoding.windows import in_windows, windows
from seqcli.errors import UserError


def read(content, size=100):
    """All lines that come out of a pipe with this content."""
    out, into = os.pipe()

    def write():
        with open(into, "wb") as file:  # noqa: PTH123
            file.write(content)

    threading.Thread(target=write).start()
    return [line for window in windows(out, size) for line in window]


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a\n\nb", ["a", "", "b"]),
        (b"a\r\nb\rc\r\n", ["a", "b\rc"]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n", ["a", "\ufeffb"]),
        ("一\u2028二\x0b\n三\n".encode(), ["一\u2028二\x0b", "三"]),
        (b"x" * 200_000 + b"\ny\n", ["x" * 200_000, "y"]),
        (b"".join(b"%d\n" % i for i in range(5000)), [str(i) for i in range(5000)]),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_lines_end_at_newlines_and_nowhere_else(content, lines, size):
    assert read(content, size) == lines


def test_no_window_is_larger_than_its_size():
    out, into = os.pipe()
    os.write(into, b"a\n" * 50)
    os.close(into)
    assert max(map(len, windows(out, 8))) <= 8


def test_a_line_is_handed_out_before_the_next_is_written():
    out, into = os.pipe()
    found = windows(out, 100)
    for line in ("one", "two"):
        os.write(into, f"{line}\n".encode())
        assert next(found) == [line]
    os.close(into)
    assert list(found) == []


def test_what_stands_before_a_bad_line_is_handed_out_first():
    out, into = os.pipe()
    os.write(into, b"a\nb\n\xff\nc\n")
    found, lines = windows(out, 100), []
    with pytest.raises(UserError, match="line 3: not valid UTF-8"):
        for window in found:
            lines += window
    assert lines == ["a", "b"]
    os.close(into)


def test_what_cannot_be_read_is_no_end(tmp_path):
    folder = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(UserError, match=r"standard input: cannot be read \(Is a directory\)"):
        list(windows(folder))
    os.close(folder)


def test_what_was_read_before_an_error_is_handed_out(monkeypatch):
    arriving = iter([b"a\nb", OSError(errno.EIO, "Input/output error")])
    monkeypatch.setattr("seqcli.decoding.windows.os", Mock(read=Mock(side_effect=arriving)))
    found = windows(0)
    assert next(found) == ["a"]
    with pytest.raises(UserError, match="Input/output error"):
        next(found)


def test_a_window_of_long_lines_has_fewer(monkeypatch):
    monkeypatch.setattr("seqcli.decoding.windows.WINDOW_CHARACTERS", 10)
    lengths = [[len(item) for item in window] for window in in_windows("a" * 25, len, 100)]
    assert lengths == [[1] * 10, [1] * 10, [1] * 5]
    assert list(in_windows(["a" * 99, "b", None, "c"], len)) == [["a" * 99], ["b"], ["c"]]


def test_the_first_windows_are_small():
    lengths = [len(window) for window in in_windows("a" * 3000, len)]
    assert lengths == [64, 128, 256, 512, 1024, 1016]
    assert [len(window) for window in in_windows("a" * 90, len, 40)] == [40, 40, 10]
    # After lines that arrived one by one, as after those of one window.
    arriving = [part for letter in "abc" for part in (letter, None)] + ["a"] * 200
    assert [len(w) for w in in_windows(arriving, lambda _: 1)] == [1, 1, 1, 64, 128, 8]


@pytest.mark.parametrize("end", [b"", b"\nlater\n"])
def test_an_endless_line_is_refused_before_it_is_read(monkeypatch, end):
    for module in ("data.readers.lines", "decoding.windows"):
        monkeypatch.setattr(f"seqcli.{module}.MAX_LINE_BYTES", 1000)
    out, into = os.pipe()
    os.write(into, b"a\n" + b"x" * 1001 + end)
    its_end = threading.Timer(5, os.close, [into])
    its_end.start()
    found = windows(out)
    assert next(found) == ["a"]
    with pytest.raises(UserError, match="standard input, line 2: longer than 1,000 bytes"):
        next(found)
    assert its_end.is_alive()
    its_end.cancel()
    os.close(into)
