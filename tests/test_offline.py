"""No command looks up a host or opens a socket, or leaves a file outside its own.

Three witnesses: Python's audit events (`watched/sitecustomize.py`), the folders of the user, which
are empty before and after, and strace where there is one, which sees compiled libraries too.
"""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from conftest import copy_pairs, put_index, write_pairs, write_shard

from seqcli.cli.app import app

TESTS = Path(__file__).parent
HOMES = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
SWITCHES = {"ORT_DISABLE_TELEMETRY", "TORCHINDUCTOR_CACHE_DIR"}
TRACE = ["strace", "-f", "-qq", "--seccomp-bpf", "-e"]
TRACE += ["trace=%network,creat,mkdir,mkdirat,open,openat"]
TINY = ["--updates", "2", "--seed", "2"]
SMALL = [*TINY, "--embedding", "8", "--hidden", "8"]

COMMANDS = {
    "translate": ["translate", "-m", "model", "-i", "lines.txt.gz", "-o", "answers.gz"],
    "join": ["join", "shard", "-o", "joined.txt"],
    "eval": ["eval", "-m", "model", "pairs.tsv"],
    "score": ["score", "-m", "model", "pairs.tsv"],
    "sample": ["sample", "-m", "lm", "--count", "2"],
    "augment": ["augment", "-m", "model", "lines.txt.gz", "-o", "more.tsv"],
    "check": ["check", "pairs.tsv", "-m", "model", "--html", "check.html", "--fix", "clean.tsv"],
    "convert": ["convert", "pairs.tsv", "pairs.xlsx"],
    "prepare": ["prepare", "pairs.tsv", "-o", "corpus", "--threads", "1"],
    "correct": ["correct", "-m", "model", "ba do", "BA DO"],
    "inspect": ["inspect", "-m", "model", "--beam", "1", "--html", "page.html", "ba do"],
    "why": ["why", "-m", "indexed", "ba do"],
    "page": ["page", "-m", "model", "-o", "translator.html"],
    "tokenizer show": ["tokenizer", "show", "-m", "model", "ba do"],
    "tokenizer build": ["tokenizer", "build", "pairs.tsv", "-o", "new.model"],
    "vectors learn": ["vectors", "learn", "lines.txt.gz", "--min-count", "1", "-o", "v.txt"],
    "vectors near": ["vectors", "near", "b", "-m", "model"],
    "vectors like": ["vectors", "like", "A", "B", "D", "-m", "model", "--target"],
    "vectors plot": ["vectors", "plot", "a", "b", "d", "-m", "model", "--html", "plot.html"],
    "train": ["train", "pairs.tsv", "-m", "new", *SMALL],
    "compare": ["compare", "pairs.tsv", "-s", "rnn/none/hidden=8", "--no-analysis", *TINY],
}
# Runs commands, each a list of words, in one process.
RUN = """
import json, sys
from seqcli.cli.app import main
for words in json.loads(sys.argv[1]):
    sys.argv = ["seqcli", *words]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
"""
IN_PYTHON = """
import seqcli
import onnxruntime
seqcli.load("model").translate("ba do")
for each in seqcli.load("model").score([("ba", "BA")]):
    print(each)
seqcli.train("pairs.tsv", model="new", updates=2, embedding=8, hidden=8)
"""
PROGRAMS = {
    "all commands": ["-c", RUN, json.dumps(list(COMMANDS.values()))],
    **{name: ["-m", "seqcli", *words] for name, words in COMMANDS.items()},
    "train --text": ["-m", "seqcli", "train", "--text", "pairs.tsv", "-m", "new", *SMALL],
    "score of text": ["-m", "seqcli", "score", "-m", "lm", "lines.txt.gz"],
    "translate --shard": ["-m", "seqcli", *COMMANDS["translate"], "--shard", "1/2"],
    "Python": ["-c", IN_PYTHON],
}


class Watched:
    """A program that was run: what it did with files and the network, and what it left."""

    def __init__(self, folder: Path, program: list[str]) -> None:
        self.work, self.home, self.temporary = (folder / x for x in ("work", "home", "temporary"))
        for each in (self.work, self.home, self.temporary):
            each.mkdir()
        shutil.copytree(TESTS / "folders" / "format-5", self.work / "model")
        shutil.copytree(TESTS / "folders" / "format-8", self.work / "indexed")
        put_index(self.work / "indexed")
        shutil.copytree(TESTS / "language-model-8", self.work / "lm")
        write_pairs(self.work / "pairs.tsv", copy_pairs(60))
        write_shard(self.work / "shard", ["ba", "do"])
        (self.work / "lines.txt.gz").write_bytes(gzip.compress(b"ba do\nki\n"))
        trace = [*TRACE, "-o", folder / "trace"] if has_strace() else []
        done = subprocess.run(
            [*map(str, trace), sys.executable, *program],
            capture_output=True,
            cwd=self.work,
            env={name: value for name, value in os.environ.items() if name not in SWITCHES}
            | dict.fromkeys(HOMES, str(self.home))
            | {
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": os.pathsep.join([str(TESTS / "watched"), str(TESTS.parent)]),
                "TMPDIR": str(self.temporary),
                "WATCH_LOG": str(self.work / "events"),
            },
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        lines = (self.work / "events").read_text().splitlines()
        self.events = [json.loads(line) for line in lines]
        self.calls = (folder / "trace").read_text().splitlines() if trace else None

    def is_own(self, path: str) -> bool:
        """Whether a program may write there: its folders of models and temporary files."""
        own = (self.work, self.temporary)
        return path == os.devnull or any((self.work / path).is_relative_to(each) for each in own)


def has_strace() -> bool:
    """Whether strace is there, and may trace."""
    probe = [*TRACE, "-o", os.devnull, "true"]
    return bool(shutil.which("strace")) and not subprocess.run(probe, check=False).returncode


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=[] if name == "all commands" else pytest.mark.slow)
        for name in PROGRAMS
    ],
)
def watched(request, tmp_path_factory):
    return Watched(tmp_path_factory.mktemp("watched"), PROGRAMS[request.param])


def test_each_command_is_watched():
    def names(command):
        if isinstance(command, typer.core.TyperGroup):
            return {f"{n} {m}".strip() for n, c in command.commands.items() for m in names(c)}
        return {""}

    assert names(typer.main.get_command(app)) == set(COMMANDS)


def test_python_opens_no_socket_and_writes_no_other_file(watched):
    assert watched.events
    for event, *details in watched.events:
        if event == "import":
            assert details == ["1"], "telemetry is not off before ONNX Runtime is imported"
        else:
            assert event == "open" or event.startswith("os."), (event, details)
            assert event not in {"os.exec", "os.fork", "os.posix_spawn", "os.system"}
            places = details[:2] if event in {"os.rename", "os.link", "os.symlink"} else details[:1]
            assert all(map(watched.is_own, places)), (event, details)


def test_nothing_is_left_in_the_folders_of_the_user(watched):
    assert not list(watched.home.rglob("*"))
    assert not list(watched.temporary.rglob("*"))


def test_no_call_looks_up_a_host_or_makes_another_file(watched):
    if watched.calls is None:
        pytest.skip("needs strace, and the right to trace")
    assert any("openat(" in call for call in watched.calls)
    for call in watched.calls:
        assert "socket(" not in call, call
        assert "/etc/resolv.conf" not in call
        path = re.search('"(.*?)"', call)
        if path and ("O_CREAT" in call or " mkdir" in call or " creat(" in call):
            assert watched.is_own(path[1]), call
