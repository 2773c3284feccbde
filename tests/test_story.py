"""The commands of docs/story.md and docs/story.zh.md work, here with a tiny budget, and print what
the pages quote."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from conftest import CommandLineHere, small_networks

from seqcli.decoding.translation import Translation
from seqcli.views.inspection import score_line
from seqcli.views.panels.end import IGNORED
from seqcli.views.panels.tree import DESCRIPTIONS

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
def story_folder(tmp_path_factory):
    """A folder with the first lines of every file that a command may name."""
    folder = tmp_path_factory.mktemp("story")
    for path in (ROOT / "sample_data").rglob("*.tsv"):
        count = 300 if "train" in path.name else 10
        first_lines(path, folder / path.relative_to(ROOT), count)
    return folder


TESTS = ("test.en-zh.tsv", "test-long.en-zh.tsv")  # the default of compare


def tiny(arguments: list[str]) -> list[str]:
    """The same command with a minimal budget."""
    command, *rest = arguments
    sample = "sample_data/train.en-zh.tsv", "--dev", "sample_data/dev.en-zh.tsv"
    names_data = any(word.endswith(".train.tsv") for word in rest)
    for budget in {"--minutes", "--updates"} & set(rest):
        place = rest.index(budget)
        del rest[place : place + 2]
    if rest[:1] == ["learn"]:
        return [command, *rest, "--epochs", "12"]
    if "--text" in rest:
        return [command, *rest, "--updates", "2"]
    if command == "train":
        return [command, *([] if names_data else sample), *rest, "--updates", "2"]
    if command == "compare":
        tests = [word for name in TESTS for word in ("--test", f"sample_data/{name}")]
        return [command, *sample, *tests, *rest, "--updates", "2"]
    return arguments


def test_both_pages_show_the_same_commands():
    assert commands(PAGES[0]) == commands(PAGES[1])


@pytest.fixture(scope="module")
def printed(story_folder):
    """The output of all commands, wide enough that no table is folded."""
    story = commands(PAGES[0])
    assert len(story) >= 12
    assert {program for program, *_ in story} == {"seqcli"}
    seqcli, text = CommandLineHere(story_folder), ""
    with small_networks():
        for _, *arguments in story:
            done = seqcli(*tiny(arguments), COLUMNS="120")
            text += f"{shlex.join(arguments)}\n{done.out}{done.err}"
    return text


def test_the_commands_of_the_story_work(printed):
    assert len(printed.splitlines()) > 2 * len(commands(PAGES[0]))


NUMBER = re.compile(r"[-+(]?\d[\d.,:-]*(e[-+]\d+)?%?[;,)]?")
# Han, the comma of Chinese, bars, but no ▁, marks of a plot, dots for what was not heard; an end
# among the alternatives to a piece.
MODEL_OUTPUT = re.compile("[\u2580-\u2580\u2582-\u259f\u4e00-\u9fff，•]|··|or </s>")


def words(text: str) -> list[str]:
    """The words that do not depend on the model: no numbers, no bars, no Chinese."""
    return [
        word
        for word in text.split()
        if not NUMBER.fullmatch(word) and not MODEL_OUTPUT.search(word)
    ]


def documented(page: str) -> list[str]:
    """The lines below the commands of a page, and in its indented blocks."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    lines += re.findall(r"^ {4}(\S.*)$", prose, flags=re.MULTILINE)
    return [line for line in lines if words(line) != ["…"] and not line.startswith("$ ")]


# Texts that only a trained model prints, whose translations reach their end.
TRAINED_ONLY = [
    score_line(Translation("", "", -0.1, -0.1, (), (), None, "eos")),
    IGNORED,
    *DESCRIPTIONS.values(),
    *(f"{outcome}, score" for outcome in DESCRIPTIONS.values()),
]


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_quote_what_the_commands_print(printed, page):
    """Titles, captions, table headings and other fixed words equal the present output."""
    lines = documented(page)
    assert len(lines) > 100
    printed_words = [word for text in (printed, *TRAINED_ONLY) for word in [*words(text), "|"]]
    stream = "  ".join(["", *printed_words, ""])
    different = []
    for line in lines:
        line_words = words(line)
        if MODEL_OUTPUT.search(line):  # a longer training may write other pieces
            known = all(word in printed_words or word.startswith("▁") for word in line_words)
        else:
            known = "  ".join(["", *line_words, ""]) in stream
        if not known:
            different.append(line)
    assert different == []
