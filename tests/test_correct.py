"""Corrections in use: `seqcli correct`, `:fix`, and every way of translating."""

import dataclasses
import io
import json
import os
import re
import shutil
import sys
import time
import types
from pathlib import Path
from typing import Any

import pytest
from test_cli import read_terminal, start_in_terminal

import seqcli as package
from seqcli.bundle import open_bundle
from seqcli.cli import fixing, prompt
from seqcli.cli.correct import CorrectOptions, _rows_of_file
from seqcli.cli.fixing import Fixing
from seqcli.cli.translation_writer import TranslationWriter
from seqcli.config import SearchConfig
from seqcli.corrections.files import (
    CORRECTIONS_FILE,
    GLOSSARY_FILE,
    append_corrections,
    read_corrections,
)
from seqcli.corrections.memory import TranslationMemory, open_memory
from seqcli.data.pairs import Pair
from seqcli.decoding.runtime import load_translator
from seqcli.folder import CORRECTIONS, GLOSSARY
from seqcli.training.prepare import TrainRequest
from seqcli.training.train import train


@pytest.fixture
def model(copy_model, tmp_path):
    """A model that may be corrected."""
    shutil.copytree(copy_model, tmp_path / "model", ignore=lambda *_: ["checkpoint"])
    return tmp_path / "model"


# --- the command ---


def test_what_is_told_is_remembered_in_every_way_of_translating(seqcli, model, tmp_path):
    done = seqcli("correct", "-m", model, "Ba  do", "Right & good")
    assert done.err == f"seqcli: remembered; 1 correction in {model}\n" and not done.out
    again = seqcli("correct", "-m", model, "ba DO", "Right & good")
    assert again.err == f"seqcli: known already; 1 correction in {model}\n"
    assert seqcli("translate", "-m", model, "BA", "DO").out == "Right & good\n"
    piped = seqcli("translate", "-m", model, stdin="ba do\nki mu\nｂａ do\n".encode())
    assert piped.out == "Right & good\nKI MU\nRight & good\n" and piped.err == ""
    (tmp_path / "lines.txt").write_text("ba do. ki\nba do\n")
    seqcli("translate", "-m", model, "-i", "lines.txt", "-o", "out.txt")
    assert (tmp_path / "out.txt").read_text().splitlines()[1] == "Right & good"
    (tmp_path / "m.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "ba do"\nmsgstr ""\n\nmsgid "  BA DO\\nki"\nmsgstr ""\n'
    )
    filled = seqcli("translate", "-m", model, "-i", "m.po").out
    assert 'msgstr "Right & good"' in filled and '"  Right & good\\n"' in filled
    assert package.load(model).translate("ba do").text == "Right & good"
    translator = package.load([model, model])
    (both,) = translator.translate_batch(["ba do"])
    assert (both.text, both.origin, both.confidence) == ("Right & good", "memory", None)


def test_the_memory_may_be_left_out(seqcli, model):
    append_corrections(model, [Pair("ba do", "x")])
    assert seqcli("translate", "-m", model, "--no-memory", "ba do").out == "BA DO\n"
    assert package.load(model, memory=False).translate("ba do").text == "BA DO"
    sampled = seqcli("translate", "-m", model, "--sample", "--temperature", "0.01", "ba do")
    assert sampled.out == "BA DO\n"
    with pytest.raises(package.UserError, match="memory is True or False"):
        package.load(model, memory="yes")  # type: ignore[arg-type]
    # What measures or shows the network does not use it.
    shown = seqcli("inspect", "-m", model, "--show", "attention", "ba do").out
    assert "BA" in shown or "▁BA" in shown
    scored = seqcli("eval", "-m", model, "-", stdin=b"ba do\tBA DO\n").out
    assert "100" in scored


def test_json_tells_the_origin_and_what_is_near(seqcli, model):
    append_corrections(model, [Pair("ba do ki mu", "x")])
    stdin = b"BA do ki mu\nba do ki pe mu\nra so\n"
    out = seqcli("translate", "-m", model, "--format", "json", stdin=stdin).out
    told, near, far = map(json.loads, out.splitlines())
    assert (told["translation"], told["origin"], told["match"]) == ("x", "memory", None)
    assert (told["confidence"], told["stopped_by"], told["attention"]) == (1.0, "eos", None)
    assert near["origin"] == far["origin"] == "model"
    assert far["match"] is None
    assert near["match"] == {
        "source": "ba do ki mu", "translation": "x", "similarity": round(22 / 25, 4),
    }  # fmt: skip
    without = seqcli("translate", "-m", model, "--format", "json", "--no-memory", stdin=stdin).out
    assert [json.loads(line)["match"] for line in without.splitlines()] == [None] * 3
    found = package.load(model).translate("ba do ki pe mu", nbest=2)
    assert [each.to_dict()["match"] for each in found] == [near["match"]] * 2


def test_a_plain_pipe_does_not_look_for_near_ones(seqcli, model, monkeypatch):
    append_corrections(model, [Pair("ba do ki mu", "x")])
    monkeypatch.setattr(TranslationMemory, "nearest", lambda *_: pytest.fail("looked up"))
    seqcli("translate", "-m", model, stdin=b"ba do ki pe\n")


def test_the_best_list_and_the_prefix(seqcli, model):
    append_corrections(model, [Pair("ba do", "BA SO")])
    shown = seqcli("translate", "-m", model, "--nbest", "3", "ba do").out.splitlines()
    assert shown[:2] == ["BA SO", "BA DO"] and len(set(shown)) == 3
    assert seqcli("translate", "-m", model, "--prefix", "BA", "ba do").out == "BA SO\n"
    assert seqcli("translate", "-m", model, "--prefix", "BA DO", "ba do").out == "BA DO\n"
    wrong = seqcli("translate", "-m", model, "--prefix", "щ", "ba do", code=2)
    assert "cannot be written" in wrong.err


def test_sentences_of_a_line_and_a_line_as_a_whole(model):
    translator = load_translator(open_bundle(model), SearchConfig())
    memory = TranslationMemory([Pair("Ba do.", "甲。"), Pair("Ki mu.", "乙。")])
    translator = translator.with_memory(memory)
    for config, expected in ((SearchConfig(), "甲。乙。"), (SearchConfig(split=False), None)):
        ((found, *_),) = translator.with_settings(config).translate("Ba do. Ki mu.")
        assert expected in (found.text, None)
        assert found.origin == ("memory" if expected else "model")
    ((mixed, *_),) = translator.translate("Ba do. Ra so.")
    assert mixed.text.startswith("甲。") and "RA SO" in mixed.text and mixed.origin == "model"
    memory.add(Pair("ba do. ki mu.", "whole"))
    ((found, *_),) = translator.translate("Ba do. Ki mu.")
    assert (found.text, found.origin) == ("whole", "memory")
    counted: list[int] = []
    translator.translate(["ba do. ki mu.", "ra", "Ki mu. ra. Ba do."], "", counted.append)
    assert sum(counted) == 3


def test_there_is_nothing_to_draw(seqcli, model):
    append_corrections(model, [Pair("ba do", "x")])
    stdin = b"ba do\nki mu\n"
    aligned = seqcli("translate", "-m", model, "--format", "pharaoh", stdin=stdin)
    assert aligned.out == "\n0-0 1-1\n"
    message = "1 of 2 translations (line 1): remembered, so without attention weights"
    assert message in aligned.err
    drawn = seqcli("translate", "-m", model, "--heatmap", stdin=stdin)
    assert drawn.out.startswith("x\nKI MU\n") and message in drawn.err


def test_files_of_pairs_and_terms(seqcli, model, tmp_path):
    (tmp_path / "pairs.csv").write_text('"ba, do","X ""x"""\nki,\nmu,Y\n', encoding="utf-8")
    done = seqcli("correct", "-m", model, "pairs.csv")
    assert done.err.splitlines() == [
        "seqcli: pairs.csv: left out 1 pair with an empty side",
        f"seqcli: remembered; 2 corrections in {model}",
    ]
    assert seqcli("correct", "-m", model, "--list").out == 'ba, do\tX "x"\nmu\tY\n'
    seqcli("correct", "-m", model, "-", stdin="猫\tNEKO\n".encode())
    assert read_corrections(model)[-1] == ("猫", "NEKO")
    assert "2 corrections" in seqcli("correct", "-m", model, "--remove", "BA, do").err
    assert (
        "has no correction of 'BA, do'"
        in seqcli("correct", "-m", model, "--remove", "BA, do", code=2).err
    )
    seqcli("correct", "-m", model, "--glossary", "ba", "MU PE", "an exclamation")
    assert seqcli("correct", "-m", model, "--glossary", "do", "KI").err == (
        f"seqcli: remembered; 2 terms in {model}\n"
    )
    (tmp_path / "terms.tsv").write_text("ki\tPE\tof a door\nmu\tTU\n")
    seqcli("correct", "-m", model, "--glossary", "terms.tsv")
    listed = seqcli("correct", "-m", model, "--glossary", "--list").out
    assert (
        listed
        == (model / GLOSSARY).read_text()
        == ("ba\tMU PE\tan exclamation\ndo\tKI\nki\tPE\tof a door\nmu\tTU\n")
    )


def test_only_files_of_pairs_are_read_in_reverse(settings, tmp_path):
    corpus = dataclasses.replace(settings.corpus, reverse=True)
    settings = dataclasses.replace(settings, corpus=corpus)
    for name, separator in (("a.tsv", "\t"), ("a.csv", ",")):
        (tmp_path / name).write_text(f"ba{separator}BA\n")
        for kind, row in ((CORRECTIONS_FILE, ("BA", "ba")), (GLOSSARY_FILE, ("ba", "BA"))):
            options = CorrectOptions(glossary=kind is GLOSSARY_FILE)
            assert _rows_of_file(options, str(tmp_path / name), kind, settings, []) == [row]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], '"source" "right translation", or seqcli correct FILE; or --list'),
        (["ba do"], "'ba do' is no file, and one text alone"),
        (["ba", "do", "ki"], "these are 3 texts: put each in quotes"),
        (["ba", " "], "none of them is empty"),
        (["\u3000", "BA"], "none of them is empty"),
        (["--list", "ba", "do"], "or --remove SOURCE"),
        (["--glossary", "a", "b", "c", "d"], "these are 4 texts"),
    ],
)
def test_a_wrong_command_is_one_line(seqcli, model, words, said):
    done = seqcli("correct", "-m", model, *words, code=2)
    assert said in done.err and done.err.count("\n") == 1
    assert not (model / CORRECTIONS).exists() and not (model / GLOSSARY).exists()


def test_only_the_manifest_is_needed(seqcli_process, model):
    for path in model.glob("*-*"):
        path.unlink()
    done = seqcli_process.with_code(
        "correct", "-m", model, "ba", "do",
        at_end="{'torch', 'onnxruntime'} & set(sys.modules)",
    )  # fmt: skip
    assert done.out == "set()\n" and read_corrections(model) == [("ba", "do")]


def test_a_broken_file_is_told_and_may_be_passed_by(seqcli, model):
    (model / CORRECTIONS).write_text("ba do\nki\tmu\n")
    done = seqcli("translate", "-m", model, "ba do", code=2)
    assert "corrections.tsv, line 1: a correction is" in done.err
    assert seqcli("translate", "-m", model, "--no-memory", "ba do").out == "BA DO\n"


def test_a_training_keeps_them_and_says_so(copy_files, tmp_path):
    from seqcli.data.corpus import CorpusFiles
    from seqcli.training.events import Prepared

    folder = tmp_path / "new"
    folder.mkdir()
    append_corrections(folder, [Pair("a", "b"), Pair("c", "d")])
    tiny = {"embedding": 8, "hidden": 8, "attention_size": 8, "updates": 1}
    files, dev = (CorpusFiles((path,)) for path in copy_files)
    for overwrite, said in ((False, []), (True, [f"kept the 2 corrections of {folder}"])):
        request = TrainRequest(
            folder, files, dev, overrides=tiny, overwrite=overwrite, confidence=False
        )
        events = train(request)
        prepared = next(event for event in events if isinstance(event, Prepared))
        append_corrections(folder, [Pair("c", "d")])  # while it trains: nobody waits
        assert [note for note in prepared.notes if "kept" in note] == said
        assert list(events)
        assert read_corrections(folder) == [("a", "b"), ("c", "d")]


# --- the prompt ---


class Writer:
    """What `:fix` needs of a writer."""

    def __init__(self, last=None):
        self.last = last
        self.translator: Any = types.SimpleNamespace(memory=TranslationMemory())


@pytest.fixture
def settings(copy_model):
    return open_bundle(copy_model, ()).settings


def correct_at_prompt(model, settings, source="ba do", about=None):
    settings = dataclasses.replace(settings, about=about or {})
    last = types.SimpleNamespace(source=source, text="wrong")
    return Fixing(Writer(last), model, settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("line", [":)", ":fixed", "fix", ": fix", "::fix", ":fixing the roof", ""])
def test_text_that_begins_with_a_colon_is_text(model, settings, line):
    assert not correct_at_prompt(model, settings)(line)


def test_a_fix_is_stored_at_once(model, settings, capsys, monkeypatch):
    fix = correct_at_prompt(model, settings)
    assert fix(":fix  right one ")
    assert read_corrections(model) == [("ba do", "right one")]
    assert fix.writer.translator.memory.find("BA DO") == "right one"
    assert capsys.readouterr().err == f"seqcli: remembered; 1 correction in {model}\n"
    assert fix(":fix")
    assert "no text can be edited here" in capsys.readouterr().err
    monkeypatch.setattr(fixing, "can_edit", lambda: True)
    for typed, said in (("", "nothing was changed"), ("wrong", "nothing"), ("新", "remembered")):
        monkeypatch.setattr(fixing, "edited", lambda _, text, typed=typed: typed * (text > ""))
        assert fix(":fix")
        assert said in capsys.readouterr().err
    assert read_corrections(model) == [("ba do", "新")]
    (model / CORRECTIONS).write_text("broken\n")
    assert fix(":fix x")  # the prompt goes on
    assert "line 1: a correction is" in capsys.readouterr().err


def test_a_blank_line_is_no_translation_to_fix(model, settings):
    translator = load_translator(open_bundle(model), SearchConfig())
    writer = TranslationWriter(
        translator, io.StringIO(), "text", heatmap=False, prefix="", advance=lambda _: None
    )
    for line in ("ba do", " "):
        writer([line])
    assert Fixing(writer, model, settings)(":fix right")
    assert read_corrections(model) == [("ba do", "right")]


def test_there_may_be_nothing_to_fix(model, settings, capsys):
    for fix in (Fixing(Writer(), model, settings), correct_at_prompt(model, settings, " ")):  # type: ignore[arg-type]
        assert fix(":fix x")
        assert "nothing to correct yet" in capsys.readouterr().err
    assert not (model / CORRECTIONS).exists()


def test_after_twenty_corrections_the_model_may_learn(model, settings, capsys):
    append_corrections(model, [Pair(f"source {i}", "x") for i in range(18)])
    offers: list[bool] = []
    for source in ("ba", "do", "do", "ki"):
        correct_at_prompt(model, settings, source)(f":fix {len(offers)}")
        command = f"seqcli train --base {model} --model {model} --overwrite"
        offers.append(f"20 corrections: {command}" in capsys.readouterr().err)
    assert offers == [False, True, False, False]
    learned = {"corrections_learned": 2}
    correct_at_prompt(model, settings, "mu", learned)(":fix x")
    assert "20 corrections: seqcli train --base" in capsys.readouterr().err
    for about in ({"corrections_learned": 23}, {"corrections_learned": "many"}):
        correct_at_prompt(model, settings, str(about), about)(":fix x")
        assert "--base" not in capsys.readouterr().err


def test_the_prompt_yields_what_is_no_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO(":fix\n:)\nba\n"))
    assert list(prompt.prompt_lines(lambda line: line == ":fix")) == [":)", "ba"]
    assert ":fix corrects the last translation" in capsys.readouterr().err


def wait_until_asleep(process):
    """Wait until a process waits for a key: a Ctrl-C just before is seen only with the next key."""
    stat = Path(f"/proc/{process}/stat")
    while stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "S":
        time.sleep(0.01)
    time.sleep(0.05 if stat.exists() else 0.5)


def test_a_translation_is_edited_in_place(model, tmp_path):
    child, terminal = start_in_terminal(
        ["translate", "-m", str(model)], tmp_path, LANG="C.UTF-8", NO_COLOR="1"
    )
    shown = ""

    def type_line(keys, until="> "):
        nonlocal shown
        os.write(terminal, keys.encode())
        shown = ""
        while not re.sub(r"\x1b\[[?\d;]*[A-Za-z]", "", shown).endswith(until):
            shown += read_terminal(terminal).decode("utf-8", "replace")
        return shown

    while not shown.endswith("> "):
        shown += read_terminal(terminal).decode()
    type_line("ba do\n")
    type_line(":fix\n", "fix> BA DO")
    wait_until_asleep(child)
    type_line("\x03")  # Ctrl-C leaves the edit, not the prompt
    assert read_corrections(model) == []
    type_line(":fix\n", "fix> BA DO")
    assert "remembered; 1 correction" in type_line("！你好\n")
    again = type_line("BA do\n")
    assert "BA DO！你好" in again and "seqcli: remembered\r\n" in again
    called_back = type_line("\x1b[A\x1b[A", ":fix")  # what was edited is no line before this one
    assert "你好" not in called_back
    type_line("\x15ba do\n")
    near = type_line("ba do.\n")
    assert "seqcli: remembered, 91 % alike: ba do → BA DO！你好" in near
    os.write(terminal, b"\x03")
    while read_terminal(terminal):
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 130
    assert open_memory([model]).find("ba do") == "BA DO！你好"
