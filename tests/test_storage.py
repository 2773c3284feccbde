"""A save can be stopped at any of its operations: one whole generation is there, old or new."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import edit_manifest, part_path
from torture import FAULTS, Disk, Saved, Stopper, files_below, write_below

from seqcli.bundle import open_bundle
from seqcli.errors import UserError
from seqcli.folder import CHECKPOINT, CHECKPOINT_MANIFEST, MANIFEST, PARTS, TOKENIZER
from seqcli.storage.generation import (
    FILES,
    read_manifest,
    read_part,
    write_generation,
)
from seqcli.storage.lock import LOCK_FILES, FolderLock
from seqcli.storage.reading import parse_json
from seqcli.training.checkpoint import Checkpoint

FOLDER = Path(__file__).parent / "folders" / "format-5"


@pytest.fixture(scope="module")
def first():
    return Saved.of(FOLDER)


def found(folder: Path) -> tuple[int | None, int | None]:
    """The updates of the model and of the checkpoint in a folder, which belong together; None where
    there is none. An error is raised for what is there and cannot be opened."""
    model = checkpoint = None
    run = ""
    if (folder / MANIFEST).exists():
        opened = open_bundle(folder, PARTS)
        run, model = opened.run, opened.settings.about["updates"]
    if (folder / CHECKPOINT / CHECKPOINT_MANIFEST).exists():
        saved = Checkpoint(folder)
        assert saved.belongs_to(run)
        checkpoint = saved.position.update
    return model, checkpoint


CASES: dict[str, Callable[[Saved], Saved]] = {
    "later": Saved.later,
    "another run": Saved.of_another_run,
    "the same": lambda saved: saved,
}


def prepare(first: Saved, case: str, folder: Path) -> Saved:
    """Write what is there before the save, and return what is saved."""
    if case == "the first":
        folder.mkdir()
        return first
    first.write(folder)
    return CASES[case](first)


# All cases at all operations in `make torture`, some in `make test`.
ALL = [
    pytest.param(case, fault, 1, marks=pytest.mark.torture)
    for case in [*CASES, "the first"]
    for fault in FAULTS
]
SOME = [
    ("later", "killed", 5),
    ("another run", "full", 7),
    ("the same", "broken once", 11),
    ("the first", "broken", 11),
]


@pytest.mark.parametrize(("case", "fault", "every"), [*ALL, *SOME])
def test_a_save_may_stop_at_every_operation(first, tmp_path, case, fault, every):
    saved = prepare(first, case, tmp_path / "before")
    new = (saved.update, saved.update)
    before, number, states = files_below(tmp_path / "before"), 0, []
    while True:
        folder = tmp_path / "folder"
        write_below(folder, before)
        stopper = Stopper(folder, number, fault)
        stopped = False
        with stopper.installed():
            try:
                saved.write(folder)
            except UserError as error:
                assert fault != "killed"
                assert "cannot be written (" in str(error)
                stopped = True
        state = found(folder)
        if stopped or fault == "killed":
            states.append(state)
        else:  # at most, an old file could not be removed
            assert state == new
        saved.write(folder)  # the next save is whole, and leaves nothing of the one that stopped
        assert found(folder) == new
        assert files_below(folder).keys() == files_below_after(saved, tmp_path)
        shutil.rmtree(folder)
        if not stopped and len(stopper.log) < number:
            break
        number += every
    old = found(tmp_path / "before")
    assert number > 20
    assert states[0] == old
    assert state == new
    # The checkpoint is switched first, and nothing goes back.
    assert set(states) <= {old, (old[0], saved.update), new}
    assert states == sorted(states, key=lambda state: [value or 0 for value in state])


def files_below_after(saved: Saved, tmp_path: Path) -> set[str]:
    folder = tmp_path / "undisturbed"
    if not folder.exists():
        folder.mkdir()
        saved.write(folder)
    return set(files_below(folder))


SURVIVAL = [(names, data) for names in (0.0, 0.5, 1.0) for data in (0.0, 0.5, 1.0)]


@pytest.mark.parametrize(
    ("case", "every"),
    [
        *(pytest.param(case, 1, marks=pytest.mark.torture) for case in [*CASES, "the first"]),
        ("another run", 4),
        ("the first", 6),
    ],
)
def test_the_power_may_go_at_every_operation(first, tmp_path, case, every):
    saved = prepare(first, case, tmp_path / "folder")
    before, old = files_below(tmp_path / "folder"), found(tmp_path / "folder")
    stopper = Stopper(tmp_path / "folder")
    with stopper.installed():
        saved.write(tmp_path / "folder")
    draw, seen = random.Random(1), {}
    for count in [*range(0, len(stopper.log), every), len(stopper.log)]:
        disk = Disk(before, stopper.log[:count])
        for survival, data in SURVIVAL:
            left = disk.after_power_cut(draw, survival, data)
            key = tuple(sorted((name, hash(content)) for name, content in left.items()))
            if key not in seen:
                shutil.rmtree(tmp_path / "left", ignore_errors=True)
                write_below(tmp_path / "left", left)
                seen[key] = found(tmp_path / "left")
            assert seen[key] in {old, (old[0], saved.update), (saved.update, saved.update)}
    assert seen[key] == (saved.update, saved.update)  # what has ended is flushed


def test_what_a_killed_save_left_is_flushed_by_the_next(first, tmp_path):
    """A part that a killed save has written, and not flushed, is not written again."""
    saved, log = prepare(first, "another run", tmp_path / "folder"), []
    before = files_below(tmp_path / "folder")
    for number in (*range(40), -1):
        stopper = Stopper(tmp_path / "folder", number)
        with stopper.installed():
            saved.write(tmp_path / "folder")
        log += stopper.log
    left = Disk(before, log).after_power_cut(random.Random(1), 0.0, 0.0)
    write_below(tmp_path / "left", left)
    assert found(tmp_path / "left") == (saved.update, saved.update)


# --- reading ---


@pytest.fixture
def copied(tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(FOLDER, folder)
    return folder


@pytest.mark.parametrize("name", [MANIFEST, TOKENIZER, "step.onnx", "words.txt"])
@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "device"])
def test_only_regular_files_are_read(copied, name, kind):
    path = copied / name if name == MANIFEST else part_path(copied, name)
    content = path.read_bytes()
    path.unlink()
    if kind == "link":
        (copied.parent / "outside").write_bytes(content)
        path.symlink_to(copied.parent / "outside")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(UserError, match=rf"{path.name}(: cannot be read| is not a regular file)"):
        open_bundle(copied)


@pytest.mark.parametrize("name", ["../outside.model", "/etc/passwd", "words.txt", "a/b", ""])
def test_no_file_outside_the_folder_is_read(copied, name):
    (copied.parent / "outside.model").write_bytes(part_path(copied, TOKENIZER).read_bytes())
    edit_manifest(copied, lambda values: values[FILES][TOKENIZER].update(name=name))
    with pytest.raises(UserError, match=r"config\.json is damaged \(tokenizer\.model has another"):
        open_bundle(copied)


def test_a_name_that_is_not_utf8_survives_a_manifest(tmp_path):
    values = {"files": {}, "pairs": "中/\udcff\\udcff\n"}
    write_generation(tmp_path / MANIFEST, values, {})
    assert read_manifest(tmp_path / MANIFEST) == values


def same_values(one: bytes, other: bytes) -> bool:
    """Whether two texts are the same to JSON: another space is no damage."""
    try:
        return parse_json(one) == parse_json(other)
    except ValueError:
        return False


@pytest.mark.parametrize("place", [MANIFEST, f"{CHECKPOINT}/{CHECKPOINT_MANIFEST}"])
def test_every_flipped_bit_of_a_manifest_is_noticed(copied, place):
    path = copied / place
    content = bytearray(path.read_bytes())
    open_it = open_bundle if place == MANIFEST else Checkpoint
    for bit in range(0, 8 * len(content), 97):
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        if not same_values(bytes(content), (FOLDER / place).read_bytes()):
            with pytest.raises(UserError, match=path.name) as caught:
                open_it(copied)
            assert "\n" not in str(caught.value)
        content[bit // 8] ^= 1 << bit % 8


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"format": ' * 50_000,
        '{"format": NaN}',
        '{"format": 1e999}',
        '{"format": 5, "format": 5}',
        '{"format": ' + "9" * 5000 + "}",
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        '"\\ud800"',
        "5",
    ],
)
def test_a_hostile_manifest_is_refused(copied, text):
    (copied / MANIFEST).write_text(text, encoding="latin-1")
    with pytest.raises(UserError, match=r"config\.json is damaged|has format") as caught:
        open_bundle(copied)
    assert len(str(caught.value)) < 400 + len(str(copied))


CHANGES = [
    ("settings", "max_length_ratio", -1.0),
    ("settings", "max_length_ratio", 1e300),
    ("settings", "max_length_ratio", "2"),
    ("settings", "carry_over", 1),
    ("settings", "locale", None),
    ("settings", "about", []),
    ("settings", "wings", 2),
    ("settings", "source_punctuation", 7),
    ("files", TOKENIZER, {"name": "x"}),
    ("files", TOKENIZER, None),
    ("files", "x.py", {}),
]


@pytest.mark.parametrize(("group", "key", "value"), CHANGES)
def test_values_of_a_wrong_type_or_range_are_refused(copied, group, key, value):
    edit_manifest(copied, lambda values: values[group].update({key: value}))
    with pytest.raises(UserError, match=r"config\.json is damaged \("):
        open_bundle(copied)


@pytest.mark.parametrize(
    ("group", "key", "value"),
    [
        ("record", "threads", 100_000),
        ("record", "threads", 0),
        ("record", "files", {"pairs": "train.tsv"}),
        ("position", "update", -1),
        ("position", "update", 1 << 70),
        ("position", "batch", "1"),
        ("position", "wings", 1),
    ],
)
def test_a_checkpoint_of_wrong_values_is_refused(copied, group, key, value):
    edit_manifest(
        copied / CHECKPOINT,
        lambda values: values[group].update({key: value}),
        CHECKPOINT_MANIFEST,
    )
    with pytest.raises(UserError, match=r"checkpoint\.json is damaged \("):
        Checkpoint(copied)


def test_a_folder_that_is_replaced_while_it_is_read_is_read_again(first, copied, monkeypatch):
    """The files that the first manifest names are gone when they are read."""
    original, saves = read_part, [first.later(), first.of_another_run()]

    def slow(folder, file):
        if file.name.startswith("words") and saves:
            saves.pop(0).write(folder)
        return original(folder, file)

    monkeypatch.setattr("seqcli.bundle.read_part", slow)
    opened = open_bundle(copied)
    assert not saves
    assert opened.run == "b" * 16
    assert opened.words.to_text().endswith("later\nanother\n")


# --- the lock ---


def test_a_second_training_is_refused_and_names_the_first(tmp_path):
    lock = FolderLock(tmp_path / "new" / "model")
    place = re.escape(str(tmp_path / "new" / "model"))
    message = (
        rf"^{place}: process {os.getpid()} on .*, since \d\d:\d\d on [-\d]+, is training there"
    )
    with pytest.raises(UserError, match=message):
        FolderLock(lock.folder)
    lock.release()
    assert not list(tmp_path.iterdir())  # what was made for the lock is gone
    FolderLock(lock.folder).release()


def test_the_lock_of_a_dead_process_is_none(tmp_path):
    program = "import sys, os; from pathlib import Path; from seqcli.storage.lock import FolderLock"
    program += "; lock = FolderLock(Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", program, tmp_path / "model"], check=False)
    assert {path.name for path in (tmp_path / "model").iterdir()} == set(LOCK_FILES)
    FolderLock(tmp_path / "model").release()


def test_a_folder_that_was_removed_is_locked_anew(tmp_path):
    lock = FolderLock(tmp_path / "model")
    lock.renew()
    shutil.rmtree(lock.folder)
    lock.renew()
    with pytest.raises(UserError, match="is training there"):
        FolderLock(lock.folder)
    shutil.rmtree(lock.folder)
    other = FolderLock(lock.folder)
    with pytest.raises(UserError, match="is training there"):
        lock.renew()
    lock.release()  # which leaves the lock of the other
    with pytest.raises(UserError, match="is training there"):
        FolderLock(lock.folder)
    other.release()


@pytest.mark.parametrize("place", ["/proc/model", "/dev/null/model"])
def test_a_place_that_cannot_be_written_is_named(place):
    with pytest.raises(UserError, match=f"^{place} cannot be written .*: name another folder with"):
        FolderLock(Path(place))


# --- several at once ---


def test_a_model_is_read_whole_while_another_replaces_it(first, tmp_path):
    """Each answer is one of the old or of the new model, and none fails."""
    folder = tmp_path / "model"
    first.write(folder)
    # (No two are alike, as no two saves of a training are: a reader takes a manifest that comes
    # again for one that has not changed.)
    saves = [first, first.later(), first.later().of_another_run()]
    ended = threading.Event()

    def save():
        number = 1
        while not ended.is_set():
            saves[number].write(folder)
            saves.append(saves[-1].later())
            number += 1

    thread = threading.Thread(target=save)
    thread.start()
    try:
        seen = set()
        for _ in range(60):
            opened = open_bundle(folder, PARTS)
            seen.add((opened.run, opened.words.to_text().encode()))
    finally:
        ended.set()
        thread.join()
    assert seen <= {(saved.model["run"], saved.parts["words.txt"]) for saved in saves}
    assert len(seen) > 1
