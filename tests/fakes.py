"""Models for the search without a network: their state is the whole prefix."""

from __future__ import annotations

import itertools
import zlib

import numpy as np

END = 1


class PrefixModel:
    """Random log-probabilities for every (sentence, prefix); the state is the prefix itself.

    Attention weights depend on the prefix too, over the unpadded source.
    """

    def __init__(self, vocabulary: int, sharpness: float = 2.0) -> None:
        self.vocabulary = vocabulary
        self.sharpness = sharpness

    def encode(self, source, lengths):
        width = source.shape[1]
        memory = np.where(np.arange(width) < lengths[:, None], source, -1)
        return (memory,), (np.zeros((len(source), 0), dtype=np.int64),)

    def step(self, previous, memory, state):
        (source,), (prefix,) = memory, state
        prefix = np.concatenate([prefix, previous[:, None]], axis=1)
        beam = len(prefix) // len(source)
        rows = [source[row // beam] for row in range(len(prefix))]
        drawn = [self.draw(s, p[1:]) for s, p in zip(rows, prefix, strict=True)]
        log_probabilities = np.array([d[0] for d in drawn], dtype=np.float32)
        return log_probabilities, np.stack([d[1] for d in drawn]), (prefix,)

    def draw(self, source, prefix):
        """Log-probabilities [V] and weights [S] after a prefix of tokens (without the start)."""
        real = [int(piece) for piece in source if piece >= 0]
        seed = zlib.crc32(repr((real, [int(token) for token in prefix])).encode())
        generator = np.random.default_rng(seed)
        logits = generator.normal(size=self.vocabulary) * self.sharpness
        weights = np.zeros(len(source))
        weights[: len(real)] = generator.dirichlet(np.ones(len(real)))
        return logits - np.log(np.exp(logits).sum()), weights

    def log_probability(self, source, tokens):
        """The sum over a whole sequence of tokens, computed prefix by prefix."""
        return sum(self.draw(source, tokens[:i])[0][token] for i, token in enumerate(tokens))

    def every_translation(self, source, longest):
        """All sequences that end within `longest` tokens, END counted, with their sums."""
        others = [token for token in range(self.vocabulary) if token != END]
        for length in range(longest):
            for body in itertools.product(others, repeat=length):
                tokens = (*body, END)
                yield tokens, self.log_probability(source, tokens)
