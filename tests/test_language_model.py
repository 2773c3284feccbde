"""The recurrent language model: its network, its folder, its scores and what it writes."""

from __future__ import annotations

import json
import math
import shutil

import numpy as np
import pytest
import torch
from conftest import edit_manifest, replace_part

import seqcli
from seqcli.config import CELLS, LanguageModelConfig, TokenizerConfig
from seqcli.data.pairs import Pair
from seqcli.data.text_files import TextFiles
from seqcli.data.tokenizer import END, UNKNOWN, build
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN, OutputVocabulary
from seqcli.decoding.fusion import NO_SOURCE
from seqcli.decoding.scoring import token_log_probabilities
from seqcli.errors import UserError
from seqcli.export.language_model import export_language_model, language_step_graph
from seqcli.folder import STEP, holds_language_model
from seqcli.language_model.folder import open_language_model
from seqcli.language_model.runtime import OnnxLanguageModel
from seqcli.language_model.sampling import sample_texts
from seqcli.language_model.scoring import ScoredText, TextScorer, Totals
from seqcli.model.language_model import LanguageModel
from seqcli.model.network import Network
from seqcli.training import train as training
from seqcli.training.checkpoint import LanguageModelCheckpoint
from seqcli.training.events import Ended, Event, TextPrepared
from seqcli.training.text_request import TextRequest

PIECES = 12
SETTINGS = {"embedding": 24, "hidden": 32, "batch_tokens": 150, "learning_rate": 0.01, "warmup": 5}


def network(cell: str = "lstm", pieces: int = PIECES) -> LanguageModel:
    torch.manual_seed(3)
    made = LanguageModel(
        LanguageModelConfig(embedding=6, hidden=8, cell=cell), pieces, torch.arange(1, pieces)
    )
    for name, weight in made.named_parameters():
        if name.endswith("bias"):  # they begin as zeros
            torch.nn.init.normal_(weight, std=0.3)
    return made


@pytest.mark.parametrize("cell", CELLS)
def test_all_steps_at_once_are_the_single_steps(cell):
    """Values and gradients."""
    made = network(cell)
    target = torch.randint(0, PIECES - 1, (7, 3))
    nowhere = torch.zeros((3, 0), dtype=torch.int64), torch.zeros(3, dtype=torch.int64)
    at_once = torch.log_softmax(made.logits(made.readouts(*nowhere, target, END_TOKEN)), -1)
    previous, state, steps = torch.full((3,), END_TOKEN), made.start(3), []
    for tokens in target:
        log_probabilities, state = made.step(previous, state)
        steps.append(log_probabilities)
        previous = tokens
    torch.testing.assert_close(torch.stack(steps), at_once, atol=1e-5, rtol=0)
    weights = torch.randn(at_once.shape)
    parameters = list(made.parameters())
    ours = torch.autograd.grad((at_once * weights).sum(), parameters, allow_unused=True)
    slow = torch.autograd.grad((torch.stack(steps) * weights).sum(), parameters, allow_unused=True)
    for one, other in zip(ours, slow, strict=True):
        if one is not None:
            torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_an_unknown_token_is_read_as_a_dropped_one():
    made = network()
    assert made.embed(torch.tensor([UNKNOWN_TOKEN])).abs().max() == 0
    assert made.embed(torch.tensor([END_TOKEN])).abs().max() > 0


def test_without_memory_only_the_token_before_counts():
    made = network("none")
    first, _ = made.step(torch.tensor([4]), made.start(1))
    _, state = made.step(torch.tensor([7]), made.start(1))
    second, _ = made.step(torch.tensor([4]), state)
    torch.testing.assert_close(first, second)


@pytest.mark.parametrize("cell", CELLS)
def test_the_probabilities_of_all_texts_sum_to_1(cell):
    """Of all texts of up to four pieces, and of all beginnings of four pieces without an end."""
    tokens = range(5)
    model = OnnxLanguageModel(export_language_model(network(cell, pieces=6)), hidden=8)
    ended = 0.0
    live: list[list[int]] = [[]]
    for _ in range(4):
        texts = [[*text, token] for text in live for token in tokens]
        scores = token_log_probabilities(model, [NO_SOURCE] * len(texts), texts, END_TOKEN)
        chances = [math.exp(float(score.sum())) for score in scores]
        each = list(zip(texts, chances, strict=True))
        ended += sum(chance for text, chance in each if text[-1] == END_TOKEN)
        going_on = sum(chance for text, chance in each if text[-1] != END_TOKEN)
        assert ended + going_on == pytest.approx(1.0, abs=1e-5)
        live = [text for text, _ in each if text[-1] != END_TOKEN]


def test_a_graph_of_a_translator_is_refused(language_folder, copy_model, tmp_path):
    folder = shutil.copytree(language_folder, tmp_path / "lm")
    step = next(path for path in copy_model.iterdir() if path.name.startswith("step-"))
    replace_part(folder, STEP, step.read_bytes())
    with pytest.raises(UserError, match="damaged or was not written by seqcli"):
        OnnxLanguageModel.of(open_language_model(folder))


def test_a_graph_that_is_not_that_of_the_cell_is_refused(language_folder, tmp_path):
    folder = shutil.copytree(language_folder, tmp_path / "lm")
    edit_manifest(folder, lambda values: values["settings"]["model"].update(cell="gru"))
    with pytest.raises(UserError, match="other inputs or outputs"):
        OnnxLanguageModel.of(open_language_model(folder))


def test_the_network_is_compared_with_its_graph(monkeypatch):
    made = network()
    monkeypatch.setattr(
        "seqcli.export.language_model.language_step_graph",
        lambda _: language_step_graph(network("lstm").requires_grad_(False).double().float()),
    )
    export_language_model(made)  # the same weights
    torch.nn.init.normal_(made.output_bias)
    with pytest.raises(UserError, match="differ from the network"):
        export_language_model(made)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """A text in which b follows a, and sentences have one to five pairs."""
    folder = tmp_path_factory.mktemp("text")
    draw = np.random.default_rng(5)
    lines = [" ".join(["ab"] * int(n)) for n in draw.integers(1, 6, 400)]
    (folder / "text.txt").write_text("\n".join(lines) + "\n")
    (folder / "dev.txt").write_text("\n".join(lines[:40]) + "\n")
    return folder / "text.txt", folder / "dev.txt"


def train(text, folder, **settings):
    return seqcli.train_language_model(
        text[0],
        model=folder,
        dev=text[1],
        threads=1,
        **{"updates": 40, "evaluations": 2} | settings,
    )


@pytest.fixture(scope="module")
def language_folder(text, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "lm"
    train(text, folder, pieces="char", **SETTINGS, updates=150)
    return folder


def test_it_learns_what_a_text_is_like(language_folder):
    model = seqcli.load_language_model(language_folder)
    usual, unusual = model.score(["ab ab", "ba ba"])
    assert sum(usual.log_probabilities) > sum(unusual.log_probabilities) + 5
    assert usual.pieces == ("▁", "a", "b", "▁", "a", "b", "</s>")
    # After each pair, the text ends in one of the cases that are left: a third of log2 5 bits.
    assert 0.2 < usual.totals.bits_per_character < 0.6
    written = model.sample(count=20, seed=2)
    assert all(set(each.text) <= set("ab ") and each.is_ended for each in written)
    assert sum(set(each.text.split()) == {"ab"} for each in written) >= 18
    assert len({each.text for each in written}) > 2


def test_samples_begin_and_repeat_as_asked(language_folder):
    model = seqcli.load_language_model(language_folder)
    begun = model.sample("ab a", count=5, seed=3)
    assert all(each.text.startswith("ab a") for each in begun)
    assert begun == model.sample("ab a", count=5, seed=3)
    assert begun != model.sample("ab a", count=5, seed=4)
    short = model.sample(count=5, max_length=2)
    assert all(len(each.text) <= 2 for each in short)
    assert not all(each.is_ended for each in short)
    with pytest.raises(UserError, match="does not know all characters"):
        model.sample("xyz")


def test_a_sample_has_the_probability_that_its_text_has(language_folder):
    model = seqcli.load_language_model(language_folder)
    for written in model.sample(count=5):
        (scored,) = model.score([written.text])
        assert math.isclose(written.log_probability, sum(scored.log_probabilities), abs_tol=1e-3)


def test_a_line_has_the_same_scores_alone_and_in_a_batch(language_folder):
    model = seqcli.load_language_model(language_folder)
    lines = ["ab", "", "ab ab ab ab", "b", "ab ab"]
    for line, scored in zip(lines, model.score(lines), strict=True):
        (alone,) = model.score([line])
        np.testing.assert_allclose(scored.log_probabilities, alone.log_probabilities, atol=1e-5)
        assert scored.text == line


def test_totals_by_hand():
    """Two lines of 3 and 1 characters, with pieces of probability 1/2 and 1/4."""
    half, quarter = math.log(0.5), math.log(0.25)
    totals = Totals()
    totals = totals.plus(ScoredText("a b", ("a", " b", "</s>"), (half, quarter, half)))
    totals = totals.plus(ScoredText("c", ("c", "</s>"), (quarter, quarter)))
    assert (totals.lines, totals.pieces, totals.characters, totals.words) == (2, 5, 6, 5)
    assert totals.bits == pytest.approx(1 + 2 + 1 + 2 + 2)
    assert totals.bits_per_piece == pytest.approx(8 / 5)
    assert totals.bits_per_character == pytest.approx(8 / 6)
    assert totals.perplexity == pytest.approx(2 ** (8 / 5))
    assert totals.word_perplexity == pytest.approx(2 ** (8 / 5))


def test_bits_per_character_do_not_depend_on_how_a_text_is_cut():
    """Where each character has one chance in so many, so has a piece of several characters the
    product of theirs."""
    chance = math.log(1 / 30)
    by_character = Totals().plus(ScoredText("abc", ("a", "b", "c", "</s>"), (chance,) * 4))
    by_piece = Totals().plus(ScoredText("abc", ("abc", "</s>"), (3 * chance, chance)))
    assert by_character.bits_per_character == pytest.approx(by_piece.bits_per_character)
    assert by_character.bits_per_piece < by_piece.bits_per_piece


def test_unknown_characters_are_counted(language_folder):
    (scored,) = seqcli.load_language_model(language_folder).score(["ab日本"])
    assert scored.unknown == scored.totals.unknown > 0


def test_the_first_lines_of_a_long_line_are_scored(language_folder, monkeypatch):
    monkeypatch.setattr("seqcli.language_model.scoring.MAX_PIECES", 5)
    scored, whole = seqcli.load_language_model(language_folder).score(["ab ab ab", "ab"])
    assert scored.cut and len(scored.pieces) == 5 and "</s>" not in scored.pieces
    assert scored.text == "ab a" and scored.totals.characters == 4
    assert not whole.cut


def test_a_resumed_run_is_the_uninterrupted_run(text, tmp_path):
    settings = SETTINGS | {"pieces": "char", "updates": 40, "evaluations": 2}
    files, dev = TextFiles((text[0],)), TextFiles((text[1],))
    for name in ("whole", "parts"):
        stops = iter([False] * 24 + [True])
        request = TextRequest(tmp_path / name, files, dev, overrides=settings, threads=1)
        *_, ended = training.train(request, lambda: name == "parts" and next(stops))  # noqa: B023
        assert isinstance(ended, Ended)
        assert ended.reason == {"whole": "finished", "parts": "interrupted"}[name]
    assert parts(tmp_path / "whole") != parts(tmp_path / "parts")
    *_, ended = training.train(TextRequest(tmp_path / "parts", resume=True))
    assert isinstance(ended, Ended)
    assert (ended.reason, ended.update) == ("finished", 40)
    assert parts(tmp_path / "whole") == parts(tmp_path / "parts")


def parts(folder):
    return {path.name for path in folder.iterdir() if path.suffix in (".onnx", ".safetensors")}


def test_more_updates_go_on_where_the_run_ended(text, tmp_path):
    settings = SETTINGS | {"pieces": "char", "decay": "none"}
    train(text, tmp_path / "lm", **settings)
    result = seqcli.train_language_model(model=tmp_path / "lm", resume=True, updates=60)
    assert (result.updates, result.metric) == (60, "perplexity")
    assert LanguageModelCheckpoint(tmp_path / "lm").position.update == 60
    with pytest.raises(UserError, match="has finished its 60 updates"):
        seqcli.train_language_model(model=tmp_path / "lm", resume=True)
    with pytest.raises(UserError, match="the training of a language model, not of a translator"):
        seqcli.train(model=tmp_path / "lm", resume=True)
    (tmp_path / "other.txt").write_text("other text\n" * 50)
    with pytest.raises(UserError, match="not that which"):
        seqcli.train_language_model(
            tmp_path / "other.txt", model=tmp_path / "lm", resume=True, updates=80
        )


def test_the_best_network_has_the_lowest_perplexity(text, tmp_path):
    result = train(text, tmp_path / "lm", **SETTINGS, pieces="char", evaluations=4)
    lines = (tmp_path / "lm" / "history.jsonl").read_text().splitlines()
    history = [json.loads(line) for line in lines]
    assert result.score == pytest.approx(min(each["perplexity"] for each in history), abs=0.01)
    for entry in history:
        assert entry["perplexity"] == pytest.approx(math.exp(entry["dev_loss"]), rel=1e-2)


def test_the_dev_perplexity_is_that_of_score(text, language_folder):
    lines = text[1].read_text().splitlines()
    scorer = TextScorer(open_language_model(language_folder), 1)
    totals = Totals()
    for scored in scorer(lines):
        totals = totals.plus(scored)
    expected = open_language_model(language_folder).settings.about["dev_perplexity"]
    assert totals.perplexity == pytest.approx(expected, rel=1e-4)


def test_held_out_sentences_are_in_no_training_text(tmp_path):
    lines = [f"line number {i % 60}" for i in range(240)]
    (tmp_path / "text.txt").write_text("\n".join(lines) + "\n")
    events: list[Event] = []
    request = TextRequest(
        tmp_path / "lm",
        TextFiles((tmp_path / "text.txt",)),
        overrides=SETTINGS | {"updates": 1},
        threads=1,
    )
    events += training.train(request)
    assert isinstance(events[0], TextPrepared)
    assert events[0].train_sentences + events[0].dev_sentences == 240
    assert events[0].dev_sentences % 4 == 0  # whole groups of equal sentences


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metric": "bleu"}, "no setting named metric"),
        ({"attention": "dot"}, "no setting named attention"),
        ({"cell": "ngram"}, "cell is one of"),
    ],
)
def test_what_a_language_model_does_not_have(text, tmp_path, settings, message):
    with pytest.raises(UserError, match=message):
        train(text, tmp_path / "lm", **settings)
    assert not (tmp_path / "lm").exists()


def test_a_damaged_folder_is_one_line(language_folder, tmp_path):
    folder = shutil.copytree(language_folder, tmp_path / "lm")
    graph = next(path for path in folder.iterdir() if path.name.startswith("step-"))
    graph.write_bytes(graph.read_bytes()[:-1])
    with pytest.raises(UserError, match="copy the folder again"):
        seqcli.load_language_model(folder)
    edit_manifest(folder, lambda values: values["files"].pop("step.onnx"))
    with pytest.raises(UserError, match="files are missing or unknown"):
        seqcli.load_language_model(folder)


def test_each_kind_of_model_says_what_it_is_good_for(language_folder, copy_model):
    assert holds_language_model(language_folder) and not holds_language_model(copy_model)
    with pytest.raises(UserError, match="a language model, which tells how probable"):
        seqcli.load(language_folder)
    with pytest.raises(UserError, match="holds a translator, and a language model is needed"):
        seqcli.load_language_model(copy_model)


def test_the_network_has_the_interface_of_all_networks():
    assert isinstance(network(), Network)
    assert network().tied_tables == {"output_table"}


def test_symbols_are_never_written():
    """Those that stand for carried items are pieces of every tokenizer."""
    tokenizer = build([Pair("a b c d", "")] * 20, TokenizerConfig(pieces="char"))
    vocabulary = OutputVocabulary(np.arange(UNKNOWN, len(tokenizer), dtype=np.int64))
    made = network(pieces=len(tokenizer))
    model = OnnxLanguageModel(export_language_model(made), hidden=8)
    found = sample_texts(model, tokenizer, vocabulary, count=30, temperature=3.0)
    assert all(set(each.text) <= set("abcd ") for each in found)
    assert END in vocabulary.pieces


@pytest.mark.parametrize("reverse", [False, True])
def test_one_side_of_pairs_is_a_text_too(tmp_path, reverse):
    lines = [f"source {i}\ttarget {i}" for i in range(60)]
    (tmp_path / "pairs.tsv").write_text("\n".join(lines) + "\n")
    (tmp_path / "text.txt").write_text("plain\n")
    files = TextFiles((tmp_path / "pairs.tsv", tmp_path / "text.txt"))
    side = "source" if reverse else "target"
    assert list(files.read(reverse=reverse)) == [*(f"{side} {i}" for i in range(60)), "plain"]


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), 5000.0])
def test_a_dev_loss_that_is_too_large_is_a_divergence(text, tmp_path, monkeypatch, loss):
    """The run goes back to its best network; no infinite perplexity is written down."""
    losses = iter([3.0, loss, 2.5])
    monkeypatch.setattr("seqcli.training.validation.DevLoss.__call__", lambda *_: next(losses))
    result = train(text, tmp_path / "lm", **SETTINGS, pieces="char", evaluations=3)
    assert result.score == pytest.approx(math.exp(2.5))


def test_a_run_whose_last_model_was_not_written_is_not_finished(text, tmp_path, copy_model):
    """What the folder holds may be the model that the run replaces, of another kind too."""
    folder = shutil.copytree(copy_model, tmp_path / "lm")
    settings = SETTINGS | {"pieces": "char", "updates": 4, "evaluations": 1}

    def fail(*_arguments):
        raise UserError("no room")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seqcli.training.language_model_recorder.write_language_model", fail)
        with pytest.raises(UserError, match="no room"):
            train(text, folder, **settings, overwrite=True)
    assert not holds_language_model(folder)
    seqcli.train_language_model(model=folder, resume=True)
    assert holds_language_model(folder)
    with pytest.raises(UserError, match="has finished its 4 updates"):
        seqcli.train_language_model(model=folder, resume=True)


def test_weights_that_are_infinite_are_reported():
    made = network()
    made.output_bias.data[3] = -torch.inf
    model = OnnxLanguageModel(language_step_graph(made), hidden=8)
    with pytest.raises(UserError, match="no finite numbers"):
        model.step(np.array([END_TOKEN]), (), model.start(1))


def test_json_has_no_infinity():
    """Of text without spaces, a word would be a whole line."""
    for text in ("x" * 3000, "x" * 3000 + " y z"):
        totals = Totals().plus(ScoredText(text, ("x",) * 3001, (-2.0,) * 3001))
        assert totals.word_perplexity == math.inf
        values = json.loads(json.dumps(totals.to_dict(), allow_nan=False))
        assert values["word_perplexity"] is None


@pytest.mark.parametrize("command", [["score", "-", "-"], ["augment", "-", "-"]])
def test_standard_input_is_read_once(seqcli_process, language_folder, copy_model, command):
    folder = language_folder if command[0] == "score" else copy_model
    done = seqcli_process(*command, "-m", folder, stdin=b"ab\n", code=2)
    assert "can be read only once" in done.err


def test_an_iterator_of_texts_is_scored(language_folder):
    model = seqcli.load_language_model(language_folder)
    assert len(model.score(iter(["ab", "ab ab"]))) == 2
    with pytest.raises(UserError, match="list of texts"):
        model.score(3)  # type: ignore[arg-type]
