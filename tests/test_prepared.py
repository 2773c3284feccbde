"""Prepared corpora: made in parallel, resumed, opened, and trained on."""

from __future__ import annotations

import dataclasses
import errno
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import SMALL, copy_pairs, write_pairs

from seqcli.bundle import open_bundle
from seqcli.data.carryover import SYMBOLS
from seqcli.data.chunk_workers import ChunkWorkers
from seqcli.data.corpus import CorpusFiles
from seqcli.data.normalization import fold, normalize_source
from seqcli.data.pairs import Pair
from seqcli.data.sample import sample_file
from seqcli.decoding.runtime import load_translator
from seqcli.errors import UserError
from seqcli.training.events import Ended, Prepared
from seqcli.training.prepare import TrainRequest, prepare_data
from seqcli.training.prepared import making
from seqcli.training.prepared.folder import ARRAYS, FILES, MANIFEST, WORK, array_file
from seqcli.training.prepared.making import Sample, prepare_corpus
from seqcli.training.prepared.mapped import MappedExamples
from seqcli.training.prepared.opening import PreparedCorpus
from seqcli.training.train import train


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """A file of pairs with duplicates, an empty side and a number, and dev pairs."""
    folder = tmp_path_factory.mktemp("pairs")
    lines = list(dict.fromkeys(copy_pairs(4000)))
    lines += [*lines[:300], "ba\t", "ba 17 do\tBA 17 DO"]
    dev = [line for line in dict.fromkeys(copy_pairs(400, seed=2)) if line not in set(lines)][:40]
    return write_pairs(folder / "train.tsv", lines), write_pairs(folder / "dev.tsv", dev)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory, pairs):
    """The corpus of the pairs, in chunks of 500 encoded by two processes."""
    folder = tmp_path_factory.mktemp("corpus") / "corpus"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "CHUNK_PAIRS", 500)
        prepare(folder, pairs, processes=2)
    return folder


def request_for(folder, pairs, dev=True, **overrides):
    files = CorpusFiles(pairs=(pairs[0],))
    return TrainRequest(
        folder, files, CorpusFiles(pairs=(pairs[1],)) if dev else CorpusFiles(), overrides=overrides
    )


def prepare(folder, pairs, processes=1, dev=True, **overrides):
    return list(prepare_corpus(request_for(folder, pairs, dev, **overrides), processes))


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_holds_what_a_training_on_the_files_prepares(tmp_path, pairs, monkeypatch):
    monkeypatch.setattr(making, "CHUNK_PAIRS", 500)
    prepare(tmp_path / "corpus", pairs, pieces="word")  # for words there are no drawn symbols
    here = PreparedCorpus.open(tmp_path / "corpus")
    there = prepare_data(request_for(tmp_path, pairs, pieces="word"))
    for name in ARRAYS:
        assert (getattr(here.examples, name) == getattr(there.examples, name)).all(), name
    assert (here.output_vocabulary.pieces == there.output_vocabulary.pieces).all()
    assert here.tokenizer.model == there.tokenizer.model
    # (Duplicates in other chunks are counted, so the order may differ.)
    assert set(here.words.words) == set(there.words.words)
    assert here.pairs == len(there.split.train)
    assert (here.split.dev, here.split.report.dropped, here.split.report.read) == (
        there.split.dev, there.split.report.dropped, there.split.report.read
    )  # fmt: skip
    assert here.tokens == sum(max(map(len, example)) for example in there.examples)
    settings = here.new_settings(request_for(tmp_path, (tmp_path / "corpus", pairs[1]), dev=False))
    assert settings == there.settings


def test_symbols_stand_for_as_many_words_as_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(making, "CHUNK_PAIRS", 1000)
    files = tuple(sample_file(f"{name}.en-zh.tsv") for name in ("train", "dev"))
    prepare(tmp_path / "corpus", files)
    here = PreparedCorpus.open(tmp_path / "corpus")
    there = prepare_data(request_for(tmp_path, files))
    assert len(here.examples) == pytest.approx(len(there.examples), rel=0.02)
    shares = []
    for each in (here, there):
        sources = [each.tokenizer.decode([*map(int, e.source[:-1])]) for e in each.examples]
        shares.append(sum(any(c in SYMBOLS for c in source) for source in sources) / len(sources))
    assert shares[0] == pytest.approx(shares[1], rel=0.2)
    assert shares[0] > 0.05


def test_any_number_of_processes_makes_the_same_and_a_stopped_one_goes_on(
    tmp_path, corpus, pairs, monkeypatch
):
    monkeypatch.setattr(making, "CHUNK_PAIRS", 500)
    folder = tmp_path / "corpus"
    stopped = prepare_corpus(request_for(folder, pairs), 1)
    for progress in stopped:
        if progress.phase == "encoding" and progress.done >= 1000:
            break
    stopped.close()
    assert not (folder / MANIFEST).exists()
    with pytest.raises(UserError, match="not completely prepared"):
        list(train(TrainRequest(tmp_path / "m", CorpusFiles(pairs=(folder,)))))
    before = {path.name: path.stat().st_mtime_ns for path in (folder / WORK).glob("chunk-*")}
    assert len(before) >= 2
    # What a killed process leaves behind.
    (folder / WORK / f".{min(before)}.17.part").write_bytes(b"half")
    encoded = []
    original = ChunkWorkers.encode

    def counted(self, path, number, chunk):
        encoded.append(number)
        return original(self, path, number, chunk)

    monkeypatch.setattr(ChunkWorkers, "encode", counted)
    prepare(folder, pairs)
    assert encoded and {int(name[-18:-12]) for name in before}.isdisjoint(encoded)
    assert contents(folder) == contents(corpus)
    # With other settings, nothing of what was encoded is used.
    again = prepare_corpus(request_for(tmp_path / "other", pairs), 1)
    next(each for each in again if each.phase == "encoding" and each.done >= 500)
    again.close()
    encoded.clear()
    prepare(tmp_path / "other", pairs, max_characters=20)
    assert encoded == list(range(len(encoded))) and encoded


def test_no_sentence_of_dev_is_learned(tmp_path, pairs):
    prepare(tmp_path / "corpus", pairs, dev=False, pieces="word", held_out=100)
    corpus = PreparedCorpus.open(tmp_path / "corpus")
    assert 50 <= len(corpus.split.dev) <= 100
    dev = [{fold(normalize_source(pair[side])) for pair in corpus.split.dev} for side in (0, 1)]
    learned = [
        corpus.tokenizer.decode([*map(int, example.source[:-1])]) for example in corpus.examples
    ]
    assert dev[0].isdisjoint(fold(normalize_source(source)) for source in learned[: corpus.pairs])


def test_a_translator_learns_from_it_and_goes_on(tmp_path, corpus):
    def run(folder, **options):
        request = TrainRequest(folder, CorpusFiles(pairs=(corpus,)), **options)
        return list(train(request))

    whole = run(tmp_path / "whole", overrides=SMALL | {"updates": 240})
    assert (
        isinstance(whole[0], Prepared) and whole[0].train_pairs == PreparedCorpus.open(corpus).pairs
    )
    assert isinstance(whole[-1], Ended) and (whole[-1].score or 0) > 50
    run(tmp_path / "stopped", overrides=SMALL | {"updates": 100})
    (best,) = load_translator(open_bundle(tmp_path / "whole")).translate(["ba do ki"])
    assert best[0].text == "BA DO KI"
    assert "index" not in " ".join(path.name for path in (tmp_path / "whole").iterdir())
    resumed = list(
        train(TrainRequest(tmp_path / "stopped", resume=True, overrides={"updates": 120}))
    )
    assert isinstance(resumed[-1], Ended) and resumed[-1].update == 120
    with pytest.raises(UserError, match="the pairs are not those"):
        changed = tmp_path / "changed"
        shutil.copytree(corpus, changed)
        manifest = json.loads((changed / MANIFEST).read_text())
        (changed / MANIFEST).write_text(json.dumps(manifest | {"fingerprint": "0"}))
        list(train(TrainRequest(
            tmp_path / "stopped", CorpusFiles(pairs=(changed,)), resume=True,
            overrides={"updates": 130},
        )))  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"overrides": {"vocabulary": 100}}, "with its own --vocabulary"),
        ({"overrides": {"reverse": True}}, "with its own --reverse"),
        ({"columns": ("1", "2")}, "with its own --columns"),
        ({"overrides": {"simultaneous": True}}, "--simultaneous needs the texts"),
        ({"overrides": {"subword_sampling": 0.5}}, "--subword-sampling needs the texts"),
    ],
)
def test_options_that_the_preparation_decides_are_refused(tmp_path, corpus, options, message):
    request = TrainRequest(tmp_path / "m", CorpusFiles(pairs=(corpus,)), **options)
    with pytest.raises(UserError, match=message):
        list(train(request))


def test_a_damaged_corpus_is_refused_in_one_line(tmp_path, corpus, pairs):
    def damaged(change):
        folder = tmp_path / "damaged"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(corpus, folder)
        change(folder)
        with pytest.raises(UserError) as caught:
            list(train(TrainRequest(tmp_path / "m", CorpusFiles(pairs=(folder,)), overrides=SMALL)))
        return str(caught.value)

    def cut(name):
        def change(folder):
            path = array_file(folder, name)
            path.write_bytes(path.read_bytes()[:-10])

        return change

    def replaced(name, array):
        return lambda folder: np.save(array_file(folder, name), array, allow_pickle=True)

    for name in ARRAYS:
        assert "prepare it again" in damaged(cut(name))
        assert "prepare it again" in damaged(lambda folder: array_file(folder, name).unlink())  # noqa: B023
        assert "prepare it again" in damaged(replaced(name, np.array([{}], dtype=object)))
        assert "prepare it again" in damaged(replaced(name, np.zeros(5, dtype=np.float32)))
    for name in ("sources", "targets"):  # of the right type, but shorter
        assert "not of its pieces" in damaged(replaced(name, np.zeros(5, dtype=np.uint16)))
    manifest = (corpus / MANIFEST).read_text()
    for content in ("{", "{}", manifest.replace('"format": 1', '"format": 2')):
        assert "prepare" in damaged(lambda folder: (folder / MANIFEST).write_text(content))  # noqa: B023
    with pytest.raises(UserError, match="name it alone"):
        list(train(TrainRequest(tmp_path / "m", CorpusFiles(pairs=(corpus, pairs[0])))))
    with pytest.raises(UserError, match="is prepared already"):
        prepare(corpus, pairs)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    with pytest.raises(UserError, match="is no prepared corpus"):
        prepare(tmp_path / "taken", pairs)


def test_a_training_goes_on_while_its_corpus_is_prepared_anew(tmp_path, corpus, pairs):
    folder = tmp_path / "corpus"
    shutil.copytree(corpus, folder)
    examples = PreparedCorpus.open(folder).examples
    assert isinstance(examples, MappedExamples)
    before = [list(part) for example in examples[:50] for part in example]
    few = write_pairs(tmp_path / "few.tsv", copy_pairs(300))
    request = request_for(folder, (few, pairs[1]))
    list(prepare_corpus(dataclasses.replace(request, overwrite=True), 1))
    examples.release()  # so that what was read is read again
    assert [list(part) for example in examples[:50] for part in example] == before
    assert PreparedCorpus.open(folder).pairs < 300


def test_a_corpus_stays_whole_until_another_takes_its_place(tmp_path, corpus, pairs, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    folder = tmp_path / "corpus"
    shutil.copytree(corpus, folder)
    monkeypatch.setattr("seqcli.training.prepared.merging.flush_file", fail)
    with pytest.raises(UserError, match=r"corpus: cannot be written \(No space left on device\)"):
        list(prepare_corpus(dataclasses.replace(request_for(folder, pairs), overwrite=True), 1))
    left = contents_of_corpus(folder)
    assert left == contents_of_corpus(corpus)
    assert PreparedCorpus.open(folder).pairs == PreparedCorpus.open(corpus).pairs


def contents_of_corpus(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


def test_files_of_the_user_stay(tmp_path, pairs):
    (tmp_path / "mine" / WORK).mkdir(parents=True)
    for place in ("mine", f"mine/{WORK}"):
        (tmp_path / place / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="is no prepared corpus"):
        prepare(tmp_path / "mine", pairs)
    (tmp_path / "mine" / "thesis.txt").unlink()
    prepare(tmp_path / "mine", pairs)
    assert (tmp_path / "mine" / WORK / "thesis.txt").read_text() == "mine"


def test_labels_are_learned_although_dev_has_them_too(tmp_path):
    words = sorted({line.split("\t")[0] for line in copy_pairs(2000)})
    labelled = [f"{source}\t{'abc'[i % 3]}" for i, source in enumerate(words)]
    prepare(tmp_path / "corpus", (write_pairs(tmp_path / "labels.tsv", labelled),), dev=False)
    corpus = PreparedCorpus.open(tmp_path / "corpus")
    assert corpus.pairs + len(corpus.split.dev) == len(labelled)


def test_a_resumed_training_takes_the_same_corpus_alone(tmp_path, corpus, pairs):
    folder = tmp_path / "corpus"
    shutil.copytree(corpus, folder)
    model = tmp_path / "model"
    settings = SMALL | {"updates": 2}
    list(train(TrainRequest(model, CorpusFiles(pairs=(folder,)), overrides=settings)))
    dev = CorpusFiles(pairs=(pairs[1],))
    with pytest.raises(UserError, match="without --dev"):
        list(train(TrainRequest(model, dev=dev, resume=True, overrides={"updates": 4})))
    few = write_pairs(tmp_path / "few.tsv", pairs[1].read_text().splitlines()[:20])
    for request in (request_for(folder, (pairs[0], few)), request_for(folder, pairs, pieces="bpe")):
        list(prepare_corpus(dataclasses.replace(request, overwrite=True), 1))
        with pytest.raises(UserError, match="the pairs are not those"):
            list(train(TrainRequest(model, resume=True, overrides={"updates": 4})))


def test_notes_on_a_sample_say_so(tmp_path, pairs, monkeypatch):
    monkeypatch.setattr(making, "SAMPLE_PAIRS", 200)
    lines = pairs[0].read_text().splitlines()
    few = write_pairs(tmp_path / "few.tsv", lines[:100])
    prepare(tmp_path / "corpus", (pairs[0], few))
    notes = PreparedCorpus.open(tmp_path / "corpus").split.notes
    (told,) = [note for note in notes if "are in the training pairs too" in note]
    assert told.startswith("in a sample of 200 pairs: ")


def test_a_sample_is_drawn_from_all_pairs_alike():
    means = []
    for seed in range(40):
        sample = Sample(50, seed)
        for number in range(1000):
            sample.add(Pair(str(number), ""))
        assert sample.count == 1000 and len({pair.source for pair in sample.pairs}) == 50
        means.append(np.mean([int(pair.source) for pair in sample.pairs]))
    assert np.mean(means) == pytest.approx(499.5, abs=25)  # four standard errors


def test_the_command_says_what_was_dropped_and_how_to_train(tmp_path, pairs, seqcli_process):
    result = seqcli_process("prepare", pairs[0], "--dev", pairs[1], "--output", "my corpus")
    assert result.code == 0
    assert "exact duplicate" in result.err
    assert "to train: seqcli train 'my corpus'" in result.err
    assert sorted(path.name for path in (tmp_path / "my corpus").iterdir()) == sorted(
        [MANIFEST, "tokenizer.model", "words.txt", *(f"{name}.npy" for name in ARRAYS)]
    )


KILLED = """
import sys
from seqcli.training.prepared import making
from seqcli.__main__ import main
making.CHUNK_PAIRS = 300
if __name__ == "__main__":
    sys.argv[0] = "seqcli"
    main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_preparation_leaves_no_process_and_goes_on(tmp_path, pairs, number):
    (tmp_path / "killed.py").write_text(KILLED)
    command = [
        sys.executable, "killed.py", "prepare", pairs[0], "--dev", pairs[1], "--output", "corpus",
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=tmp_path) as process:
        while len(list(tmp_path.glob("corpus/.seqcli-prepare/chunk-*"))) < 2:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
    kept = len(list(tmp_path.glob("corpus/.seqcli-prepare/chunk-*")))
    assert kept >= 2
    end = time.monotonic() + 10
    while _runs(str(tmp_path)):
        assert time.monotonic() < end
        time.sleep(0.1)
    subprocess.run(command, cwd=tmp_path, check=True)
    subprocess.run([*command[:-1], "again"], cwd=tmp_path, check=True)
    assert contents(tmp_path / "corpus") == contents(tmp_path / "again")


def _runs(folder):
    """Whether a process works in a folder."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "cwd").readlink()) == folder:
                return True
        except OSError:
            continue
    return False
