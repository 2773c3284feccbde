import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqcli.data.batching import Example, PackedExamples, collate, epoch_batches, split_batch
from seqcli.data.tokenizer import PAD

EXAMPLES = st.lists(
    st.tuples(st.integers(1, 30), st.integers(1, 30)).map(
        lambda lengths: Example([5] * lengths[0], [6] * lengths[1])
    ),
    min_size=1,
    max_size=80,
)


@given(EXAMPLES, st.integers(1, 200), st.integers(0, 9))
def test_an_epoch_has_every_example_once_in_batches_of_the_size_asked(examples, tokens, seed):
    batches = epoch_batches(PackedExamples.of(examples), tokens, np.random.default_rng(seed))
    assert sorted(i for batch in batches for i in batch) == list(range(len(examples)))
    for batch in batches:
        longest = max(max(len(examples[i].source), len(examples[i].target)) for i in batch)
        assert len(batch) == 1 or len(batch) * longest <= tokens


@given(EXAMPLES, st.integers(1, 200), st.integers(0, 9))
def test_batches_are_full_and_of_similar_lengths(examples, tokens, seed):
    def sizes(i):
        return len(examples[i].source), len(examples[i].target)

    batches = epoch_batches(PackedExamples.of(examples), tokens, np.random.default_rng(seed))
    # In their order before they were shuffled: of equal sizes the rest comes last.
    last = (math.inf, math.inf)
    by_size = sorted(([sizes(i) for i in batch] for batch in batches), key=lambda b: [*b, last])
    in_order = [pair for batch in by_size for pair in batch]
    assert in_order == sorted(in_order)
    for batch, following in itertools.pairwise(by_size):
        longest = max(map(max, [*batch, following[0]]))
        assert (len(batch) + 1) * longest > tokens  # there was no room for another


def test_lengths_are_read_without_making_examples(monkeypatch):
    packed = PackedExamples.of([Example([1] * (i % 7 + 1), [1] * (i % 5 + 1)) for i in range(99)])
    monkeypatch.delattr(PackedExamples, "__getitem__")  # would make an object of each
    batches = epoch_batches(packed, 40, np.random.default_rng(1))
    assert sorted(i for batch in batches for i in batch) == list(range(99))


IDS = st.lists(st.integers(0, 2**31 - 1), max_size=5)


@given(st.lists(st.builds(Example, IDS, IDS), max_size=9), st.integers(-9, 9), st.integers(-9, 9))
def test_packed_examples_are_the_examples(examples, first, last):
    packed = PackedExamples.of(examples)

    def plain(some):
        return [(list(source), list(target)) for source, target in some]

    assert len(packed) == len(examples)
    assert plain(packed) == plain(examples)
    assert plain(packed[first:last]) == plain(examples[first:last])
    if -len(examples) <= first < len(examples):
        assert plain([packed[first]]) == plain([examples[first]])
    else:
        with pytest.raises(IndexError):
            packed[first]


def test_the_order_depends_on_the_generator_alone():
    examples = [Example([1] * (i % 7 + 1), [1] * (i % 5 + 1)) for i in range(200)]
    first, again, other = (
        [
            list(b)
            for b in epoch_batches(
                PackedExamples.of(examples), 40, np.random.default_rng([seed, 0])
            )
        ]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_equal_source_lengths_come_together():
    examples = [Example([1] * (i % 4 + 1), [1] * 3) for i in range(400)]
    batches = epoch_batches(PackedExamples.of(examples), 60, np.random.default_rng(1))
    mixed = [batch for batch in batches if len({len(examples[i].source) for i in batch}) > 1]
    assert len(mixed) <= 3  # only where one length ends and the next begins


def test_padding_fills_the_right_side():
    batch = collate([Example([3, 4, 2], [7, 1]), Example([3, 2], [8, 9, 1])])
    assert batch.source.tolist() == [[3, 4, 2], [3, 2, PAD]]
    assert batch.target.tolist() == [[7, 1, PAD], [8, 9, 1]]
    assert batch.source_lengths.tolist() == [3, 2]
    assert batch.target_lengths.tolist() == [2, 3]


@given(EXAMPLES, st.integers(1, 9))
def test_the_shards_of_a_batch_are_the_batch(examples, shards):
    batch = collate(examples)
    parts = split_batch(batch, shards)
    assert len(parts) == min(shards, len(examples))
    sizes = [len(part.source) for part in parts]
    assert max(sizes) - min(sizes) <= 1
    for first, part in enumerate(parts):
        again = collate(examples[first :: len(parts)])
        assert part.target.tolist() == again.target.tolist()
        longest = again.source.shape[1]
        assert part.source[:, :longest].tolist() == again.source.tolist()
        assert (part.source[:, longest:] == PAD).all()
        assert part.source_lengths.tolist() == again.source_lengths.tolist()
        assert part.target_lengths.tolist() == again.target_lengths.tolist()
