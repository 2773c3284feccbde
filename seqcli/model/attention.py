"""The match functions of attention: how well the decoder's hidden state fits a source position.

To add one, write a class here and name it in `ATTENTIONS` of `seqcli.config`. The exported graphs
are traced from `keys`, `query_weight` and `match`; a PyTorch function without a translation there
is reported by name (`seqcli.export.trace`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import repeat
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqcli import config
from seqcli.model.stepwise_linear import StepLinear, stepwise_linear


class Memory(NamedTuple):
    """What the encoder hands to the decoder.

    values [B,S,H]: the encoder's states; keys [B,S,A]: what queries are matched with; mask [B,S]:
    True on pieces, False on padding; summary [B,H]: the last states of both directions; embeddings
    [B,S,E]: the embeddings of the source pieces.
    """

    values: Tensor
    keys: Tensor
    mask: Tensor
    summary: Tensor
    embeddings: Tensor


class Attention(nn.Module):
    """Base: softmax over the matches, and the weighted sum of the encoder's states.

    R = B·K query rows: row r belongs to sentence r // K (K beams in a search, 1 in training).
    `size` is A, the inner size of additive attention.
    """

    def __init__(self, hidden: int, size: int) -> None:
        del hidden, size
        super().__init__()

    def keys(self, values: Tensor) -> Tensor:
        """The part of the match that depends on the source alone: [B,S,H] -> [B,S,A]."""
        return values

    def query_weight(self) -> Tensor | None:
        """W [A,H] of the query W z; None if the hidden state z is the query itself."""
        return None

    def queries(self, steps: int, rows: int) -> Iterator[StepLinear]:
        """For each step the map from hidden state to query, [R,H] -> [R,A].

        Call the maps in order, each once.
        """
        weight = self.query_weight()
        if weight is None:
            return repeat(lambda hidden: hidden, steps)
        return stepwise_linear(weight, weight.new_zeros(steps, rows, weight.shape[0]))

    def match(self, query: Tensor, keys: Tensor) -> Tensor:
        """query [B,K,A], keys [B,S,A] -> matches [B,K,S]; by default their dot products."""
        return torch.bmm(query, keys.transpose(1, 2))

    def forward(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """query [R,A] -> attention weights [B,K,S], 0 on padding, and the context [R,H]."""
        grouped = query.view(memory.mask.shape[0], -1, query.shape[1])
        matches = self.match(grouped, memory.keys)
        matches = torch.where(memory.mask.unsqueeze(1), matches, -math.inf)
        weights = torch.softmax(matches, dim=-1)
        return weights, torch.bmm(weights, memory.values).flatten(0, 1)


class Additive(Attention):
    """vᵀ tanh(W z + U h + b) (Bahdanau, Cho & Bengio 2015, appendix A.1.2).

    It is computed as 2 vᵀ σ(2 (W z + U h + b)) - Σ v, the same because tanh x = 2 σ(2x) - 1:
    PyTorch's σ takes a third of the time of its tanh on a CPU. Queries and keys include the 2.
    """

    def __init__(self, hidden: int, size: int) -> None:
        super().__init__(hidden, size)
        self.query = nn.Parameter(torch.empty(size, hidden))
        self.key = nn.Linear(hidden, size)
        self.vector = nn.Parameter(torch.empty(size))
        nn.init.xavier_uniform_(self.query)
        nn.init.xavier_uniform_(self.key.weight)
        nn.init.zeros_(self.key.bias)
        nn.init.uniform_(self.vector, -1 / math.sqrt(size), 1 / math.sqrt(size))

    def keys(self, values: Tensor) -> Tensor:
        return functional.linear(values, 2 * self.key.weight, 2 * self.key.bias)

    def query_weight(self) -> Tensor:
        return 2 * self.query

    def match(self, query: Tensor, keys: Tensor) -> Tensor:
        activations = torch.sigmoid(query.unsqueeze(2) + keys.unsqueeze(1))
        return activations @ (2 * self.vector) - self.vector.sum()


class Bilinear(Attention):
    """hᵀ W z (Luong, Pham & Manning 2015, equation 8, "general")."""

    def __init__(self, hidden: int, size: int) -> None:
        super().__init__(hidden, size)
        self.matrix = nn.Parameter(torch.empty(hidden, hidden))
        nn.init.xavier_uniform_(self.matrix)

    def query_weight(self) -> Tensor:
        return self.matrix


class Dot(Attention):
    """hᵀ z (Luong, Pham & Manning 2015, equation 8, "dot")."""


class Cosine(Attention):
    """g · cos(z, h) (Graves, Wayne & Danihelka 2014, equations 5 and 6), with a learned scale g.

    A cosine is at most 1, so without the scale the weights would stay nearly uniform.
    """

    def __init__(self, hidden: int, size: int) -> None:
        super().__init__(hidden, size)
        self.log_scale = nn.Parameter(torch.tensor(math.log(8.0)))

    def keys(self, values: Tensor) -> Tensor:
        return functional.normalize(values, dim=-1)

    def match(self, query: Tensor, keys: Tensor) -> Tensor:
        return self.log_scale.exp() * super().match(functional.normalize(query, dim=-1), keys)


def make_attention(name: str, hidden: int, size: int) -> Attention | None:
    """The attention with that name in `seqcli.config`; None for "none"."""
    if name == "none":
        return None
    attention: type[Attention] = globals()[config.ATTENTIONS[name]]
    return attention(hidden, size)
