"""What the stations of the story promise. Slow: each is trained."""

import json

import pytest
from conftest import CommandLine
from test_tasks import FOLDER

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def seqcli(tmp_path_factory):
    return CommandLine(tmp_path_factory.mktemp("stations"), timeout=600)


def exact_match(seqcli, cell):
    train, dev, test = (FOLDER / f"adding.{part}.tsv" for part in ("train", "dev", "test"))
    seqcli("train", train, "--dev", dev, "--cell", cell, "--model", cell, "--quiet")
    return json.loads(seqcli("eval", test, "--model", cell, "--format", "json").out)["exact_match"]


def test_a_memory_keeps_the_carry_and_without_one_nothing_adds_up(seqcli):
    assert exact_match(seqcli, "lstm") >= 0.99
    assert exact_match(seqcli, "none") < 0.1


def test_attention_beats_one_vector_on_long_sentences(seqcli):
    done = seqcli(
        "compare", "--no-analysis", "--updates", "500", "--format", "json",
        "--station", "lstm/none", "--station", "lstm/additive",
    )  # fmt: skip
    vector, attention = json.loads(done.out)["results"]
    assert len(vector["by_length"]) == len(attention["by_length"])
    for one, other in zip(vector["by_length"], attention["by_length"], strict=True):
        if one["shortest"] > 14:  # longer than any sentence of train
            assert other["bleu"] > one["bleu"] + 5
