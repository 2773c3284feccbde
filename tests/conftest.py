"""A tiny language, a model that has learned it, and the command line."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import zlib
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# A slow machine is no failure; nor shall threads of PyTorch wait for each other in a busy loop
# where another program wants the processor (as in `seqcli.cli.app`).
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
# A test may import ONNX Runtime before `seqcli.decoding.runtime` does.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
# For `make mutants`: what a test draws hangs on its code alone.
settings.register_profile("same", settings.get_profile("patient"), derandomize=True, database=None)
# For tests/test_fuzz.py where atheris cannot be installed.
settings.register_profile("long", settings.get_profile("patient"))

WORDS = ["ba", "do", "ki", "mu", "pe", "ra", "so", "tu"]


def copy_pairs(count, seed=1, longest=5):
    """Lines of a task that is learned in seconds: say the same words in capitals."""
    draw = random.Random(seed)
    lines: list[str] = []
    while len(lines) < count:
        words = " ".join(draw.choices(WORDS, k=draw.randint(1, longest)))
        lines.append(f"{words}\t{words.upper()}")
    return lines


def write_pairs(path, lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


SMALL = {
    "embedding": 32,
    "hidden": 48,
    "attention_size": 32,
    "batch_tokens": 200,
    "dropout": 0.0,
    "learning_rate": 0.01,
    "warmup": 10,
}


def shard_header(number=1, count=1, **changes):
    from seqcli.shards import ShardHeader

    values: dict[str, Any] = {"lines": 4, "source": "s", "model": "m", "settings": {"beam": 5}}
    return ShardHeader(number, count, **values | {"seqcli": "1.0"} | changes)


def write_shard(path, texts, **changes):
    """Write the output of a shard, of the header's values."""
    from seqcli.shards import shard_writer

    with (
        path.open("w", encoding="utf-8", newline="\n") as file,
        shard_writer(file, shard_header(**changes)) as out,
    ):
        for text in texts:
            print(text, file=out)
    return path


@pytest.fixture(scope="session")
def copy_files(tmp_path_factory):
    """Train and dev files of the copy task; no dev line is in train."""
    folder = tmp_path_factory.mktemp("copy")
    train = list(dict.fromkeys(copy_pairs(3000)))
    dev = [line for line in dict.fromkeys(copy_pairs(400, seed=2)) if line not in set(train)][:60]
    return write_pairs(folder / "train.tsv", train), write_pairs(folder / "dev.tsv", dev)


@pytest.fixture(scope="session")
def copy_model(tmp_path_factory, copy_files):
    """A model folder that has learned the copy task; tests must not write into it."""
    return _trained(tmp_path_factory.mktemp("models") / "copy", copy_files)


@pytest.fixture(scope="session")
def simultaneous_model(tmp_path_factory, copy_files):
    """The same for simultaneous translation."""
    folder = tmp_path_factory.mktemp("models") / "simultaneous"
    return _trained(folder, copy_files, simultaneous=True, updates=500)


def _trained(folder, copy_files, **settings):
    from seqcli.data.corpus import CorpusFiles
    from seqcli.training.prepare import TrainRequest
    from seqcli.training.train import train

    files, dev = (CorpusFiles(pairs=(path,)) for path in copy_files)
    settings = SMALL | {"updates": 300, "evaluations": 3} | settings
    for _ in train(TrainRequest(folder, files, dev, overrides=settings, threads=1)):
        pass
    return folder


@contextmanager
def small_networks():
    """In the block, a command that gives no sizes trains a network of 16 units."""
    from seqcli.config import ModelConfig, TrainingConfig

    sizes = ModelConfig(embedding=16, hidden=16, attention_size=16), TrainingConfig()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seqcli.training.recipe._by_amount", lambda _: sizes)
        yield


def edit_manifest(folder, change, manifest="config.json"):
    """Change the values of a manifest, and give it a checksum that is right again."""
    from seqcli.storage.generation import CHECKSUM, checksum, read_manifest

    values = read_manifest(folder / manifest)
    change(values)
    values[CHECKSUM] = checksum(values)
    (folder / manifest).write_text(json.dumps(values), encoding="utf-8")


def replace_part(folder, part, content):
    """Replace a part of a model by other content, whose checksum is then right."""
    from seqcli.storage.generation import FILES, stored_file

    file = stored_file(part, content)
    (folder / file.name).write_bytes(content)
    edit_manifest(folder, lambda values: values[FILES].update({part: asdict(file)}))


def put_index(folder):
    """Give a folder of format 8 an index of two pairs, and the format that may have one."""
    import numpy as np

    from seqcli.folder import FORMAT, INDEX
    from seqcli.pair_index.index import PairIndex, Projection

    hidden = json.loads((folder / "config.json").read_text())["settings"]["model"]["hidden"]
    index = PairIndex(
        np.eye(2, 4, dtype=np.float16),
        Projection(np.zeros(hidden, np.float32), np.eye(hidden, 4, dtype=np.float32)),
        np.array([[0, 5, 7, 0, 2], [1, 6, 8, 3, 5]], dtype=np.int32),
        np.array([[0, 1], [0, 2]], dtype=np.int32),
        ("pairs.tsv",),
        0,
        ("ba do", "BA DO", "ki mu", "KI MU"),
    )
    edit_manifest(folder, lambda values: values.update(format=FORMAT))
    replace_part(folder, INDEX, index.to_bytes())
    return index


def part_path(folder, part, manifest="config.json"):
    """The file of a part."""
    from seqcli.storage.generation import FILES, read_manifest

    return folder / read_manifest(folder / manifest)[FILES][part]["name"]


def as_format_4(folder):
    """Give a folder the form of format 4, without its checkpoint, and return its manifest."""
    from seqcli.storage.generation import FILES, read_manifest

    values = read_manifest(folder / "config.json")
    if index := values[FILES].pop("index.safetensors", None):  # which came with format 9
        (folder / index["name"]).unlink()
    for part, file in values[FILES].items():
        content = (folder / file["name"]).rename(folder / part).read_bytes()
        values[FILES][part] = zlib.crc32(content)
    del values["run"]
    values["format"] = 4
    (folder / "config.json").write_text(json.dumps(values), encoding="utf-8")
    shutil.rmtree(folder / "checkpoint", ignore_errors=True)
    return values


# What a shell may have set that changes the output.
UNSET = {"SEQCLI_MODEL", "NO_COLOR", "COLUMNS", "FORCE_COLOR"}


class CommandLine:
    """`seqcli` in a real subprocess, in a folder of its own, away from the checkout."""

    def __init__(self, folder: Path, timeout: float = 120) -> None:
        self.folder = folder
        self.timeout = timeout

    def __call__(self, *arguments, stdin=None, code=0, **environment):
        program = ["-m", "seqcli", *map(str, arguments)]
        return self._run(program, stdin=stdin, code=code, **environment)

    def with_code(self, *arguments, before="", at_end="", code=0, **environment):
        """The same in a process that runs a statement before, and prints the value of an expression
        as the last line of standard output."""
        program = (
            f"import sys; {before}\n"
            f"sys.argv = ['seqcli', *{list(map(str, arguments))!r}]\n"
            "from seqcli.cli.app import main\n"
            "try: main()\n"
            f"finally: print({at_end})"
        )
        return self._run(["-c", program], code=code, **environment)

    def _run(self, program, *, stdin=None, code=0, **environment):
        inherited = {name: value for name, value in os.environ.items() if name not in UNSET}
        done = subprocess.run(
            [sys.executable, *program],
            input=stdin,
            capture_output=True,
            cwd=self.folder,
            env=inherited | environment,
            timeout=self.timeout,
            check=False,
        )
        texts = (stream.decode("utf-8") for stream in (done.stdout, done.stderr))
        result = Result(done.returncode, *texts)
        assert result.code == code, result
        return result


class CommandLineHere:
    """The same in this process, which has imported the packages: `translate` and `train` take a
    tenth of the time. Standard input is a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments, stdin=None, code=0, **environment):
        result = self.run(*arguments, stdin=stdin, **environment)
        assert result.code == code, result
        return result

    def run(self, *arguments, stdin=None, **environment):
        """The same with any exit code."""
        from seqcli.cli.app import main

        with pytest.MonkeyPatch.context() as patch, standard_files(stdin or b"") as files:
            for name in UNSET:
                patch.delenv(name, raising=False)
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.chdir(self.folder)
            patch.setattr(sys, "argv", ["seqcli", *map(str, arguments)])
            with ExitStack() as stack:
                for number, name in enumerate(("stdin", "stdout", "stderr")):
                    stream = open(number, "w" if number else "r", closefd=False)  # noqa: SIM115
                    patch.setattr(sys, name, stack.enter_context(stream))
                with pytest.raises(SystemExit) as ended:
                    main()
            for file in files:
                file.seek(0)
            texts = (file.read().decode("utf-8") for file in files[1:])
            return Result(int(ended.value.code or 0), *texts)


@contextmanager
def standard_files(content):
    """Files in place of the descriptors 0 to 2, the first with a content. What compiled libraries
    print is in the others, too."""
    with ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        files[0].write(content)
        files[0].seek(0)
        for number, file in enumerate(files):
            kept = os.dup(number)
            stack.callback(os.close, kept)
            stack.callback(os.dup2, kept, number)
            os.dup2(file.fileno(), number)
        yield files


class Result:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    def __repr__(self) -> str:
        return f"exit code {self.code}\nstdout:\n{self.out}\nstderr:\n{self.err}"


@pytest.fixture
def seqcli(tmp_path):
    """The command line, where nothing hangs on the process."""
    return CommandLineHere(tmp_path)


@pytest.fixture
def seqcli_process(tmp_path):
    """The command line where the process counts: what it inherits, loads and leaves."""
    return CommandLine(tmp_path)


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium; only for tests that are marked `browser`."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        # (Chromium's sandbox does not work for root, and containers often run as root.)
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def troubles_of(page):
    """What a page must not have: errors, messages in its console, and requests. The list grows."""
    troubles: list[str] = []

    def note_request(request):
        if not request.url.startswith(("file:", "data:", "blob:")):
            troubles.append(request.url)

    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", note_request)
    return troubles
