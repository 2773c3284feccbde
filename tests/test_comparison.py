"""`seqcli compare`: what it measures, and what it shows."""

import json
import math
import re
import shlex
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
import torch
from conftest import small_networks, write_pairs
from rich.console import Console
from test_pages import made_up_comparison

from seqcli.comparison import compare as comparing
from seqcli.comparison.analysis import gradient_norms, long_sources, loss_curve
from seqcli.comparison.buckets import scores_by_length
from seqcli.comparison.compare import CompareRequest, compare
from seqcli.comparison.findings import Comparison
from seqcli.comparison.stations import Station
from seqcli.config import ModelConfig
from seqcli.data.batching import Example, collate
from seqcli.data.corpus import CorpusFiles
from seqcli.decoding.assessment import Assessed
from seqcli.errors import UserError
from seqcli.model.cells import run_cell
from seqcli.model.seq2seq import Seq2Seq
from seqcli.paths import STANDARD_STREAM
from seqcli.training.events import Updated
from seqcli.training.gradients import batch_loss
from seqcli.training.loss import cross_entropy
from seqcli.training.train import train as training_run
from seqcli.views.charts import Line, line_chart, ticks
from seqcli.views.comparison import comparison_report
from seqcli.views.comparison_page import comparison_page
from seqcli.views.scores import NO_BLEU


def network(cell="lstm", **shape):
    torch.manual_seed(1)
    config = ModelConfig(embedding=6, hidden=8, attention_size=5, cell=cell, **shape)
    return Seq2Seq(config, 20, torch.arange(1, 20))


EXAMPLES = [Example([3, 4, 5, 2], [6, 7, 1]), Example([8, 9, 2], [3, 1])] * 10


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm", "none"])
def test_gradient_norms_are_those_of_the_jacobian(cell):
    model = network(cell)
    vectors = long_sources(model, EXAMPLES, 5, 2)
    assert vectors.shape == (5, 2, 6)
    found = gradient_norms(model, vectors)
    generator = torch.Generator().manual_seed(0)
    direction = torch.randn(2, 4, generator=generator)
    direction = direction / direction.norm(dim=1, keepdim=True)
    wanted = np.zeros((5, 2))
    cell_module = model.encoder.forwards[0]
    for row in range(2):
        for back in range(5):
            squares = 0.0
            for unit in range(6):  # a difference quotient for each input
                shifted = [vectors.double().clone(), vectors.double().clone()]
                shifted[0][4 - back, row, unit] += 1e-5
                shifted[1][4 - back, row, unit] -= 1e-5
                with torch.no_grad():
                    ends = [run_cell(cell_module.double(), each)[-1, row] for each in shifted]
                slope = (ends[0] - ends[1]) @ direction[row].double() / 2e-5
                squares += float(slope) ** 2
            wanted[back, row] = math.sqrt(squares)
    geometric = np.exp(np.log(np.maximum(wanted, 1e-30)).mean(axis=1))
    np.testing.assert_allclose(found, geometric, rtol=1e-3, atol=1e-8)
    assert (found[1:] < 1e-9).all() == (cell == "none")


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_a_loss_curve_has_the_losses_of_the_scaled_networks(cell):
    model = network(cell)
    batch = collate(EXAMPLES[:3])
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    found = loss_curve(model, batch, [0.0, 1.0, 2.5])
    for name, weight in model.state_dict().items():
        assert (weight == before[name]).all()  # the network is unchanged
    tokens = int(batch.target_lengths.sum())
    for scale, loss in zip((0.0, 1.0, 2.5), found, strict=True):
        other = network(cell)
        for part in (*other.encoder.forwards, *other.encoder.backwards, other.decoder.cell):
            part.recurrent.data[:, -part.hidden_size :] *= (
                scale  # and not the columns of the feedback
            )
        wanted = float(batch_loss(other, batch, cross_entropy).nll.detach()) / tokens
        assert loss == pytest.approx(wanted, rel=1e-5)


def test_a_station_is_read_from_its_name():
    station = Station.parse("rnn/none/clip=0/batch-tokens=1/tied=no")
    assert station.overrides == {
        "cell": "rnn", "attention": "none", "clip": 0.0, "batch_tokens": 1, "tied": False
    }  # fmt: skip
    for wrong in ("rnn/none/clip", "rnn/none/speed=3", "rnn/none/cell=lstm"):
        with pytest.raises(UserError, match="a station is CELL/ATTENTION"):
            Station.parse(wrong)
    for common in ("updates=3", "minutes=1", "epochs=2", "seed=7"):
        with pytest.raises(UserError, match="the same for all stations"):
            Station.parse(f"rnn/none/{common}")


def test_ticks_are_round_and_within_bounds():
    assert ticks(0, 100) == [0, 20, 40, 60, 80, 100]
    assert ticks(-0.5, 2.5) == [-0.5, 0, 0.5, 1, 1.5, 2, 2.5]


def test_a_chart_draws_every_line_even_of_what_is_no_number():
    nothing = Line([0, 1], [math.nan, math.inf])
    lines = {"a": Line([0, 1], [1.0, math.inf]), "before": Line([0, 1], [2.0, 3.0], like="a")}
    for shown in (lines | {"b": nothing}, {"b": nothing}):
        chart = line_chart(shown, "x", "y")
        assert chart.count("<polyline") == chart.count("<b ")
        assert "nan" not in chart and "inf" not in chart
    svg = line_chart(lines, "x", "y")
    assert len(set(re.findall('stroke="(#[^"]+)"', svg))) == 1
    assert svg.count("stroke-dasharray") == 1


def assessed(words, right):
    said = "好 的 呀 吗" if right else "不"
    return Assessed(" ".join(["w"] * words), said, ("好 的 呀 吗",), 0.0)


def test_scores_by_length_are_those_of_sentences_of_that_length():
    found = scores_by_length(
        [assessed(3, True)] * 30 + [assessed(8, False)] * 20 + [assessed(9, True)] * 20
        + [assessed(40, True)] * 2
    )  # fmt: skip
    assert [(each.shortest, each.longest, each.sentences) for each in found] == [
        (1, 5, 30), (6, 40, 42)
    ]  # fmt: skip
    assert found[0].exact_match == 1 and found[0].bleu == pytest.approx(100)
    assert found[1].exact_match == pytest.approx(22 / 42)
    assert found[1].mean == pytest.approx((8 * 20 + 9 * 20 + 40 * 2) / 42)
    with_an_empty_one = scores_by_length([assessed(0, False), *[assessed(3, True)] * 30])
    assert [(each.shortest, each.longest) for each in with_an_empty_one] == [(1, 5)]
    few_first = scores_by_length([assessed(2, True)] * 3 + [assessed(7, True)] * 30)
    assert [(each.shortest, each.longest) for each in few_first] == [(1, 10)]


def test_a_station_that_diverges_is_reported_and_the_others_are_compared(
    copy_files, tmp_path, monkeypatch
):
    train, dev = (CorpusFiles(pairs=(path,)) for path in copy_files)
    real = training_run

    def diverging(request):
        for event in real(request):
            yield event
            if isinstance(event, Updated) and request.overrides["cell"] == "rnn":
                raise UserError("the loss is no longer a number")

    monkeypatch.setattr(comparing, "train", diverging)
    stations = [Station.parse(f"{cell}/none/hidden=8") for cell in ("rnn", "lstm")]
    request = CompareRequest(
        tmp_path, stations, {"updates": 2}, train, dev, (copy_files[1],), analysis=False
    )
    *_, found = compare(request)
    assert isinstance(found, Comparison)
    assert [result.name for result in found.results] == ["lstm/none/hidden=8"]
    assert found.failed == {"rnn/none/hidden=8": "the loss is no longer a number"}
    console = Console(width=100)
    with console.capture() as capture:
        console.print(comparison_report(found))
    assert "rnn/none/hidden=8 failed: the loss" in capture.get()
    with pytest.raises(UserError, match="no station finished its training: the loss"):
        list(compare(replace(request, stations=stations[:1])))


def test_a_comparison_in_the_terminal_shows_all_that_was_found():
    console = Console(width=80, no_color=True)
    with console.capture() as capture:
        console.print(comparison_report(made_up_comparison()))
    lines = [line.rstrip() for line in capture.get().splitlines()]
    assert "BLEU by source length" in lines
    assert any(re.fullmatch(r"1-5 +60 +90\.0 +90\.0 +90\.0", line) for line in lines)
    faded = f"{0.7**10:.0e}"
    assert any(line.startswith("rnn") and "before" in line and faded in line for line in lines)
    along = next(line for line in lines if line.startswith("rnn/none") and "▁" in line)
    assert "█" in along and re.search(r" 0\.00 +3\.0 +4\.0$", along)  # down by 1, up by 3
    short = replace(made_up_comparison(), short=True)
    with console.capture() as capture:
        console.print(comparison_report(short))
    assert re.search(r"exact match by source length\s*\n.*\n1-5 +60 +50\.0", capture.get())


def test_a_comparison_of_labels_shows_no_bleu():
    made_up = made_up_comparison()
    results = tuple(
        replace(each, tests={name: replace(own, bleu=None) for name, own in each.tests.items()})
        for each in made_up.results
    )
    found = replace(made_up, short=True, results=results, update_frequency=results[:2])
    console = Console(width=100, no_color=True)
    with console.capture() as capture:
        console.print(comparison_report(found))
    for shown in (capture.get(), comparison_page(found, "")):
        assert NO_BLEU in shown
        assert "34.5" not in shown and "None" not in shown
    assert "– / 25%" in capture.get()
    assert NO_BLEU not in comparison_page(made_up, "")
    told = found.to_dict()["results"][0]
    assert told["tests"]["test.en-zh.tsv"]["bleu"] is None
    assert {each["bleu"] for each in told["by_length"]} == {None}
    assert made_up.to_dict()["results"][0]["by_length"][0]["bleu"] == 90


def test_compare_reads_standard_input_for_every_station(seqcli_process, copy_files, tmp_path):
    train, dev = copy_files
    write_pairs(tmp_path / "test.tsv", ["ba do\tBA DO", "ki\t"])
    options = ["--updates", 2, "--no-analysis", "--format", "json", "--test", "test.tsv"]
    options += ["--keep", "kept"]
    stations = ("--station", "none/none/hidden=8", "--station", "rnn/none/hidden=8")
    content = train.read_bytes()
    done = seqcli_process("compare", "-", "--dev", dev, *options, *stations, stdin=content)
    assert "1 of 2 pairs has an empty target" in done.err
    results = json.loads(done.out)["results"]
    assert [each["tests"]["test.tsv"]["sentences"] for each in results] == [2, 2]
    with pytest.raises(UserError, match="read only once"):
        CompareRequest(
            tmp_path, [], {}, CorpusFiles(pairs=(STANDARD_STREAM,)), tests=(STANDARD_STREAM,)
        )
    kept = (tmp_path / "kept" / "standard-input.tsv").read_bytes()
    assert kept == content


@pytest.mark.parametrize(
    ("bleu", "exact", "short", "learned"),
    [
        (34.5, 0.25, False, True),
        (0.4, 0.0, False, False),
        (0.0, 0.9, True, True),  # where BLEU says nothing
        (50.0, 0.0, True, False),
    ],
)
def test_a_budget_too_small_to_learn_is_reported(bleu, exact, short, learned):
    found = replace(made_up_comparison(bleu, exact), short=short)
    console = Console(width=500, no_color=True)
    with console.capture() as capture:
        console.print(comparison_report(found))
    page = comparison_page(found, "")
    names = [] if learned else ["rnn/none", "lstm/none", "lstm/additive"]
    assert found.unlearned == found.to_dict()["unlearned"] == names
    told = f"learned almost nothing ({found.measure} below 1 on every test): {', '.join(names)}"
    assert (told in capture.get()) == (told in page) == (not learned)


def test_one_answer_to_everything_is_nothing_learned():
    found = replace(made_up_comparison(0.0, 0.5), short=True)
    assert found.unlearned == []
    assert replace(found, baseline=50.0).unlearned == ["rnn/none", "lstm/none", "lstm/additive"]
    assert replace(found, baseline=48.9).unlearned == []


def test_one_test_that_is_learned_is_enough():
    found = made_up_comparison(0.0, 0.0)
    better = replace(found.results[0].tests["test.en-zh.tsv"], bleu=9.0)
    first = replace(found.results[0], tests=found.results[0].tests | {"test.en-zh.tsv": better})
    found = replace(found, results=(first, *found.results[1:]), update_frequency=())
    assert found.unlearned == ["lstm/none", "lstm/additive"]


def test_captions_claim_nothing_of_the_numbers():
    """They say what to look for, whatever came of it."""
    captions = [
        re.findall('<p class="caption">(.+?)</p>', comparison_page(found, ""))
        for found in (made_up_comparison(), made_up_comparison(0.0))
    ]
    assert captions[0] == captions[1]
    for claim in ("gives in", "does not", "it rises"):
        assert not [caption for caption in captions[0] if claim in caption]


class Page(HTMLParser):
    """What a browser would load, and the panels."""

    def __init__(self, html):
        super().__init__()
        self.loaded, self.sections, self.tags, self.text = [], [], set(), ""
        self.feed(html)

    def handle_data(self, data):
        self.text += data

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        for name, value in attributes:
            if name in ("src", "href", "data", "srcset", "action"):
                self.loaded.append(value)
            if tag == "section" and name == "id":
                self.sections.append(value)


def test_compare_trains_and_tells(seqcli, copy_files, tmp_path):
    train, dev = copy_files
    page = tmp_path / "page.html"
    asked = (
        "compare", train, "--dev", dev, "--test", dev, "--updates", "3", "--html", page,
        "--format", "json", "--station", "gru/dot/hidden=8", "--station", "none/none/hidden=8",
    )  # fmt: skip
    with small_networks():
        done = seqcli(*asked)
    found = json.loads(done.out)
    assert [each["name"] for each in found["results"]] == ["gru/dot/hidden=8", "none/none/hidden=8"]
    assert all(each["updates"] == 3 and each["speed"] > 0 for each in found["results"])
    assert found["results"][0]["tests"][dev.name]["sentences"] == 60
    assert set(found["gradient_norms"]) == {"rnn", "gru", "lstm"}
    assert all(math.isfinite(loss) for losses in found["loss_curves"].values() for loss in losses)
    shown = Page(page.read_text(encoding="utf-8"))
    assert shown.sections == ["scores", "lengths", "reach", "loss", "updates"]
    assert "Budget of each station: updates 3." in shown.text
    assert found["budget"] == {"updates": 3}
    command = shlex.split(shown.text[shown.text.index("seqcli compare") :].splitlines()[0])
    given = ["--dev", dev, "--test", dev, "--updates", 3, "--station", "gru/dot/hidden=8",
             "--station", "none/none/hidden=8"]  # fmt: skip
    assert sorted(command) == sorted(map(str, ["seqcli", "compare", train, *given]))
    assert all(each.startswith(("#", "data:")) for each in shown.loaded)


def test_compare_refuses_what_cannot_be(seqcli, copy_files, tmp_path):
    empty = write_pairs(tmp_path / "empty.tsv", ["", "\t"])
    write_pairs(tmp_path / copy_files[1].name, ["a\tb"])
    for arguments, told in (
        (["--station", "gruu/none"], "cell is one of"),
        (["--station", "none/none/context=first"], "forgets what the first step receives"),
        (["--updates", "3", "--minutes", "1"], "choose one"),
        (["--html", tmp_path / "no" / "page.html"], "there is no folder"),
        (["--test", empty], "empty.tsv: no pairs to score"),
        (["--test", copy_files[1], "--test", tmp_path / copy_files[1].name], "two test files"),
    ):
        result = seqcli("compare", *arguments, code=2)
        assert told in result.err
        assert len(result.err.strip().splitlines()) == 1
