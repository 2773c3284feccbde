"""Output files are complete or absent, and only their own errors are reported as theirs."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import WORDS, copy_pairs, write_pairs

from seqcli.errors import UserError
from seqcli.files import atomic_writer, check_output_file, write_atomically

FULL = Path("/dev/full")  # each write to it fails as on a full disk
needs_full = pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")

COMMAND = [sys.executable, "-m", "seqcli", "translate"]
ERRORS = [
    RuntimeError("ONNX Runtime: shapes differ"),
    OSError(5, "Input/output error"),
    BrokenPipeError(32, "Broken pipe"),
    UserError("line 3: not valid UTF-8"),
    KeyboardInterrupt(),
]


def fail_in(path, error, text="some text\n"):
    with pytest.raises(type(error)) as caught, atomic_writer(path) as file:
        file.write(text)
        raise error
    assert caught.value is error


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("name", ["answer.txt", "answer.txt.gz"])
def test_what_the_caller_raises_passes_unchanged_and_leaves_no_file(tmp_path, name, error):
    fail_in(tmp_path / name, error)
    assert not list(tmp_path.iterdir())
    (tmp_path / name).write_text("before")
    fail_in(tmp_path / name, error)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


@needs_full
@pytest.mark.parametrize("name", ["answer.txt", "answer.txt.gz"])
@pytest.mark.parametrize("size", [10, 1_000_000])
def test_a_full_disk_is_reported_with_the_name_of_the_file(tmp_path, name, size):
    text = "".join(chr(33 + i * i % 89) for i in range(size))
    (tmp_path / name).symlink_to(FULL)
    message = rf"{name}: cannot be written \(No space left on device\)"
    with pytest.raises(UserError, match=message), atomic_writer(tmp_path / name) as file:
        file.write(text)


@needs_full
def test_an_error_of_the_caller_is_reported_even_on_a_full_disk():
    fail_in(FULL, RuntimeError("this first"))


def test_a_path_that_cannot_be_opened_or_is_a_loop_is_reported(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path / "no" / "answer.txt", tmp_path / "loop", tmp_path):
        with pytest.raises(UserError, match="cannot be written"), atomic_writer(path) as file:
            file.write("text")
    assert [path.name for path in tmp_path.iterdir()] == ["loop"]


def test_a_compressed_file_is_complete(tmp_path):
    with atomic_writer(tmp_path / "answer.gz") as file:
        file.write("ein Fluß\n" * 9999)
    assert gzip.decompress((tmp_path / "answer.gz").read_bytes()).decode() == "ein Fluß\n" * 9999


def test_a_path_is_checked_before_the_work(tmp_path):
    (tmp_path / "old.html").write_text("before")
    for name in ("new.html", "old.html"):
        check_output_file(tmp_path / name)
    assert (tmp_path / "old.html").read_text() == "before"
    with pytest.raises(UserError, match=r"page\.html: cannot be written \(there is no folder"):
        check_output_file(tmp_path / "no" / "page.html")
    with pytest.raises(UserError, match=r"cannot be written$"):
        check_output_file(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["old.html"]
    if Path("/proc/self").is_dir():  # a folder that looks writable to root and is not
        with pytest.raises(UserError, match=r"cannot be written$"):
            check_output_file(Path("/proc/page.html"))


def test_bytes_are_written_completely_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "pieces.model"
    write_atomically(path, b"\0before")
    assert path.read_bytes() == b"\0before"

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    message = r"pieces\.model: cannot be written \(Permission denied\)"
    with pytest.raises(UserError, match=message):
        write_atomically(path, b"after")
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"\0before"]


def test_a_tokenizer_is_written_like_any_output(seqcli, tmp_path):
    write_pairs(tmp_path / "pairs.tsv", copy_pairs(60))
    build = ("tokenizer", "build", "pairs.tsv", "--vocabulary", 40, "-o")
    seqcli(*build, "pieces.model")
    model = (tmp_path / "pieces.model").read_bytes()
    (tmp_path / "link.model").symlink_to("pieces.model")
    (tmp_path / "pieces.model").write_bytes(b"before")
    seqcli(*build, "link.model")
    assert (tmp_path / "link.model").is_symlink()
    assert (tmp_path / "pieces.model").read_bytes() == model
    piped = subprocess.run(
        [sys.executable, "-m", "seqcli", *map(str, build), "-"],
        capture_output=True, cwd=tmp_path, check=True,
    )  # fmt: skip
    assert piped.stdout == model
    if FULL.exists():
        (tmp_path / "full").symlink_to(FULL)
        error = seqcli(*build, "full", code=2).err
        assert error == "seqcli: full: cannot be written (No space left on device)\n"
        assert FULL.is_char_device()


def test_the_file_appears_when_the_block_has_succeeded(tmp_path):
    path = tmp_path / "answer.txt"
    with atomic_writer(path) as file:
        file.write("好\n")
        file.flush()
        assert not path.exists()
    assert [each.name for each in tmp_path.iterdir()] == ["answer.txt"]
    assert path.read_bytes() == "好\n".encode()


def test_a_failed_rename_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "answer.txt"
    path.write_text("before")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    message = r"answer\.txt: cannot be written \(Permission denied\)"
    with pytest.raises(UserError, match=message), atomic_writer(path) as file:
        file.write("after")
    assert [each.read_text() for each in tmp_path.iterdir()] == ["before"]


def test_the_target_of_a_link_is_replaced_and_keeps_its_permissions(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    file_path, link = tmp_path / "elsewhere" / "real.txt", tmp_path / "link.txt"
    file_path.write_text("before")
    file_path.chmod(0o640)
    link.symlink_to(file_path)
    with atomic_writer(link) as file:
        file.write("after")
    assert link.is_symlink()
    assert (file_path.read_text(), file_path.stat().st_mode & 0o777) == ("after", 0o640)
    assert [path.name for path in file_path.parent.iterdir()] == ["real.txt"]


def test_a_translation_that_does_not_fit_on_the_disk_leaves_no_file(copy_model, tmp_path):
    resource = pytest.importorskip("resource")
    lines = "".join(f"{one} {other}\n" for one in WORDS for other in WORDS)
    (tmp_path / "source").write_text(lines * 20)
    done = subprocess.run(
        [*COMMAND, "-m", copy_model, "-i", "source", "-o", "answer.txt"],
        cwd=tmp_path,
        capture_output=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == b"seqcli: answer.txt: cannot be written (File too large)\n"
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_a_check_that_is_killed_leaves_nothing(tmp_path):
    """The file that shows whether a folder can be written to has no name, or none for long."""
    script = (
        "import os, signal, tempfile\n"
        "from pathlib import Path\n"
        "from seqcli import files\n"
        "made = files.TemporaryFile\n"
        "def make(**options):\n"
        "    made(**options)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "files.TemporaryFile = make\n"
        "files.check_output_file(Path('page.html'))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False)
    assert done.returncode == -9
    assert not list(tmp_path.iterdir())
