"""`seqcli compare`: what it measures, and what it shows."""

import json
import math

import numpy as np
import pytest
import torch
from test_inspection import Page

from seqcli.config import ModelConfig
from seqcli.data.batching import Example, collate
from seqcli.errors import UserError
from seqcli.model.cells import run
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.comparison import Station
from seqcli.training.gradients import batch_loss
from seqcli.training.loss import cross_entropy
from seqcli.training.probes import gradient_reach, long_reading, loss_along
from seqcli.views.charts import line_chart, ticks


def network(cell="lstm", **shape):
    torch.manual_seed(1)
    config = ModelConfig(embedding=6, hidden=8, attention_size=5, cell=cell, **shape)
    return Seq2Seq(config, 20, torch.arange(1, 20))


EXAMPLES = [Example([3, 4, 5, 2], [6, 7, 1]), Example([8, 9, 2], [3, 1])] * 10


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm", "none"])
def test_the_reach_of_a_gradient_is_that_of_the_jacobian(cell):
    model = network(cell)
    vectors = long_reading(model, EXAMPLES, 5, 2)
    assert vectors.shape == (5, 2, 6)
    found = gradient_reach(model, vectors)
    generator = torch.Generator().manual_seed(0)
    direction = torch.randn(2, 4, generator=generator)
    direction = direction / direction.norm(dim=1, keepdim=True)
    wanted = np.zeros((5, 2))
    onward = model.encoder.forwards[0]
    for row in range(2):
        for back in range(5):
            moved = 0.0
            for unit in range(6):  # a difference quotient for each number that was put in
                shifted = [vectors.double().clone(), vectors.double().clone()]
                shifted[0][4 - back, row, unit] += 1e-5
                shifted[1][4 - back, row, unit] -= 1e-5
                with torch.no_grad():
                    ends = [run(onward.double(), each)[-1, row] for each in shifted]
                slope = (ends[0] - ends[1]) @ direction[row].double() / 2e-5
                moved += float(slope) ** 2
            wanted[back, row] = math.sqrt(moved)
    geometric = np.exp(np.log(np.maximum(wanted, 1e-30)).mean(axis=1))
    np.testing.assert_allclose(found, geometric, rtol=1e-3, atol=1e-8)
    assert (found[1:] < 1e-9).all() == (cell == "none")


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_loss_along_a_line_is_that_of_networks_on_it(cell):
    model = network(cell)
    batch = collate(EXAMPLES[:3])
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    found = loss_along(model, batch, [0.0, 1.0, 2.5])
    for name, weight in model.state_dict().items():
        assert (weight == before[name]).all()  # it is left as it was
    tokens = int(batch.target_lengths.sum())
    for place, loss in zip((0.0, 1.0, 2.5), found, strict=True):
        other = network(cell)
        for part in (*other.encoder.forwards, *other.encoder.backwards, other.decoder.cell):
            part.recurrent.data *= place
        wanted = float(batch_loss(other, batch, cross_entropy).surprise.detach()) / tokens
        assert loss == pytest.approx(wanted, rel=1e-5)


def test_a_station_is_read_from_its_name():
    station = Station.parse("rnn/none/clip=0/batch-tokens=1/tied=no")
    assert station.given == {
        "cell": "rnn", "attention": "none", "clip": 0.0, "batch_tokens": 1, "tied": False
    }  # fmt: skip
    for wrong in ("rnn/none/clip", "rnn/none/speed=3"):
        with pytest.raises(UserError, match="a station is CELL/ATTENTION"):
            Station.parse(wrong)


def test_ticks_are_round_and_within_bounds():
    assert ticks(0, 100) == [0, 20, 40, 60, 80, 100]
    assert ticks(-0.5, 2.5) == [-0.5, 0, 0.5, 1, 1.5, 2, 2.5]


def test_a_chart_draws_every_line_even_of_what_is_no_number():
    svg = line_chart({"a": ([0, 1], [1.0, math.inf]), "a, before": ([0, 1], [2.0, 3.0])}, "x", "y")
    assert svg.count("<polyline") == 2
    assert "nan" not in svg and "inf" not in svg


def test_compare_trains_and_tells(seqcli, copy_files, tmp_path):
    train, dev = copy_files
    page = tmp_path / "page.html"
    done = seqcli(
        "compare", train, "--dev", dev, "--test", dev, "--updates", "3", "--html", page, "--json",
        "--station", "gru/dot/hidden=8", "--station", "none/none/hidden=8",
    )  # fmt: skip
    found = json.loads(done.out)
    assert [each["name"] for each in found["results"]] == ["gru/dot/hidden=8", "none/none/hidden=8"]
    assert all(each["updates"] == 3 and each["speed"] > 0 for each in found["results"])
    assert found["results"][0]["tests"][dev.name]["sentences"] == 60
    assert set(found["reach"]) == {"rnn", "gru", "lstm"}
    assert all(math.isfinite(loss) for losses in found["lines"].values() for loss in losses)
    shown = Page(page.read_text(encoding="utf-8"))
    assert shown.sections == ["scores", "lengths", "reach", "loss", "updates"]
    assert all(each.startswith(("#", "data:")) for each in shown.loaded)


def test_compare_refuses_what_cannot_be(seqcli):
    for arguments, told in (
        (["--station", "gruu/none"], "cell is one of"),
        (["--station", "none/none/context=first"], "forgets what the first step is handed"),
        (["--updates", "3", "--minutes", "1"], "choose one"),
    ):
        result = seqcli("compare", *arguments, code=2)
        assert told in result.err
        assert len(result.err.strip().splitlines()) == 1
