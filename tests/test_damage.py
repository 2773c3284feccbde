"""Damaged model folders: each command answers as with the whole folder, or says in one line what
is wrong, and changes nothing."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import CommandLineHere, copy_pairs, edit_manifest, part_path, write_pairs

from seqcli.data.corpus import CorpusFiles
from seqcli.folder import (
    CARD,
    CHECKPOINT,
    CHECKPOINT_MANIFEST,
    ENCODER,
    FORMAT,
    HISTORY,
    INDEX,
    MANIFEST,
    PARTS,
    STATE,
    STEP,
    STEP_INT8,
    TOKENIZER,
    WEIGHTS,
    WORDS,
)
from seqcli.training.confidence import PRIOR
from seqcli.training.prepare import TrainRequest
from seqcli.training.train import train

TINY = {"embedding": 8, "hidden": 8, "attention_size": 8, "updates": 2, "evaluations": 1}
OPENED = {MANIFEST, TOKENIZER, WORDS}
SAVED = {CHECKPOINT_MANIFEST, STATE}
FILES = (MANIFEST, *PARTS, INDEX, HISTORY, CARD, CHECKPOINT_MANIFEST, STATE)


class Command(NamedTuple):
    """A command, and the files of the folder without which it cannot do its work."""

    words: tuple[str, ...]
    needs: frozenset[str]


def command(words: str, *needs: str) -> Command:
    return Command(tuple(words.split()), frozenset(needs))


# All commands that open a model folder. What one does not need is not read: the model's weights
# only for a page, its history and its card never, the checkpoint only to resume.
COMMANDS = {
    "translate": command("translate -m {model} ba do", *OPENED, ENCODER, STEP),
    "translate int8": command(
        "translate -m {model} --precision int8 ba do", *OPENED, ENCODER, STEP_INT8
    ),
    "ensemble": command("translate -m {whole} -m {model} ba do", *OPENED, ENCODER, STEP),
    "eval": command("eval -m {model} --format json {pairs}", *OPENED, ENCODER, STEP),
    "score": command("score -m {model} {pairs}", *OPENED, ENCODER, STEP),
    "correct": command("correct -m {model} --list", MANIFEST),
    "inspect": command("inspect -m {model} --show attention ba do", *OPENED, ENCODER, STEP),
    "why": command("why -m {model} ba do", *OPENED, ENCODER, STEP, INDEX),
    "page": command("page -m {model} -o -", *OPENED, ENCODER, STEP, STEP_INT8, WEIGHTS),
    "tokenizer show": command("tokenizer show -m {model} ba do", *OPENED),
    "train --tokenizer": command(
        "train {pairs} -q -m {new} --tokenizer {model} --embedding 8 --hidden 8 "
        "--attention-size 8 --updates 1 --evaluations 1", *OPENED
    ),
    "train --resume": command("train -q -m {model} --resume --updates 3", *SAVED),
}  # fmt: skip


class Ground:
    """A whole folder, another model's folder, the pairs of both, and a place for copies."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.whole, self.other = place / "whole", place / "other"
        self.pairs = place / "whole.tsv"
        for folder, seed in ((self.whole, 1), (self.other, 2)):
            pairs = write_pairs(place / f"{folder.name}.tsv", copy_pairs(60, seed))
            files, changes = CorpusFiles((pairs,)), TINY | {"hidden": 6 + 2 * seed}
            for _ in train(TrainRequest(folder, files, files, overrides=changes, confidence=False)):
                pass
        self.answers = {name: self.run(name, self.copy())[1] for name in COMMANDS}

    def copy(self) -> Path:
        folder = self.place / "model"
        shutil.rmtree(folder, ignore_errors=True)
        folder.unlink(missing_ok=True)
        shutil.copytree(self.whole, folder)
        return folder

    def run(self, name: str, folder: Path) -> tuple[int, str, str]:
        """The exit code, the answer and the messages of a command."""
        new = self.place / "new"
        shutil.rmtree(new, ignore_errors=True)
        paths = {"model": folder, "whole": self.whole, "pairs": self.pairs, "new": new}
        words = [word.format_map(paths) for word in COMMANDS[name].words]
        with pytest.MonkeyPatch.context() as patch:
            recorder = "seqcli.training.translator_recorder"  # (fitting takes long)
            patch.setattr(f"{recorder}.fit_confidence", lambda *_: PRIOR)
            done = CommandLineHere(self.place).run(*words)
        answer = done.out
        trained = {"train --tokenizer": new, "train --resume": folder}.get(name)
        if trained and not done.code:
            answer = parts_of(trained)
        return done.code, re.sub(r'"seconds": [\d.]+', "", answer), done.err


def parts_of(folder: Path) -> str:
    """The names of the files of a model, which say what is in them."""
    return "\n".join(sorted(p.name for p in folder.rglob("*") if re.search(r"-\w{16}\.", p.name)))


def path_of(folder: Path, name: str) -> Path:
    if name in SAVED:
        place = folder / CHECKPOINT
        return place / name if name != STATE else part_path(place, STATE, CHECKPOINT_MANIFEST)
    return part_path(folder, name) if name in (*PARTS, INDEX) else folder / name


def state_of(folder: Path) -> dict[str, object]:
    """What is in a folder: content of files, targets of links, kinds of other things."""
    found: dict[str, object] = {}
    for path in sorted([folder, *folder.rglob("*")]):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode) and status.st_size < 1 << 20:
            found[str(path)] = path.read_bytes()
        else:
            link = path.readlink() if path.is_symlink() else ""
            found[str(path)] = (status.st_mode, status.st_size, link)
    return found


# --- the damages ---


class Damage(NamedTuple):
    """A kind of damage to one file, or to several; `files` are those that are not as they were."""

    kind: str
    files: frozenset[str]
    make: Callable[[Ground, Path], None]

    def __str__(self) -> str:
        return f"{self.kind}: {'+'.join(sorted(self.files))}"


def remove(path: Path, _: Path) -> None:
    path.unlink()


def empty(path: Path, _: Path) -> None:
    path.write_bytes(b"")


def halve(path: Path, _: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def lengthen(path: Path, _: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def swap(path: Path, other: Path) -> None:
    shutil.copyfile(other, path)


def make_folder(path: Path, _: Path) -> None:
    path.unlink()
    path.mkdir()


def make_pipe(path: Path, _: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_dangling_link(path: Path, _: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent / "nowhere")


def make_link(path: Path, _: Path) -> None:
    """A link to a file outside, with the right content."""
    outside = path.parents[1] / f"outside-{path.name}"
    shutil.move(path, outside)
    path.symlink_to(outside)


def link_to_endless(path: Path, _: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def make_huge(path: Path, _: Path) -> None:
    """A file of 100 GB, nearly all of it a hole."""
    with path.open("r+b") as file:
        file.truncate(100 << 30)


KINDS = (
    remove, empty, halve, lengthen, swap, make_folder, make_pipe, make_dangling_link, make_link,
    link_to_endless, make_huge,
)  # fmt: skip
# Of each file, a bit is flipped at this many places.
PLACES = 6
# Of all commands in all damaged folders, `make test` runs this many.
SAMPLE = 60


def of_one_file(change: Callable[[Path, Path], None], name: str) -> Damage:
    def make(ground: Ground, folder: Path) -> None:
        change(path_of(folder, name), path_of(ground.other, name))

    return Damage(change.__name__.replace("_", " "), frozenset({name}), make)


def of_one_bit(name: str, number: int) -> Damage:
    def make(_: Ground, folder: Path) -> None:
        path = path_of(folder, name)
        content = bytearray(path.read_bytes())
        content[(len(content) - 1) * number // (PLACES - 1)] ^= 1 << number % 8
        path.write_bytes(content)

    return Damage(f"flip bit {number}", frozenset({name}), make)


def exchanged(one: str, other: str) -> Damage:
    """Two files of the folder, each with the content of the other."""

    def make(_: Ground, folder: Path) -> None:
        paths = [path_of(folder, name) for name in (one, other)]
        contents = [path.read_bytes() for path in paths]
        for path, content in zip(paths, reversed(contents), strict=True):
            path.write_bytes(content)

    return Damage("exchange", frozenset({one, other}), make)


def of_format(manifest: str, version: object) -> Damage:
    def make(_: Ground, folder: Path) -> None:
        path = path_of(folder, manifest)
        edit_manifest(path.parent, lambda values: values.update(format=version), manifest)

    return Damage(f"format {version}", frozenset({manifest}), make)


def of_checkpoint(kind: str, change: Callable[[Path, Path], object]) -> Damage:
    def make(ground: Ground, folder: Path) -> None:
        place = folder / CHECKPOINT
        outside = place.parents[1] / "outside-checkpoint"
        shutil.rmtree(outside, ignore_errors=True)
        place.rename(outside)
        change(place, ground.other / CHECKPOINT)

    return Damage(f"checkpoint {kind}", frozenset(SAVED), make)


def swap_model(ground: Ground, folder: Path) -> None:
    """The manifest and all parts of another model, beside this checkpoint."""
    names = (MANIFEST, *PARTS, INDEX)
    for path in [path_of(folder, name) for name in names]:
        path.unlink()
    for name in names:
        shutil.copy(path_of(ground.other, name), folder)


PAIRS_EXCHANGED = [
    (ENCODER, STEP), (STEP, STEP_INT8), (TOKENIZER, WORDS), (WEIGHTS, STATE), (ENCODER, WEIGHTS),
    (MANIFEST, CHECKPOINT_MANIFEST),
]  # fmt: skip
NEWER = FORMAT + 1
DAMAGES = [
    *(of_one_file(kind, name) for name in FILES for kind in KINDS),
    *(of_one_bit(name, number) for name in FILES for number in range(PLACES)),
    *(exchanged(*names) for names in PAIRS_EXCHANGED),
    *(
        of_format(manifest, version)
        for manifest in (MANIFEST, CHECKPOINT_MANIFEST)
        for version in (NEWER, 10**9, 1, -1, str(FORMAT), None, [FORMAT])
    ),
    of_checkpoint("missing", lambda *_: None),
    of_checkpoint("empty", lambda place, _: place.mkdir()),
    of_checkpoint("a file", lambda place, _: swap(place, Path(__file__))),
    of_checkpoint("a pipe", lambda place, _: os.mkfifo(place)),
    of_checkpoint("swapped", lambda place, other: shutil.copytree(other, place)),
    of_checkpoint(
        "a link", lambda place, _: place.symlink_to(place.parents[1] / "outside-checkpoint")
    ),
    Damage("another model", frozenset({MANIFEST, "another model"}), swap_model),
]

# `train --resume` needs no model, and replaces a damaged one. But it keeps away from what is not
# damaged: the model of another run or of a newer seqcli, and what is no file.
NOT_REPLACED = {"swap", "make pipe", "make huge", "exchange"}
NO_FILE = {"make folder"}


def is_refused(damage: Damage, name: str) -> bool:
    """Whether the command cannot do its work in the damaged folder."""
    if damage.kind == "another model":  # which is whole, but belongs to no other
        return name in ("ensemble", "train --resume")
    if name == "correct" and damage.kind == "swap":  # it reads a manifest alone
        return False
    if name == "train --resume" and MANIFEST in damage.files:
        is_kept = damage.kind.startswith(("format", "link", "make"))
        return is_kept or damage.kind in NOT_REPLACED
    if name == "train --resume" and damage.kind in NO_FILE:
        return True
    return bool(damage.files & COMMANDS[name].needs)


def check(ground: Ground, damage: Damage, name: str) -> None:
    folder = ground.copy()
    damage.make(ground, folder)
    before = state_of(folder)
    code, answer, messages = ground.run(name, folder)
    if not is_refused(damage, name):
        assert code == 0, messages
        assert answer == ground.answers[name] or damage.kind == "another model"
        return
    assert code == 2, (answer, messages)
    assert messages.startswith("seqcli: ")
    assert messages.count("\n") == 1, messages
    assert len(messages) < 500 + 2 * len(str(folder))
    assert str(folder) in messages
    assert re.search(REMEDY, messages), messages
    assert answer == ""
    assert state_of(folder) == before


REMEDY = r"copy the folder again|`seqcli train|train it again|train with --tokenizer|remove "


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    return Ground(tmp_path_factory.mktemp("damage"))


def test_there_are_enough_damages():
    assert len(DAMAGES) >= 200
    assert len({str(damage) for damage in DAMAGES}) == len(DAMAGES)
    assert {name for damage in DAMAGES for name in damage.files} > set(FILES)


CASES = [(damage, name) for damage in DAMAGES for name in COMMANDS]


@pytest.mark.parametrize("number", range(SAMPLE))
def test_a_damaged_file_is_named_or_not_needed(ground, number):
    """Some of the cases, of all kinds, files and commands in turn."""
    check(ground, *CASES[number * len(CASES) // SAMPLE])


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES, ids=str)
def test_all_commands_in_all_damaged_folders(ground, damage):
    for name in COMMANDS:
        check(ground, damage, name)


@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        (make_pipe, STEP, ("translate", "ba do")),
        (link_to_endless, MANIFEST, ("score", "pairs.tsv")),
        (halve, STATE, ("train", "--resume")),
    ],
)
def test_a_process_ends_with_one_line(seqcli_process, ground, tmp_path, change, name, words):
    folder = ground.copy()
    change(path_of(folder, name), folder)
    write_pairs(tmp_path / "pairs.tsv", copy_pairs(3))
    result = seqcli_process(*words, "--model", folder, code=2)
    assert result.out == ""
    assert re.fullmatch(rf"seqcli: {re.escape(str(folder))}/.*copy the folder again\n", result.err)
