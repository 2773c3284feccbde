"""What the README shows works, and the documents agree with the code."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer
from conftest import CommandLineHere, small_networks, write_pairs

import seqcli as package
from seqcli.cli.app import app

ROOT = Path(__file__).resolve().parent.parent
MOST_WORDS = 1350

ENVIRONMENT = "needs another environment"
REGISTRY = "needs a package registry"
# Commands that no test runs, and why.
NOT_RUN = {
    "make demo": "tests/test_demo.py runs it (slow)",
    "make test": "it would run this test",
    "pytest": "it would run this test",
    "python3 -m venv .venv": ENVIRONMENT,
    ". .venv/bin/activate": ENVIRONMENT,
    "pip install --constraint constraints.txt --editable '.[dev]'": REGISTRY,
    "pip install --no-deps .": REGISTRY,
    "pip install filelock numpy onnxruntime rapidfuzz regex rich sacrebleu safetensors "
    "sentencepiece typer": REGISTRY,
    "seqcli COMMAND --help": "tests/test_cli.py shows all helps",
}
TINY = ["--updates", "2"]


def document(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def commands(text: str) -> list[str]:
    """Commands in blocks, and those in the text that have more than the name of a command."""
    lines = [line for block in blocks(text, "console") for line in block.splitlines()]
    shown = [re.sub(" +# .*", "", line.removeprefix("$ ")) for line in lines if line[:2] == "$ "]
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return shown + [s for s in spans if "seqcli " in s and not re.fullmatch(r"seqcli \w+", s)]


def tiny(arguments: list[str]) -> list[str]:
    """The same command with little to do."""
    command, *words = arguments
    if "--minutes" in words:
        place = words.index("--minutes")
        del words[place : place + 2]
    if command == "train" and "--resume" in words:
        return [command, *words, "--updates", "4"]
    if command == "train":
        files = [] if {"pairs.tsv", "--source", "--base"} & set(words) else ["pairs.tsv"]
        return [command, *files, *words, *TINY]
    if command == "correct" and "--glossary" in words:
        return [command, "--glossary", "ba", "BA DO"]
    if command == "inspect":
        return [command, "ba do ki", *words[1:]]
    if command == "compare":
        return [command, "pairs.tsv", "--dev", "test.tsv", *words, "--updates", "2"]
    return arguments


@pytest.fixture(scope="module")
def here(tmp_path_factory, copy_files):
    """A folder with the files that the README names."""
    folder = tmp_path_factory.mktemp("readme")
    train, dev = (path.read_text(encoding="utf-8").splitlines() for path in copy_files)
    write_pairs(folder / "pairs.tsv", train[:200])
    write_pairs(folder / "test.tsv", dev[:10])
    for name, lines in {"a": train[:200], "b": dev[:10]}.items():
        for side, language in enumerate(("en", "zh")):
            write_pairs(folder / f"{name}.{language}", [line.split("\t")[side] for line in lines])
    shutil.copy(folder / "b.en", folder / "a.txt")
    messages = ['msgid ""', 'msgstr "Content-Type: text/plain; charset=UTF-8\\n"', ""]
    messages += ['msgid "i love beijing"', 'msgstr ""']
    write_pairs(folder / "messages.po", messages)
    return folder


def test_the_commands_of_the_readme_work(here):
    shown = [command for command in commands(document("README.md")) if command not in NOT_RUN]
    assert len(shown) >= 10
    words = [shlex.split(command) for command in shown]
    assert {program for program, *_ in words} == {"seqcli"}, "run it here, or say why not"
    seqcli = CommandLineHere(here)
    with small_networks():
        for _, *arguments in words:
            seqcli(*tiny(arguments))
    assert len((here / "b.txt").read_text(encoding="utf-8").splitlines()) == 10
    assert (here / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_commands_that_are_not_run_are_in_the_readme():
    assert set(NOT_RUN) <= set(commands(document("README.md")))


def test_the_python_lines_of_the_readme_work(tmp_path, monkeypatch, capsys, copy_model, copy_files):
    (program,) = blocks(document("README.md"), "python")
    monkeypatch.chdir(tmp_path)
    shutil.copytree(copy_model, "seqcli-model")
    shutil.copy(copy_files[0], "pairs.tsv")
    assert "minutes=10" in program
    names: dict[str, Any] = {}
    program = program.replace("minutes=10", "updates=2, hidden=8, embedding=8")
    exec(program.replace("i love beijing", "ba do ki"), names)
    printed = capsys.readouterr().out.splitlines()
    assert printed[1].startswith("another-model ")
    assert isinstance(names["translation"], package.Translation)
    assert [len(names[name]) for name in ("translations", "alternatives", "scores")] == [2, 3, 1]


def test_the_readme_is_short():
    assert len(document("README.md").split()) <= MOST_WORDS


PAGES = ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in ROOT.glob("docs/*.md"))]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files(page):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document(page))
    missing = [link for link in links if not (ROOT / page).parent.joinpath(link).exists()]
    assert missing == []


def test_no_picture_loads_anything():
    svg = document("docs/terminal.svg")
    assert "我爱北京天安门" in svg
    assert set(re.findall(r"https?://[^\s\"')]+", svg)) == {"http://www.w3.org/2000/svg"}
    assert "url(" not in svg.replace("url(#", "")


def options() -> set[str]:
    """All names of options, of all commands."""
    todo, names = [typer.main.get_command(app)], {"--help"}
    while todo:
        command = todo.pop()
        todo += getattr(command, "commands", {}).values()
        for parameter in command.params:
            names |= {*parameter.opts, *parameter.secondary_opts}
    return names


@pytest.mark.parametrize("page", ["README.md", "docs/options.md", "docs/results.md"])
def test_options_in_the_documents_exist(page):
    text = re.sub(r"(?m)^\$ pip .*$", "", document(page))
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    assert len(named) >= 3
    assert named - options() == set()


def keys(value: object) -> set[str]:
    if not isinstance(value, dict):
        return set()
    return set(value) | {key for part in value.values() for key in keys(part)}


def test_the_page_on_the_model_folder_names_all_files_and_keys(copy_model):
    text = document("docs/model-folder.md")
    manifest = json.loads((copy_model / "config.json").read_text(encoding="utf-8"))
    paths = [path.relative_to(copy_model).as_posix() for path in copy_model.rglob("*.*")]
    files = {re.sub(r"-[0-9a-f]{16}\.", "-….", path) for path in paths}
    history = json.loads((copy_model / "history.jsonl").read_text("utf-8").splitlines()[0])
    code = " ".join(re.findall(r"`([^`]+)`", text))
    missing = [name for name in keys(manifest) | keys(history) | files if name not in code]
    assert missing == []


def test_versions_agree():
    version = re.search(r"(?m)^version: (.+)$", document("CITATION.cff"))
    assert version and version[1] == package.__version__


# A file that does not exist: the example of a new reader.
EXAMPLE = "seqcli/data/readers/fluent.py"


def test_the_files_that_contributing_names_exist():
    text = document("CONTRIBUTING.md")
    named = set(re.findall(r"`((?:seqcli|tests|docs)/[\w/.-]+)`", text))
    assert len(named) >= 25
    assert {name for name in named if not (ROOT / name).exists()} == {EXAMPLE}
