"""Synthetic pairs: made by a model of the other direction, and learned from beside real ones."""

from __future__ import annotations

import json
import shutil

import pytest
from conftest import SMALL, copy_pairs, edit_manifest, write_pairs
from hypothesis import given
from hypothesis import strategies as st

import seqcli
from seqcli.augmentation import Augmentation, SyntheticPair, back_translate
from seqcli.bundle import open_bundle
from seqcli.config import CorpusConfig, SearchConfig
from seqcli.data.cleaning import CleaningReport
from seqcli.data.corpus import CorpusFiles
from seqcli.data.pairs import Pair
from seqcli.decoding.runtime import load_translator
from seqcli.errors import UserError
from seqcli.training import train as training
from seqcli.training.corpus_split import CorpusSplit, repetitions, with_synthetic
from seqcli.training.events import Ended
from seqcli.training.prepare import TrainRequest, prepare_data


def test_each_line_is_translated_once(copy_model):
    translator = load_translator(open_bundle(copy_model), SearchConfig(), 1)
    lines = ["ba do", "", "ki mu", "ba do", "qqq zzz"]
    done: list[int] = []
    made = back_translate(translator, lines, done.append)
    assert [(pair.text, pair.translation) for pair in made.pairs] == [
        ("ba do", "BA DO"),
        ("ki mu", "KI MU"),
    ]
    assert made.read == sum(done) == 5
    assert made.dropped == {"empty": 1, "duplicate": 1, "no word that the model knows": 1}
    for pair in made.pairs:
        ((best, *_),) = translator.translate(pair.text)
        assert pair.score == pytest.approx(best.score, abs=1e-5)


def test_what_is_cut_off_makes_no_pair(copy_model):
    translator = load_translator(open_bundle(copy_model), SearchConfig(max_length=1), 1)
    made = back_translate(translator, ["ba do ki"])
    assert not made.pairs
    assert made.dropped == {"translation cut off at its length limit": 1}


@given(st.lists(st.floats(-5, 0), min_size=1, max_size=12), st.floats(0.01, 1.0))
def test_the_best_are_kept_in_their_order(scores, share):
    pairs = [SyntheticPair(f"text {i}", "translation", score) for i, score in enumerate(scores)]
    kept = Augmentation(pairs).best(share)
    assert len(kept) == max(1, round(share * len(pairs)))
    assert kept == [pair for pair in pairs if pair in kept]
    left_out = [pair.score for pair in pairs if pair not in kept]
    assert min(pair.score for pair in kept) >= max(left_out, default=-6)


def test_lines_of_a_file():
    pair = SyntheticPair("a\ttab", "two\u2028lines", -0.25)
    assert pair.to_line(swapped=False) == "a tab\ttwo lines\tsynthetic\t-0.2500"
    assert pair.to_line(swapped=True) == "two lines\ta tab\tsynthetic\t-0.2500"


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("swap", [False, True])
def test_columns_are_in_the_order_of_the_pairs(seqcli_process, copy_model, tmp_path, reverse, swap):
    """Of a model that was trained with --reverse, what it writes is in the first column."""
    folder = shutil.copytree(copy_model, tmp_path / "back")
    edit_manifest(folder, lambda values: values["settings"]["corpus"].update(reverse=reverse))
    (tmp_path / "text.txt").write_text("ba do\nki\n\nmu pe\n")
    output = tmp_path / "more.tsv"
    options = ["--swap"] if swap else []
    done = seqcli_process(
        "augment", "-m", folder, tmp_path / "text.txt", "-o", output, "--keep", "0.7", *options
    )
    rows = [line.split("\t") for line in output.read_text().splitlines()]
    assert len(rows) == 2
    for first, second, mark, score in rows:
        text, translation = (second, first) if reverse != swap else (first, second)
        assert (translation, mark) == (text.upper(), "synthetic")
        assert float(score) <= 0
    assert "2 synthetic pairs of 4 lines" in done.err
    assert "dropped 1 of 4 lines: empty" in done.err


def test_standard_streams(seqcli_process, copy_model):
    for named in ([], ["-"]):
        done = seqcli_process("augment", "-m", copy_model, *named, stdin=b"ba do\n")
        assert done.out.startswith("ba do\tBA DO\tsynthetic\t")


@pytest.mark.parametrize(
    ("lines", "message"),
    [("qqq\n", "no line could be translated"), ("a\xff\n", "not valid UTF-8")],
)
def test_what_gives_no_pairs_is_one_line_at_the_end(
    seqcli_process, copy_model, tmp_path, lines, message
):
    (tmp_path / "text.txt").write_bytes(lines.encode("latin-1"))
    output = tmp_path / "more.tsv"
    done = seqcli_process("augment", "-m", copy_model, tmp_path / "text.txt", "-o", output, code=2)
    assert message in done.err.splitlines()[-1]
    assert not output.exists()


def test_sampling_is_repeated_by_its_seed(seqcli_process, copy_model, tmp_path):
    (tmp_path / "text.txt").write_text("ba do ki mu pe\n" * 1 + "so tu\n")
    command = ["augment", "-m", copy_model, tmp_path / "text.txt", "--sample", "--temperature", "9"]
    one, two, other = (seqcli_process(*command, "--seed", seed).out for seed in ("1", "1", "2"))
    assert one == two != other


@given(st.integers(1, 10_000), st.integers(1, 50_000), st.floats(0.05, 0.95))
def test_repetitions_are_the_fewest_for_the_share(pairs, synthetic, share):
    count = repetitions(pairs, synthetic, share)
    assert synthetic / (synthetic + count * pairs) <= share + 1e-9
    if count > 1:
        assert synthetic / (synthetic + (count - 1) * pairs) > share - 1e-9


def split(train, dev=()):
    return CorpusSplit(list(train), list(dev), CleaningReport(), ("before",))


def synthetic_file(tmp_path, lines):
    return CorpusFiles((write_pairs(tmp_path / "more.tsv", lines),))


def test_dev_is_not_in_the_synthetic_pairs(tmp_path):
    """Neither a target of dev in another spelling."""
    files = synthetic_file(tmp_path, ["a b\tHello There", "c\tgood day", "c\tgood day", "\tx"])
    train = [Pair(f"w{i} x", f"other {i}") for i in range(10)]
    dev = [Pair("hi", "hello  there")]
    found = with_synthetic(split(train, dev), files, CorpusConfig())
    assert found.synthetic == [Pair("c", "good day")]
    assert (found.train, found.dev, found.notes[0]) == (train, dev, "before")
    notes = " / ".join(found.notes)
    assert "left out 1 synthetic pair with a target of dev" in notes
    assert "exact duplicate" in notes and "empty side" in notes
    with pytest.raises(UserError, match="every synthetic pair has a target of dev"):
        with_synthetic(split(train, [*dev, Pair("x", "Good day")]), files, CorpusConfig())


def test_swapped_columns_are_refused(tmp_path):
    lines = copy_pairs(200, seed=8)
    train = [Pair(*line.split("\t")) for line in lines]
    swapped = synthetic_file(tmp_path, ["\t".join(line.split("\t")[::-1]) for line in lines])
    with pytest.raises(UserError, match="columns seem to be swapped"):
        with_synthetic(split(train), swapped, CorpusConfig())
    assert with_synthetic(split(train), swapped, CorpusConfig(reverse=True)).synthetic


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic")
    pairs, dev, more = (
        write_pairs(folder / name, list(dict.fromkeys(copy_pairs(count, seed=seed))))
        for name, count, seed in (("pairs", 60, 5), ("dev", 20, 6), ("more", 500, 7))
    )
    return {
        "files": CorpusFiles((pairs,)),
        "dev": CorpusFiles((dev,)),
        "synthetic": CorpusFiles((more,)),
    }


def request(folder, files, **settings):
    overrides = SMALL | {"updates": 12, "evaluations": 1} | settings
    return TrainRequest(folder, **files, overrides=overrides, threads=1, confidence=False)


def test_an_epoch_has_its_share_of_synthetic_pairs(files, tmp_path):
    found = prepare_data(request(tmp_path, files, synthetic_share=0.7))
    pairs, synthetic = len(found.split.train), len(found.split.synthetic)
    count = repetitions(pairs, synthetic, 0.7)
    assert count > 1
    assert len(found.examples) == count * pairs + synthetic
    assert f"{synthetic / len(found.examples):.0%} of each epoch" in " ".join(found.split.notes)
    assert found.settings.about["synthetic_pairs"] == synthetic
    held_out = {pair.target for pair in found.split.dev}
    assert not held_out & {pair.target for pair in found.split.synthetic}


def test_a_resumed_run_with_synthetic_pairs_is_the_uninterrupted_run(files, tmp_path):
    for name in ("whole", "parts"):
        stops = iter([False] * 5 + [True])
        steps = training.train(
            request(tmp_path / name, files),
            lambda: name == "parts" and next(stops),  # noqa: B023
        )
        *_, ended = steps
        assert isinstance(ended, Ended)
        assert ended.reason == {"whole": "finished", "parts": "interrupted"}[name]
    *_, ended = training.train(TrainRequest(tmp_path / "parts", resume=True, confidence=False))
    assert isinstance(ended, Ended) and ended.reason == "finished"
    one, other = (
        {path.name for path in (tmp_path / name).glob("*.safetensors")}
        for name in ("whole", "parts")
    )
    assert one == other


def test_a_run_is_not_resumed_with_other_synthetic_pairs(files, tmp_path):
    stops = iter([False] * 5 + [True])
    list(training.train(request(tmp_path / "m", files), lambda: next(stops)))
    others = synthetic_file(tmp_path, copy_pairs(50, seed=9))
    with pytest.raises(UserError, match="not those that"):
        list(training.train(TrainRequest(tmp_path / "m", synthetic=others, resume=True)))


def test_synthetic_pairs_are_learned_beside_others(files, tmp_path):
    with pytest.raises(UserError, match="name these too"):
        TrainRequest(tmp_path / "m", synthetic=files["synthetic"])


def test_a_share_needs_synthetic_pairs(tmp_path):
    with pytest.raises(UserError, match="name a file"):
        seqcli.train(model=tmp_path / "m", synthetic_share=0.3)


def test_pairs_and_text_make_a_translator(seqcli, tmp_path):
    """Back-translation as a whole, on the command line: a model of the other direction, its pairs,
    and a model of both, which is told in its folder."""
    small = ["--embedding", "16", "--hidden", "16", "--updates", "3", "--threads", "1", "-q"]
    pairs = write_pairs(tmp_path / "pairs.tsv", list(dict.fromkeys(copy_pairs(100, seed=3))))
    (tmp_path / "text.txt").write_text(
        "".join(f"{line.split(chr(9))[1]}\n" for line in copy_pairs(9))
    )
    seqcli("train", pairs, "--reverse", "-m", tmp_path / "back", *small)
    seqcli(
        "augment",
        "-m",
        tmp_path / "back",
        tmp_path / "text.txt",
        "-o",
        tmp_path / "more.tsv",
        "--sample",
    )
    seqcli("train", pairs, "--synthetic", tmp_path / "more.tsv", "-m", tmp_path / "m", *small)
    values = json.loads((tmp_path / "m" / "config.json").read_text())
    rows = (tmp_path / "more.tsv").read_text().splitlines()
    assert 0 < values["settings"]["about"]["synthetic_pairs"] <= len(rows)


def test_the_text_itself_is_not_overwritten(seqcli_process, copy_model, tmp_path):
    (tmp_path / "text.txt").write_text("ba do\nqqq\n")
    (tmp_path / "link.txt").symlink_to(tmp_path / "text.txt")
    for output in ("text.txt", "link.txt"):
        done = seqcli_process(
            "augment", "-m", copy_model, tmp_path / "text.txt", "-o", tmp_path / output, code=2
        )
        assert "is the text itself" in done.err
    assert (tmp_path / "text.txt").read_text() == "ba do\nqqq\n"
