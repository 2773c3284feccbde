"""Shortlists in model folders: learned at the end of a run, and used by translations."""

import shutil
from functools import partial

import numpy as np
import onnx
import pytest
from conftest import SMALL, copy_pairs, edit_manifest, part_path, replace_part, write_pairs
from safetensors.numpy import load

import seqcli
from seqcli.bundle import open_bundle
from seqcli.config import SearchConfig
from seqcli.data import shortlist as learning
from seqcli.data.corpus import CorpusFiles
from seqcli.data.shortlist import Shortlist
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.decoding import runtime, sentence_search
from seqcli.decoding.fast_search import ShortlistSearch
from seqcli.decoding.pruning import pruned_search
from seqcli.decoding.runtime import load_translator
from seqcli.decoding.search import beam_search
from seqcli.errors import UserError
from seqcli.folder import INDEX, SHORTLIST, STEP
from seqcli.storage.generation import FILES
from seqcli.training import shortlist, translator_recorder
from seqcli.training.base.request import BaseRequest
from seqcli.training.prepare import TrainRequest
from seqcli.training.train import train
from seqcli.vectors.word_vectors import WordVectors

LINES = list(dict.fromkeys(line.split("\t")[0] for line in copy_pairs(30, seed=9)))


@pytest.fixture(scope="module", autouse=True)
def small_shortlists():
    """Models with few tokens have shortlists too, with few common tokens beside them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shortlist, "MIN_TOKENS", 10)
        patch.setattr(learning, "COMMON", 2)
        patch.setattr(runtime, "ShortlistSearch", partial(ShortlistSearch, reserved=2))
        yield


def run(request):
    for _ in train(request):
        pass
    return request.folder


def files_of(path):
    return CorpusFiles(pairs=(path,))


@pytest.fixture(scope="module")
def model(tmp_path_factory, copy_files):
    """A model that has learned the copy task; tests must not write into it."""
    folder = tmp_path_factory.mktemp("models") / "listed"
    files, dev = map(files_of, copy_files)
    settings = SMALL | {"updates": 300, "evaluations": 3}
    return run(TrainRequest(folder, files, dev, overrides=settings, threads=1, index=False))


@pytest.fixture
def folder(tmp_path, model):
    return shutil.copytree(model, tmp_path / "model")


def listed(folder):
    """The shortlist of a folder, as the translations of each piece, and the common pieces for an
    empty name."""
    found = Shortlist(**load(part_path(folder, SHORTLIST).read_bytes()))
    pieces = open_bundle(folder, ()).tokenizer.pieces
    return {"": set(pieces(found.common.tolist()))} | {
        piece: set(pieces(found.pieces[begin:end].tolist()))
        for piece, begin, end in zip(
            pieces(range(len(found.ends) - 1)), found.ends, found.ends[1:], strict=False
        )
    }


def without_shortlist(folder):
    part_path(folder, SHORTLIST).unlink()
    edit_manifest(folder, lambda values: values[FILES].pop(SHORTLIST))


def test_translations_come_from_the_shortlists(model, monkeypatch):
    assert "▁BA" in listed(model)["▁ba"]
    translator = load_translator(open_bundle(model))
    used = []
    whole = ShortlistSearch.__call__

    def noted(self, search, request):
        used.append(len(request.source))
        return whole(self, search, request)

    monkeypatch.setattr(ShortlistSearch, "__call__", noted)
    found = [best.text for best, *_ in translator.translate(LINES)]
    assert sum(used) == len(LINES)
    assert sum(a == b.upper() for a, b in zip(found, LINES, strict=True)) > len(LINES) * 0.9
    exact = translator.with_settings(SearchConfig(exact=True))
    assert [best.text for best, *_ in exact.translate(LINES)] == found
    assert sum(used) == len(LINES)
    assert seqcli.load(model, exact=True).translate(LINES[0]).text == found[0]
    translator.translate("ba do", prefix="BA")  # (a prefix may have any token)
    translator.with_settings(SearchConfig(beam=1)).translate("ba do")
    translator.with_settings(SearchConfig(sample=True)).translate("ba do")
    assert sum(used) == len(LINES)
    wide = translator.with_settings(SearchConfig(nbest=4))
    assert len(wide.translate("ba do")[0]) == 4
    assert sum(used) == len(LINES) + 1


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_alone_in_any_batch_by_any_thread(model, precision):
    whole = seqcli.load(model, precision=precision, threads=1)
    together = whole.translate_batch(LINES)
    for threads, size in ((1, 1), (2, 3), (2, 32)):
        other = seqcli.load(model, precision=precision, threads=threads, batch_size=size)
        for mine, theirs in zip(other.translate_batch(LINES[::-1]), together[::-1], strict=True):
            assert mine.text == theirs.text
            assert mine.score == pytest.approx(theirs.score, abs=1e-4)


def test_words_that_are_vectors_alone_get_no_lists():
    vocabulary = OutputVocabulary(np.arange(1, 3000))
    assert shortlist.needs_shortlist(vocabulary, None)
    for replaces in (False, True):
        vectors = WordVectors((), 0, np.zeros((1, 4), np.float16), replaces)
        assert shortlist.needs_shortlist(vocabulary, vectors) != replaces


def test_a_token_that_is_not_listed_is_not_written(model, monkeypatch):
    nothing = Shortlist(*(np.zeros(size, np.int32) for size in (2, 0, 0)))
    monkeypatch.setattr(runtime, "read_shortlist", lambda _: nothing)
    translator = load_translator(open_bundle(model))
    vocabulary = translator.processor.output_vocabulary
    source = translator.processor.encode_source("ba do ki mu tu so")
    allowed = {0, 1, *vocabulary.to_tokens(np.array(source.ids)).tolist()}
    ((found,),) = translator.hypotheses([source])
    assert set(found.tokens) <= allowed
    request = translator.search.request([source])
    ((exact,),) = beam_search(translator.model, request, beam=5)
    assert not set(exact.tokens) <= allowed


def test_a_run_without_a_shortlist_gets_one_when_it_is_resumed(folder, copy_files):
    before = listed(folder)
    with pytest.raises(UserError, match="has finished"):
        run(TrainRequest(folder, resume=True, threads=1, index=False))
    without_shortlist(folder)
    assert load_translator(open_bundle(folder)).translate("ba")[0][0].text == "BA"
    files, dev = map(files_of, copy_files)
    run(TrainRequest(folder, files, dev, resume=True, threads=1, index=False))
    assert listed(folder) == before


def test_few_tokens_need_none(tmp_path, copy_files, monkeypatch):
    monkeypatch.setattr(shortlist, "MIN_TOKENS", 1000)
    files, dev = map(files_of, copy_files)
    settings = SMALL | {"updates": 1, "evaluations": 1}
    request = TrainRequest(
        tmp_path / "m", files, dev, overrides=settings, threads=1, index=False, confidence=False
    )
    assert SHORTLIST not in open_bundle(run(request)).files


@pytest.mark.parametrize("kept", [True, False])
def test_after_learning_on_both_shortlists_count(tmp_path, folder, kept):
    if not kept:
        without_shortlist(folder)
    new = [f"xu{i % 3}\tHU{i % 3}" for i in range(40)]
    files = files_of(write_pairs(tmp_path / "new.tsv", list(dict.fromkeys(new)) * 3))
    settings = {"updates": 2, "evaluations": 1}
    request = BaseRequest(
        tmp_path / "on", folder, files=files, dev=files, overrides=settings, threads=1,
        confidence=False, index=False,
    )  # fmt: skip
    on = run(request)
    assert (SHORTLIST in open_bundle(on).files) == kept
    if kept:
        before, after = listed(folder), listed(on)
        assert all(after[piece] >= before[piece] for piece in before)
        assert sum(map(len, after.values())) > sum(map(len, before.values()))
        without_shortlist(on)
        run(TrainRequest(on, resume=True, threads=1, confidence=False, index=False))
        assert listed(on) == after


@pytest.mark.parametrize("content", [b"", b"no tensors"])
def test_a_damaged_one_is_named(folder, content, seqcli):
    replace_part(folder, SHORTLIST, content)
    failed = seqcli("translate", "-m", folder, "ba do", code=2)
    assert failed.err.count("\n") == 1
    assert f"{part_path(folder, SHORTLIST)} is damaged" in failed.err


def test_a_step_with_another_output_layer_is_named(folder, seqcli):
    """It is of our operators and sizes, so that the check of graphs accepts it."""
    step = onnx.load(part_path(folder, STEP))
    next(node for node in step.graph.node[::-1] if node.op_type == "Add").op_type = "Sub"
    replace_part(folder, STEP, step.SerializeToString(deterministic=True))
    failed = seqcli("translate", "-m", folder, "ba do", code=2)
    assert failed.err.count("\n") == 1
    assert f"{part_path(folder, STEP)} is damaged (it has another output layer)" in failed.err


def test_without_memory_for_it_a_model_does_without(tmp_path, copy_files, monkeypatch):
    def short_of_memory(_):
        raise MemoryError

    monkeypatch.setattr(translator_recorder, "make_shortlist", short_of_memory)
    files, dev = map(files_of, copy_files)
    settings = SMALL | {"updates": 1, "evaluations": 1}
    request = TrainRequest(
        tmp_path / "m", files, dev, overrides=settings, threads=1, confidence=False
    )
    bundle = open_bundle(run(request))
    assert SHORTLIST not in bundle.files
    assert INDEX in bundle.files


def test_hopeless_hypotheses_are_dropped_where_one_is_asked_for(model, monkeypatch):
    beams = []

    def noted(found_in, request, *, beam):
        beams.append(beam)
        return pruned_search(found_in, request, beam=beam)

    monkeypatch.setattr(sentence_search, "pruned_search", noted)
    translator = load_translator(open_bundle(model), SearchConfig(beam=3))
    assert translator.translate("ba do")[0][0].text == "BA DO"
    assert beams == [3]
    for settings in ({"exact": True}, {"nbest": 2}, {"mbr": 3}, {"sample": True}):
        translator.with_settings(SearchConfig(**settings)).translate("ba do")
    assert beams == [3]
