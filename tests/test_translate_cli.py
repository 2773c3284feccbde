"""`seqcli translate` and `seqcli score`."""

import gzip
import io
import json
import os
import random
import shutil
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from conftest import WORDS, edit_manifest, part_path, write_pairs

from seqcli.bundle import open_bundle
from seqcli.cli.translation_writer import TranslationWriter
from seqcli.config import SearchConfig
from seqcli.data.vocabulary import END_TOKEN
from seqcli.decoding.constraints import MIN_LOOP
from seqcli.decoding.runtime import load_translator


def one_line(result):
    assert result.out == ""
    assert result.err.count("\n") == 1, result
    assert result.err.startswith("seqcli: ")
    return result.err


@pytest.fixture
def translate(seqcli, copy_model):
    return lambda *arguments, **more: seqcli("translate", "-m", copy_model, *arguments, **more)


def odd_lines(count, seed=1):
    """Lines that nobody expects: all planes, controls, right to left, nothing, far too much."""
    draw = random.Random(seed)

    def anywhere():
        while True:
            character = chr(draw.choice([draw.randrange(0x110000), draw.randrange(0x3000)]))
            if unicodedata.category(character) != "Cs" and character != "\n":
                return character

    kinds = [
        lambda: "".join(anywhere() for _ in range(draw.randrange(40))),
        lambda: "".join(chr(draw.choice([*range(10), *range(11, 32), 127])) for _ in range(9)),
        lambda: "\0" * draw.randrange(5),
        lambda: " \t\u3000\xa0"[: draw.randrange(5)] * draw.randrange(4),
        lambda: "שלום עולם مرحبا \u202e" + " ".join(draw.choices(WORDS, k=3)),
        lambda: "👩‍👩‍👧🏳️‍🌈e\u0301\u0301\u0301" * draw.randrange(5),
        lambda: " ".join(draw.choices(WORDS, k=draw.randrange(9))),
        lambda: "\ue000\u2581<s></s>\ufeff\ufffe" + draw.choice(WORDS),
    ]
    lines = [draw.choice(kinds)() for _ in range(count - 4)]
    lines += ["ba " * 33_000, "x" * 100_000, "雪" * 100_000, "\0 " * 50_000]
    draw.shuffle(lines)
    return lines


def test_ten_thousand_odd_lines_come_out_one_for_one(seqcli_process, copy_model):
    lines = odd_lines(10_000)
    # Between them stand lines with a known answer, so that the order shows.
    for place in range(0, len(lines), 100):
        lines[place] = WORDS[place // 100 % len(WORDS)]
    options = ("-m", copy_model, "--beam", 2)
    result = seqcli_process("translate", *options, stdin="\n".join(lines).encode())
    writer = result.out.split("\n")
    assert writer.pop() == ""
    assert len(writer) == len(lines)
    for place in range(0, len(lines), 100):
        assert writer[place] == lines[place].upper()
    assert all(line == "" or not line.isspace() for line in writer)
    assert "): only the first 1,000 pieces of the source read" in result.err
    remarks = [line.split(" of 10,000 ")[1] for line in result.err.splitlines()]
    assert len(remarks) == len(set(remarks)) <= 5


def test_a_file_is_written_whole(translate, tmp_path):
    with gzip.open(tmp_path / "in.txt.gz", "wt", encoding="utf-8") as file:
        file.write("ba do\n\nki\n")
    result = translate("--input", "in.txt.gz", "--output", "out.txt")
    assert (result.out, result.err) == ("", "")
    assert (tmp_path / "out.txt").read_bytes() == b"BA DO\n\nKI\n"
    assert translate("-i", "in.txt.gz").out == "BA DO\n\nKI\n"
    translate("-o", "pipe.txt", stdin=b"mu\n")
    assert (tmp_path / "pipe.txt").read_bytes() == b"MU\n"


def test_a_file_is_written_whole_or_not_at_all(translate, tmp_path):
    (tmp_path / "in.txt").write_bytes(b"ba\n" * 3000 + b"\xff\n")
    (tmp_path / "out.txt").write_text("mine")
    message = one_line(translate("-i", "in.txt", "-o", "out.txt", code=2))
    assert "in.txt, line 3001: not valid UTF-8" in message
    assert "missing.txt: cannot be read" in one_line(translate("-i", "missing.txt", code=2))
    assert "no/out.txt: cannot be written" in one_line(
        translate("-o", "no/out.txt", stdin=b"ba\n", code=2)
    )
    assert "name one of them" in one_line(translate("-i", "in.txt", "ba", code=2))
    assert (tmp_path / "out.txt").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"in.txt", "out.txt"}


def test_a_dash_is_standard_input_and_output(translate, tmp_path):
    lines, expected = b"ba do\n\nki\n", "BA DO\n\nKI\n"
    assert translate("-i", "-", stdin=lines).out == expected
    assert translate("--input", "-", "--output", "-", stdin=lines).out == expected
    translate("-i", "-", "-o", "out.txt", stdin=lines)
    assert (tmp_path / "out.txt").read_text() == expected
    assert not (tmp_path / "-").exists()
    result = translate("-i", "-", stdin=b"ba\n\xff\n", code=2)
    assert "standard input, line 2: not valid UTF-8" in result.err


# All at which `str.splitlines` ends a line, but the newline, which no line of a file can hold.
LINE_ENDS = "\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
ODD = f"É{'x'.join(LINE_ENDS)}y"


def test_one_line_is_one_line_for_every_reader(seqcli, tmp_path):
    """Of a model that has learned nothing but one target, full of line ends, which are spaces."""
    target = " ".join(ODD.splitlines())
    pairs = [f"{a} {b}\t{ODD}" for a in WORDS for b in WORDS]
    (tmp_path / "p.tsv").write_bytes(("\n".join(pairs) + "\n").encode())
    shape = ("--hidden", 16, "--embedding", 16, "--attention-size", 16, "--learning-rate", 0.03)
    seqcli("train", "p.tsv", *shape, "--updates", 40, "--evaluations", 1, "--warmup", 5, "-q")
    lines = b"ba do\n\nki mu\n"

    def output_lines(*options):
        out = seqcli("translate", *options, stdin=lines).out
        assert out.splitlines() == out.rstrip("\n").split("\n")
        return out.splitlines()

    plain = output_lines()
    assert len(plain) == 3
    assert plain[0] == plain[2] == target
    assert [row.split("\t")[3] for row in output_lines("--format", "tsv")] == plain
    assert len(output_lines("--format", "pharaoh")) == 3
    told = [json.loads(line) for line in output_lines("--format", "json")]
    assert [each["translation"] for each in told] == [target, "", target]
    output_lines("--heatmap")
    card = (tmp_path / "seqcli-model" / "README.md").read_bytes().decode()
    assert target in card
    assert card.splitlines() == card.rstrip("\n").split("\n")
    (scored, *_) = seqcli("score", "p.tsv", "--format", "json").out.split("\n")
    assert len(scored.splitlines()) == 1
    assert json.loads(scored)["target"] == target
    report = seqcli("eval", "p.tsv").out
    assert "100.0%" in report
    assert report.splitlines() == report.rstrip("\n").split("\n")
    # And what it begins with may be typed in either form.
    composed, decomposed = (
        seqcli("translate", "--prefix", unicodedata.normalize(form, "É"), "ba").out
        for form in ("NFC", "NFD")
    )
    assert composed == decomposed
    assert composed.startswith("É")


def test_a_link_stays_a_link_and_a_device_a_device(translate, tmp_path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    translate("-o", "link.txt", stdin=b"ba\n")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "BA\n"
    os.mkfifo(tmp_path / "fifo")
    with subprocess.Popen(["cat", "fifo"], cwd=tmp_path, stdout=subprocess.PIPE) as reader:
        translate("-o", "fifo", stdin=b"do\n")
        assert reader.communicate(timeout=30)[0] == b"DO\n"
    assert (tmp_path / "fifo").is_fifo()
    assert "Is a directory" in one_line(translate("-o", ".", stdin=b"ba\n", code=2))


def test_a_pipe_that_breaks_off_leaves_no_file(copy_model, tmp_path):
    command = [sys.executable, "-m", "seqcli", "translate", "-m", copy_model, "-o", "out.txt"]
    done = subprocess.run(
        command, input=b"ba\n\xff\n", capture_output=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 2
    assert not list(tmp_path.iterdir())


def test_a_pipe_as_a_file_and_a_compressed_answer(translate, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with subprocess.Popen("printf 'ba\\nki\\n' > fifo", shell=True, cwd=tmp_path):
        translate("-i", "fifo", "-o", "out.gz")
    assert gzip.decompress((tmp_path / "out.gz").read_bytes()) == b"BA\nKI\n"


def test_a_private_file_stays_private(translate, tmp_path):
    (tmp_path / "out.txt").write_text("mine")
    (tmp_path / "out.txt").chmod(0o600)
    translate("-o", "out.txt", stdin=b"ba\n")
    assert (tmp_path / "out.txt").stat().st_mode & 0o777 == 0o600


def test_pharaoh(translate):
    out = translate("--format", "pharaoh", stdin=b"ba do ki\n\nmu\n").out
    assert out == "0-0 1-1 2-2\n\n0-0\n"


def test_a_model_without_attention_has_no_alignments(seqcli, copy_model, tmp_path):
    folder = tmp_path / "vector"
    shutil.copytree(copy_model, folder)
    edit_manifest(folder, lambda values: values["settings"]["model"].update(attention="none"))
    for option in (("--format", "pharaoh"), ("--heatmap",)):
        message = one_line(seqcli("translate", "-m", folder, *option, "ba", code=2))
        assert "vector was trained without attention" in message
    covering = ("--coverage-penalty", 0.2)
    assert "which the coverage penalty needs" in one_line(
        seqcli("translate", "-m", folder, *covering, "ba", code=2)
    )


def test_the_search_can_be_constrained(translate):
    assert translate("--prefix", "KI MU", "ba", "do").out.startswith("KI MU")
    assert translate("--prefix", "KI " * 20, "ba").out.startswith("KI KI KI")
    message = one_line(translate("--prefix", "☃", stdin=b"", code=2))
    assert "the prefix '☃' cannot be written" in message
    message = one_line(translate("--prefix", "KI MU", "--max-length", 1, "ba", code=2))
    assert "has 2 pieces, more than max-length (1)" in message
    short = translate("--max-length", 2, "--beam", 1, "--format", "json", "ba do ki").out
    short = json.loads(short)
    assert short["stopped_by"] == "limit"
    assert len(short["target_pieces"]) == 2 + 1  # and the end
    long = json.loads(translate("--min-length", 9, "--format", "json", "ba").out)
    assert len(long["target_pieces"]) > 9
    message = one_line(translate("--min-length", 5, "--max-length", 4, "ba", code=2))
    assert "min-length (5) must not be over max-length (4)" in message
    assert translate("--no-repeat-ngram", 1, "ba ba ba ba").out != "BA BA BA BA\n"


def test_lines_that_may_be_incomplete_are_reported_by_number(translate):
    short = ("--beam", 1, "--max-length")
    result = translate(*short, 2, stdin=b"ba do ki\nba\n\nmu pe so\n")
    assert len(result.out.splitlines()) == 4
    assert result.err.startswith("seqcli: 2 of 4 translations (lines 1, 4): cut off at the length")
    result = translate("--max-source-pieces", 2, stdin=b"ba\nba do ki\n")
    assert "1 of 2 translations (line 2): only the first 2 pieces" in result.err
    result = translate(*short, 1, stdin=b"ba do\n" * 11)
    assert "11 of 11 translations (lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …)" in result.err
    result = translate("--beam", 1, "--no-repeat-ngram", 1, "--min-length", 60, "ba")
    assert len(result.out.split()) > 1
    assert "1 of 1 translation (line 1): cut off" in result.err


def test_eval_and_score_name_a_line_of_one_file_and_a_pair_of_several(seqcli, copy_model, tmp_path):
    write_pairs(tmp_path / "one.tsv", ["ba\tBA", "do\tDO"])
    write_pairs(tmp_path / "two.tsv", [" ".join(["ba"] * 1001) + "\tBA"])
    short = ("--max-source-pieces", 3, "-m", copy_model)
    assert "1 of 1 pair (line 1): only the first 3" in seqcli("score", "two.tsv", *short).err
    both = ("one.tsv", "two.tsv")
    assert "1 of 3 pairs (pair 3): only the first 3 pieces" in seqcli("score", *both, *short).err
    for files, place in ((["two.tsv"], "line 1"), (both, "pair 3")):
        message = seqcli("eval", *files, "-m", copy_model).err
        assert f"({place}): only the first 1,000 pieces" in message


def test_lines_that_got_stuck_repeating_are_reported_by_number(copy_model, capsys):
    class StuckOnSo:
        """Copies `ba` and ends; repeats itself for every other source."""

        def encode(self, source, _):
            (ba,) = bundle.tokenizer.encode("ba")
            return (), ((source[:, 0] == ba), np.zeros(len(source), dtype=int))

        def step(self, previous, _, state):
            copies, step = state
            scores = np.full((len(previous), len(bundle.output_vocabulary)), -9.0, dtype=np.float32)
            scores[:, END_TOKEN] = -99
            scores[np.arange(len(previous)), np.where(copies & (step > 0), END_TOKEN, 2)] = -0.1
            return scores, None, (copies, step + 1)

    bundle = open_bundle(copy_model)
    translator = load_translator(bundle, SearchConfig(exact=True))
    translator.model = StuckOnSo()
    out = io.StringIO()
    writer = TranslationWriter(
        translator, out, "text", heatmap=False, prefix="", advance=lambda _: None
    )
    writer(["ba", "so", "ba"])
    writer(["do"])
    writer.summarize()
    once, repeated, again, last = out.getvalue().splitlines()
    assert once == again
    assert len(repeated.split()) == len(last.split()) == MIN_LOOP
    told = "2 of 4 translations (lines 2, 4): stuck repeating, and cut off (translate --no-rep"
    assert capsys.readouterr().err.startswith(f"seqcli: {told}")


@pytest.mark.parametrize("beam", [1, 2, 5, 19, 60])
def test_a_prefix_with_every_beam_even_one_wider_than_the_vocabulary(translate, beam):
    options = ("--beam", beam, "--nbest", min(beam, 3), "--prefix", "KI MU")
    lines = translate(*options, stdin=b"ba\ndo so\n").out.splitlines()
    assert len(lines) == 2 * min(beam, 3)
    assert all(line.startswith("KI MU") for line in lines)


def test_samples(translate):
    def samples(seed):
        options = ("--sample", "--temperature", 5, "--nbest", 4, "--seed", seed)
        return translate(*options, "ba do ki mu").out

    first = samples(1)
    assert first == samples(1)
    assert len(set(first.splitlines()) | set(samples(2).splitlines())) > 2


def test_two_folders_translate_together(seqcli, copy_model, tmp_path):
    both = ("-m", copy_model, "-m", copy_model)
    assert seqcli("translate", *both, "ba do").out == "BA DO\n"
    pairs = write_pairs(tmp_path / "p.tsv", [f"{a} {b}\t{b}" for a in WORDS for b in WORDS] * 3)
    other = ("--updates", 2, "--hidden", 8, "--pieces", "char", "--model", "other", "-q")
    seqcli("train", pairs, *other)
    message = one_line(seqcli("translate", "-m", copy_model, "-m", "other", "ba", code=2))
    assert "different pieces" in message
    assert "--tokenizer" in message
    backwards = tmp_path / "backwards"
    shutil.copytree(copy_model, backwards)
    edit_manifest(backwards, lambda values: values["settings"]["corpus"].update(reverse=True))
    message = one_line(seqcli("translate", "-m", copy_model, "-m", backwards, "ba", code=2))
    assert "opposite directions" in message


def test_int8(translate):
    assert translate("--precision", "int8", "ba do ki").out == "BA DO KI\n"
    message = one_line(translate("--precision", "int4", "ba", code=2))
    assert "precision is one of fp32, int8, not 'int4'" in message


def test_scores_sort_a_corpus(seqcli, seqcli_process, copy_model, tmp_path):
    write_pairs(tmp_path / "p.tsv", ["ba do\tKI KI KI", "ba do\tBA DO", "mu\tMU"])
    lines = seqcli_process("score", "p.tsv", "-m", copy_model).out.splitlines()
    wrong, right, short = ([float(column) for column in line.split("\t")] for line in lines)
    assert wrong[0] < right[0]
    assert wrong[0] < short[0]
    for per_piece, total, pieces in (wrong, right, short):
        assert per_piece == pytest.approx(total / pieces, abs=1e-3)
    out = seqcli("score", "p.tsv", "--format", "json", "-m", copy_model).out
    second = json.loads(out.splitlines()[1])
    assert len(second["log_probabilities"]) == len(second["target_pieces"]) == right[2]
    (tmp_path / "bad.tsv").write_text("ba\n")
    assert "bad.tsv, line 1: no tab" in seqcli("score", "bad.tsv", "-m", copy_model, code=2).err


def test_what_the_model_does_not_know_is_told(translate):
    lines = "♪\nba zoltan; do\nЯ тебя\nba\n"
    result = translate("--format", "json", stdin=lines.encode())
    first, second, third, fourth = map(json.loads, result.out.splitlines())
    for found, text in ((first, "♪"), (third, "Я тебя")):
        assert (found["translation"], found["foreign"]) == (text, True)
        assert (found["source_pieces"], found["attention"]) == ([], None)
    assert (first["unknown"], third["unknown"]) == ([], ["Я", "тебя"])
    assert (first["confidence"], third["confidence"]) == (1.0, 0.0)
    assert (second["unknown"], second["dropped"], second["foreign"]) == (["zoltan"], ";", False)
    assert (fourth["unknown"], fourth["missing"], fourth["copied"]) == ([], [], [])
    assert "3 words were not in the training pairs, in 2 of 4 lines: zoltan, Я, тебя" in result.err
    assert "was not read, in 1 of 4 lines: ;" in result.err
    assert "2 of 4 translations (lines 1, 3): no word that the model knows" in result.err


def test_a_model_of_sentences_carries_items_over(seqcli, tmp_path):
    """Pairs of 100 words and more, so that its targets are sentences."""
    words = [
        a + b for a in "bdgklmnprst" for b in ("a", "e", "i", "o", "u", "an", "en", "in", "on")
    ]
    pairs = [
        f"{a} {b} {c}\t{a.upper()} {b.upper()} {c.upper()}"
        for a, b, c in zip(words * 6, words[1:] * 6, words[7:] * 6, strict=False)
    ]
    pairs += [f"{word} {n}\t{word.upper()} {n}" for n, word in enumerate(words * 2)]
    write_pairs(tmp_path / "p.tsv", pairs)
    shape = ("--hidden", 32, "--embedding", 32, "--attention-size", 16, "--learning-rate", 0.02)
    seqcli("train", "p.tsv", *shape, "--updates", 120, "--evaluations", 1, "--warmup", 10, "-q")
    config = json.loads((tmp_path / "seqcli-model" / "config.json").read_text("utf-8"))
    assert config["settings"]["carry_over"]
    assert config["settings"]["carry_numbers"]
    assert (
        part_path(tmp_path / "seqcli-model", "words.txt").read_text("utf-8").splitlines()[0]
        in words
    )
    lines = ["ba 3,5", "<b>ba</b> {x}", "ba https://example.org/a?b=1"]
    result = seqcli("translate", "--format", "json", stdin="\n".join(lines).encode())
    for line, found in zip(lines, map(json.loads, result.out.splitlines()), strict=True):
        (item,) = (each for each in ("3,5", "{x}", "https://example.org/a?b=1") if each in line)
        # It is carried over exactly once, or reported as missing.
        copied = [each["text"] for each in found["copied"]]
        assert found["translation"].count(item) == len(copied)
        assert sorted([*copied, *found["missing"]]) == [item]
        if copied:
            (copy,) = found["copied"]
            assert found["source_pieces"][copy["source_piece"]].endswith(item)
            assert found["target_pieces"][copy["target_piece"]].endswith(item)
    assert [found for found in result.out.splitlines() if '"missing": []' in found]
    tagged = json.loads(result.out.splitlines()[1])["translation"]
    assert tagged.index("<b>") < tagged.index("</b>")
