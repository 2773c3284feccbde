"""On a graphics card: what it computes is what the CPU computes. Skipped where there is none."""

import copy
import json

import numpy as np
import pytest
import torch
from conftest import SMALL
from test_model import ATTENTIONS
from test_training import StopAfter, finish, state, tiny  # noqa: F401  (a fixture)

from seqcli.bundle import open_bundle
from seqcli.comparison.analysis import gradient_norms, long_sources, loss_curve
from seqcli.config import (
    CELLS,
    ModelConfig,
    SearchConfig,
    TrainingConfig,
)
from seqcli.data.batching import Example, collate
from seqcli.decoding.runtime import load_translator
from seqcli.export.network import check, export
from seqcli.model.dropout import Dropout
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.events import Prepared
from seqcli.training.gradients import Gradients

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")

EXAMPLES = [Example([3, 4, 5, 2], [6, 7, 1]), Example([8, 9, 2], [3, 1]), Example([7, 2], [1])] * 5


def network(**settings):
    torch.manual_seed(1)
    config = ModelConfig(**{"embedding": 6, "hidden": 8, "attention_size": 5} | settings)
    return Seq2Seq(config, 20, torch.arange(1, 20))


@pytest.mark.parametrize(
    "settings",
    [{"cell": cell, "attention": attention} for cell in CELLS for attention in ATTENTIONS]
    + [{"encoder_layers": 2}, {"attention": "none", "context": "first"}, {"tied": False}],
)
@pytest.mark.parametrize("loss", ["cross-entropy", "mse"])
def test_the_gradients_are_those_of_the_cpu(settings, loss):
    here = network(dropout=0.0, **settings)
    there = copy.deepcopy(here).cuda()
    batch = collate(EXAMPLES)
    config = TrainingConfig(loss=loss, label_smoothing=0.0)
    nlls = [Gradients(each, config, 1)(batch, 1) for each in (here, there)]
    assert nlls[1] == pytest.approx(nlls[0], rel=1e-5)
    for (name, mine), theirs in zip(here.named_parameters(), there.parameters(), strict=True):
        if mine.grad is None:
            assert theirs.grad is None
        else:
            torch.testing.assert_close(mine.grad, theirs.grad.cpu(), atol=1e-5, rtol=1e-4, msg=name)


@pytest.mark.parametrize("cell", CELLS)
def test_the_graphs_are_the_network_on_the_cpu(cell):
    here = network(cell=cell)
    check(here, export(copy.deepcopy(here).cuda()))


def test_dropout_depends_on_the_generator_alone():
    ones = torch.ones(1000, 50, device="cuda")
    drawn = [Dropout(0.3, 0.0, torch.Generator("cuda").manual_seed(s))(ones) for s in (1, 1, 2)]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert float((drawn[0] == 0).float().mean()) == pytest.approx(0.3, abs=0.01)
    assert float(drawn[0].mean()) == pytest.approx(1, abs=0.02)


def test_the_looks_inside_are_those_of_the_cpu():
    here = network()
    there = copy.deepcopy(here).cuda()
    batch = collate(EXAMPLES)
    for look in (
        lambda each: gradient_norms(each, long_sources(each, EXAMPLES, 9, 4)),
        lambda each: loss_curve(each, batch, (0.0, 1.0, 3.0)),
    ):
        np.testing.assert_allclose(look(there), look(here), rtol=1e-4)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "nesterov", "sgd"])
@pytest.mark.parametrize("goes_on", ["cuda", "cpu"])
def test_a_run_is_resumed_on_the_card_and_away_from_it(tiny, optimizer, goes_on):  # noqa: F811
    overrides = {"updates": 14, "optimizer": optimizer, "dropout": 0.0, "learning_rate": 0.003}
    whole = finish(tiny("whole", device="cuda", **overrides))
    assert next(e for e in whole if isinstance(e, Prepared)).device == "cuda:0"
    finish(tiny("parts", device="cuda", **overrides), StopAfter(7))
    finish(tiny("parts", device=goes_on, resume=True))
    one, other = state(tiny("whole").folder), state(tiny("parts").folder)
    assert one.keys() == other.keys()
    for name in one:  # (the order in which a card sums is its own, so the last digits differ)
        np.testing.assert_allclose(one[name], other[name], rtol=0.02, atol=2e-3, err_msg=name)


def test_what_was_learned_on_the_card_translates_without_it(seqcli_process, copy_files):
    train, dev = copy_files
    settings = [f"--{k.replace('_', '-')}={v}" for k, v in SMALL.items()]
    seqcli_process("train", train, "--dev", dev, "--device", "cuda", "--updates", 300, *settings)
    scores = seqcli_process("eval", dev, "--json", CUDA_VISIBLE_DEVICES="")
    assert json.loads(scores.out)["exact_match"] >= 0.99
    bundle = open_bundle(seqcli_process.folder / "seqcli-model")
    ((answer,),) = load_translator(bundle, SearchConfig()).translate(["ba do"])
    assert answer.text == "BA DO"
