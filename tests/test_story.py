"""The commands of docs/story.md and docs/story.zh.md still work; on a tiny budget here."""

from __future__ import annotations

import re
import shlex
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
    if command == "train":
        return [command, *([] if named else sample), *rest, "--updates", "2", "--hidden", "8"]
    if command == "compare":
        return [command, *sample, "--test", sample[2], *rest, "--updates", "2"]
    return arguments


def test_both_pages_show_the_same_commands():
    assert commands(PAGES[0]) == commands(PAGES[1])


def test_the_commands_of_the_story_work(seqcli, here):
    shown = commands(PAGES[0])
    assert len(shown) >= 12
    assert seqcli.folder == here
    for program, *arguments in shown:
        assert program == "seqcli"
        seqcli(*tiny(arguments))


def test_the_pages_answer_with_what_was_printed():
    for page in PAGES:
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        assert "@@" not in text
        blocks = re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)
        silent = [block for block in blocks if not re.search(r"^[^$\n]", block, flags=re.MULTILINE)]
        assert silent == []
