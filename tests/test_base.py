"""Learning on: a run that begins with the network of a folder."""

from __future__ import annotations

import json
import random
import shutil
import sys
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import copy_pairs, edit_manifest, part_path, write_pairs
from safetensors.numpy import load, save

import seqcli
from seqcli.bundle import open_bundle
from seqcli.config import ModelConfig
from seqcli.data.batching import Example, collate, split_batch
from seqcli.data.corpus import CorpusFiles
from seqcli.data.pairs import Pair
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.data.word_list import WordList
from seqcli.errors import UserError
from seqcli.folder import WEIGHTS, WRONG_VALUES
from seqcli.model.dropout import NO_DROPOUT
from seqcli.model.seq2seq import Seq2Seq
from seqcli.storage.generation import stored_file
from seqcli.training.base import merging
from seqcli.training.base.ancestry import MAX_ANCESTORS, ancestry_lines, ancestry_of
from seqcli.training.base.distillation import Distillation
from seqcli.training.base.network import grown_weights
from seqcli.training.base.replay import Replay
from seqcli.training.base.request import BaseRequest, default_replay
from seqcli.training.base.state import BaseState
from seqcli.training.events import DevScores, Ended, Evaluated, LearnedOn, Prepared, Updated
from seqcli.training.gradients import token_logits
from seqcli.training.loss import cross_entropy
from seqcli.training.prepare import TrainRequest
from seqcli.training.train import train
from seqcli.views.learning_on import learned_on_lines

HERE = Path(__file__).parent
NEW_WORDS = ["žaß", "fiŋ", "løn", "gü"]


def other_pairs(count, seed=3):
    """Lines of another task, in other characters."""
    draw = random.Random(seed)
    lines = (draw.choices(NEW_WORDS, k=draw.randint(1, 4)) for _ in range(count))
    return [f"{' '.join(words)}\t{' '.join(word[::-1] for word in words)}" for words in lines]


@pytest.fixture(scope="module", autouse=True)
def importance_of_few_batches():
    """The tiny networks of these tests need no better measure."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "BATCHES", 3)
        yield


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """New pairs, their dev, kept pairs, and their dev."""
    folder = tmp_path_factory.mktemp("pairs")
    lines = {
        "new": list(dict.fromkeys(other_pairs(150)))[:60],
        "dev": other_pairs(8, seed=4),
        "keep": list(dict.fromkeys(copy_pairs(150))),
        "keep_dev": copy_pairs(8, seed=2),
    }
    return {name: write_pairs(folder / f"{name}.tsv", each) for name, each in lines.items()}


def request_on(folder, base, files, names=("new", "dev", "keep", "keep_dev"), **settings):
    """A short run that begins with a base."""
    named: dict[str, Any] = {
        "files" if name == "new" else name: CorpusFiles(pairs=(files[name],)) for name in names
    }
    replay = settings.pop("replay", 0.5)  # (whatever is the default)
    overwrite = settings.pop("overwrite", False)
    overrides = {"updates": 6, "evaluations": 2, "batch_tokens": 200} | settings
    return BaseRequest(
        folder, base, **named, replay=replay, overrides=overrides, threads=1, confidence=False,
        overwrite=overwrite,
    )  # fmt: skip


_watchers: list[list[str]] = []


@cache
def watch_opening():
    """Note the files that are opened, for all watchers. (A hook cannot be removed.)"""

    def note(event, arguments):
        for watcher in _watchers if event == "open" else ():
            watcher.append(str(arguments[0]))

    sys.addaudithook(note)


@contextmanager
def opened_files():
    """The names of the files that are opened in the block."""
    watch_opening()
    _watchers.append([])
    try:
        yield _watchers[-1]
    finally:
        _watchers.pop()


def only(events, kind):
    (event,) = [event for event in events if isinstance(event, kind)]
    return event


@pytest.fixture(scope="module")
def learned(tmp_path_factory, copy_model, files):
    """A folder that has learned on, and the events of that."""
    folder = tmp_path_factory.mktemp("learned") / "model"
    return folder, list(
        train(request_on(folder, copy_model, files, updates=60, learning_rate=0.01))
    )


def weights_of(folder):
    return open_bundle(folder, (WEIGHTS,)).weights()


def same(first, second):
    return first.keys() == second.keys() and all((first[k] == second[k]).all() for k in first)


def test_new_pairs_are_learned_and_what_is_forgotten_is_told(learned, copy_model, files):
    folder, events = learned
    evaluated = [event for event in events if isinstance(event, Evaluated)]
    assert [event.update for event in evaluated] == [0, 36, 60]
    told = only(events, LearnedOn)
    assert told.new_after.chrf > told.new_before.chrf + 5
    assert told.old_before.chrf > 90
    best = max(event.score for event in evaluated)
    assert (told.new_after.chrf + told.old_after.chrf) / 2 == pytest.approx(best)
    assert only(events, Ended).score == pytest.approx(best)
    learned_line, forgot, kept = learned_on_lines(told)
    assert f"chrF {told.new_before.chrf:.1f} → {told.new_after.chrf:.1f}" in learned_line
    assert "on 8 old dev pairs" in forgot
    assert f"after {told.kept_update} updates" in kept
    history = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    assert history[0]["old_bleu"] == round(told.old_before.bleu, 2)
    assert only(events, Prepared).train_pairs == 60
    about = open_bundle(folder).settings.about
    assert (about["pairs"], about["kept_pairs"]) == (
        60,
        len(files["keep"].read_text().splitlines()),
    )
    assert about["dev_after"][1]["chrf"] == told.old_after.chrf
    parent = open_bundle(copy_model)
    assert about["ancestry"] == [
        {"run": parent.run, "metric": "bleu", "updates": 300}
        | {key: parent.settings.about[key] for key in ("pairs", "dev_score")}
    ]
    card = (folder / "README.md").read_text()
    assert f"1. run {parent.run}, " in card and "whose pairs it repeated" in card


def test_the_base_and_a_child_that_learned_nothing_translate_alike(tmp_path, copy_model, files):
    """Although the child has more pieces, on both sides."""
    request = request_on(tmp_path / "model", copy_model, files, updates=2, learning_rate=0.0)
    told = only(list(train(request)), LearnedOn)
    assert told.new_before == told.new_after and told.old_before == told.old_after
    before, after = open_bundle(copy_model), open_bundle(tmp_path / "model")
    assert len(after.tokenizer) > len(before.tokenizer)
    assert set(before.output_vocabulary.pieces) < set(after.output_vocabulary.pieces)
    assert set(before.words.words) < set(after.words.words) and after.words.is_known("žaß")
    assert set(before.settings.source_punctuation) <= set(after.settings.source_punctuation)
    texts = [line.split("\t")[0] for line in copy_pairs(40, seed=8)] + ["BA do, 12 xyz", "mu"]
    first, second = (
        [each.text for each in seqcli.load(folder).translate_batch(texts)]
        for folder in (copy_model, tmp_path / "model")
    )
    assert first == second


def test_a_run_repeats_itself_and_continues_after_an_interruption(tmp_path, copy_model, files):
    """Also without the folder of the base."""
    base = shutil.copytree(copy_model, tmp_path / "base")
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    events = list(train(request_on(whole, base, files)))
    # (After the update 3 none is evaluated.)
    made: list[Updated] = []

    def stop():
        return len(made) >= 3

    for event in train(request_on(stopped, base, files), stop):
        made += [event] if isinstance(event, Updated) else []
    assert len(made) == 3
    shutil.rmtree(base)
    request = TrainRequest(stopped, resume=True, threads=1, confidence=False)
    continued = list(train(request))
    assert only(continued, LearnedOn) == only(events, LearnedOn)
    for read in (weights_of, lambda folder: open_bundle(folder).words):
        first, second = read(whole), read(stopped)
        assert same(first, second) if isinstance(first, dict) else first == second
    assert open_bundle(whole).settings.about["ancestry"]
    assert open_bundle(stopped).tokenizer.model == open_bundle(whole).tokenizer.model


def test_a_base_may_be_replaced_by_what_it_has_learned(tmp_path, copy_model, files):
    base = shutil.copytree(copy_model, tmp_path / "base")
    run = open_bundle(base).run
    with pytest.raises(UserError, match="holds a model already"):
        list(train(request_on(base, base, files)))
    assert open_bundle(base).run == run
    list(train(request_on(base, base, files, ("new", "dev"), updates=1, overwrite=True)))
    bundle = open_bundle(base)
    assert bundle.run != run and [each["run"] for each in ancestry_of(bundle)] == [run, bundle.run]


def test_without_old_pairs_the_files_of_the_base_are_named_and_not_opened(
    tmp_path, copy_model, files
):
    base = shutil.copytree(copy_model, tmp_path / "base")
    secret = tmp_path / "secret"
    secret.write_text("a\tb\n")

    def name_secret(values):
        values["record"]["files"]["pairs"] = values["record"]["dev"]["pairs"] = [str(secret)]

    edit_manifest(base / "checkpoint", name_secret, "checkpoint.json")
    with opened_files() as opened:
        events = list(train(request_on(tmp_path / "model", base, files, ("new", "dev"), updates=1)))
    assert str(files["new"]) in opened and str(secret) not in opened
    told = only(events, LearnedOn)
    assert told.old_before is told.old_after is None
    forgot = learned_on_lines(told)[1]
    assert "not known" in forgot and "--keep" in forgot and str(secret) in forgot


def test_corrections_are_learned(tmp_path, copy_model, files):
    base = shutil.copytree(copy_model, tmp_path / "base")
    with pytest.raises(UserError, match="has no corrections to learn"):
        list(train(request_on(tmp_path / "model", base, files, ("keep",))))
    write_pairs(base / "corrections.tsv", ["ba do\tDO BA", "ki mu\tžMU KI"])
    (base / "glossary.tsv").write_text("ba\tBA\n")
    request = request_on(
        tmp_path / "model", base, files, ("keep", "keep_dev"), updates=60, learning_rate=0.01
    )
    told = only(list(train(request)), LearnedOn)
    assert told.corrections and (told.new_before.exact, told.new_after.exact) == (0, 2)
    assert learned_on_lines(told)[0] == (
        "learned: 2 of 2 corrections are now written by the network itself (before: 0)"
    )
    translator = seqcli.load(tmp_path / "model")
    assert [translator.translate(text).text for text in ("ba do", "ki mu")] == ["DO BA", "žMU KI"]
    assert open_bundle(tmp_path / "model").settings.about["corrections_learned"] == 2
    for name in ("corrections.tsv", "glossary.tsv"):
        assert (tmp_path / "model" / name).read_bytes() == (base / name).read_bytes()


@pytest.mark.parametrize(("share", "drawn"), [(0.0, 0), (0.5, 40), (0.8, 160)])
def test_an_epoch_has_all_new_examples_and_a_share_of_old_ones(share, drawn):
    new, old = np.arange(40), np.arange(50, 110)
    replay = Replay(new, old, share, seed=1)
    first, second = replay(0).tolist(), replay(1).tolist()
    for epoch in (first, second, replay(7).tolist()):
        assert epoch[:40] == new.tolist() and len(epoch) == 40 + drawn
        counts = [epoch.count(i) for i in old.tolist()]
        assert max(counts) - min(counts) <= 1
    assert first == replay(0).tolist()
    assert drawn == 0 or first != second
    assert len(Replay(new, np.arange(0), share, seed=1)(0)) == 40


def test_the_bias_of_a_token_moves_with_its_piece():
    """Where a piece that the base only reads is written now."""
    before, after = (
        OutputVocabulary(np.array(ids, dtype=np.int64))
        for ids in ([1, 2, 4, 6], [1, 2, 3, 4, 6, 8])
    )
    table = np.arange(16, dtype=np.float32).reshape(8, 2)
    weights = {"source_table": table, "output_bias": np.arange(4, dtype=np.float32)}
    grown = grown_weights(weights, 9, before, after, seed=1)
    assert (grown["source_table"][:8] == table).all() and grown["source_table"].shape == (9, 2)
    assert grown["output_bias"][[0, 1, 3, 4]].tolist() == [0, 1, 2, 3]
    assert (grown["output_bias"][[2, 5]] < 0).all()


def test_few_pairs_have_more_old_ones_beside_them():
    assert default_replay(99) > default_replay(100) == 0.5


def test_replay_without_old_examples_measures_alone(tmp_path, copy_model, files):
    request = request_on(tmp_path / "model", copy_model, files, updates=1, replay=0.0)
    events = list(train(request))
    assert "an epoch has 60 new pairs" in only(events, Prepared).notes[-1]
    assert only(events, LearnedOn).old_after is not None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--hidden", 8], "leave out --hidden"),
        (["--pieces", "char", "--no-tied"], "leave out --pieces and --tied"),
        (["--tokenizer", "x"], "leave out --tokenizer"),
        (["--resume"], "choose one"),
        (["--replay", 0.5], "--keep"),
        (["--keep", "x", "--replay", 1], "at most 0.95"),
        (["--keep", "-"], "not standard input"),
        (["--reverse"], "trained without --reverse"),
        (["--text", "x"], "leave out PAIRS and --base"),
    ],
)
def test_what_does_not_fit_a_base_is_refused(seqcli, copy_model, files, arguments, message):
    command = ("train", "--base", copy_model, files["new"], "-m", "model", *arguments)
    refused = seqcli(*command, code=2)
    assert refused.err.count("\n") == 1 and message in refused.err
    assert not (seqcli.folder / "model" / "config.json").exists()


def test_a_folder_that_cannot_be_continued_is_refused(seqcli, tmp_path, copy_model, files):
    damaged, old = (shutil.copytree(copy_model, tmp_path / name) for name in ("damaged", "old"))
    edit_manifest(damaged, lambda values: values["settings"]["model"].update(hidden=4096))
    edit_manifest(old, lambda values: values["settings"].update(read_compatibly=True))
    for base, message in (
        (damaged, "damaged"),
        (old, "an old format"),
        (tmp_path / "none", "holds no model"),
        (HERE / "language-model-8", "holds a language model"),
    ):
        refused = seqcli("train", "--base", base, files["new"], "-m", "model", code=2)
        assert refused.err.count("\n") == 1 and message in refused.err
    refused = seqcli("train", "--keep", files["keep"], files["new"], code=2)
    assert "name a --base" in refused.err


@pytest.mark.parametrize("name", ["format-4", "format-7"])
def test_a_folder_of_an_older_format_can_be_continued(tmp_path, files, name):
    base = HERE / "folders" / name
    request = request_on(
        tmp_path / "model", base, files, ("new", "dev"), updates=1, learning_rate=0.0
    )
    told = only(list(train(request)), LearnedOn)
    assert told.new_before == told.new_after


def test_the_command_line_and_python_learn_on(seqcli, tmp_path, copy_model, files):
    options = {"updates": 2, "evaluations": 1, "batch_tokens": 200}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    kept = ("--keep", files["keep"], "--threads", 1, "--no-index")
    run = seqcli("train", "--base", copy_model, files["new"], *kept, "-m", "model", *flags)
    for text in ("BLEU before", "new dev (3 pairs)", "old dev (6 pairs)", "kept: the ", "learned:"):
        assert text in run.err
    result = sys.modules["seqcli"].train(
        files["new"], base=copy_model, keep=files["keep"], model=tmp_path / "python", threads=1,
        **options,
    )  # fmt: skip
    assert "on average of the new dev and the old dev (greedy)" in run.err
    assert "enough to try" not in run.err  # which is said of a translator that is made anew
    card = (tmp_path / "model" / "README.md").read_text()
    assert "on average of the new dev and the old dev (greedy)" in card
    assert "from these pairs and those of the runs before" in card
    assert result.learned_on.old_after.pairs == 6
    assert same(weights_of(tmp_path / "model"), weights_of(tmp_path / "python"))
    has_index = [bool(list((tmp_path / name).glob("index-*"))) for name in ("model", "python")]
    assert has_index == [False, True]


def test_without_a_folder_only_the_base_itself_is_overwritten(seqcli, tmp_path, copy_model):
    base, other = (shutil.copytree(copy_model, tmp_path / name) for name in ("b", "seqcli-model"))
    write_pairs(base / "corrections.tsv", ["ba do\tDO BA"])
    before = open_bundle(base).run
    refused = seqcli("train", "--base", "b", code=2)
    assert "seqcli-model holds a model already" in refused.err
    assert "--overwrite replaces b\n" in refused.err
    options = ("--updates", 1, "--evaluations", 1, "--threads", 1, "--no-index")
    run = seqcli("train", "--base", "b", "--overwrite", *options)
    assert "on the corrections (greedy)" in run.err
    assert open_bundle(base).run != before == open_bundle(other).run


HOSTILE = {
    "kept pairs from a device": {"keep": {"pairs": ["/dev/zero"]}},
    "kept pairs from standard input": {"keep": {"pairs": ["-"]}},
    "a name that no file has": {"keep_dev": {"pairs": ["a\0b"]}},
    "only old pairs": {"replay": 1.0},
    "a setting of an unknown kind": {"corpus": {"wings": 2}},
    "scores of a third set": {"before": [{}] * 3, "after": [{}] * 3},
    "no scores": {"before": [{"pairs": "many"}], "after": [{}]},
    "no scores before": {"before": [], "after": []},
    "no confidence": {"confidence": {}},
    "an unknown key": {"wings": 2},
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_record_that_no_run_writes_is_refused(tmp_path, learned, kind):
    folder = shutil.copytree(learned[0], tmp_path / "model")
    edit_manifest(
        folder / "checkpoint",
        lambda values: values["record"]["base"].update(HOSTILE[kind]),
        "checkpoint.json",
    )
    with pytest.raises(UserError, match=r"checkpoint|is no file|standard input"):
        list(train(TrainRequest(folder, resume=True, overrides={"updates": 70}, threads=1)))


def test_a_checkpoint_without_the_network_of_its_base_is_refused(tmp_path, learned):
    folder = shutil.copytree(learned[0], tmp_path / "model")
    checkpoint = folder / "checkpoint"
    tensors = load(part_path(checkpoint, "state.safetensors", "checkpoint.json").read_bytes())
    kept = {name: each for name, each in tensors.items() if not name.startswith("teacher.")}
    file = stored_file("state.safetensors", save(kept))
    (checkpoint / file.name).write_bytes(save(kept))
    edit_manifest(
        checkpoint,
        lambda values: values["files"].update({"state.safetensors": asdict(file)}),
        "checkpoint.json",
    )
    with pytest.raises(UserError, match="do not fit"):
        list(train(TrainRequest(folder, resume=True, overrides={"updates": 70}, threads=1)))


@pytest.mark.parametrize("text", [r'[["\ud800", "x"]]', '[["a", 1]]', "[" * 5000, "NaN"])
def test_corrections_that_are_no_texts_are_refused(text):
    words, pieces = WordList.of([Pair("a", "b")], ""), OutputVocabulary.of([])
    tensors = BaseState(words, pieces).to_tensors()
    assert BaseState.from_tensors(tensors, "", 9).corrections == []
    tensors["base.corrections"] = np.frombuffer(text.encode(), dtype=np.uint8)
    with pytest.raises(WRONG_VALUES):
        BaseState.from_tensors(tensors, "", 9)


def test_an_ancestry_of_any_values_is_shown_in_a_few_lines():
    entry = {"run": "[x](http://x)\n# y", "pairs": "many", "updates": 3, "dev_score": None}
    lines = ancestry_lines({"ancestry": [entry] * 100, "kept_pairs": "no"})
    assert len(lines) == MAX_ANCESTORS + 2
    assert "[" not in "".join(lines) and "\n" not in "".join(lines)
    assert ancestry_lines({"ancestry": 5}) == []


def test_a_base_that_was_best_is_kept():
    scores = DevScores(10, 1.0, 20.0, 40.0, 1)
    told = LearnedOn(
        scores, scores, scores, scores, (scores,) * 2, 0, "chrf", corrections=False, hint=""
    )
    kept = learned_on_lines(told)[2]
    assert kept.startswith("kept: the base as it was")
    assert "the last network: BLEU 20.0 → 20.0 (+0.0)" in kept and "on old dev" in kept


@torch.no_grad()
def test_the_teacher_sets_the_targets_of_old_examples_alone():
    """Against the definition, sentence by sentence."""
    torch.manual_seed(0)
    config = ModelConfig(embedding=8, hidden=8, attention_size=8)
    network, teacher = (Seq2Seq(config, 12, torch.arange(1, 12)) for _ in range(2))
    draw = random.Random(1)
    examples = [
        Example([draw.randint(3, 11) for _ in range(n)], [draw.randint(2, 10) for _ in range(m)])
        for n, m in ((2, 3), (4, 1), (3, 5), (1, 2))
    ]
    for old in ([0, 1, 0, 1], [1, 1, 1, 1], [0, 0, 0, 0]):
        batch = collate(examples)._replace(old=np.array(old, dtype=bool))
        objective = nll = 0.0
        for example, is_old in zip(examples, old, strict=True):
            one = collate([example])
            given, wanted = (
                token_logits(each, one, NO_DROPOUT, None)[0] for each in (network, teacher)
            )
            log_p = given.log_softmax(1)
            rows = -log_p[torch.arange(len(given)), torch.tensor(example.target)]
            nll += float(rows.sum())
            taught = -(wanted.softmax(1) * log_p).sum()
            objective += float(taught if is_old else rows.sum())
        parts = [batch, *split_batch(batch, 2)]
        losses = [Distillation(teacher)(network, part, cross_entropy) for part in parts]
        whole, first, second = (float(each.objective) for each in losses)
        assert (whole, first + second) == pytest.approx((objective, objective), rel=1e-5)
        assert float(losses[0].nll) == pytest.approx(nll, rel=1e-5)


def test_pairs_in_the_other_direction_are_refused(tmp_path, copy_model, files):
    lines = ["\t".join(line.split("\t")[::-1]) for line in copy_pairs(60, seed=5)]
    swapped = write_pairs(tmp_path / "swapped.tsv", lines)
    request = request_on(tmp_path / "m", copy_model, {**files, "new": swapped}, updates=1)
    with pytest.raises(UserError, match="columns seem to be swapped"):
        list(train(request))
    assert not (tmp_path / "m").exists()


def test_a_run_with_a_base_has_the_best_pieces(tmp_path, copy_model, files):
    base = shutil.copytree(copy_model, tmp_path / "base")
    edit_manifest(base, lambda values: values["settings"]["model"].update(subword_sampling=1.0))
    events = train(request_on(tmp_path / "model", base, files, updates=2))
    assert only(list(events), Prepared).settings.model.subword_sampling == 0.0
