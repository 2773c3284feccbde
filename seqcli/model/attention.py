"""The match functions: how well the decoder's state fits each source position.

Every attention turns matches into weights by a softmax and returns the weighted sum of the
encoder's states. One more match function is one more class here and one more line in `ATTENTIONS`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import repeat
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqcli.model.stepwise_linear import StepLinear, stepwise_linear


class Memory(NamedTuple):
    """What the encoder leaves for the decoder, one row a sentence.

    values [B,S,H], keys [B,S,A] (what a query is matched with), mask [B,S] (True on pieces,
    False on padding), summary [B,H] (the one vector that the encoder ends in), words [B,S,E] (the
    vectors of the pieces themselves).
    """

    values: Tensor
    keys: Tensor
    mask: Tensor
    summary: Tensor
    words: Tensor


def mix(weights: Tensor, values: Tensor) -> Tensor:
    """The weighted sum of what each row's sentence has: [R,S], [B,S,X] -> [R,X]."""
    sentences, length, _ = values.shape
    return torch.bmm(weights.view(sentences, -1, length), values).flatten(0, 1)


class Attention(nn.Module):
    """Base: weights over the source and their mix.

    A query row belongs to the sentence `row // K`, where K = R / B rows share a sentence (the beams
    of a search; 1 in training).
    """

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden

    def keys(self, values: Tensor) -> Tensor:
        """What can be worked out once for all steps: [B,S,H] -> [B,S,A]."""
        return values

    def queries(self, steps: int, rows: int) -> Iterator[StepLinear]:
        """For each step of a sequence what turns the decoder's state into a query: [R,H] -> [R,A].

        They are to be used in their order, each once.
        """
        del rows
        return repeat(lambda state: state, steps)

    def match(self, query: Tensor, keys: Tensor) -> Tensor:
        """[B,K,A], [B,S,A] -> matches [B,K,S]."""
        raise NotImplementedError

    def forward(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Weights over the source and their mix: [R,A], Memory -> [R,S], [R,H].

        Padding gets exactly 0.
        """
        sentences, length = memory.mask.shape
        matches = self.match(query.view(sentences, -1, query.shape[1]), memory.keys)
        matches = matches.masked_fill(~memory.mask.unsqueeze(1), -math.inf)
        weights = torch.softmax(matches, dim=-1).view(-1, length)
        return weights, mix(weights, memory.values)


class Additive(Attention):
    """A small network: vᵀ tanh(W z + U h) (Bahdanau, Cho & Bengio 2015, appendix A.1.2)."""

    def __init__(self, hidden: int, size: int) -> None:
        super().__init__(hidden)
        self.query = nn.Parameter(torch.empty(size, hidden))
        self.key = nn.Linear(hidden, size)
        self.vector = nn.Parameter(torch.empty(size))
        nn.init.xavier_uniform_(self.query)
        nn.init.xavier_uniform_(self.key.weight)
        nn.init.zeros_(self.key.bias)
        nn.init.uniform_(self.vector, -1 / math.sqrt(size), 1 / math.sqrt(size))

    def keys(self, values: Tensor) -> Tensor:
        return self.key(values)  # type: ignore[no-any-return]

    def queries(self, steps: int, rows: int) -> Iterator[StepLinear]:
        return stepwise_linear(self.query, self.query.new_zeros(steps, rows, self.query.shape[0]))

    def match(self, query: Tensor, keys: Tensor) -> Tensor:
        # tanh x = 2 σ(2x) - 1, and PyTorch's σ takes a third of the time of its tanh on a CPU.
        twice = torch.add(2 * query.unsqueeze(2), keys.unsqueeze(1), alpha=2)
        return torch.sigmoid(twice) @ (2 * self.vector) - self.vector.sum()


class Bilinear(Attention):
    """A matrix between the two: zᵀ W h (Luong, Pham & Manning 2015, equation 8, "general")."""

    def __init__(self, hidden: int) -> None:
        super().__init__(hidden)
        self.matrix = nn.Parameter(torch.empty(hidden, hidden))
        nn.init.xavier_uniform_(self.matrix)

    def queries(self, steps: int, rows: int) -> Iterator[StepLinear]:
        return stepwise_linear(self.matrix, self.matrix.new_zeros(steps, rows, self.hidden))

    def match(self, query: Tensor, keys: Tensor) -> Tensor:
        return torch.bmm(query, keys.transpose(1, 2))


class Dot(Attention):
    """The plain product: zᵀ h (Luong, Pham & Manning 2015, equation 8, "dot")."""

    def match(self, query: Tensor, keys: Tensor) -> Tensor:
        return torch.bmm(query, keys.transpose(1, 2))


class Cosine(Attention):
    """The angle between the two: g · cos(z, h) (Graves, Wayne & Danihelka 2014, equations 5, 6).

    A cosine lies between -1 and 1, so without the learned scale g the weights stay nearly flat.
    """

    def __init__(self, hidden: int) -> None:
        super().__init__(hidden)
        self.log_scale = nn.Parameter(torch.tensor(math.log(8.0)))

    def keys(self, values: Tensor) -> Tensor:
        return functional.normalize(values, dim=-1)

    def match(self, query: Tensor, keys: Tensor) -> Tensor:
        cosine = torch.bmm(functional.normalize(query, dim=-1), keys.transpose(1, 2))
        return self.log_scale.exp() * cosine


def make_attention(name: str, hidden: int, size: int) -> Attention | None:
    """The attention of that name; None for `none`."""
    if name == "none":
        return None
    if name == "additive":
        return Additive(hidden, size)
    return {"bilinear": Bilinear, "dot": Dot, "cosine": Cosine}[name](hidden)
