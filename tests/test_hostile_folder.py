"""Model folders made to harm, with right checksums: refused in one line, or of no harm.

Hostile graphs and SentencePiece models are in `test_graph_check` and `test_piece_model`, hostile
texts and types of a manifest and names of files in `test_storage`.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from conftest import copy_pairs, edit_manifest, part_path, replace_part, write_pairs
from onnx import TensorProto
from safetensors.numpy import load, save

import seqcli
from seqcli.bundle import open_bundle
from seqcli.data.corpus import CorpusFiles
from seqcli.decoding.runtime import load_translator
from seqcli.errors import UserError
from seqcli.folder import (
    CARD,
    CHECKPOINT,
    CHECKPOINT_MANIFEST,
    ENCODER,
    HISTORY,
    MANIFEST,
    STATE,
    STEP,
    STEP_INT8,
    WEIGHTS,
    WORDS,
)
from seqcli.storage.generation import FILES, stored_file
from seqcli.storage.lock import FolderLock
from seqcli.training.prepare import TrainRequest
from seqcli.training.train import train
from seqcli.web.translator_page import translator_page

FOLDER = Path(__file__).parent / "folders" / "format-5"
HUGE = 10**400  # no float, and no integer of 64 bits
SHA256 = "0" * 64


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "model")
    return tmp_path / "model"


def refused(folder: Path, use: Callable[[Path], object]) -> str:
    """The message of one line with which a folder is refused, soon."""
    begin = time.monotonic()
    with pytest.raises(UserError) as caught:
        use(folder)
    message = str(caught.value)
    assert str(folder) in message
    assert "\n" not in message
    assert len(message) < 400 + 2 * len(str(folder))
    assert time.monotonic() - begin < 20
    return message


def translate(folder: Path, text: str = "ba do") -> str:
    (translations,) = load_translator(open_bundle(folder)).translate([text])
    return translations[0].text


# --- the manifest ---


def change(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    """A change of the value at the end of a path of keys."""

    def make(values: dict[str, Any]) -> None:
        for key in path[:-1]:
            values = values[key]
        values[path[-1]] = to

    return make


def nested(levels: int) -> list[Any]:
    values: list[Any] = []
    for _ in range(levels):
        values = [values]
    return values


def of_model(key: str, to: Any) -> Callable[[dict[str, Any]], None]:
    return change("settings", "model", key, to=to)


def of_training(key: str, to: Any) -> Callable[[dict[str, Any]], None]:
    return change("settings", "training", key, to=to)


def of_confidence(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    return change("confidence", *path, to=to)


def of_words(**values: Any) -> Callable[[dict[str, Any]], None]:
    """Another entry of the word list among the files."""
    return lambda manifest: manifest[FILES][WORDS].update(values)


def stored(sha256: str, size: int = 24) -> Callable[[dict[str, Any]], None]:
    return of_words(sha256=sha256, name=f"words-{sha256[:16]}.txt", size=size)


SETTINGS = {
    "a network of 6 GB": lambda values: values["settings"]["model"].update(
        embedding=4096, hidden=4096, encoder_layers=16
    ),
    "a billion layers": of_model("encoder_layers", 10**9),
    "no layers": of_model("encoder_layers", 0),
    "a size that is negative": of_model("hidden", -16),
    "a size that is a fraction": of_model("hidden", 16.0),
    "a size that is a truth value": of_model("hidden", True),
    "a size that is text": of_model("hidden", "16"),
    "a size over 64 bits": of_model("embedding", 1 << 70),
    "a truth value that is a number": of_model("tied", 1),
    "an unknown cell": of_model("cell", "__import__"),
    "a cell that is a list": of_model("cell", ["lstm"]),
    "a dropout over all": of_model("dropout", 1e9),
    "a clipping norm over all floats": of_training("clip", HUGE),
    "a rate over all floats": of_training("learning_rate", HUGE),
    "epochs over 64 bits": of_training("epochs", 1 << 70),
    "updates over 64 bits": of_training("updates", 1 << 70),
    "a warm-up over all floats": of_training("warmup", HUGE),
    "a patience over 64 bits": of_training("patience", 1 << 70),
    "a ratio over all floats": change("settings", "corpus", "max_ratio", to=HUGE),
    "a length ratio over all floats": change("settings", "max_length_ratio", to=HUGE),
    "a language that is a path": change("settings", "corpus", "source_language", to="../../x"),
    "settings that are missing": change("settings", to={}),
    "settings that are a list": change("settings", to=[]),
    "information nested deeply": change("settings", "about", "x", to=nested(200)),
}  # fmt: skip
MANIFESTS = {
    "a format nested deeply": change("format", to=nested(25)),
    "a format of a megabyte": change("format", to="5" * 10**6),
    "a run that is a number": change("run", to=7),
    "a hundred thousand output pieces": change("output_pieces", to=list(range(1, 10**5))),
    "output pieces with a truth value": change("output_pieces", to=[1, 2, True]),
    "a checksum that is a path": stored("/../../outside.txt"),
    "a checksum with a null character": stored("\0" * 64),
    "a checksum of other digits": stored("\u0661" * 64),
    "a checksum that is short": stored("8ea2694bf8937900"),
    "a word list of 2 GB": stored(SHA256, (1 << 31) - 1),
    "a size over 64 bits": of_words(size=1 << 70),
    "a size that is negative": of_words(size=-1),
    "a size that is a fraction": of_words(size=24.0),
    "a size that is less than all": of_words(size=23),
    "a key beside the others": of_words(mode=0o4755),
    "files that are a list": change(FILES, to=[]),
    "a part that is missing": lambda values: values[FILES].pop(WEIGHTS),
}
CONFIDENCES = {
    "a text of no number": of_confidence("bias", to="nan"),
    "a text of a number": of_confidence("bias", to="1"),
    "a text as a weight": of_confidence("features", "mean", "weight", to="inf"),
    "a weight over all floats": of_confidence("features", "mean", "weight", to=HUGE),
    "a weight over all use": of_confidence("features", "mean", "weight", to=1e308),
    "a weight that is a truth value": of_confidence("features", "mean", "weight", to=True),
    "a scale of 0": of_confidence("features", "mean", "scale", to=0),
    "a scale that is negative": of_confidence("features", "mean", "scale", to=-1.0),
    "a scale near 0": of_confidence("features", "mean", "scale", to=1e-320),
    "a length ratio of 0": of_confidence("length_ratio", to=0.0),
    "a length ratio that is negative": of_confidence("length_ratio", to=-1.0),
    "features that are a list": of_confidence("features", to=[]),
    "a feature that is a number": of_confidence("features", "mean", to=1.0),
    "a feature without a scale": of_confidence("features", "mean", to={"weight": 1, "mean": 0}),
    "fitted by a text": of_confidence("fitted", to="yes"),
    "examples that are a text": of_confidence("examples", to="9" * 5000),
    "a measure that is a text": of_confidence("auc", to="0.9"),
    "nothing in it": change("confidence", to={}),
}
HOSTILE_MANIFESTS = SETTINGS | MANIFESTS | CONFIDENCES


@pytest.mark.parametrize("kind", HOSTILE_MANIFESTS)
def test_a_hostile_manifest_is_refused(folder, kind):
    edit_manifest(folder, HOSTILE_MANIFESTS[kind])
    refused(folder, translate)


def test_a_checksum_that_leads_outside_is_not_followed(folder):
    (folder / "words-").mkdir()
    (folder.parent / "outside.t.txt").write_bytes(part_path(folder, WORDS).read_bytes())
    edit_manifest(folder, MANIFESTS["a checksum that is a path"])
    assert part_path(folder, WORDS).is_file()
    assert "words.txt has no SHA-256 checksum" in refused(folder, translate)


def test_a_manifest_of_100_gb_is_not_read(folder):
    with (folder / MANIFEST).open("r+b") as file:
        file.truncate(100 << 30)
    assert "is too large" in refused(folder, translate)


def test_values_for_people_may_be_anything(folder):
    """They are no part of an answer, and are never formatted or used as a name."""
    for key, value in (
        ("about", {"\ud800": ["\n", 1e300, None]}),
        ("source_punctuation", "\ud800]^-\\"),
    ):
        edit_manifest(folder, change("settings", key, to=value))
    edit_manifest(folder, change("settings", "locale", to="../" * 10**5))
    edit_manifest(folder, change("run", to="../\n{}%s"))
    assert translate(folder) == "BA DO"


# --- the parts ---


@pytest.mark.parametrize(
    "words", [b"x" * 999_999, b"x\n" * 499_999, b"\xff\0\x1b\n\t=\n" * 9, b"\t=\n" * 333_333, b""]
)
def test_a_hostile_word_list_does_no_harm(folder, words):
    replace_part(folder, WORDS, words)
    begin = time.monotonic()
    assert isinstance(translate(folder, "y" * 200_000 + " ba do " + "x" * 1000), str)
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize("part", [ENCODER, STEP])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 3e38])
def test_weights_that_are_no_number_end_a_translation_quietly(folder, part, value):
    model = onnx.load_from_string(part_path(folder, part).read_bytes())
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            size = len(tensor.raw_data) // 4
            tensor.raw_data = np.full(size, value, np.float32).tobytes()
    replace_part(folder, part, model.SerializeToString())
    try:
        assert len(translate(folder)) < 200
    except UserError as error:
        assert str(error).endswith("copy the model folder again, or train it again")


@pytest.mark.parametrize("part", [ENCODER, STEP])
def test_probabilities_that_are_no_number_name_the_folder(folder, part):
    model = onnx.load_from_string(part_path(folder, part).read_bytes())
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            tensor.raw_data = np.full(len(tensor.raw_data) // 4, math.nan, np.float32).tobytes()
    replace_part(folder, part, model.SerializeToString())
    translator = seqcli.load(folder, threads=1)
    for use in (lambda: translator.translate("ba"), lambda: translator.score([("ba", "BA")])):
        with pytest.raises(UserError, match=f"^{folder}: the probabilities are not numbers"):
            use()


@pytest.mark.parametrize("part", [ENCODER, STEP, STEP_INT8])
def test_no_page_is_made_of_a_hostile_graph(folder, part):
    replace_part(folder, part, b"\x08\x01")
    assert "was not written by seqcli" in refused(folder, lambda each: translator_page([each]))


@pytest.mark.parametrize("kind", CONFIDENCES)
def test_no_page_is_made_of_a_hostile_confidence(folder, kind):
    edit_manifest(folder, CONFIDENCES[kind])
    assert "confidence" in refused(folder, lambda each: translator_page([each]))


@pytest.mark.parametrize("shape", [(5,), (2, 3), (0, 3)])
def test_no_page_is_made_of_embeddings_that_do_not_fit(folder, shape):
    tensors = load(part_path(folder, WEIGHTS).read_bytes())
    replace_part(folder, WEIGHTS, save({**tensors, "target_table": np.zeros(shape, np.float32)}))
    assert "model-" in refused(folder, lambda each: translator_page([each]))


def header(text: bytes | dict[str, Any], data: bytes = b"\0" * 8, size: int | None = None) -> bytes:
    """A safetensors file with this header."""
    text = text if isinstance(text, bytes) else json.dumps(text).encode()
    return (len(text) if size is None else size).to_bytes(8, "little") + text + data


def tensor(kind: Any = "F32", shape: Any = (2,), offsets: Any = (0, 8)) -> dict[str, Any]:
    return {"dtype": kind, "shape": shape, "data_offsets": offsets}


TENSORS = {
    "nothing": b"",
    "less than a header": b"\0" * 7,
    "a header of no size": header(b""),
    "a header of 8 EB": header(b"{}", size=(1 << 63) - 1),
    "a header larger than the file": header(b"{}", size=100),
    "a header that is no JSON": header(b"\x80\x04."),
    "a header that is a list": header(b"[]"),
    "a header nested deeply": header(b"[" * 100_000),
    "a tensor of no type": header({"x": tensor(None)}),
    "a tensor of an unknown type": header({"x": tensor("OBJECT")}),
    "a tensor of a type that NumPy lacks": header({"x": tensor("BF16", (4,))}),
    "a tensor of a small type": header({"x": tensor("F8_E4M3", (8,))}),
    "a shape larger than the data": header({"x": tensor(shape=(1 << 20,))}),
    "a shape over 64 bits": header({"x": tensor(shape=(1 << 40, 1 << 40))}),
    "a shape that is negative": header({"x": tensor(shape=(-2,))}),
    "data beyond the end": header({"x": tensor(offsets=(8, 16))}),
    "data that end before they begin": header({"x": tensor(offsets=(8, 0))}),
    "data that overlap": header({"x": tensor(), "y": tensor()}),
    "data with a gap": header({"x": tensor(offsets=(8, 16))}, b"\0" * 16),
    "data that nothing names": header({}),
    "one name twice": header(b'{"x":%s,"x":%s}' % ((json.dumps(tensor()).encode(),) * 2)),
}
# These are files like any other, with tensors of other names.
HARMLESS = {"one name twice"}


@pytest.mark.parametrize("kind", TENSORS)
def test_hostile_tensors_are_refused(folder, kind):
    replace_part(folder, WEIGHTS, TENSORS[kind])
    opened = open_bundle(folder, [WEIGHTS])
    if kind in HARMLESS:
        assert set(opened.weights()) == {"x"}
    else:
        assert "model-" in refused(folder, lambda _: opened.weights())


# --- the checkpoint ---


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A folder with a run of two updates, evaluated after the first."""
    folder = tmp_path_factory.mktemp("begun") / "model"
    files = CorpusFiles((write_pairs(folder.parent / "pairs.tsv", copy_pairs(40)),))
    changes = {"embedding": 8, "hidden": 8, "attention_size": 8, "updates": 2, "evaluations": 2}
    for _ in train(TrainRequest(folder, files, files, overrides=changes, confidence=False)):
        pass
    return folder


@pytest.fixture
def run(begun, tmp_path):
    shutil.copytree(begun, tmp_path / "model")
    return tmp_path / "model"


def resume(folder: Path) -> None:
    request = TrainRequest(folder, resume=True, overrides={"updates": 3}, confidence=False)
    for _ in train(request):
        pass


def of_record(key: str, to: Any) -> Callable[[dict[str, Any]], None]:
    return change("record", key, to=to)


def of_position(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: manifest["position"].update(values)


RUNS = SETTINGS | {
    "pairs from a device": of_record("files", {"pairs": ["/dev/zero"]}),
    "pairs from a pipe": of_record("files", {"pairs": ["{place}/pipe"]}),
    "pairs from a folder": of_record("files", {"pairs": ["{place}"]}),
    "pairs with a null character": of_record("files", {"pairs": ["a\0b"]}),
    "pairs with half a character": of_record("files", {"pairs": ["\ud800"]}),
    "pairs with a long name": of_record("files", {"pairs": ["x" * 1000]}),
    "pairs with a longer name": of_record("files", {"pairs": ["x/" * 10**6]}),
    "pairs of two kinds": of_record("files", {"pairs": ["a"], "sources": ["b"], "targets": ["c"]}),
    "pairs of an unknown kind": of_record("files", {"wings": ["a"]}),
    "dev from a device": of_record("dev", {"pairs": ["/dev/zero"]}),
    "other pairs": of_record("fingerprint", "0"),
    "no number of pairs": change("settings", "about", "pairs", to="many"),
    "samples of one text": of_record("samples", [["a"]]),
    "samples of numbers": of_record("samples", [[1, 2, 3]]),
    "a history of texts": of_record("history", ["a"]),
    "a thousand billion evaluations": of_position(evaluations=10**15),
    "a thousand billion returns": of_position(returns=10**15),
    "a return in the future": of_position(returned_at=3),
    "seconds over all floats": of_position(seconds=HUGE),
    "seconds that are a text": of_position(seconds="nan"),
    "a loss over all floats": of_position(loss=HUGE),
    "a score that is a text": of_position(best="100"),
    "updates that are a truth value": of_position(update=True),
    "batches that are negative": of_position(batch=-1),
}  # fmt: skip


@pytest.mark.parametrize("kind", RUNS)
def test_a_hostile_run_is_refused(run, kind):
    os.mkfifo(run.parent / "pipe")

    def make(values):
        RUNS[kind](values)
        text = json.dumps(values).replace("{place}", str(run.parent))
        values.update(json.loads(text))

    edit_manifest(run / CHECKPOINT, make, CHECKPOINT_MANIFEST)
    before = (run / CHECKPOINT / CHECKPOINT_MANIFEST).read_bytes()
    refused(run, resume) if "from a" not in kind else refused_by_name(run)
    assert (run / CHECKPOINT / CHECKPOINT_MANIFEST).read_bytes() == before


def refused_by_name(folder: Path) -> None:
    with pytest.raises(UserError, match="is no file: name the pairs again"):
        resume(folder)


Change = Callable[[dict[str, np.ndarray]], object]


def first(tensors: dict[str, np.ndarray], part: str) -> str:
    return next(name for name in tensors if name.startswith(part))


def replaced(part: str, make: Callable[[np.ndarray], np.ndarray]) -> Change:
    def change_tensors(tensors: dict[str, np.ndarray]) -> None:
        name = first(tensors, part)
        tensors[name] = make(tensors[name])

    return change_tensors


def with_best(change_tensors: Change) -> Change:
    """The same with weights that are the best so far."""

    def make(tensors: dict[str, np.ndarray]) -> None:
        for name in [name for name in tensors if name.startswith("network.")]:
            tensors[name.replace("network.", "best.")] = tensors[name] + 1
        change_tensors(tensors)

    return make


STATES = {
    "no tokenizer": lambda tensors: tensors.pop("tokenizer"),
    "a tokenizer of floats": replaced("tokenizer", lambda _: np.full(9, np.nan)),
    "a tokenizer of no piece": replaced("tokenizer", lambda _: np.zeros(0, np.uint8)),
    "no weights": lambda tensors: [tensors.pop(n) for n in list(tensors) if n[:7] == "network"],
    "a weight that is missing": lambda tensors: tensors.pop(first(tensors, "network")),
    "a weight too many": lambda tensors: tensors.update({"network.x": np.zeros(1, np.float32)}),
    "a weight of another shape": replaced("network", lambda old: old[:1]),
    "a weight of no shape": replaced("network", lambda _: np.ones((), np.float32)),
    "a weight of integers": replaced("network", lambda old: old.astype(np.int64)),
    "a weight of complex numbers": replaced("network", lambda old: old.astype(np.complex64)),
    "a weight that is no number": replaced("network", lambda old: old * np.float32(np.nan)),
    "the best lack a weight": with_best(lambda tensors: tensors.pop(first(tensors, "best"))),
    "the best have another shape": with_best(replaced("best", lambda old: old[:1])),
    "the best are no numbers": with_best(replaced("best", lambda old: old * np.float32(np.nan))),
    "an optimizer of more weights": lambda tensors: tensors.update(
        {"optimizer.99.step": np.zeros((), np.float32)}
    ),
    "an optimizer without numbers": lambda tensors: tensors.update(
        {"optimizer.x.step": np.zeros((), np.float32)}
    ),
    "an optimizer that lacks a part": lambda tensors: tensors.pop("optimizer.0.exp_avg"),
    "an optimizer of another kind": lambda tensors: tensors.update(
        {"optimizer.0.momentum_buffer": tensors.pop("optimizer.0.exp_avg")}
    ),
    "an optimizer of another shape": replaced("optimizer.0.exp_avg", lambda old: old[:1]),
    "an optimizer of integers": replaced("optimizer.0.exp_avg", lambda old: old.astype(np.int32)),
    "an optimizer of no number": replaced("optimizer.0.exp_avg", lambda old: old + math.inf),
}  # fmt: skip


def replace_state(folder: Path, content: bytes) -> None:
    checkpoint = folder / CHECKPOINT
    file = stored_file(STATE, content)
    (checkpoint / file.name).write_bytes(content)
    edit_manifest(checkpoint, change(FILES, STATE, to=asdict(file)), CHECKPOINT_MANIFEST)


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize("kind", STATES)
def test_a_hostile_state_is_refused(run, kind):
    tensors = load(part_path(run / CHECKPOINT, STATE, CHECKPOINT_MANIFEST).read_bytes())
    STATES[kind](tensors)
    replace_state(run, save(tensors))
    message = refused(run, resume)
    assert "checkpoint" in message


@pytest.mark.parametrize("kind", sorted(TENSORS.keys() - HARMLESS))
def test_a_state_of_hostile_tensors_is_refused(run, kind):
    replace_state(run, TENSORS[kind])
    assert "state-" in refused(run, resume)


def test_a_network_that_does_not_fit_takes_no_memory(run, monkeypatch):
    """It is refused before weights are made for it."""
    monkeypatch.setattr("seqcli.training.translator_run.make_network", None)
    edit_manifest(run / CHECKPOINT, SETTINGS["a network of 6 GB"], CHECKPOINT_MANIFEST)
    assert "do not fit" in refused(run, resume)


def test_texts_of_a_run_may_be_anything(run):
    edit_manifest(
        run / CHECKPOINT,
        lambda values: (
            values["record"].update(samples=[["\ud800", "| \n", "x" * 10**6]], run="../\ud800"),
            values["settings"]["about"].update({"\ud800": "\udfff"}),
            values["record"]["history"].append({"\ud800": 1e308}),
        ),
        CHECKPOINT_MANIFEST,
    )
    (run / MANIFEST).unlink()
    resume(run)
    assert open_bundle(run).run == "../\ud800"


# --- the folder ---


def test_nothing_outside_is_written(run):
    """Links and pipes at the names of files that a training writes; each has the same target."""
    outside = run.parent / "outside"
    outside.write_text("before", encoding="utf-8")
    for name in (CARD, HISTORY):
        (run / name).unlink()
    for name in (
        CARD, HISTORY, ".lock.json", f".{MANIFEST}.part", f".{CARD}.part",
        f"{CHECKPOINT}/.{CHECKPOINT_MANIFEST}.part", f"{CHECKPOINT}/state-{'0' * 16}.safetensors",
    ):  # fmt: skip
        (run / name).symlink_to(outside)
    os.mkfifo(run / f".{HISTORY}.part")
    resume(run)
    assert outside.read_text(encoding="utf-8") == "before"
    assert not [
        path
        for path in run.rglob("*")
        if path.is_symlink() or not (path.is_file() or path.is_dir())
    ]
    assert {path.name for path in run.iterdir()} >= {CARD, HISTORY, MANIFEST}


@pytest.mark.parametrize("name", [".lock", ".lock.json"])
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_hostile_lock_does_no_harm(run, name, kind):
    outside = run.parent / "outside"
    outside.write_text("before", encoding="utf-8")
    path = run / name
    if kind == "link":
        path.symlink_to(outside)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    begin = time.monotonic()
    edit_manifest(run / CHECKPOINT, of_record("fingerprint", "0"), CHECKPOINT_MANIFEST)
    message = refused(run, resume)
    assert "not those that" in message or str(path) in message  # it is the lock, or it is replaced
    assert outside.read_text(encoding="utf-8") == "before"
    assert time.monotonic() - begin < 20


def test_who_holds_a_lock_is_read_from_no_pipe(run):
    lock = FolderLock(run)
    (run / ".lock.json").unlink()
    os.mkfifo(run / ".lock.json")
    assert "another process is training there" in refused(run, FolderLock)
    lock.release()


def test_a_checkpoint_elsewhere_is_not_written(run):
    outside = (run / CHECKPOINT).rename(run.parent / "outside")
    before = {path.name: path.read_bytes() for path in outside.iterdir()}
    (run / CHECKPOINT).symlink_to(outside)
    assert "is not a folder, but must be one: remove it" in refused(run, resume)
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == before


def test_there_are_enough_kinds():
    kinds = [*HOSTILE_MANIFESTS, *TENSORS, *RUNS, *STATES]
    assert len(set(kinds)) >= 100
