"""Real processes that are killed: the folder opens, and the run goes on to the same bytes."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import SMALL, copy_pairs, write_pairs
from torture import Saved, files_below

from seqcli.bundle import open_bundle
from seqcli.data.corpus import CorpusFiles
from seqcli.decoding.runtime import load_translator
from seqcli.errors import UserError
from seqcli.folder import CHECKPOINT, CHECKPOINT_MANIFEST, MANIFEST, PARTS
from seqcli.storage.generation import read_manifest
from seqcli.training.checkpoint import Checkpoint
from seqcli.training.events import Ended
from seqcli.training.prepare import TrainRequest
from seqcli.training.train import train

FOLDERS = Path(__file__).parent / "folders"
# Saves after each update: a run of a second that is killed is likely to be killed in a save.
SAVING = """
import sys
from seqcli.cli.app import main
from seqcli.training import train
train.SECONDS_BETWEEN_SAVES = train.MAX_SECONDS_WITHOUT_SAVE = 0.0
sys.argv[0] = "seqcli"
main()
"""


def copy_task(folder):
    """The pairs on which the models in `folders` were trained, and their dev pairs."""
    train_pairs = list(dict.fromkeys(copy_pairs(3000)))
    dev_pairs = list(dict.fromkeys(copy_pairs(400, seed=2)))[:60]
    return (
        CorpusFiles(pairs=(write_pairs(folder / "train.tsv", train_pairs),)),
        CorpusFiles(pairs=(write_pairs(folder / "dev.tsv", dev_pairs),)),
    )


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDERS.iterdir()))
def test_a_folder_of_each_format_is_read_and_goes_on(tmp_path, name):
    folder = tmp_path / "model"
    shutil.copytree(FOLDERS / name, folder)
    (translations,) = load_translator(open_bundle(folder)).translate(["ba do ki"])
    assert translations[0].text == "BA DO KI"
    assert load_translator(open_bundle(folder, ["encoder.onnx", "step.int8.onnx"]))
    files, dev = copy_task(tmp_path)
    request = TrainRequest(folder, files, dev, resume=True, overrides={"updates": 601})
    events = list(train(request))
    assert isinstance(events[-1], Ended)
    assert (events[-1].update, events[-1].reason) == (601, "finished")
    assert open_bundle(folder, PARTS).run == Checkpoint(folder).record.run != ""
    assert not any((folder / part).exists() for part in PARTS)  # as format 4 and older had them
    assert [path.suffix for path in (folder / CHECKPOINT).iterdir()].count(".safetensors") == 1


def test_the_checkpoint_of_another_run_is_refused(tmp_path):
    files, dev = copy_task(tmp_path)
    for name in ("one", "other"):
        settings = SMALL | {"updates": 2, "evaluations": 1}
        list(train(TrainRequest(tmp_path / name, files, dev, overrides=settings, confidence=False)))
    mixed = tmp_path / "mixed"
    shutil.copytree(tmp_path / "one", mixed)
    shutil.rmtree(mixed / CHECKPOINT)
    shutil.copytree(tmp_path / "other" / CHECKPOINT, mixed / CHECKPOINT)
    before = files_below(mixed)
    request = TrainRequest(mixed, files, dev, resume=True, overrides={"updates": 3})
    with pytest.raises(UserError, match="holds the model of one run and the checkpoint of another"):
        list(train(request))
    assert files_below(mixed) == before
    # A run that replaces another may have stopped before its model was written.
    (mixed / MANIFEST).unlink()
    list(train(request))
    assert open_bundle(mixed).settings.about["updates"] == 3
    replacing = TrainRequest(
        tmp_path / "one", files, dev, overwrite=True, overrides=SMALL | {"updates": 2}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seqcli.training.translator_recorder.write_bundle", fail)
        with pytest.raises(UserError, match="no model"):
            list(train(replacing))
    assert open_bundle(tmp_path / "one").settings.about["updates"] == 2
    assert not Checkpoint(tmp_path / "one").belongs_to("another")
    assert Checkpoint(tmp_path / "one").belongs_to(None)  # there is no model
    list(train(TrainRequest(tmp_path / "one", files, dev, resume=True, overrides={"updates": 3})))
    assert open_bundle(tmp_path / "one").run == Checkpoint(tmp_path / "one").record.run


def fail(*_):
    raise UserError("no model")


# Holds the lock of a folder until its standard input ends.
HOLDING = """
import sys
from pathlib import Path
from seqcli.storage.lock import FolderLock
lock = FolderLock(Path("model"))
print("locked", flush=True)
sys.stdin.read()
lock.release()
"""


def test_a_second_training_in_the_shell_is_refused(tmp_path, seqcli):
    write_pairs(tmp_path / "pairs.tsv", copy_pairs(30))
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        for option in ("--updates=2", "--overwrite", "--resume"):
            error = seqcli("train", "pairs.tsv", "-m", "model", option, code=2).err
            assert error.startswith(f"seqcli: model: process {other.pid} on ")
            assert error.endswith("wait until it ends, or name another folder with --model\n")
            assert error.count("\n") == 1
        other.communicate(timeout=60)
    assert not (tmp_path / "model").exists()


def test_a_training_makes_its_folder_anew(tmp_path):
    files, dev = copy_task(tmp_path)
    folder = tmp_path / "deep" / "model"
    settings = SMALL | {"updates": 3, "evaluations": 1}
    for event in train(TrainRequest(folder, files, dev, overrides=settings, confidence=False)):
        if type(event).__name__ == "Updated":
            shutil.rmtree(tmp_path / "deep", ignore_errors=True)
    assert open_bundle(folder, PARTS)
    assert Checkpoint(folder)


@pytest.mark.torture
def test_forty_kills_at_random(tmp_path):
    write_pairs(tmp_path / "train.tsv", copy_pairs(200, seed=3))
    write_pairs(tmp_path / "dev.tsv", copy_pairs(8, seed=4))
    shape = [f"--{name.replace('_', '-')}={value}" for name, value in SMALL.items()]
    common = [sys.executable, "-c", SAVING, "train", "--threads=1", "--quiet"]
    new = ["train.tsv", "--dev=dev.tsv", "--updates=60", "--evaluations=6", *shape]

    def start(*arguments):
        return subprocess.Popen([*common, *arguments], cwd=tmp_path, stderr=subprocess.PIPE)

    whole = start(*new, "--model=whole")
    began = time.monotonic()
    assert whole.communicate()[1] == b""
    seconds = time.monotonic() - began
    draw, kills, models = random.Random(1), 0, 0
    folder = tmp_path / "parts"
    while kills < 40:
        begun = (folder / CHECKPOINT / CHECKPOINT_MANIFEST).exists()
        ended = begun and Checkpoint(folder).position.update == 60
        if ended:
            shutil.rmtree(folder)
            begun = False
        process = start(*(["--resume"] if begun else [*new, "--overwrite"]), "--model=parts")
        time.sleep(draw.uniform(0.4, 1.0) * seconds)
        process.send_signal(signal.SIGKILL)
        error = process.communicate()[1]
        assert b"Traceback" not in error
        if process.returncode != -signal.SIGKILL:
            seconds *= 0.8  # it had ended before: the machine is faster than it was
            continue
        kills += 1
        if (folder / MANIFEST).exists():
            models += 1
            run = open_bundle(folder, PARTS).run
            assert Checkpoint(folder).belongs_to(run)
    process = start("--resume", "--model=parts")
    process.communicate()
    assert models > 5
    for place in (MANIFEST, f"{CHECKPOINT}/{CHECKPOINT_MANIFEST}"):
        first, second = (read_manifest(tmp_path / name / place) for name in ("whole", "parts"))
        assert first["files"] == second["files"]  # the same bytes


ANSWERING = """
import sys
from seqcli.bundle import open_bundle
from seqcli.decoding.runtime import load_translator
for _ in range(int(sys.argv[2])):
    bundle = open_bundle(sys.argv[1])
    ((answer,),) = load_translator(bundle, threads=1).translate(["ba do ki"])
    print(bundle.run, answer.text)
"""


@pytest.mark.torture
def test_two_thousand_answers_while_the_model_is_replaced(tmp_path):
    """Eight processes open the folder and translate; each answer is that of one whole model."""
    first = Saved.of(FOLDERS / "format-5")
    lines = [line.split("\t")[0] for line in copy_pairs(3000)]
    write_pairs(tmp_path / "train.tsv", [f"{line}\tki ki" for line in dict.fromkeys(lines)])
    write_pairs(tmp_path / "dev.tsv", ["ba do\tki ki"] * 3)
    files, dev = (CorpusFiles(pairs=(tmp_path / f"{name}.tsv",)) for name in ("train", "dev"))
    settings = SMALL | {"updates": 60, "evaluations": 1}
    request = TrainRequest(tmp_path / "other", files, dev, overrides=settings, confidence=False)
    list(train(request))
    other = Saved.of(tmp_path / "other")
    right = {first.model["run"]: "BA DO KI", other.model["run"]: "ki ki"}
    folder = tmp_path / "model"
    first.write(folder)
    arguments = [sys.executable, "-c", ANSWERING, str(folder), "250"]
    processes = [subprocess.Popen(arguments, stdout=subprocess.PIPE) for _ in range(8)]
    saves = 0
    while any(process.poll() is None for process in processes):
        (other, first)[saves % 2].write(folder)
        saves += 1
        time.sleep(0.05)
    answers = [line for each in processes for line in each.communicate()[0].decode().splitlines()]
    assert [process.returncode for process in processes] == [0] * 8
    assert len(answers) == 2000
    assert {tuple(answer.split(" ", 1)) for answer in answers} == set(right.items())
    assert saves > 50
