"""What `make demo` promises. Slow: it trains the whole sample."""

import json

import pytest
from conftest import CommandLine

from seqcli.data.sample import sample_file

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    seqcli = CommandLine(tmp_path_factory.mktemp("demo"), timeout=600)
    seqcli("train", "--quiet")
    return seqcli


def test_sentences_that_were_never_seen(trained):
    assert trained("translate", "i love beijing").out == "我爱北京\n"
    assert trained("translate", "i love beijing tian an men").out == "我爱北京天安门\n"


def test_people_may_type_as_they_like(trained):
    for typed in ("I love Beijing.", "I LOVE BEIJING", "i love beijing!", " I  love Beijing "):
        assert trained("translate", typed).out == "我爱北京\n"


def test_exact_match_on_the_test_set(trained):
    scores = json.loads(trained("eval", sample_file("test.en-zh.tsv"), "--json").out)
    assert scores["exact_match"] >= 0.95
