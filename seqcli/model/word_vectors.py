"""Word vectors as an input of the encoder."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqcli.config import ModelConfig
from seqcli.vectors.word_vectors import WordVectors


class WordVectorInput(nn.Module):
    """What the vectors of words add to the embeddings of their pieces.

    Where the vector takes the place of the piece's embedding, it is added as it is (to 0, since the
    piece is padding), and D is E; else it is multiplied by a matrix [E,D] first. With
    `learn_vectors`, the vector of a word of the training sources is the given one and a learned
    `change`, which is 0 at first.
    """

    vectors: Tensor

    def __init__(self, config: ModelConfig, given: WordVectors) -> None:
        super().__init__()
        self.given = given
        vectors = torch.from_numpy(given.vectors).float()
        self.register_buffer("vectors", vectors, persistent=False)
        self.projection = None
        if not given.replaces_pieces:
            self.projection = nn.Parameter(torch.empty(config.embedding, given.dimensions))
            nn.init.xavier_uniform_(self.projection)
        self.change = None
        if config.learn_vectors:
            self.change = nn.Parameter(torch.zeros(given.seen, given.dimensions))

    def forward(self, words: Tensor) -> Tensor:
        """Numbers of words [...] -> [...,E]."""
        vectors = functional.embedding(words, self.vectors)
        if self.change is not None:
            change = functional.pad(self.change, (0, 0, 1, 0))  # a row of 0 for no word
            learned = torch.where(words < len(change), words, 0)
            vectors = vectors + functional.embedding(learned, change)
        return self.project(vectors)

    def project(self, vectors: Tensor) -> Tensor:
        """[...,D] -> [...,E]."""
        return vectors if self.projection is None else functional.linear(vectors, self.projection)

    @torch.no_grad()
    def current(self) -> WordVectors:
        """The vectors as they are now: those given, or, in fp32, those learned."""
        if self.change is None:
            return self.given
        unseen = len(self.vectors) - 1 - len(self.change)
        learned = self.vectors + functional.pad(self.change, (0, 0, 1, unseen))
        return replace(self.given, vectors=learned.float().cpu().numpy())
