import dataclasses
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import SMALL, copy_pairs, edit_manifest, write_pairs
from safetensors.numpy import load, save
from torch.nn import functional

from seqcli.bundle import open_bundle
from seqcli.config import (
    CELLS,
    CorpusConfig,
    ModelConfig,
    SearchConfig,
    TokenizerConfig,
    TrainingConfig,
)
from seqcli.config_fields import override
from seqcli.data import templates
from seqcli.data.batching import Example, PackedExamples, collate, split_batch
from seqcli.data.corpus import CorpusFiles
from seqcli.data.pairs import Pair
from seqcli.data.readers.registry import read_pairs
from seqcli.data.sample import sample_file
from seqcli.data.tokenizer import build
from seqcli.decoding.assessment import assess
from seqcli.decoding.requests import LENGTH_MARGIN
from seqcli.decoding.runtime import load_translator
from seqcli.errors import UserError
from seqcli.folder import FORMAT, WEIGHTS
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.best_model import BestModel, translator_files
from seqcli.training.checkpoint import Checkpoint, save_checkpoint
from seqcli.training.corpus_split import read_data
from seqcli.training.device import pick_device
from seqcli.training.events import (
    BudgetFixed,
    ConfidenceFitted,
    Ended,
    Evaluated,
    IndexMade,
    Prepared,
    Previewed,
    Saved,
    Updated,
)
from seqcli.training.gradients import Gradients, batch_loss
from seqcli.training.loop import Position, learn
from seqcli.training.loss import cross_entropy, squared_error
from seqcli.training.optimization import make_optimizer
from seqcli.training.prepare import MAX_PIECES, TrainRequest, max_length_ratio, prepare_data
from seqcli.training.recipe import recipe
from seqcli.training.schedule import (
    evaluation_points,
)
from seqcli.training.train import train
from seqcli.training.validation import GREEDY, Validation, make_validator
from seqcli.training.weights import load_network_tensors, network_tensors

TINY = SMALL | {"embedding": 8, "hidden": 8, "attention_size": 4, "dropout": 0.3, "evaluations": 3}


def test_reverse_swaps_source_and_target_of_pairs_and_of_aligned_files(tmp_path):
    lines = copy_pairs(30)
    columns = list(zip(*(line.split("\t") for line in lines), strict=True))
    pairs = CorpusFiles(pairs=(write_pairs(tmp_path / "pairs.tsv", lines),))
    sources, targets = (write_pairs(tmp_path / f"{i}", columns[i]) for i in (0, 1))
    aligned = CorpusFiles(sources=(sources,), targets=(targets,))
    expected = list(dict.fromkeys(Pair(*line.split("\t")[::-1]) for line in lines))
    for files, dev in ((pairs, aligned), (aligned, pairs)):
        split = read_data(files, dev, CorpusConfig(reverse=True), seed=1)
        assert split.train == split.dev == expected


@pytest.fixture
def tiny(tmp_path):
    """Makes requests for short trainings on a few pairs."""
    files = CorpusFiles(
        pairs=(write_pairs(tmp_path / "train.tsv", list(dict.fromkeys(copy_pairs(200)))),)
    )
    dev = CorpusFiles(pairs=(write_pairs(tmp_path / "dev.tsv", copy_pairs(8, seed=9)),))

    def request(name, resume=False, threads=0, device="cpu", **overrides):
        settings = overrides if resume else TINY | overrides
        return TrainRequest(
            tmp_path / name,
            files,
            dev,
            overrides=settings,
            resume=resume,
            device=device,
            threads=threads,
        )

    return request


class StopAfter:
    """Returns True once an update has been reported."""

    def __init__(self, update):
        self.last = update
        self.seen = 0

    def __call__(self):
        return self.seen >= self.last


def finish(request, stop=None):
    """Run a training and return its events."""
    events = []
    for event in train(request, stop or (lambda: False)):
        events.append(event)
        if stop is not None and isinstance(event, Updated):
            stop.seen = event.update
    return events


def weights(folder):
    return open_bundle(folder, [WEIGHTS]).weights()


def state(folder):
    return Checkpoint(folder)._tensors


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def test_the_copy_task_is_learned(copy_model, copy_files):
    translator = load_translator(open_bundle(copy_model), SearchConfig(beam=1))
    assert assess(translator, read_pairs(copy_files[1])).scores.exact_match >= 0.99


def test_a_training_yields_its_events_in_order(tiny):
    events = finish(tiny("model", updates=10))
    assert isinstance(events[0], Prepared)
    assert isinstance(events[-1], Ended)
    assert events[-1].reason == "finished"
    updated = [e for e in events if isinstance(e, Updated)]
    assert [e.update for e in updated] == list(range(1, 11))
    assert [e.update for e in events if isinstance(e, Evaluated)] == evaluation_points(10, 3)
    assert not any(isinstance(e, Previewed) for e in events)
    history = (tiny("model").folder / "history.jsonl").read_text().splitlines()
    assert [json.loads(line)["update"] for line in history] == evaluation_points(10, 3)


@pytest.mark.parametrize(
    ("between_saves", "without_save", "between_previews", "expected"),
    [
        (99, 99, 99, "U U U E U U E S"),
        (0, 99, 99, "U U U E S U U E S"),
        (0, 0, 0, "U S U S U E S U S U E S"),
        (99, 99, 0, "U P U P U E U P U E S"),
    ],
)
def test_what_is_due_after_an_update_depends_on_the_time(
    tiny, monkeypatch, between_saves, without_save, between_previews, expected
):
    """Updates, evaluations, saves and previews, in their order."""
    monkeypatch.setattr("seqcli.training.train.SECONDS_BETWEEN_SAVES", between_saves)
    monkeypatch.setattr("seqcli.training.train.MAX_SECONDS_WITHOUT_SAVE", without_save)
    monkeypatch.setattr("seqcli.training.train.SECONDS_BETWEEN_PREVIEWS", between_previews)
    order = []
    monkeypatch.setattr("seqcli.training.recorder.Recorder.save", lambda _: order.append("S"))
    request = dataclasses.replace(tiny("model", updates=5, evaluations=2), preview=True)
    letters = {Updated: "U", Evaluated: "E", Previewed: "P"}
    for event in train(request):
        order += letters.get(type(event), "")
    assert " ".join(order) == expected


def test_a_run_that_stops_at_an_evaluation_makes_one_more_update(tiny):
    events = finish(tiny("model", updates=5, evaluations=2), StopAfter(3))
    assert [type(event) for event in events[-4:]] == [Evaluated, Updated, Saved, Ended]


def test_the_dev_loss_is_the_one_that_score_gives(tiny, tmp_path, monkeypatch):
    """Also for sources with unknown punctuation or cut off, and for targets of unknown pieces."""
    assert GREEDY.max_source_pieces == SearchConfig().max_source_pieces
    short: dict[str, Any] = {"max_source_pieces": 20}
    monkeypatch.setattr("seqcli.training.validation.GREEDY", override(GREEDY, short))
    strange = [
        "ba, do!\tBA, DO!",  # no training sentence has a comma
        "ba ☃ do\tBA ☃ DO",
        "ki mu\tki mu",  # source pieces, which are not in the output vocabulary
        "¿ra?\tRA",
        "—\tSO",
        " ".join(["ba"] * 40) + "\tBA DO KI MU PE RA SO TU",
    ]
    request = tiny("model", updates=6, evaluations=1)
    dev = write_pairs(tmp_path / "dev.tsv", [*copy_pairs(5, seed=9), *strange])
    (evaluated,) = [event for event in finish(request) if isinstance(event, Evaluated)]
    translator = load_translator(open_bundle(request.folder), SearchConfig(**short))
    scored = translator.score(list(read_pairs(dev)))
    assert sum(each.unknown > 0 for each in scored) >= 3
    assert any(each.cut for each in scored)
    tokens = sum(len(each.log_probabilities) for each in scored)
    nll = -sum(each.log_probability for each in scored)
    assert evaluated.dev_loss == pytest.approx(nll / tokens, rel=1e-5)


@pytest.mark.parametrize("threads", [1, 3])
def test_the_same_seed_gives_the_same_model(tiny, threads):
    before = torch.get_num_threads()
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        finish(tiny(name, threads=threads, updates=12, seed=seed))
        assert torch.get_num_threads() == before
        assert Checkpoint(tiny(name).folder).record.threads == threads
    assert_same(weights(tiny("a").folder), weights(tiny("b").folder))
    a, c = weights(tiny("a").folder), weights(tiny("c").folder)
    assert any((a[name] != c[name]).any() for name in a)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "nesterov", "sgd"])
def test_a_resumed_run_is_the_uninterrupted_run(tiny, optimizer):
    overrides = {"updates": 14, "optimizer": optimizer, "learning_rate": 0.003}
    whole = finish(tiny("whole", threads=3, **overrides))
    losses = {e.update: e.loss for e in whole if isinstance(e, Updated)}
    for interrupted_after in ([1], [7], [3, 11]):
        parts = f"interrupted after {interrupted_after}"
        for number, update in enumerate(interrupted_after):
            settings = {} if number else overrides
            request = tiny(parts, resume=number > 0, threads=0 if number else 3, **settings)
            assert finish(request, StopAfter(update))[-1].reason == "interrupted"
            assert weights(request.folder)  # a model to use
        resumed = finish(tiny(parts, resume=True))
        assert resumed[-1].update == 14
        assert_same(state(tiny("whole").folder), state(tiny(parts).folder))
        assert_same(weights(tiny("whole").folder), weights(tiny(parts).folder))
        assert all(losses[e.update] == e.loss for e in resumed if isinstance(e, Updated))
        whole_score, score = (
            [event.score for event in events if isinstance(event, Evaluated)][-1]
            for events in (whole, resumed)
        )
        assert score == whole_score


@pytest.mark.parametrize(
    "station",
    [
        *({"cell": cell} for cell in CELLS if cell != "lstm"),
        *({"attention": name} for name in ("none", "dot", "cosine", "bilinear")),
        {"attention": "none", "context": "first"},
        {"loss": "mse"},
        {"cell": "none", "attention": "none", "optimizer": "sgd"},
    ],
    ids=lambda station: " ".join(map(str, station.values())),
)
def test_every_station_learns_and_resumes_and_translates(tiny, station):
    finish(tiny("whole", updates=6, evaluations=1, **station))
    finish(tiny("parts", updates=6, evaluations=1, **station), StopAfter(3))
    resumed = finish(tiny("parts", resume=True))
    assert_same(state(tiny("whole").folder), state(tiny("parts").folder))
    updates = [e.loss / e.tokens for e in resumed if isinstance(e, Updated)]
    assert all(math.isfinite(loss) for loss in updates)
    bundle = open_bundle(tiny("parts").folder)
    saved = bundle.settings.model.to_dict() | bundle.settings.training.to_dict()
    assert station.items() <= saved.items()
    ((answer,),) = load_translator(bundle, SearchConfig(max_length=5)).translate(["ba do"])
    assert answer.target_pieces


@pytest.mark.parametrize(
    "failing",
    ["translator_recorder.model_card", "best_model.export", "translator_recorder.write_bundle"],
)
def test_a_run_whose_model_cannot_be_written_can_be_resumed(tiny, monkeypatch, failing):
    """And keeps its best network, here that of the first evaluation."""

    def fixed_scores():
        scores = iter([50.0, 5.0, 4.0])
        return lambda _self, _network: Validation(1.0, next(scores), [""] * 8, 1.0)

    def fail(*_):
        raise RuntimeError("this fails")

    monkeypatch.setattr("seqcli.training.validation.Validator.__call__", fixed_scores())
    finish(tiny("whole", updates=14))
    monkeypatch.setattr("seqcli.training.validation.Validator.__call__", fixed_scores())
    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="this fails"):
        patch.setattr(f"seqcli.training.{failing}", fail)
        finish(tiny("parts", updates=14), StopAfter(evaluation_points(14, 3)[0] + 1))
    folder = tiny("parts").folder
    assert [path.name for path in folder.iterdir()] == ["checkpoint"]
    with pytest.raises(UserError, match="holds a training already"):
        finish(tiny("parts", updates=14))
    finish(tiny("parts", resume=True))
    assert_same(state(tiny("whole").folder), state(folder))
    assert_same(weights(tiny("whole").folder), weights(folder))
    assert any(
        (array != state(folder)[f"network.{n}"]).any() for n, array in weights(folder).items()
    )


def test_a_model_is_saved_even_if_its_checkpoint_cannot_be_written(tiny, monkeypatch):
    def full_disk(*_):
        raise UserError("state.safetensors cannot be written (No space left on device)")

    monkeypatch.setattr("seqcli.training.checkpoint.write_generation", full_disk)
    with pytest.raises(UserError, match="No space left"):
        finish(tiny("model", updates=2))
    assert weights(tiny("model").folder)
    with pytest.raises(UserError, match="no training to resume"):
        finish(tiny("model", resume=True))


def test_a_finished_run_whose_model_is_missing_writes_it_again(tiny):
    folder = tiny("model").folder
    finish(tiny("model", updates=4))
    before = weights(folder)
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()
    events = finish(tiny("model", resume=True))
    assert [type(event) for event in events] == [
        Prepared,
        Saved,
        ConfidenceFitted,
        IndexMade,
        Ended,
    ]
    assert events[-1].reason == "finished"
    assert_same(weights(folder), before)


def test_a_run_beyond_its_new_number_of_updates_has_finished(tiny):
    folder = tiny("model").folder
    finish(tiny("model", updates=4))
    (folder / "config.json").unlink()
    events = finish(tiny("model", resume=True, updates=3))
    assert [type(event) for event in events] == [
        Prepared,
        Saved,
        ConfidenceFitted,
        IndexMade,
        Ended,
    ]
    assert (events[-1].reason, events[-1].update) == ("finished", 4)


def test_a_checkpoint_of_another_version_is_refused(tiny):
    finish(tiny("model", updates=2))
    folder = Checkpoint(tiny("model").folder).path.parent
    edit_manifest(folder, lambda values: values.update(format=FORMAT + 1), "checkpoint.json")
    formats = "2, 3, 4, 5, 6, 7, 8, 9, 10 and 11"
    message = rf"checkpoint\.json has format {FORMAT + 1}, and this .* reads {formats}"
    with pytest.raises(UserError, match=message):
        finish(tiny("model", resume=True, updates=4))
    (folder / "checkpoint.json").unlink()
    run: dict[str, Any] = {"position": {}, "record": {}}  # as the first version was
    content = save({"x": np.zeros(1)}, metadata={"run": json.dumps(run)})
    (folder / "state.safetensors").write_bytes(content)
    with pytest.raises(UserError, match=r"state\.safetensors has format 1.*train it again"):
        finish(tiny("model", resume=True, updates=4))


def test_resume_refuses_other_pairs_and_a_finished_run(tiny, tmp_path):
    finish(tiny("model", updates=4))
    with pytest.raises(UserError, match="finished its 4 updates: give a larger --updates"):
        finish(tiny("model", resume=True))
    assert finish(tiny("model", resume=True, updates=6))[-1].update == 6
    write_pairs(tmp_path / "train.tsv", copy_pairs(100, seed=4))
    with pytest.raises(UserError, match="not those that"):
        finish(tiny("model", resume=True, updates=9))
    with pytest.raises(UserError, match="no training to resume"):
        finish(tiny("nowhere", resume=True))


def test_updates_repeat_a_run_with_a_budget_in_minutes(tiny):
    timed = finish(tiny("timed", minutes=0.02))
    (budget,) = [e for e in timed if isinstance(e, BudgetFixed)]
    assert timed[-1].update == budget.total
    repeated = finish(tiny("repeated", updates=budget.total, evaluations=budget.evaluations))
    assert [e.rate for e in timed if isinstance(e, Updated)] == [
        e.rate for e in repeated if isinstance(e, Updated)
    ]
    assert_same(weights(tiny("timed").folder), weights(tiny("repeated").folder))


@pytest.fixture
def hopeless(tiny, tmp_path):
    """Requests like those of `tiny`, whose dev targets cannot be learned: BLEU is always 0."""

    def request(name, resume=False, **overrides):
        request = tiny(
            name, resume, **({} if resume else {"metric": "bleu", "decay": "none"} | overrides)
        )
        write_pairs(tmp_path / "dev.tsv", ["ba do ki mu\tQ Q Q Q Q", "ki mu ba\tZ Z Z Z Z"])
        return request

    return request


def test_of_equal_scores_the_lower_loss_is_better(hopeless):
    # The learning rate is so high that the loss falls once and then rises.
    request = hopeless("model", updates=10, evaluations=10, warmup=0, learning_rate=1.0)
    events = [e for e in finish(request) if isinstance(e, Evaluated)]
    assert {e.score for e in events} == {0.0}
    losses = [e.dev_loss for e in events]
    assert [e.improved for e in events] == [
        loss < min(losses[:i], default=math.inf) for i, loss in enumerate(losses)
    ]
    assert {e.improved for e in events[1:]} == {True, False}


def test_a_resumed_run_keeps_its_best_network(hopeless):
    # Dev is unlike train: the first network is the best.
    overrides = {"updates": 12, "evaluations": 5, "warmup": 0}
    whole = finish(hopeless("whole", **overrides))
    assert [e.improved for e in whole if isinstance(e, Evaluated)] == [True] + [False] * 4
    finish(hopeless("parts", **overrides), StopAfter(7))
    best = weights(hopeless("parts").folder)
    resumed = finish(hopeless("parts", resume=True))
    assert [e.improved for e in resumed if isinstance(e, Evaluated)] == [False] * 3
    assert_same(weights(hopeless("parts").folder), best)
    assert_same(weights(hopeless("whole").folder), best)
    cards = [
        (hopeless(name).folder / "README.md").read_text("utf-8") for name in ("whole", "parts")
    ]
    samples = [[row for row in card.splitlines() if row.startswith("| ba do")] for card in cards]
    assert samples[0] == samples[1] != []  # translated by the best network


def test_patience_ends_a_run_without_improvement(tiny):
    events = finish(tiny("model", updates=40, evaluations=20, patience=2, learning_rate=0.0))
    assert events[-1].reason == "no improvement"
    assert len([e for e in events if isinstance(e, Evaluated)]) == 3


def test_a_run_that_ran_out_of_patience_can_be_resumed(tiny):
    finish(tiny("model", updates=40, evaluations=20, patience=2, learning_rate=0.0))
    events = finish(tiny("model", resume=True))
    assert events[-1].reason == "no improvement"
    assert len([e for e in events if isinstance(e, Evaluated)]) == 2


def test_a_folder_with_a_model_is_not_overwritten_by_default(tiny):
    finish(tiny("model", updates=2))
    with pytest.raises(UserError, match=r"--resume .*--overwrite .*--model"):
        finish(tiny("model", updates=2))


def test_an_update_whose_loss_is_not_finite_is_skipped():
    config = TrainingConfig(clip=0.0)
    network = Seq2Seq(ModelConfig(embedding=4, hidden=4), 9, torch.arange(1, 9))
    network.output_bias.data.fill_(math.inf)
    optimizer = make_optimizer(network.parameters(), config)
    gradients = Gradients(network, config, 1)
    before = network_tensors(network)
    examples = PackedExamples.of([Example([3, 2], [3, 1])])
    position = Position()
    updates = learn(gradients, optimizer, examples, position, lambda _: 0.1)
    for _ in range(3):
        next(updates)
    assert_same(network_tensors(network), before)  # the weights are unchanged
    assert (position.update, position.skipped, position.skipped_in_row) == (3, 3, 3)
    assert (position.loss, position.tokens, position.all_tokens) == (0.0, 0, 6)
    network.output_bias.data.zero_()
    next(updates)
    assert (position.update, position.skipped, position.skipped_in_row) == (4, 3, 0)
    assert position.loss > 0
    assert position.tokens == 2


@pytest.mark.parametrize("clip", [0.0, 1.0])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_gradient_that_is_not_finite_changes_no_weight(clip, value):
    class Exploding(Gradients):
        def __call__(self, batch, update):
            nll = super().__call__(batch, update)
            assert network.output_bias.grad is not None
            network.output_bias.grad[0] = value
            return nll

    network = Seq2Seq(ModelConfig(embedding=4, hidden=4), 9, torch.arange(1, 9))
    before = network_tensors(network)
    gradients = Exploding(network, TrainingConfig(clip=clip), 1)
    optimizer = make_optimizer(network.parameters(), gradients.config)
    examples = PackedExamples.of([Example([3, 2], [3, 1])])
    position = Position()
    next(learn(gradients, optimizer, examples, position, lambda _: 0.1))
    assert position.skipped == 1
    assert_same(network_tensors(network), before)


def test_weights_that_are_not_finite_are_neither_saved_nor_loaded(tiny):
    finish(tiny("model", updates=2))
    checkpoint = Checkpoint(tiny("model").folder)
    settings, tokenizer = checkpoint.settings, checkpoint.tokenizer
    tensors = checkpoint.best()
    assert tensors is not None
    tensors["output_bias"] = np.full_like(tensors["output_bias"], math.nan)
    network = Seq2Seq(
        settings.model, len(tokenizer), torch.arange(1, 1 + len(tensors["output_bias"]))
    )
    with pytest.raises(UserError, match=r"output_bias.*lower --learning-rate"):
        load_network_tensors(network, tensors)
    rest = make_optimizer(network.parameters(), settings.training), Position(), checkpoint.record
    before = checkpoint.path.read_bytes()
    with pytest.raises(UserError, match=r"output_bias.*lower --learning-rate"):
        save_checkpoint(tiny("model").folder, settings, tokenizer, network, None, *rest)
    assert checkpoint.path.read_bytes() == before


@pytest.mark.parametrize("shards", [1, 2, 3, 7])
@pytest.mark.parametrize("attention", ["additive", "none"])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_shards_give_the_gradient_of_the_whole_batch(shards, attention, smoothing):
    torch.manual_seed(1)
    config = TrainingConfig(label_smoothing=smoothing)
    model = ModelConfig(embedding=6, hidden=8, dropout=0.0, attention=attention, context="first")
    network = Seq2Seq(model, 30, torch.arange(1, 30)).double()
    draw = np.random.default_rng(2)
    batch = collate(
        [
            Example(draw.integers(3, 29, s).tolist(), [*draw.integers(2, 28, t), 1])
            for s, t in ((4, 5), (4, 2), (7, 9), (1, 3), (4, 3))
        ]
    )
    nll = Gradients(network, config, shards)(batch, update=0)
    gradients = {name: weight.grad for name, weight in network.named_parameters()}
    network.zero_grad(set_to_none=True)
    source, lengths, target, target_lengths = map(torch.from_numpy, batch[:4])
    logits = network(source, lengths, target.T, 1)
    objective, expected = torch.zeros(2, dtype=torch.double)
    for row, length in enumerate(target_lengths):
        sentence = logits[:length, row], target[row, :length]
        expected = expected + functional.cross_entropy(*sentence, reduction="sum")
        objective = objective + functional.cross_entropy(
            *sentence, reduction="sum", label_smoothing=smoothing
        )
    (objective / int(target_lengths.sum())).backward()
    assert nll == pytest.approx(float(expected.detach()))
    for name, weight in network.named_parameters():
        torch.testing.assert_close(gradients[name], weight.grad)


def test_dropout_depends_only_on_seed_update_and_shard():
    examples = [Example([5, 6, 2], [3, 4, 1])] * 4
    network = Seq2Seq(ModelConfig(embedding=6, hidden=8), 9, torch.arange(1, 9))

    def nll(seed, update):
        return Gradients(network, TrainingConfig(seed=seed), 2)(collate(examples), update)

    assert nll(1, 1) == nll(1, 1)
    assert len({nll(1, 1), nll(1, 2), nll(2, 1)}) == 3
    model = ModelConfig(embedding=6, hidden=8, dropout=0.3, word_dropout=0.1)
    gradients = Gradients(Seq2Seq(model, 9, torch.arange(1, 9)), TrainingConfig(), 2)
    assert (gradients._dropout(0, 0).units, gradients._dropout(0, 0).words) == (0.3, 0.1)
    losses = {
        float(batch_loss(network, part, cross_entropy, gradients._dropout(0, shard)).nll)
        for shard, part in enumerate(split_batch(collate(examples), 2))
    }
    assert len(losses) == 2


@pytest.mark.parametrize("length", [20, 60])
@pytest.mark.parametrize("long", range(5))
def test_the_length_limit_is_enough_for_999_of_1000_targets(long, length):
    usual = [Example([5] * (1 + i % 9), [6] * (1 + i % 7)) for i in range(2000 - long)]
    ratio = max_length_ratio([*usual, *[Example([5, 6], [6] * length)] * long])
    if long <= 2:  # these may be cut short
        assert ratio == pytest.approx(1.5, abs=0.05)
    else:
        assert ratio == pytest.approx((length - LENGTH_MARGIN) / 2)


@pytest.mark.parametrize("kind", ["unigram", "bpe", "char", "word"])
def test_the_kind_and_size_of_a_tokenizer_that_is_given_are_recorded(tiny, tmp_path, kind):
    request = tiny("model")
    built = build(list(request.files.read()), TokenizerConfig(kind))
    (tmp_path / "pieces.model").write_bytes(built.model)
    data = prepare_data(dataclasses.replace(request, tokenizer=tmp_path / "pieces.model"))
    assert data.settings.tokenizer == TokenizerConfig(kind, len(built))


def test_added_pairs_do_not_change_the_pieces(tmp_path, monkeypatch):
    lines = sample_file("train.en-zh.tsv").read_text(encoding="utf-8").splitlines()[:900]
    files = CorpusFiles(pairs=(write_pairs(tmp_path / "pairs.tsv", lines),))
    more = prepare_data(TrainRequest(tmp_path, files))
    monkeypatch.setattr(templates, "MAX_JOINED", 0)
    fewer = prepare_data(TrainRequest(tmp_path, files))
    assert len(more.examples) > 1.1 * len(fewer.examples) == 1.1 * len(fewer.split.train)
    assert more.tokenizer.model == fewer.tokenizer.model


def test_dev_sentences_in_the_training_pairs_are_reported(tiny, tmp_path):
    files, settings = tiny("model").files, CorpusConfig()
    known = [pair.source for pair in files.read()][:3]
    strange = ["nobody said this", f"{known[0]} that"]
    sources = [known[0].upper(), f"  {known[1]}", known[2], *strange]
    # With other targets: the sources are compared.
    dev = write_pairs(tmp_path / "seen.tsv", [f"{source}\tX" for source in sources])
    notes = read_data(files, CorpusFiles(pairs=(dev,)), settings, 1).notes
    assert [note for note in notes if "3 of 5 dev sentences are in" in note and "too high" in note]
    write_pairs(dev, [f"{source}\tX" for source in strange])
    assert not read_data(files, CorpusFiles(pairs=(dev,)), settings, 1).notes


@pytest.mark.parametrize(
    ("lines", "note", "message"),
    [
        (
            ["\tX"],
            "dropped 1 pair of dev",
            "1 line was read, and none is a usable pair",
        ),
        (["\tX", "x\t"], "dropped 2 pairs of dev", "2 lines were read, and none is a usable pair"),
    ],
)
def test_dropped_pairs_are_counted(tiny, tmp_path, lines, note, message):
    files = tiny("model").files
    dev = CorpusFiles(pairs=(write_pairs(tmp_path / "dropped.tsv", [*lines, "y\tY"]),))
    assert read_data(files, dev, CorpusConfig(), 1).notes == (note,)
    write_pairs(tmp_path / "dropped.tsv", lines)
    with pytest.raises(UserError, match=re.escape(message)):
        read_data(files, dev, CorpusConfig(), 1)


def test_an_unknown_setting_is_refused(tmp_path):
    with pytest.raises(UserError, match="no setting named hiden"):
        TrainRequest(tmp_path, overrides={"hiden": 3})


def test_squared_error_is_against_one_hot_and_its_gradient_vanishes_where_p_is_1():
    torch.manual_seed(1)
    logits, tokens = torch.randn(9, 5, requires_grad=True), torch.randint(0, 5, (9,))
    loss = squared_error(logits, tokens)
    expected = functional.mse_loss(
        logits.softmax(1), functional.one_hot(tokens, 5).float(), reduction="sum"
    )
    torch.testing.assert_close(loss.objective, expected)
    gradients = [torch.autograd.grad(value, logits)[0] for value in (loss.objective, expected)]
    torch.testing.assert_close(*gradients)
    torch.testing.assert_close(loss.nll, cross_entropy(logits, tokens).nll)
    confident = torch.tensor([[20.0, 0.0]], requires_grad=True)
    for function, size in ((squared_error, 0.0), (cross_entropy, 1.0)):
        (gradient,) = torch.autograd.grad(
            function(confident, torch.tensor([1])).objective, confident
        )
        assert gradient[0, 0].item() == pytest.approx(size, abs=1e-6)


def test_squared_error_has_no_label_smoothing():
    assert recipe(100, {"loss": "mse"})[1].label_smoothing == 0
    with pytest.raises(UserError, match="no label-smoothing"):
        TrainRequest(Path("unused"), overrides={"loss": "mse", "label_smoothing": 0.1})


def test_cross_entropy_equals_that_of_torch():
    torch.manual_seed(1)
    logits, tokens = torch.randn(9, 5, requires_grad=True), torch.randint(0, 5, (9,))
    for smoothing in (0.0, 0.1, 0.5):
        expected = functional.cross_entropy(
            logits, tokens, label_smoothing=smoothing, reduction="sum"
        )
        loss = cross_entropy(logits, tokens, smoothing)
        torch.testing.assert_close(loss.objective, expected)
        gradients = [torch.autograd.grad(3 * value, logits) for value in (loss.objective, expected)]
        torch.testing.assert_close(*gradients)
        assert not loss.nll.requires_grad
        torch.testing.assert_close(
            loss.nll, functional.cross_entropy(logits, tokens, reduction="sum")
        )


def test_optimizers_are_those_named():
    weight = [torch.nn.Parameter(torch.zeros(1))]
    names = {
        name: type(make_optimizer(weight, TrainingConfig(optimizer=name))).__name__
        for name in ("adam", "rmsprop", "nesterov", "sgd")
    }
    assert names == {"adam": "Adam", "rmsprop": "RMSprop", "nesterov": "SGD", "sgd": "SGD"}


def test_plain_sgd_subtracts_the_gradient_times_the_rate():
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = make_optimizer([weight], TrainingConfig(optimizer="sgd", learning_rate=0.5))
    for _ in range(3):
        weight.grad = torch.ones(1)
        optimizer.step()
    assert weight.item() == -1.5


def test_a_device_is_picked_by_its_name():
    assert pick_device("cpu").type == "cpu"
    with pytest.raises(UserError, match="device is one of auto, cpu"):
        pick_device("abacus")


def test_the_best_weights_are_saved_not_the_current_ones():
    torch.manual_seed(1)
    network = Seq2Seq(ModelConfig(embedding=6, hidden=8), 9, torch.arange(1, 9))
    best = BestModel(translator_files)
    assert_same(load(best.files(network)[WEIGHTS]), network_tensors(network))
    best_weights = network_tensors(network)
    best = BestModel(translator_files, best_weights)
    with torch.no_grad():
        network.output_bias.add_(1)
    assert_same(load(best.files(network)[WEIGHTS]), best_weights)
    best = BestModel(translator_files, network_tensors(network))
    assert_same(load(best.files(network)[WEIGHTS]), network_tensors(network))


def test_a_pair_of_too_many_pieces_is_left_out_and_told(tmp_path):
    long = " ".join(["ba"] * MAX_PIECES)
    lines = [*copy_pairs(60), f"{long}\tX", f"x\t{long}"]
    files = CorpusFiles(pairs=(write_pairs(tmp_path / "long.tsv", lines),))
    dev = CorpusFiles(pairs=(write_pairs(tmp_path / "dev.tsv", [*copy_pairs(9), f"x\t{long}"]),))
    overrides = SMALL | {"max_characters": 1_000_000, "max_ratio": 1e6, "pieces": "char"}
    data = prepare_data(TrainRequest(tmp_path, files, dev, overrides=overrides))
    assert "left out 2 pairs with a side of over 1,000 pieces" in data.split.notes
    assert len(data.examples) == len(data.split.train) - 2
    assert max(len(side) for example in data.examples for side in example) <= MAX_PIECES
    batches = make_validator(data, 1, 1).dev_loss.batches
    assert max(int(batch.target_lengths.max()) for batch in batches) == MAX_PIECES
    write_pairs(tmp_path / "long.tsv", lines[-2:])
    with pytest.raises(
        UserError, match=r"^every pair has a side of over 1,000 pieces: split the lines$"
    ):
        prepare_data(TrainRequest(tmp_path, files, dev, overrides=overrides))
