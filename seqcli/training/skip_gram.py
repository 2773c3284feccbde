"""Learns word vectors from plain text: skip-gram with negative sampling.

Each word predicts the words around it (Mikolov, Sutskever et al. 2013, "Distributed Representations
of Words and Phrases", equation 4). All pairs of a batch share their negative words, so that a batch
is one matrix product.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from seqcli.arrays import Array, Int32s, Ints
from seqcli.config import SkipGramConfig, TrainingConfig
from seqcli.data.words import find_words
from seqcli.errors import UserError
from seqcli.training.optimization import make_optimizer

# Pairs of a batch: an epoch of a small text has about so many batches.
MAX_PAIRS, BATCHES, MIN_PAIRS = 8192, 60, 256
# A small text is repeated until so many words are read, within limits.
WORDS_READ, MIN_EPOCHS, MAX_EPOCHS = 2_000_000, 5, 50
SHARED_NEGATIVES = 512
LEARNING_RATE = 0.005  # of the first batch; it falls in a line to LEAST_RATE times that
LEAST_RATE = 0.02
NOISE_POWER = 0.75  # of the frequencies of words, for negative words (section 2.2)
_PADDING, _RARE = -1, -2  # between sentences; a word that is left out
MAX_WORDS = 200_000  # the most frequent ones
CHUNK = 500_000  # words of the text whose pairs are in memory at once


class LearnedVectors(NamedTuple):
    """Words [N], most frequent first, and their vectors [N,D]."""

    words: list[str]
    vectors: Array


class SkipGram(nn.Module):
    """The vectors of N words as such and as contexts, each [N,D]."""

    def __init__(self, words: int, size: int) -> None:
        super().__init__()
        self.vectors = nn.Parameter(torch.empty(words, size).uniform_(-0.5 / size, 0.5 / size))
        self.contexts = nn.Parameter(torch.zeros(words, size))

    def loss(self, words: Tensor, contexts: Tensor, negatives: Tensor, weight: float) -> Tensor:
        """The mean over P pairs [P], [P] of -log σ(v·c) - weight · mean over [M] of log σ(-v·n)."""
        vectors = functional.embedding(words, self.vectors)
        found = (vectors * functional.embedding(contexts, self.contexts)).sum(dim=1)
        noise = vectors @ functional.embedding(negatives, self.contexts).T
        return -functional.logsigmoid(found).mean() - weight * functional.logsigmoid(-noise).mean()


def learn_vectors(
    sentences: Iterable[str],
    config: SkipGramConfig,
    advance: Callable[[int, int], None] | None = None,
) -> LearnedVectors:
    """The vectors of the words of normalized sentences.

    `advance` is called after each batch with their number and their expected sum. Seeds PyTorch.
    Raises `UserError` if the sentences have too few words.
    """
    generator = np.random.default_rng(config.seed)
    torch.manual_seed(config.seed)
    words, counts, text = _read(sentences, config.min_count)
    network = SkipGram(len(words), config.size)
    optimizer = make_optimizer(network.parameters(), TrainingConfig())  # Adam
    noise = torch.from_numpy(np.cumsum(counts**NOISE_POWER) / np.sum(counts**NOISE_POWER))
    epochs = config.epochs or min(max(MIN_EPOCHS, WORDS_READ // len(text)), MAX_EPOCHS)
    chunks = [text[begin : begin + CHUNK] for begin in range(0, len(text), CHUNK)]
    done = total = 0
    for chunk in chunks * epochs:
        pairs = _pairs(_thin(chunk, counts, config.sample, generator), config.window, generator)
        if not len(pairs):  # as in a text of few different words
            pairs = _pairs(chunk, config.window, generator)
        size = min(max(MIN_PAIRS, len(pairs) // BATCHES), MAX_PAIRS)
        begins = range(0, len(pairs), size)
        total = total or epochs * len(chunks) * len(begins)
        for begin in begins:
            for group in optimizer.param_groups:
                group["lr"] = LEARNING_RATE * max(LEAST_RATE, 1 - done / total)
            drawn = torch.from_numpy(generator.random(SHARED_NEGATIVES))
            negatives = torch.searchsorted(noise, drawn).clamp(max=len(words) - 1)
            centres, contexts = torch.from_numpy(pairs[begin : begin + size]).unbind(dim=1)
            loss = network.loss(centres, contexts, negatives, config.negatives)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            done += 1
            if advance is not None:
                advance(done, max(done, total))
    if not done:
        raise UserError("the text has no two words beside each other: take more of it")
    return LearnedVectors(words, network.vectors.detach().numpy())


def _read(sentences: Iterable[str], min_count: int) -> tuple[list[str], Array, Int32s]:
    """The words, most frequent first, their counts [N], and the text as their numbers, with
    `_PADDING` between sentences."""
    numbers: dict[str, int] = {}  # in the order in which words first come
    read = array("i")
    for sentence in sentences:
        read.extend(numbers.setdefault(word.text, len(numbers)) for word in find_words(sentence))
        read.append(_PADDING)
    text = np.frombuffer(read, dtype=np.int32)
    counts = np.bincount(text[text >= 0], minlength=len(numbers))
    words = list(numbers)
    order = sorted(range(len(words)), key=lambda i: (-counts[i], words[i]))
    order = [i for i in order[:MAX_WORDS] if counts[i] >= min_count]
    if len(order) < 2:
        raise UserError(
            f"the text has fewer than two words that come {min_count} times: take more text, or a "
            "lower --min-count"
        )
    renumbered = np.full(len(words) + 1, _RARE, dtype=np.int32)
    renumbered[order] = np.arange(len(order))
    renumbered[_PADDING] = _PADDING
    text = renumbered[text]
    return [words[i] for i in order], counts[order].astype(np.float64), text[text != _RARE]


def _thin(text: Int32s, counts: Array, sample: float, generator: np.random.Generator) -> Int32s:
    """The text without a part of its frequent words: a word with the relative frequency f stays
    with the probability √(sample / f) (section 2.3); 0 leaves out nothing."""
    if not sample:
        return text
    chances = np.append(np.sqrt(sample * counts.sum() / counts), 1.0)  # [-1]: `_PADDING`
    return text[generator.random(len(text)) < chances[text]]


def _pairs(text: Int32s, window: int, generator: np.random.Generator) -> Ints:
    """All pairs of a word and a word near it, in random order: [P,2].

    Each word has a window of its own, of 1 to `window` words on each side.
    """
    sentence = np.cumsum(text < 0)
    reach = generator.integers(1, window + 1, len(text))
    parts = []
    for distance in range(1, window + 1):
        first, second = np.arange(len(text) - distance), np.arange(distance, len(text))
        near = (sentence[first] == sentence[second]) & (text[first] >= 0) & (text[second] >= 0)
        for centre, other in ((first, second), (second, first)):
            chosen = near & (reach[centre] >= distance)
            parts.append(np.stack([text[centre[chosen]], text[other[chosen]]], axis=1))
    pairs = np.concatenate(parts)
    return generator.permutation(pairs)
