"""Dropout of units and of whole words, drawn from a generator of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

LEVELS = 2**16  # resolution of a dropout rate


@dataclass(frozen=True)
class Dropout:
    """Sets a share of the units (Srivastava et al. 2014), and of the words as a whole (Sennrich &
    Zhang 2019), to 0 and scales the others by 1 / (1 - share).

    It is an argument of each training call of a network. What is dropped depends on its generator
    alone, so several threads may train at once. Without a generator nothing is dropped.
    """

    units: float = 0.0
    words: float = 0.0
    generator: torch.Generator | None = None

    def __call__(self, states: Tensor) -> Tensor:
        """Drops units: any shape -> the same shape."""
        return self._dropped(states, states.shape, self.units)

    def embeddings(self, embeddings: Tensor) -> Tensor:
        """Drops units, then whole embeddings: [...,E] -> [...,E]."""
        return self._dropped(self(embeddings), (*embeddings.shape[:-1], 1), self.words)

    def _dropped(self, states: Tensor, shape: tuple[int, ...], share: float) -> Tensor:
        if self.generator is None or not share:
            return states
        draws = _draws(math.prod(shape), self.generator).view(shape)
        keep = (draws >= (share - 0.5) * LEVELS).to(states.dtype)
        return states * keep.mul_(1 / (1 - share))


def _draws(number: int, generator: torch.Generator) -> Tensor:
    """Uniform random integers [number] from -LEVELS / 2 to LEVELS / 2 - 1.

    Each draw of 64 bits gives four; PyTorch's `bernoulli_` would need one draw for each unit.
    """
    longs = torch.empty(-(-number // 4), dtype=torch.int64, device=generator.device)
    return longs.random_(-(2**63), None, generator=generator).view(torch.int16)[:number]


NO_DROPOUT = Dropout()
