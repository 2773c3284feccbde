"""Every command in every kind of place: it answers, or says in one line what is wrong."""

import os
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from conftest import copy_pairs, write_pairs, write_shard

from seqcli.cli.app import app
from seqcli.errors import UserError

SEQCLI = (sys.executable, "-m", "seqcli")
TINY = [
    "--embedding",
    "8",
    "--hidden",
    "8",
    "--attention-size",
    "8",
    "--updates",
    "2",
    "--evaluations",
    "1",
]

# Each command with the options for its files.
COMMANDS = {
    "translate": ("translate", "--model", "{model}", "--input", "{in}/lines.txt"),
    "translate to a file": (
        "translate", "--model", "{model}", "--input", "{in}/lines.txt", "--output", "{out}/answer",
    ),
    "shard": (
        "translate", "--model", "{model}", "--input", "{in}/lines.txt", "--shard", "1/2",
        "--output", "{out}/shard",
    ),
    "join": ("join", "{in}/shard", "--output", "{out}/joined"),
    "eval": ("eval", "--model", "{model}", "{in}/pairs.tsv"),
    "score": ("score", "--model", "{model}", "{in}/pairs.tsv"),
    "correct": ("correct", "--model", "{model}", "--list"),
    "inspect": ("inspect", "--model", "{model}", "ba do"),
    "inspect to a page": ("inspect", "--model", "{model}", "--html", "{out}/page.html", "ba do"),
    "why": ("why", "--model", "{model}", "ba do"),
    "page": ("page", "--model", "{model}", "--output", "{out}/page.html"),
    "tokenizer build": ("tokenizer", "build", "{in}/pairs.tsv", "--output", "{out}/new.model"),
    "tokenizer show": ("tokenizer", "show", "--model", "{model}", "ba do"),
    "prepare": (
        "prepare", "{in}/pairs.tsv", "--output", "{out}/corpus", "--threads", "1",
    ),
    "train": ("train", "{in}/pairs.tsv", "--model", "{out}/new", *TINY),
    "train over it": ("train", "{in}/pairs.tsv", "--model", "{model}", *TINY),
}  # fmt: skip

# Each place as shell text around the command, with the exit codes that are right there.
PLACES = {
    "C locale": ('LANG=C LC_ALL=C PYTHONUTF8=0 "$@"', {0}),
    "no home": ('HOME=/nowhere TMPDIR=/nowhere XDG_CACHE_HOME=/nowhere "$@"', {0}),
    "home that cannot be written": ('HOME=/proc TMPDIR=/proc XDG_CACHE_HOME=/proc "$@"', {0}),
    "no stdin": ('"$@" <&-', {0}),
    "no stdout": ('"$@" >&-', {0, 2}),
    "no stderr": ('"$@" 2>&-', {0}),
    "nothing open": ('"$@" <&- >&- 2>&-', {0, 2}),
    "full stdout": ('"$@" >/dev/full', {0, 2}),
    "full stderr": ('"$@" 2>/dev/full', {0}),
    "closed pipe": ('"$@" | true; exit ${PIPESTATUS[0]}', {0, 1}),
    "closed pipe for messages": ('"$@" 2> >(true)', {0}),
    "few descriptors": ('ulimit -n 16; "$@"', {0, 2}),
    "hardly any descriptors": ('ulimit -n 6; "$@"', {0, 2}),
    "little memory": ('ulimit -v 400000; "$@"', {0, 2}),
    "little more memory": ('ulimit -v 900000; "$@"', {0, 2}),
    "folder deleted": ('mkdir gone; cd gone; rmdir ../gone; "$@"', {0, 2}),
}
# Each kind of folder to write to, or to read from.
FOLDERS = {
    "a file": "{in}/lines.txt",
    "in a file": "{in}/lines.txt/folder",
    "not to be written": "/proc",
    "missing": "{in}/missing",
    "a loop": "{in}/loop",
    "a device": "/dev/null",
}
NAMES = [b"two words", b"new\nline", "中文".encode(), b"not\xffutf8", b"-dash", b"[red]\x1b[31m"]


class Ground:
    """A model, its files, and a folder to write to."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.paths = {"in": folder / "in", "out": folder / "out", "model": folder / "model"}
        shutil.copytree(model, self.paths["model"])
        self.paths["in"].mkdir()
        self.paths["out"].mkdir()
        write_pairs(self.paths["in"] / "pairs.tsv", [*copy_pairs(40), "猫\tKÄ"])
        (self.paths["in"] / "lines.txt").write_text("ba do\n猫\n" * 3, encoding="utf-8")
        write_shard(self.paths["in"] / "shard", ["BA DO"])
        (self.paths["in"] / "loop").symlink_to(self.paths["in"] / "loop")

    def command(self, name, **others):
        paths = {key: str(path) for key, path in self.paths.items()} | others
        return [*SEQCLI, *(word.format_map(paths) for word in COMMANDS[name])]

    def model_files(self):
        return {p: p.read_bytes() for p in self.paths["model"].rglob("*") if p.is_file()}

    def run(self, command, shell='"$@"'):
        """The exit code; stderr and stdout, as far as they can be seen."""
        root = Path(__file__).parents[1]
        done = subprocess.run(
            ["bash", "-c", shell, "bash", *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=self.paths["out"],
            env=os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
            timeout=300,
            check=False,
        )
        return done.returncode, done.stderr.decode(), done.stdout

    def check(self, name, codes, shell='"$@"', **others):
        before = self.model_files()
        code, error, _ = self.run(self.command(name, **others), shell)
        assert code in codes, (code, error)
        assert "Traceback" not in error
        if code == 2 and error:
            assert error.startswith("seqcli: ")
            assert error.count("\n") == 1, error
        assert self.model_files() == before
        left = {path.name for path in self.paths["out"].iterdir()}
        assert left <= {"answer", "shard", "joined", "page.html", "new.model", "new", "corpus"}, (
            left
        )


@pytest.fixture
def ground(tmp_path, copy_model):
    if not shutil.which("bash"):
        pytest.skip("needs bash")
    return Ground(tmp_path, copy_model)


QUICK = {
    ("C locale", "translate"),
    ("no stderr", "translate"),
    ("full stderr", "translate"),
    ("closed pipe for messages", "tokenizer show"),
    ("hardly any descriptors", "translate"),
    ("little memory", "translate"),
    ("folder deleted", "tokenizer build"),
}
QUICK_NAMES = {(b"new\nline", "translate"), (b"not\xffutf8", "tokenizer build")}


def _sampled(every, quick):
    return [pytest.param(*each, marks=[] if each in quick else pytest.mark.slow) for each in every]


@pytest.mark.parametrize(("place", "name"), _sampled(product(PLACES, COMMANDS), QUICK))
def test_a_place(ground, place, name):
    shell, codes = PLACES[place]
    ground.check(name, codes | ({2} if name == "train over it" else set()), shell)


USES = [
    (role, name)
    for role, name in product(("model", "out", "in"), COMMANDS)
    if f"{{{role}}}" in "".join(COMMANDS[name])
]


@pytest.mark.parametrize("kind", FOLDERS)
@pytest.mark.parametrize(("role", "name"), USES)
@pytest.mark.slow
def test_a_folder(ground, role, kind, name):
    """Where a folder is not what it should be, nothing is lost."""
    folder = FOLDERS[kind].format_map({key: str(path) for key, path in ground.paths.items()})
    ground.check(name, {0, 2}, **{role: folder})


@pytest.mark.parametrize(
    ("raw", "name"),
    _sampled(
        product(NAMES, COMMANDS), {(b"new\nline", "translate"), (b"not\xffutf8", "tokenizer build")}
    ),
)
def test_a_name(ground, raw, name):
    """Files and folders may have any name; messages are one line."""
    odd = os.fsdecode(raw)
    for role in ("in", "out", "model"):
        ground.paths[role] = ground.paths[role].rename(ground.paths[role].with_name(odd + role))
    ground.check(name, {0} if name != "train over it" else {2})
    ground.check(name, {2} if "{in}" in "".join(COMMANDS[name]) else {0}, **{"in": f"./{odd}/no"})


def test_without_stderr_its_messages_are_not_among_the_answers(ground):
    _, error, answers = ground.run(ground.command("translate"))
    assert "not in the training pairs" in error
    assert ground.run(ground.command("translate"), '"$@" 2>&-') == (0, "", answers)


@pytest.mark.parametrize("name", ["translate", "train"])
def test_a_file_without_permission_is_refused_in_one_line(ground, name, monkeypatch):
    """Permissions do not bind root, so the check that Typer makes of them is answered here."""
    monkeypatch.setattr("os.access", lambda *_, **__: False)
    file, folder = ground.paths["in"] / "missing", ground.paths["model"]
    options = {
        "translate": ["--input", file, "--model", folder],
        "train": [file, "--model", folder],
    }
    file.mkdir()
    with pytest.raises(UserError, match=r"Is a directory|holds a model already"):
        app([name, *map(str, options[name])], standalone_mode=False)


def test_without_stdin_no_file_gets_its_number(ground):
    """A library that prints to descriptor 2 must not print into a file of ours."""
    script = (
        "import os\nfrom seqcli import __main__ as program\nprogram._open_closed_streams()\n"
        "os.write(1, bytes(os.path.samefile(f'/dev/fd/{i}', os.devnull) for i in (0, 2)))"
    )
    command = [sys.executable, "-c", script]
    assert ground.run(command, '"$@" <&- 2>&-') == (0, "", b"\1\1")
