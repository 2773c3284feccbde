"""`seqcli.load` and `seqcli.train`: the same as the command line, typed, and quick to import."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from dataclasses import fields
from pathlib import Path
from typing import Any, assert_type, get_type_hints

import pytest
from conftest import SMALL, part_path

import seqcli as package
from seqcli import api, api_language_model
from seqcli.config import (
    CorpusConfig,
    ModelConfig,
    SearchConfig,
    TokenizerConfig,
    TrainingConfig,
)
from seqcli.training.events import Ended, Evaluated, Prepared, Updated

TEXTS = ["ba do ki", "", "MU, ra", "xyz tu", "so so so so pe"]
PAIRS = [("ba do", "BA DO"), (" mu", "MU PE "), ("ki", "RA"), ("e\u0301", "\u00e9")]
TINY: dict[str, Any] = SMALL | {"updates": 4, "evaluations": 2}
IMPORT_MILLISECONDS = 50


@pytest.fixture(scope="module")
def translator(copy_model):
    return package.load(copy_model)


def run_python(program: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("settings", [{}, {"precision": "int8", "beam": 2, "threads": 1}])
def test_translations_are_those_of_the_command_line(seqcli, copy_model, settings):
    stdin = "".join(f"{text}\n" for text in TEXTS).encode()
    options = [word for name, value in settings.items() for word in (f"--{name}", value)]
    printed = seqcli("translate", "-m", copy_model, "--format", "json", *options, stdin=stdin).out
    translations = package.load(copy_model, **settings).translate_batch(TEXTS)
    for number, line in enumerate(printed.splitlines(), start=1):
        place = {"line": number, "rank": 1}
        assert json.loads(line) == place | translations[number - 1].to_dict()
    assert number == len(translations)


def test_nbest_translations_are_those_of_the_command_line(seqcli, copy_model, translator):
    options = ["--nbest", 3, "--prefix", "BA", "--format", "tsv"]
    printed = seqcli("translate", "-m", copy_model, *options, "ba", "do").out
    translations = translator.translate("ba do", nbest=3, prefix="BA")
    rows = [line.split("\t") for line in printed.splitlines()]
    assert [translation.text for translation in translations] == [row[-1] for row in rows]
    assert len(translations) == 3
    assert all(translation.text.startswith("BA") for translation in translations)


def test_one_text_and_several_give_the_same(translator):
    one_by_one = [translator.translate(text).text for text in TEXTS]
    assert [t.text for t in translator.translate_batch(iter(TEXTS))] == one_by_one
    lists = translator.translate_batch(TEXTS, nbest=2)
    assert [translations[0].text for translations in lists] == one_by_one
    assert list(map(len, lists)) == [2, 1, 2, 2, 2]  # a blank text has one translation
    assert translator.translate_batch([]) == []


def test_nbest_does_not_change_the_translator(translator):
    translator.translate("ba", nbest=4)
    assert translator._translator.config == SearchConfig()
    assert isinstance(translator.translate("ba"), package.Translation)


def test_scores_are_those_of_the_command_line(seqcli, copy_model, translator):
    lines = "".join(f"{source}\t{target}\n" for source, target in PAIRS).encode()
    printed = seqcli("score", "-m", copy_model, "--format", "json", stdin=lines).out
    scored = translator.score(PAIRS)
    assert [s.to_dict() for s in scored] == [json.loads(line) for line in printed.splitlines()]


def test_several_folders_translate_together(copy_model, translator):
    ensemble = package.load([copy_model, str(copy_model)])
    assert ensemble.translate("ba do").text == translator.translate("ba do").text


LOADED = """
import sys
import seqcli
HEAVY = {"numpy", "torch", "onnx", "onnxruntime", "sentencepiece", "rich", "typer", "typing"}
print(*sorted(HEAVY & set(sys.modules)))
translator = seqcli.load(sys.argv[1])
translator.translate("ba do")
translator.score([("ba", "BA")])
print(*sorted({"torch", "onnx", "typer"} & set(sys.modules)))
"""


def test_what_is_imported_when(copy_model):
    assert run_python(LOADED, copy_model) == "\n\n"


SECONDS = """
import time
start = time.perf_counter()
import seqcli
print(time.perf_counter() - start)
"""


def test_the_import_is_quick():
    assert min(float(run_python(SECONDS)) for _ in range(5)) < IMPORT_MILLISECONDS / 1000


def test_the_public_names_exist():
    assert dir(package) == package.__all__
    assert all(getattr(package, name) is not None for name in package.__all__)
    assert set(package.__all__) <= {*api.__all__, *api_language_model.__all__, "__version__"}
    with pytest.raises(AttributeError, match="'seqcli' has no attribute 'laod'"):
        getattr(package, "laod")  # noqa: B009


def settings_of(*configs):
    hints = [get_type_hints(config) for config in configs]
    return {
        each.name: hint[each.name]
        for config, hint in zip(configs, hints, strict=True)
        for each in fields(config)
    }


def test_the_keywords_are_the_settings():
    search = settings_of(SearchConfig)
    del search["nbest"]  # an argument of each call
    assert get_type_hints(api.SearchSettings) == search
    configs = (CorpusConfig, TokenizerConfig, ModelConfig, TrainingConfig)
    assert get_type_hints(api.TrainSettings) == settings_of(*configs)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "nowhere"}, "^nowhere holds no model"),
        ({"model": None}, "^model must be a path, not None$"),
        ({"model": b"folder"}, "^model must be a path, not b'folder'$"),
        ({"model": "a\0b"}, "^model must be a path"),
        ({"model": []}, "^model names no folder$"),
        ({"model": ["nowhere", 5]}, "^model must be a path, not 5$"),
        ({"baem": 5, "temprature": 1.0}, "^load has no setting named baem, temprature$"),
        ({"beam": 0}, "^beam must be at least 1, not 0$"),
        ({"beam": "5"}, "^beam cannot be '5'$"),
        ({"nbest": 5}, "^load has no setting named nbest: give it to translate"),
        ({"precision": "int4"}, "^precision is one of fp32, int8, not 'int4'$"),
        ({"threads": -1}, "^threads must be at least 0, not -1$"),
        ({"threads": 1025}, "^threads must be at most 1024, not 1025$"),
    ],
)
def test_wrong_arguments_of_load_are_reported_in_one_line(copy_model, arguments, message):
    with pytest.raises(package.UserError, match=message):
        package.load(**{"model": copy_model} | arguments)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: t.translate(["ba"]), "^translate takes one text: use translate_batch"),
        (lambda t: t.translate_batch("ba"), "^translate_batch takes a list of texts"),
        (lambda t: t.translate_batch(["ba", 1]), "^a text must be a str, not 1$"),
        (lambda t: t.translate("a\ud800b"), "is not valid Unicode$"),
        (lambda t: t.translate("ba", prefix=None), "^a text must be a str, not None$"),
        (lambda t: t.translate("ba", prefix="ж"), "cannot be written"),
        (lambda t: t.translate("ba", nbest=0), "^nbest must be at least 1, not 0$"),
        (lambda t: t.score("ba"), r"^a pair is \(source, target\), not 'b'$"),
        (lambda t: t.score([("ba",)]), r"^a pair is \(source, target\), not \('ba',\)$"),
        (lambda t: t.score([("ba", None)]), "^a text must be a str, not None$"),
    ],
)
def test_wrong_texts_are_reported_in_one_line(translator, call, message):
    with pytest.raises(package.UserError, match=message):
        call(translator)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pairs": "nowhere.tsv"}, r"^nowhere\.tsv: cannot be read"),
        ({"pairs": 5}, "^pairs must be a path, not 5$"),
        ({"pairs": "\udc00\ud800"}, r"^pairs must be a path, not '\\udc00"),
        ({"tokenizer": "x" * 300}, "^tokenizer must be a path, not 'x+…$"),
        ({"source": "a"}, "^1 source file but 0 target files"),
        ({"minuts": 5, "baem": 1}, "^train has no setting named baem, minuts$"),
        ({"minutes": "ten"}, "^minutes cannot be 'ten'$"),
        ({"minutes": 1, "updates": 5}, "three kinds of budget"),
        ({"resume": True, "overwrite": True}, "choose one$"),
        ({"resume": True, "hidden": 8, "label_smoothing": 0.0}, "--hidden, --label-smoothing$"),
        ({"resume": True, "tokenizer": "t.model"}, "leave out --tokenizer$"),
        ({"resume": True, "updates": 5}, "holds no training to resume"),
        ({"tokenizer": "t.model", "pieces": "char"}, "leave out --pieces and --vocabulary$"),
        ({"tokenizer": "t.model", "vocabulary": 90}, "leave out --pieces and --vocabulary$"),
        ({"tokenizer": "t.model"}, r"^t\.model: cannot be read"),
        ({"device": "tpu"}, "^device is one of auto, cpu, cuda"),
        ({"device": 3}, "^device cannot be 3$"),
        ({"threads": 0.5}, "^threads cannot be 0.5$"),
    ],
)
def test_wrong_arguments_of_train_are_reported_in_one_line(
    tmp_path, monkeypatch, arguments, message
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(package.UserError, match=message) as caught:
        package.train(**{"model": "model"} | arguments)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_training_is_that_of_the_command_line(seqcli_process, tmp_path, copy_files, capfd):
    train, dev = copy_files
    options = [word for name, value in TINY.items() for word in (f"--{name}", value)]
    options = [str(word).replace("_", "-") for word in options]
    typed = ("--model", "typed", "--threads", 1, "--quiet", *options)
    ran = seqcli_process("train", train, "--dev", dev, *typed)
    assert (ran.out, ran.err) == ("", "")
    events: list[object] = []
    result = package.train(
        train, dev=[dev], model=tmp_path / "called", threads=1, on_event=events.append, **TINY
    )
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    by_command, by_call = (
        part_path(tmp_path / name, "model.safetensors") for name in ("typed", "called")
    )
    assert by_command.read_bytes() == by_call.read_bytes()
    about = json.loads((tmp_path / "called" / "config.json").read_text("utf-8"))["settings"][
        "about"
    ]
    assert (result.folder, result.reason) == (tmp_path / "called", "finished")
    assert (result.updates, result.metric, result.score) == (4, about["metric"], about["dev_score"])
    assert round(result.seconds, 1) >= about["seconds"]
    kinds = [type(event) for event in events]
    assert (kinds[0], kinds[-1]) == (Prepared, Ended)
    assert (kinds.count(Updated), kinds.count(Evaluated)) == (4, 2)


def test_ctrl_c_saves_the_training(tmp_path, copy_files):
    train, dev = copy_files

    def interrupt(event):
        if isinstance(event, Updated):
            signal.raise_signal(signal.SIGINT)

    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        package.train(train, dev=dev, model=tmp_path / "model", on_event=interrupt, **TINY)
    assert signal.getsignal(signal.SIGINT) is handler
    assert package.load(tmp_path / "model").translate("ba").source == "ba"
    assert package.train(model=tmp_path / "model", resume=True).updates == 4


def test_a_training_may_run_in_another_thread(tmp_path, copy_files):
    results: list[api.TrainingResult] = []
    train, dev = copy_files

    def run():
        results.append(package.train(train, dev=dev, model=tmp_path / "model", **TINY))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert [result.updates for result in results] == [4]


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
import seqcli
try:
    seqcli.train(model=sys.argv[1])
except seqcli.UserError as error:
    print(error)
"""


def test_training_names_the_packages_that_it_needs(tmp_path):
    printed = run_python(WITHOUT_TORCH, tmp_path / "model")
    assert printed == "training needs torch and onnx: pip install torch onnx\n"


def check_types(translator: package.Translator, folder: Path) -> None:
    """Checked by mypy alone: what users get."""
    assert_type(package.load(folder), api.Translator)
    assert_type(translator.translate("a").text, str)
    assert_type(translator.translate("a", nbest=2), list[api.Translation])
    assert_type(translator.translate_batch(["a"]), list[api.Translation])
    assert_type(translator.translate_batch(["a"], nbest=2), list[list[api.Translation]])
    assert_type(translator.score([("a", "b")]), list[api.ScoredPair])
    assert_type(package.train("a.tsv", model=folder, minutes=10), api.TrainingResult)
