import copy
import math
import random
from collections import Counter

import numpy as np
import pytest
from conftest import SMALL, write_pairs
from test_segmentation import every_segmentation
from test_training import StopAfter, assert_same, finish, state, weights

from seqcli.config import ModelConfig, TokenizerConfig
from seqcli.data.carryover import SYMBOLS
from seqcli.data.corpus import CorpusFiles
from seqcli.data.pairs import Pair
from seqcli.data.readers.registry import read_pairs
from seqcli.data.sample import sample_file
from seqcli.data.tokenizer import END, SAMPLING_ALPHA, UNKNOWN, build
from seqcli.errors import UserError
from seqcli.training.events import Updated
from seqcli.training.prepare import TrainRequest, prepare_data
from seqcli.training.subword_sampling import SubwordSampler

SENTENCES = sorted({pair.source for pair in read_pairs(sample_file("train.en-zh.tsv"))})
TEXTS = random.Random(1).sample(SENTENCES, 600)
PAIRS = [Pair(text, text.replace("q", "k")) for text in TEXTS]


def tokenizer_of(kind):
    return build(PAIRS, TokenizerConfig(pieces=kind))


@pytest.mark.parametrize("alpha", [0.1, 0.3])
def test_segmentations_are_drawn_in_proportion_to_their_probability_to_the_power_alpha(alpha):
    tokenizer = tokenizer_of("unigram")
    scores = tokenizer.scores(range(len(tokenizer)))
    possible = {
        word: [pieces for pieces in every_segmentation(f"▁{word}") if scores.keys() >= set(pieces)]
        for word in sorted({word for text in TEXTS for word in text.split() if len(word) == 7})
    }
    word, segmentations = max(possible.items(), key=lambda item: len(item[1]))
    assert len(segmentations) > 5
    weights_of = {
        tuple(pieces): math.exp(alpha * sum(scores[piece] for piece in pieces))
        for pieces in segmentations
    }
    expected = {each: weight / sum(weights_of.values()) for each, weight in weights_of.items()}
    drawn = Counter(
        tuple(tokenizer.pieces(ids)) for ids in tokenizer.sample([word] * 20_000, alpha, 7)
    )
    assert drawn.keys() <= expected.keys()
    distance = sum(abs(drawn[each] / 20_000 - share) for each, share in expected.items()) / 2
    assert distance < 0.02


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_a_draw_depends_on_its_seed_alone_and_keeps_the_text(kind):
    tokenizer = tokenizer_of(kind)
    first = tokenizer.sample(TEXTS, 0.3, 5)
    tokenizer.sample(TEXTS[:7], 0.3, 6)
    assert tokenizer.sample(TEXTS, 0.3, 5) == first
    assert tokenizer.sample(TEXTS, 0.3, 6) != first
    assert [tokenizer.decode(ids) for ids in first] == TEXTS
    assert tokenizer.sample([], 0.3, 5) == []


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


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_a_share_of_the_texts_has_other_pieces_in_each_epoch(request_of, kind):
    data = prepare_data(request_of("model", pieces=kind, subword_sampling=0.25))
    sampler = sampler_of(data)
    epochs = [sampler(number) for number in range(40)]
    tokenizer, vocabulary = data.tokenizer, data.output_vocabulary
    changed = 0
    for epoch in epochs:
        assert len(epoch) == len(data.examples) == len(data.pairs)
        for example, best, pair in zip(epoch, data.examples, data.pairs, strict=True):
            target = vocabulary.to_ids(example.target)
            assert example.source[-1] == target[-1] == END
            for text, ids in ((pair.source, example.source), (pair.target, target)):
                assert UNKNOWN not in ids
                assert tokenizer.decode(list(map(int, ids[:-1]))) == text
            changed += list(example.source) != list(best.source)
    # (A draw may give the best pieces again.)
    texts, alpha = [pair.source for pair in data.pairs], SAMPLING_ALPHA[kind]
    others = [
        drawn != tokenizer.encode(text)
        for seed in range(10)
        for text, drawn in zip(texts, tokenizer.sample(texts, alpha, seed), strict=True)
    ]
    expected = 0.25 * sum(others) / len(others)
    assert expected > 0.05
    assert changed / len(epochs) / len(texts) == pytest.approx(expected, rel=0.15)
    again = sampler_of(prepare_data(request_of("again", pieces=kind, subword_sampling=0.25)))
    for number in (0, 39):
        np.testing.assert_array_equal(again(number).sources, epochs[number].sources)
        np.testing.assert_array_equal(again(number).targets, epochs[number].targets)
    other = copy.copy(sampler)
    other.seed += 1
    for different in (epochs[1], other(0)):
        assert not np.array_equal(different.sources, epochs[0].sources)
        assert not np.array_equal(different.targets, epochs[0].targets)


def test_what_cannot_be_written_is_not_drawn(request_of):
    data = prepare_data(request_of("model", subword_sampling=1.0))
    texts = [f"{SYMBOLS[0]} laufend", "ö"]
    pairs = [Pair(text, "laufend") for text in texts]
    known = set(data.output_vocabulary.pieces.tolist())
    drawn = data.tokenizer.sample(["laufend"] * 500, 0.3, 1)
    assert any(set(ids) - known for ids in drawn)  # "f" is in no target
    sampler = SubwordSampler(
        data.tokenizer, data.output_vocabulary, pairs, data.examples, 1.0, 0.1, 1
    )
    best = data.examples[:2]
    for number in range(100):
        sampler.examples = type(data.examples).of(best)
        for example, original in zip(sampler(number), best, strict=True):
            assert list(example.target) == list(original.target) or min(example.target) > 0
            assert UNKNOWN not in example.source


def test_without_a_share_nothing_is_drawn(request_of):
    assert SubwordSampler.of(prepare_data(request_of("model", subword_sampling=0.0))) is None


def test_a_resumed_run_draws_what_the_whole_run_draws(request_of):
    whole = finish(request_of("whole", updates=36, batch_tokens=300))
    assert whole[-1].reason == "finished"
    epochs = [event.epoch for event in whole if isinstance(event, Updated)]
    assert epochs[-1] > epochs[23] > 0
    finish(request_of("parts", updates=36, batch_tokens=300), StopAfter(24))
    finish(request_of("parts", resume=True))
    assert_same(state(request_of("whole").folder), state(request_of("parts").folder))
    plain = finish(request_of("plain", updates=36, batch_tokens=300, subword_sampling=0.0))
    assert plain[-1].reason == "finished"
    first, second = (weights(request_of(name).folder) for name in ("whole", "plain"))
    assert any((first[name] != second[name]).any() for name in first)


def test_pieces_that_cannot_be_drawn_are_refused(request_of):
    with pytest.raises(UserError, match="char pieces"):
        prepare_data(request_of("model", pieces="char"))
    with pytest.raises(UserError, match="word by word"):
        ModelConfig(simultaneous=True, subword_sampling=0.5)
