import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from conftest import SMALL, copy_pairs, edit_manifest, write_pairs

from seqcli.config import (
    CorpusConfig,
    ModelConfig,
    SearchConfig,
    TokenizerConfig,
    TrainingConfig,
)
from seqcli.errors import UserError
from seqcli.storage.lock import FolderLock
from seqcli.training.destination import check_model_folder

FAST = [
    word
    for name, value in (SMALL | {"updates": 4, "evaluations": 1}).items()
    for word in ("--" + name.replace("_", "-"), str(value))
]


def one_line(result):
    """An error as users see it: one line on stderr and nothing else."""
    assert result.out == ""
    assert len(result.err.strip().splitlines()) == 1, result
    assert "Traceback" not in result.err
    return result.err


@pytest.fixture
def pairs(tmp_path):
    return write_pairs(tmp_path / "pairs.tsv", list(dict.fromkeys(copy_pairs(200))))


COMMANDS = (
    "train", "translate", "eval", "score", "correct", "inspect", "why", "page", "compare",
    "join", "prepare", "tokenizer",
    "tokenizer build", "tokenizer show",
)  # fmt: skip


def test_help_and_version(seqcli, seqcli_process):
    assert "translate" in seqcli_process("--help").out
    assert re.fullmatch(r"seqcli \d+\.\d+\.\d+\n", seqcli("--version").out)
    for command in COMMANDS:
        out = seqcli(*command.split(), "--help", COLUMNS="80").out
        assert out.startswith(f"Usage: seqcli {command} ")
        lines = out.splitlines()
        assert len(lines) <= 40
        assert max(map(len, lines)) <= 80
        assert not re.search(r"<bool>|<list|\[default: \(|None|--json|--cpu-threads|--closer", out)
    assert "commands" in seqcli(code=2).out.lower()


@pytest.mark.parametrize(
    ("command", "configs"),
    [
        ("train", (CorpusConfig, TokenizerConfig, ModelConfig, TrainingConfig)),
        ("translate", (SearchConfig,)),
    ],
)
def test_the_whole_help_has_every_setting(seqcli, command, configs):
    short, whole = (seqcli(command, option).out for option in ("--help", "--help-all"))
    settings = [
        each.metadata["option"] or each.name for config in configs for each in fields(config)
    ]
    shown = set(re.findall(r"^  --([a-z-]+)", whole, re.MULTILINE))
    assert {name.replace("_", "-") for name in settings} <= shown
    more = whole.count("\n  -") - short.count("\n  -")
    assert f"{more} more options: seqcli {command} --help-all" in short


def test_the_help_says_what_a_default_depends_on(seqcli):
    words = " ".join(seqcli("train", "--help-all").out.split())
    assert "characters. [default: 500]" in words
    assert "--epochs N Train for this many passes over the data. [default: chosen by" in words
    assert "one embedding table. [default: on]" in words


def test_help_imports_nothing_heavy(seqcli_process):
    heavy = {"torch", "numpy", "sentencepiece", "pydantic", "rich"}
    done = seqcli_process.with_code("train", "--help", at_end=f"{heavy} & set(sys.modules)")
    assert done.out.splitlines()[-1] == "set()"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("translate --bem 3", "no such option: --bem"),
        ("translate --beam x", "invalid value for '--beam'"),
        ("translate --threads -1 a", "invalid value for '--threads'"),
        ("translate --beam", "option '--beam' requires an argument"),
        ("trnslate", "no such command 'trnslate'. Did you mean 'translate'?"),
        ("tokenizer shw", "no such command 'shw'"),
        ("inspect", "missing argument 'TEXT'"),
        ("why", "missing argument 'TEXT'"),
    ],
)
def test_a_wrong_command_line_is_explained_in_one_line(seqcli_process, line, expected):
    message = one_line(seqcli_process(*line.split(), code=2))
    assert message.startswith(f"seqcli: {expected}") and " --help" in message


def test_translate_starts_without_pydantic(seqcli_process):
    done = seqcli_process.with_code(
        *("translate", "-m", "none", "--format", "json", "a b"),
        at_end="{'pydantic', 'rich'} & set(sys.modules)",
        code=2,
    )
    assert "holds no model" in done.err
    assert done.out == "set()\n"


def completed(line, folder):
    """What the shell is offered for the last word of a line, where warnings are errors."""
    code = "from seqcli.cli.app import main; main()"
    words = line.split(" ")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        cwd=folder,
        env=os.environ
        | {
            "_SEQCLI_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
        },
        check=True,
    )
    assert done.stderr == b""
    return done.stdout.decode().split()


def test_completion(tmp_path):
    assert completed("seqcli tr", tmp_path) == ["train", "translate"]
    assert completed("seqcli train --mi", tmp_path) == ["--minutes"]
    assert completed("seqcli train pairs.tsv --minutes 3 --cell g", tmp_path) == ["gru"]
    assert completed("seqcli train --cpu", tmp_path) == []  # an old name
    assert completed("seqcli compare --no-", tmp_path) == ["--no-analysis"]


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes_after_the_installation(tmp_path):
    home = {"HOME": str(tmp_path)}
    command = tmp_path / "seqcli"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m seqcli "$@"\n')
    command.chmod(0o755)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(
        ["bash", "-c", "seqcli --install-completion; true"],
        check=True, capture_output=True, cwd=tmp_path, env=os.environ | home | path,
    )  # fmt: skip
    script = (
        "source ~/.bashrc; COMP_WORDS=(seqcli tok); COMP_CWORD=1; _seqcli_completion seqcli; "
        'echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", script],
        check=True, capture_output=True, cwd=tmp_path, env=os.environ | home | path,
    )  # fmt: skip
    assert done.stdout == b"tokenizer\n"


def test_old_names_of_options_are_accepted(seqcli, copy_model, copy_files):
    command = ("score", copy_files[1], "-m", copy_model)
    assert seqcli(*command, "--json").out == seqcli(*command, "--format", "json").out
    for name in ("eval", "score"):
        message = one_line(seqcli(name, copy_files[1], "--format", "xml", code=2))
        assert "format is one of text, json, not 'xml'" in message
    for option in (["--cpu-threads", 1], ["--threads", 1]):
        message = one_line(seqcli("train", *option, "--resume", "--overwrite", code=2))
        assert "choose one" in message
    for switch in ("--closer", "--no-closer", "--analysis", "--no-analysis"):
        message = one_line(seqcli("compare", switch, "--updates", 3, "--minutes", 3, code=2))
        assert "choose one" in message


def test_train_translate_and_evaluate(seqcli, seqcli_process, pairs):
    trained = seqcli_process("train", pairs, *FAST)
    assert trained.out == ""
    assert "dev: BLEU" in trained.err
    assert "\x1b" not in trained.err
    assert seqcli_process("translate", "ba", "do").out.count("\n") == 1
    assert json.loads(seqcli_process("eval", pairs, "--format", "json").out)["sentences"] > 100
    again = one_line(seqcli("train", pairs, *FAST, code=2))
    assert "--resume" in again
    assert "--overwrite" in again
    assert "4 updates" in one_line(seqcli("train", "--resume", code=2))
    assert "6 updates" in seqcli("train", "--resume", "--updates", 6).err


def test_quiet_says_nothing(seqcli, pairs):
    result = seqcli("train", pairs, "--quiet", *FAST)
    assert (result.out, result.err) == ("", "")


def test_two_aligned_files_and_a_tokenizer_built_before(seqcli, tmp_path, pairs):
    columns = [line.split("\t") for line in pairs.read_text().splitlines()]
    for name, column in (("a.en", 0), ("a.xx", 1)):
        write_pairs(tmp_path / name, [line[column] for line in columns])
    aligned = ("--source", "a.en", "--target", "a.xx")
    built = seqcli("tokenizer", "build", *aligned, "--output", "pieces.model", "--vocabulary", 40)
    assert "40 pieces" in built.err
    shown = seqcli("tokenizer", "show", "Ba ☃", "--tokenizer", "pieces.model").out
    assert "☃" in shown
    assert "unknown" in shown
    trained = seqcli("train", *aligned, "--tokenizer", "pieces.model", "--reverse", *FAST)
    assert "40 pieces, " in trained.err
    assert seqcli("tokenizer", "show", "BA").out.count("\n") >= 2


def test_standard_input_line_by_line(seqcli_process, copy_model):
    lines = "ba do\n\nki\r\n  \nmu pe ra"
    result = seqcli_process("translate", "--model", copy_model, stdin=lines.encode())
    assert result.out == "BA DO\n\nKI\n\nMU PE RA\n"
    assert result.err == ""


def test_a_line_in_a_pipe_is_answered_at_once(copy_model, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "seqcli", "translate", "-m", copy_model],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        for line, answer in ((b"ba do\n", b"BA DO\n"), (b"ki\n", b"KI\n")):
            process.stdin.write(line)
            process.stdin.flush()
            assert process.stdout.readline() == answer
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def test_a_closed_pipe_ends_quietly(copy_model, tmp_path):
    (tmp_path / "many.txt").write_text("ba do ki\n" * 3000)
    done = subprocess.run(
        f"{sys.executable} -m seqcli translate -m {copy_model} < many.txt | head -1",
        shell=True, capture_output=True, cwd=tmp_path, check=True,
    )  # fmt: skip
    assert done.stdout == b"BA DO KI\n"
    assert done.stderr == b""


@pytest.mark.parametrize("command", ["translate ba", "eval {test}", "inspect ba", "--help"])
def test_a_full_disk_is_one_line(copy_model, copy_files, tmp_path, command):
    done = subprocess.run(
        f"{sys.executable} -m seqcli {command.format(test=copy_files[1])} > /dev/full",
        shell=True, capture_output=True, cwd=tmp_path,
        env=os.environ | {"SEQCLI_MODEL": str(copy_model)}, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    reason = b"No space left on device"
    assert done.stderr == b"seqcli: standard output: cannot be written (%s)\n" % reason


@pytest.mark.parametrize("command", ["translate ba", "eval {test}"])
def test_a_closed_output_is_one_line(copy_model, copy_files, tmp_path, command):
    done = subprocess.run(
        f"{sys.executable} -m seqcli {command.format(test=copy_files[1])} >&-",
        shell=True, capture_output=True, cwd=tmp_path,
        env=os.environ | {"SEQCLI_MODEL": str(copy_model)}, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.decode().startswith("seqcli: standard output is closed")
    assert done.stderr.count(b"\n") == 1


def test_training_continues_when_nobody_reads_the_log(pairs, tmp_path):
    subprocess.run(
        f"{sys.executable} -m seqcli train {pairs} {' '.join(FAST)} 2>&1 | head -1",
        shell=True, capture_output=True, cwd=tmp_path, check=True,
    )  # fmt: skip
    assert (tmp_path / "seqcli-model" / "config.json").exists()


def test_formats(seqcli, copy_model):
    text = ("translate", "--model", copy_model, "--nbest", 3, "ba do")
    rows = [line.split("\t") for line in seqcli(*text, "--format", "tsv").out.splitlines()]
    assert [row[:2] for row in rows] == [["1", "1"], ["1", "2"], ["1", "3"]]
    assert rows[0][3] == "BA DO"
    assert sorted((float(row[2]) for row in rows), reverse=True) == [float(row[2]) for row in rows]
    best = json.loads(seqcli(*text, "--format", "json").out.splitlines()[0])
    assert best["source"] == "ba do"
    assert best["translation"] == "BA DO"
    assert best["stopped_by"] == "eos"
    assert len(best["attention"]) == len(best["target_pieces"])
    assert all(sum(row) == pytest.approx(1, abs=1e-2) for row in best["attention"])
    assert "format is one of" in one_line(seqcli(*text, "--format", "xml", code=2))


def test_the_heat_map_has_the_words_on_both_sides(seqcli, copy_model):
    out = seqcli(
        "translate", "-m", copy_model, "--heatmap", "ba do", NO_COLOR="1", COLUMNS="60"
    ).out
    assert "\x1b" not in out
    assert "BA" in out
    assert "█" in out or "▓" in out


def test_evaluation_shows_scores_signatures_and_sentences(seqcli, copy_model, copy_files, tmp_path):
    wrong = write_pairs(tmp_path / "wrong.tsv", ["ba do ki\tBA DO"])
    out = seqcli("eval", copy_files[1], wrong, "-m", copy_model, COLUMNS="120").out
    for wanted in ("BLEU", "tok:13a", "chrF", "exact match", "length ratio", "worst", "best"):
        assert wanted in out
    write_pairs(tmp_path / "several.tsv", ["ba\twrong", "ba\tBA", "do\tDO"])
    scores = json.loads(seqcli("eval", "several.tsv", "-m", copy_model, "--format", "json").out)
    assert {
        "bleu",
        "confidence",
        "chrf",
        "exact_match",
        "length_ratio",
        "sentences",
        "seconds",
        "signatures",
    } == set(scores)
    assert scores["sentences"] == 2
    assert scores["exact_match"] == 1.0
    assert "nrefs:var" in scores["signatures"]["chrf"]


def test_without_a_model_it_says_how_to_make_one(seqcli):
    for command in (("translate", "ba"), ("eval", "x.tsv")):
        message = one_line(seqcli(*command, code=2))
        assert "seqcli train" in message
        assert "minute" in message
    assert "holds no model" in one_line(seqcli("translate", "x", code=2, SEQCLI_MODEL="elsewhere"))


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (b"a\tb\nno tab here\n", [], "bad.tsv, line 2: no tab"),
        (b"a\tb\n\xff\tb\n", [], "bad.tsv, line 2: not valid UTF-8"),
        (b"", [], "bad.tsv: 0 lines were read, and none is a usable pair"),
        (b"a\tb\n", ["--vocabulary", "5000"], "held out"),
        (
            b"ba\tBA\nki\tKI\nmu\tMU\n" * 9,
            ["--dev", "bad.tsv", "--vocabulary", "5000"],
            "too small for 5000",
        ),
        (b"ba\tBA\nki\tKI\nmu\tMU\n" * 9, ["--hidden", "7"], "hidden must be even"),
        (b"ba\tBA\n", ["--attention", "magic"], "attention is one of"),
        (b"ba\tBA\n", ["--resume", "--hidden", "8"], "leave out --hidden"),
        (b"ba\tBA\n", ["--resume"], "no training to resume"),
        (b"ba\tBA\n", ["--minutes", "1", "--updates", "3"], "choose one"),
        (b"ba\tBA\n", ["--tokenizer", "bad.tsv"], "held out|not a SentencePiece model"),
        (b"ba\tBA\n", ["--dev", "nowhere.tsv"], "nowhere.tsv: cannot be read"),
        (b"ba\tBA\n", ["--device", "abacus"], "device is one of auto, cpu"),
        (b"ba\tBA\n", ["--source", "bad.tsv"], "aligned source and target files, not both"),
        (b"ba\tBA\n", ["--dev", "bad.tsv", "--dev-source", "bad.tsv"], "not both"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing_behind(
    seqcli, tmp_path, content, arguments, message
):
    (tmp_path / "bad.tsv").write_bytes(content)
    assert re.search(message, one_line(seqcli("train", "bad.tsv", "--quiet", *arguments, code=2)))
    assert [path.name for path in tmp_path.iterdir()] == ["bad.tsv"]


def test_a_place_that_cannot_hold_a_model_is_reported_before_training(seqcli, tmp_path):
    write_pairs(tmp_path / "pairs.tsv", copy_pairs(50))
    message = one_line(seqcli("train", "pairs.tsv", "-q", "--model", "pairs.tsv/model", code=2))
    assert "pairs.tsv is not a folder" in message
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "README.md").write_text("mine")
    places = {
        tmp_path: r"holds other things than a model \((pairs\.tsv|project)\)",
        tmp_path / "project": r"holds other things than a model \(README\.md\)",
        tmp_path / ("x" * 300): "name another with --model",
    }
    if os.path.isdir("/proc/self"):  # noqa: PTH112  (a folder that looks writable and is not)
        places[Path("/proc/x")] = "/proc/x cannot be written"
    for place, message in places.items():
        with pytest.raises(UserError, match=message):
            check_model_folder(place, overwrite=False)
            FolderLock(place)


def test_unequal_line_counts(seqcli, tmp_path):
    write_pairs(tmp_path / "a.en", ["1", "2", "3"])
    write_pairs(tmp_path / "a.zh", ["1", "2"])
    message = one_line(seqcli("train", "--source", "a.en", "--target", "a.zh", "-q", code=2))
    assert "a.zh ends before line 3" in message


def test_invalid_utf8_on_standard_input_names_the_line(seqcli, copy_model):
    result = seqcli("translate", "-m", copy_model, stdin=b"ba\n\xff\n", code=2)
    assert "standard input, line 2: not valid UTF-8" in result.err


@pytest.mark.parametrize(
    "locale",
    [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "ascii"}],
)
def test_utf8_whatever_the_locale(seqcli_process, copy_model, locale):
    out = seqcli_process("tokenizer", "show", "ba 雪", "-m", copy_model, **locale).out
    assert "雪" in out
    line = seqcli_process("translate", "-m", copy_model, "--format", "json", "ba 雪", **locale).out
    assert json.loads(line)["source"] == "ba 雪"


def test_a_narrow_terminal(seqcli, copy_model, copy_files):
    for command in (("eval", copy_files[1]), ("translate", "--heatmap", "ba do ki mu")):
        lines = seqcli(*command, "-m", copy_model, COLUMNS="40").out.splitlines()
        # Signatures are to be copied: they stay whole.
        signed = [line for line in lines if re.match(r" (BLEU|chrF2)\|", line)]
        assert len(signed) == 2 * (command[0] == "eval")
        assert all(line.rstrip()[-1].isdigit() and "version:" in line for line in signed)
        assert max(len(line) for line in lines if line not in signed) <= 40


def test_pairs_on_standard_input(seqcli, seqcli_process, copy_model, copy_files, tmp_path):
    model = ("-m", copy_model)
    dev, content = copy_files[1], copy_files[1].read_bytes()
    columns = [line.split("\t") for line in content.decode().splitlines()]
    write_pairs(tmp_path / "a.en", [source for source, _ in columns])
    targets = "".join(f"{target}\n" for _, target in columns).encode()

    def scores(*arguments, run=seqcli, **piped):
        found = json.loads(run("eval", *arguments, *model, "--format", "json", **piped).out)
        return {name: value for name, value in found.items() if name != "seconds"}

    wanted = scores(dev)
    assert wanted["sentences"] == 60
    assert scores("-", stdin=content) == scores(stdin=content) == wanted
    assert scores(run=seqcli_process, stdin=content) == wanted
    assert scores("--source", "a.en", "--target", "-", stdin=targets) == wanted
    lines = seqcli("score", dev, *model).out
    assert lines.count("\n") == 60
    assert seqcli("score", "-", *model, stdin=content).out == lines
    assert seqcli("score", *model, stdin=content).out == lines
    for place in ([], ["-"]):
        seqcli("tokenizer", "build", *place, "--vocabulary", 40, stdin=content * 5)
        assert (tmp_path / "tokenizer.model").exists()
        (tmp_path / "tokenizer.model").unlink()
    message = one_line(seqcli("eval", *model, stdin=b"ba\tBA\nno tab\n", code=2))
    assert "standard input, line 2: no tab" in message
    assert "no pairs" in one_line(seqcli("eval", *model, stdin=b"", code=2))
    assert "standard input: no pairs" in seqcli("score", *model, stdin=b"").err
    for command in ("eval", "score"):
        assert "name files" in in_terminal([command, "-m", str(copy_model)], tmp_path)


def test_standard_input_cannot_be_read_twice(seqcli, copy_model):
    for command in (
        ("train", "-", "--dev", "-"),
        ("train", "--source", "-", "--target", "-"),
        ("eval", "-", "-", "-m", copy_model),
    ):
        assert "read only once" in one_line(seqcli(*command, stdin=b"ba\tBA\n", code=2))


def test_a_run_that_learned_from_standard_input_resumes(seqcli, pairs):
    content = pairs.read_bytes()
    seqcli("train", "-", *FAST, "-q", stdin=content)
    more = ("train", "--resume", "--updates", 6, "-q")
    assert "give it the same pairs again" in one_line(seqcli(*more, stdin=content, code=2))
    other = one_line(seqcli(*more, "-", stdin=content + b"ba\tba\n", code=2))
    assert "not those" in other
    seqcli(*more, "-", stdin=content)


def test_a_model_of_the_other_direction_turns_both_forms_round(
    seqcli, copy_model, copy_files, tmp_path
):
    backwards = tmp_path / "backwards"
    shutil.copytree(copy_model, backwards)
    edit_manifest(backwards, lambda values: values["settings"]["corpus"].update(reverse=True))
    columns = [line.split("\t") for line in copy_files[1].read_text().splitlines()]
    write_pairs(tmp_path / "both.tsv", [f"{capitals}\t{small}" for small, capitals in columns])
    write_pairs(tmp_path / "capitals", [capitals for _, capitals in columns])
    write_pairs(tmp_path / "small", [small for small, _ in columns])
    aligned = ("--source", "capitals", "--target", "small")
    for form in (["both.tsv"], aligned):
        found = seqcli("eval", *form, "-m", backwards, "--format", "json")
        assert json.loads(found.out)["exact_match"] > 0.9
        assert "trained with --reverse" in found.err
    lines = seqcli("score", copy_files[1], "-m", copy_model).out
    assert seqcli("score", "both.tsv", "-m", backwards).out == lines
    assert seqcli("score", *aligned, "-m", backwards).out == lines


def test_a_tokenizer_turns_both_forms_round(seqcli, pairs, tmp_path):
    columns = [line.split("\t") for line in pairs.read_text().splitlines()]
    for name, column in (("small", 0), ("capitals", 1)):
        write_pairs(tmp_path / name, [line[column] for line in columns])
    aligned = ("--source", "small", "--target", "capitals")
    for form in ([pairs], aligned):
        seqcli("tokenizer", "build", *form, "--reverse", "-o", "p.model", "--vocabulary", 30)
        # Capitals are sources now, and those are folded: no piece has any.
        shown = seqcli("tokenizer", "show", "--target", "BA", "--tokenizer", "p.model").out
        assert "unknown" in shown


def test_evaluation_reports_empty_sides(seqcli, copy_model, tmp_path):
    write_pairs(tmp_path / "p.tsv", ["ba do\tBA DO", "ki\t", "mu\t", "\tPE", "", "\t"])
    found = seqcli("eval", "p.tsv", "-m", copy_model, "--format", "json")
    assert "2 of 4 pairs have an empty target and 1 of 4 pairs has an empty source" in found.err
    scores = json.loads(found.out)
    assert (scores["sentences"], scores["exact_match"]) == (4, 0.25)
    assert scores["bleu"] is None
    write_pairs(tmp_path / "perfect.tsv", ["ba do ki mu\tBA DO KI MU"])
    scores = json.loads(seqcli("eval", "perfect.tsv", "-m", copy_model, "--format", "json").out)
    assert (scores["bleu"], scores["chrf"], scores["exact_match"]) == (100.0, 100.0, 1.0)


def test_an_interrupt_leaves_a_model_and_says_how_to_continue(pairs, tmp_path):
    command = [sys.executable, "-m", "seqcli", "train", str(pairs), *FAST, "--updates", "100000"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stderr is not None
        while b"update " not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read().decode()
        assert process.wait(timeout=60) == 130
    assert "interrupted after" in rest
    assert "seqcli train --resume" in rest
    assert (tmp_path / "seqcli-model" / "config.json").exists()


COLOR = r"\x1b\[[0-9;]*3[0-7]m"


def test_a_terminal_gets_a_live_display_and_a_prompt(copy_model, pairs, tmp_path):
    plain = in_terminal(["train", str(pairs), *FAST], tmp_path, NO_COLOR="1")
    assert "tokens/s" in plain
    assert "\x1b[" in plain
    assert not re.search(COLOR, plain)  # moving the cursor is fine
    answered = in_terminal(["translate", "-m", str(copy_model)], tmp_path, typed="ba do\n\x04")
    assert "BA DO" in answered


def test_an_interrupt_leaves_one_display(pairs, tmp_path):
    many = ["--updates", "100000"]
    trained, code = interrupted(["train", str(pairs), *FAST, *many], tmp_path, "tokens/s")
    lines = on_the_screen(trained)
    assert code == 130
    assert re.search(COLOR, trained)
    assert [line for line in lines if "stopping" in line] == []
    assert len([line for line in lines if line.startswith(("━", "╺", "╸"))]) == 1
    assert len([line for line in lines if "tokens/s" in line]) == 1
    assert any("interrupted after" in line for line in lines)
    station = ["--station", "rnn/none/hidden=8", "--no-analysis"]
    compared, code = interrupted(["compare", str(pairs), *station, *many], tmp_path, "loss")
    lines = [line for line in on_the_screen(compared) if line]
    assert code == 130
    assert len([line for line in lines if "1/1 rnn/none/hidden=8" in line]) == 1
    assert [line for line in lines if "stopping" in line or "Traceback" in line] == []


def test_an_interrupt_at_the_prompt_ends_the_line(copy_model, tmp_path):
    shown, code = interrupted(["translate", "-m", str(copy_model)], tmp_path, "> ")
    assert code == 130
    assert shown.endswith("\n")
    assert on_the_screen(shown)[-3:-1] == [
        "seqcli: type a sentence and press Enter; :fix corrects the last translation; Ctrl-D quits",
        ">",
    ]


def on_the_screen(shown):
    """The lines that a terminal shows after what was written to it: text, \\r, \\n, and the
    sequences that go up or clear a line."""
    lines, row, column = [""], 0, 0
    for text, count, kind in re.findall(
        r"([^\x1b\r\n]+|[\r\n])|\x1b\[\??([\d;]*)([A-Za-z])", shown
    ):
        if text == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif text == "\r":
            column = 0
        elif text:
            lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
            column += len(text)
        elif kind == "A":
            row -= int(count or 1)
        elif kind == "K":
            lines[row] = ""
    return [line.rstrip() for line in lines]


def interrupted(arguments, folder, when):
    """Run in a pseudo-terminal, press Ctrl-C once `when` is shown; all that appeared, and the exit
    status."""
    child, terminal = start_in_terminal(arguments, folder)
    shown, pressed = b"", False
    while part := read_terminal(terminal):
        shown += part
        if not pressed and when.encode() in shown:
            time.sleep(0.3)  # a prompt is shown a moment before it listens
            os.write(terminal, b"\x03")
            pressed = True
    _, status = os.waitpid(child, 0)
    return shown.decode("utf-8", "replace"), os.waitstatus_to_exitcode(status)


def in_terminal(arguments, folder, typed="", **environment):
    """Run in a pseudo-terminal; return everything that appeared on it."""
    child, terminal = start_in_terminal(arguments, folder, **environment)
    shown = b""
    for character in typed:
        while b">" not in shown:
            shown += os.read(terminal, 4096)
        os.write(terminal, character.encode())
        time.sleep(0.01)
        if character == "\n":
            time.sleep(1.0)
    while part := read_terminal(terminal):
        shown += part
    os.waitpid(child, 0)
    return shown.decode("utf-8", "replace")


def start_in_terminal(arguments, folder, **environment):
    pty: Any = pytest.importorskip("pty")  # Windows has none
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ.update(environment, TERM="xterm-256color")
        os.execv(sys.executable, [sys.executable, "-m", "seqcli", *arguments])
    return child, terminal


def read_terminal(terminal):
    """What has been written, and nothing when the other side is gone."""
    assert select.select([terminal], [], [], 60)[0], "nothing has happened for a minute"
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux says so
        return b""
