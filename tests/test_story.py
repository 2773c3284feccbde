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
from seqcli.views.tree import DESCRIPTIONS

from seqcli.views.inspection import stopped

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


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A folder with the beginning of every file that a command may name."""
    folder = tmp_path_factory.mktemp("story")
    for path in (ROOT / "sample_data").rglob("*.tsv"):
        count = 300 if "train" in path.name else 10
        first_lines(path, folder / path.relative_to(ROOT), count)
    return folder


TESTS = ("test.en-zh.tsv", "test-long.en-zh.tsv")  # those of a comparison without files


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
        tests = [word for name in TESTS for word in ("--test", f"sample_data/{name}")]
        return [command, *sample, *tests, *rest, "--updates", "2"]
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


@pytest.fixture(scope="module")
def printed(here):
    """All that the commands print, wide enough that no table is folded."""
    shown = commands(PAGES[0])
    assert len(shown) >= 12
    assert {program for program, *_ in shown} == {"seqcli"}
    left_out = {"SEQCLI_MODEL", "COLUMNS"}
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_ANOTHER],
        input=json.dumps([tiny(arguments) for _, *arguments in shown]),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=here,
        env={n: v for n, v in os.environ.items() if n not in left_out} | {"COLUMNS": "120"},
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2500:]
    return done.stdout


def test_the_commands_of_the_story_work(printed):
    assert printed.count("seqcli ") >= len(commands(PAGES[0]))


NUMBER = re.compile(r"[-+(]?\d[\d.,:-]*(e[-+]\d+)?%?[;,)]?")
BY_THE_MODEL = re.compile("[\u2580-\u2580\u2582-\u259f\u4e00-\u9fff]")  # Han and bars, but no ▁


def words(text: str) -> list[str]:
    """What a longer training prints as well: no numbers, no bars, nothing in Chinese."""
    every = text.split()
    return [word for word in every if not NUMBER.fullmatch(word) and not BY_THE_MODEL.search(word)]


def documented(page: str) -> list[str]:
    """The lines that stand below the commands of a page, and in its other blocks."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    beside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    lines += re.findall(r"^ {4}(\S.*)$", beside, flags=re.MULTILINE)
    return [line for line in lines if words(line) != ["…"] and not line.startswith("$ ")]


# What a model that ends its sentences prints besides; one of two updates does not.
LATER = [
    f"score {stopped('eos')}",
    "(ignored)",
    *DESCRIPTIONS.values(),
    *(f"{f}, score" for f in DESCRIPTIONS.values()),
]


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_answer_with_what_was_printed(printed, page):
    """Titles, captions, heads of tables and other fixed words are those that are printed today."""
    lines = documented(page)
    assert len(lines) > 100
    every = [word for text in (printed, *LATER) for word in [*words(text), "|"]]
    stream = "  ".join(["", *every, ""])
    unlike = []
    for line in lines:
        own = words(line)
        if BY_THE_MODEL.search(line):  # its pieces may be others
            known = all(word in every or word.startswith("▁") for word in own)
        else:
            known = "  ".join(["", *own, ""]) in stream
        if not known:
            unlike.append(line)
    assert unlike == []
