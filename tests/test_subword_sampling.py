import copy
import itertools
import math
import os
import random
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import SMALL, write_pairs
from test_segmentation import every_segmentation
from test_training import StopAfter, assert_same, finish, state

from seqcli.config import ModelConfig, TokenizerConfig
from seqcli.data.batching import Example, PackedExamples
from seqcli.data.corpus import CorpusFiles
from seqcli.data.pairs import Pair
from seqcli.data.readers.registry import read_pairs
from seqcli.data.sample import sample_file
from seqcli.data.segmentations import ALPHA, SEGMENTATIONS, Segmentations
from seqcli.data.tokenizer import END, UNKNOWN, Segmentation, build
from seqcli.errors import UserError
from seqcli.training.events import Updated
from seqcli.training.loop import Position
from seqcli.training.network import make_network
from seqcli.training.prepare import TrainRequest, prepare_data
from seqcli.training.subword_sampling import SubwordSampler
from seqcli.training.trainer import Trainer

SENTENCES = sorted({pair.source for pair in read_pairs(sample_file("train.en-zh.tsv"))})
TEXTS = random.Random(1).sample(SENTENCES, 600)
PAIRS = [Pair(text, text.replace("q", "k")) for text in TEXTS]


def allowed(tokenizer):
    return np.arange(len(tokenizer)) != UNKNOWN


def draws(texts, seed, longest=1000, chosen=None):
    """The ids of each text, without the end."""
    chosen = np.ones(len(texts), bool) if chosen is None else chosen
    values, ends = texts.draw(chosen, np.random.default_rng(seed), longest)
    rows = [values[i:j].tolist() for i, j in itertools.pairwise(ends)]
    assert all(row[-1] == END for row in rows)
    return [row[:-1] for row in rows]


def test_segmentations_are_drawn_in_proportion_to_their_probability_to_the_power_alpha():
    tokenizer = build(PAIRS, TokenizerConfig())
    scores = tokenizer.scores(range(len(tokenizer)))
    possible = {
        word: [pieces for pieces in every_segmentation(f"▁{word}") if scores.keys() >= set(pieces)]
        for word in sorted({word for text in TEXTS for word in text.split() if len(word) == 7})
    }
    word, segmentations = max(possible.items(), key=lambda item: len(item[1]))
    assert 5 < len(segmentations) <= SEGMENTATIONS
    weights_of = {
        tuple(pieces): math.exp(ALPHA * sum(scores[piece] for piece in pieces))
        for pieces in segmentations
    }
    expected = {each: weight / sum(weights_of.values()) for each, weight in weights_of.items()}
    texts = Segmentations(tokenizer, [f"{word} {word}"] * 10_000, allowed(tokenizer))
    words = re.compile("▁[^▁]+")
    drawn = Counter(
        word
        for ids in draws(texts, 7)
        for word in words.findall("|".join(tokenizer.pieces(ids)).replace("|▁", "▁"))
    )
    assert drawn.total() == 20_000
    assert drawn.keys() <= {"|".join(each) for each in expected}
    distance = sum(abs(drawn["|".join(k)] / 20_000 - share) for k, share in expected.items()) / 2
    assert distance < 0.02


class WordsOfDigits:
    """In place of a tokenizer: a word of n segmentations with random probabilities, the best first,
    each of one piece."""

    def __init__(self, seed):
        self.generator = np.random.default_rng(seed)

    def words(self, text):
        return text.split()

    def segmentations(self, word, count):
        scores = -np.sort(self.generator.exponential(size=count))
        return [Segmentation([100 * int(word) + i], float(s)) for i, s in enumerate(scores)]


def test_rounding_errors_give_no_text_the_pieces_of_another_word():
    text = "1 2 3 4 5 6"
    for seed in range(300):
        fake: Any = WordsOfDigits(seed)
        texts = Segmentations(fake, [text], np.ones(1000, bool))
        assert draws(texts, 1, chosen=np.zeros(1, bool)) == [[100, 200, 300, 400, 500, 600]]


def test_a_clause_without_spaces_is_cut_in_parts_that_vary_independently():
    chinese = [pair.target for pair in read_pairs(sample_file("train.en-zh.tsv"))]
    clauses = ["".join(random.Random(i).choices("กขคงจฉ", k=30)) for i in range(600)]
    tokenizer = build([Pair(text, text) for text in clauses], TokenizerConfig())
    long = clauses[0]
    parts = tokenizer.words(long)
    assert "".join(parts) == long and len(parts) > 2
    assert [i for part in parts for i in tokenizer.encode(part)] == tokenizer.encode(long)
    texts = Segmentations(tokenizer, [long] * 300, allowed(tokenizer))
    assert len({tuple(ids) for ids in draws(texts, 1)}) > 5 * SEGMENTATIONS
    plain = build([Pair(t, t) for t in chinese[:2000]], TokenizerConfig())
    best = Segmentations(plain, chinese[:300], allowed(plain))
    assert draws(best, 1, chosen=np.zeros(300, bool)) == list(map(plain.encode, chinese[:300]))


# Texts of these letters have many segmentations; with spaces anywhere, and in two scripts.
ODD = ["", " ", "a  b", " x", "我爱你", "我 爱you 我", *TEXTS[:40]]


def test_a_draw_keeps_the_text_and_depends_on_nothing_but_its_generator():
    tokenizer = build([*PAIRS, *(Pair(text, text) for text in ODD)], TokenizerConfig())
    texts = Segmentations(tokenizer, ODD, allowed(tokenizer))
    first = draws(texts, 5)
    assert [tokenizer.decode(ids) for ids in first] == ODD
    assert draws(texts, 5) == first
    assert draws(texts, 6) != first
    best = [tokenizer.encode(text) for text in ODD]
    assert first != best
    chosen = np.arange(len(ODD)) % 2 == 0
    mixed = draws(texts, 5, chosen=chosen)
    assert mixed == [
        one if is_chosen else two for one, two, is_chosen in zip(first, best, chosen, strict=True)
    ]
    longest = sorted(map(len, first))[-5]  # with the end
    fitting = draws(texts, 5, longest=longest)
    assert fitting == [
        one if len(one) < longest else two for one, two in zip(first, best, strict=True)
    ]
    assert 0 < sum(one != two for one, two in zip(fitting, first, strict=True)) < len(ODD)


def test_the_draws_are_the_same_in_every_process():
    code = (
        "from tests.test_subword_sampling import *\n"
        "tokenizer = build(PAIRS, TokenizerConfig())\n"
        "print(draws(Segmentations(tokenizer, TEXTS[:50], allowed(tokenizer)), 5))"
    )
    root = Path(__file__).parent.parent
    path = os.pathsep.join([str(root / "tests"), str(root)])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "7"},
        capture_output=True,
        check=True,
    )
    tokenizer = build(PAIRS, TokenizerConfig())
    here = draws(Segmentations(tokenizer, TEXTS[:50], allowed(tokenizer)), 5)
    assert done.stdout.decode().strip() == str(here)


@pytest.fixture
def request_of(tmp_path):
    """Makes requests for short trainings with drawn pieces."""
    number = 300
    lines = [f"{pair.source}\t{pair.target}" for pair in dict.fromkeys(PAIRS)]
    files = CorpusFiles(pairs=(write_pairs(tmp_path / "train.tsv", lines[:number]),))
    dev = CorpusFiles(pairs=(write_pairs(tmp_path / "dev.tsv", lines[number : number + 8]),))
    sizes = {"embedding": 8, "hidden": 8, "attention_size": 4, "evaluations": 2}

    def request(name, resume=False, **overrides):
        settings = overrides if resume else SMALL | sizes | {"subword_sampling": 0.5} | overrides
        return TrainRequest(tmp_path / name, files, dev, overrides=settings, resume=resume)

    return request


def sampler_of(data):
    sampler = SubwordSampler.of(data)
    assert sampler is not None
    return sampler


def test_a_share_of_the_texts_has_other_pieces_in_each_epoch(request_of):
    data = prepare_data(request_of("model", subword_sampling=0.25))
    sampler = sampler_of(data)
    epochs = [sampler(number) for number in range(40)]
    everything = copy.copy(sampler)
    everything.share = 1.0
    tokenizer, vocabulary = data.tokenizer, data.output_vocabulary

    def changed(epoch):
        rows = zip(epoch, data.examples, strict=True)
        return np.mean([list(one.source) != list(best.source) for one, best in rows])

    for epoch in epochs:
        for example, pair in zip(epoch, data.pairs, strict=True):
            target = vocabulary.to_ids(example.target)
            assert example.source[-1] == target[-1] == END
            for text, ids in ((pair.source, example.source), (pair.target, target)):
                assert UNKNOWN not in ids
                assert tokenizer.decode(list(map(int, ids[:-1]))) == text
    # (A draw may give the best pieces again.)
    expected = 0.25 * np.mean([changed(everything(number)) for number in range(100, 110)])
    assert expected > 0.02
    assert np.mean(list(map(changed, epochs))) == pytest.approx(expected, rel=0.15)
    again = sampler_of(prepare_data(request_of("again", subword_sampling=0.25)))
    for number in (0, 39):
        np.testing.assert_array_equal(again(number).sources, epochs[number].sources)
        np.testing.assert_array_equal(again(number).targets, epochs[number].targets)
    other = copy.copy(sampler)
    other.seed += 1
    for different in (epochs[1], other(0)):
        assert not np.array_equal(different.sources, epochs[0].sources)
        assert not np.array_equal(different.targets, epochs[0].targets)


def test_without_chance_the_examples_are_the_encoded_pairs(request_of):
    data = prepare_data(request_of("model"))
    sampler = sampler_of(data)
    sampler.share = 0.0
    for name in ("sources", "source_ends", "targets", "target_ends"):
        np.testing.assert_array_equal(getattr(sampler(3), name), getattr(data.examples, name))


def test_pairs_that_are_too_long_are_not_drawn(request_of, monkeypatch):
    monkeypatch.setattr("seqcli.training.prepare.MAX_PIECES", 12)
    data = prepare_data(request_of("model", subword_sampling=1.0))
    assert data.left_out
    decode, epoch = data.tokenizer.decode, sampler_of(data)(0)
    assert len(epoch) == len(data.examples)
    for drawn, best in zip(epoch, data.examples, strict=True):
        assert decode(list(map(int, drawn.source[:-1]))) == decode(list(map(int, best.source[:-1])))


def test_only_pieces_of_the_output_vocabulary_are_drawn_for_targets(request_of):
    data = prepare_data(request_of("model", subword_sampling=1.0))
    known = set(data.output_vocabulary.pieces.tolist())
    sampler = sampler_of(data)
    targets = [pair.target for pair in data.pairs]
    free = Segmentations(data.tokenizer, targets, allowed(data.tokenizer))
    assert any(set(ids) - known for seed in range(5) for ids in draws(free, seed))
    for seed in range(20):
        assert known.issuperset(set().union(*draws(sampler.targets, seed)))


def test_without_a_share_nothing_is_drawn(request_of):
    assert SubwordSampler.of(prepare_data(request_of("model", subword_sampling=0.0))) is None


def test_an_epoch_is_as_long_as_its_drawn_pieces(request_of):
    data = prepare_data(request_of("model"))
    longer = PackedExamples.of(
        Example([*each.source[:-1], *each.source], [*each.target[:-1], *each.target])
        for each in data.examples
    )
    config, network = data.settings.training, make_network(data, torch.device("cpu"))

    trainer = Trainer(network, data.examples, config, Position(), 1, 0.0, encode=lambda _: longer)
    plain = Trainer(network, data.examples, config, Position(), 1, 0.0)
    assert trainer.batches > 1.6 * plain.batches
    trainer.position.all_tokens = 3 * len(longer.targets)
    assert trainer.epochs() == 3


def test_a_resumed_run_draws_what_the_whole_run_draws(request_of):
    whole = finish(request_of("whole", updates=36, batch_tokens=300))
    assert whole[-1].reason == "finished"
    epochs = [event.epoch for event in whole if isinstance(event, Updated)]
    assert epochs[-1] > epochs[23] > 0
    finish(request_of("parts", updates=36, batch_tokens=300), StopAfter(24))
    finish(request_of("parts", resume=True))
    assert_same(state(request_of("whole").folder), state(request_of("parts").folder))


def test_pieces_that_cannot_be_drawn_are_refused(request_of, tmp_path):
    for kind in ("char", "bpe"):
        with pytest.raises(UserError, match=f"only unigram pieces can be drawn: .* {kind}"):
            request_of("model", pieces=kind)
        tokenizer = tmp_path / f"{kind}.model"
        tokenizer.write_bytes(build(PAIRS, TokenizerConfig(kind)).model)
        request = replace(request_of("model"), tokenizer=tokenizer)
        with pytest.raises(
            UserError, match=f"leave out --subword-sampling or --tokenizer, .*{kind}"
        ):
            prepare_data(request)
    with pytest.raises(UserError, match="word by word"):
        ModelConfig(simultaneous=True, subword_sampling=0.5)
