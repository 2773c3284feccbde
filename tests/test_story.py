"""The commands of docs/story.md and docs/story.zh.md still work; on a tiny budget here."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("story.md", "story.zh.md")


def commands(page: str) -> list[list[str]]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(line.removeprefix("$ ")) for line in lines if line.startswith("$ ")]


def first_lines(path: Path, target: Path, count: int) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()[:count]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def here(tmp_path):
    """A folder with the beginning of every file that a command may name."""
    for path in (ROOT / "sample_data").rglob("*.tsv"):
        count = 300 if "train" in path.name else 10
        first_lines(path, tmp_path / path.relative_to(ROOT), count)
    return tmp_path


def tiny(arguments: list[str]) -> list[str]:
    """The same command with next to nothing to do."""
    command, *rest = arguments
    sample = "sample_data/train.en-zh.tsv", "--dev", "sample_data/dev.en-zh.tsv"
    named = any(word.endswith(".train.tsv") for word in rest)
    for budget in {"--minutes", "--updates"} & set(rest):
        place = rest.index(budget)
        del rest[place : place + 2]
    if command == "train":
        return [command, *([] if named else sample), *rest, "--updates", "2", "--hidden", "8"]
    if command == "compare":
        return [command, *sample, "--test", sample[2], *rest, "--updates", "2"]
    return arguments


def test_both_pages_show_the_same_commands():
    assert commands(PAGES[0]) == commands(PAGES[1])


# Each loads what it needs by itself in real life; here they share one process and its PyTorch.
ONE_AFTER_ANOTHER = """
import json, sys
from seqcli.cli.app import main
for arguments in json.load(sys.stdin):
    sys.argv = ["seqcli", *arguments]
    print(*sys.argv, flush=True)
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
"""


def test_the_commands_of_the_story_work(here):
    shown = commands(PAGES[0])
    assert len(shown) >= 12
    assert {program for program, *_ in shown} == {"seqcli"}
    wanted = json.dumps([tiny(arguments) for _, *arguments in shown])
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_ANOTHER],
        input=wanted,
        text=True,
        capture_output=True,
        cwd=here,
        env={name: value for name, value in os.environ.items() if name != "SEQCLI_MODEL"},
        check=False,
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-2000:]
    assert done.stdout.count("seqcli ") >= len(shown)


def test_the_pages_answer_with_what_was_printed():
    for page in PAGES:
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        assert "@@" not in text
        blocks = re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)
        silent = [block for block in blocks if not re.search(r"^[^$\n]", block, flags=re.MULTILINE)]
        assert silent == []
