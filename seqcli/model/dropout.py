"""What a network is made to do without while it learns."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

LEVELS = 2**16  # shares are told apart as finely as this


@dataclass(frozen=True)
class Dropout:
    """Silences a share of the units (Srivastava et al. 2014), and of the words as a whole (Sennrich
    & Zhang 2019), and raises the others so that sums stay what they are on average.

    Hand one to every call of a network that learns; what it draws hangs on its generator alone, so
    networks may learn side by side. Without a generator nothing is silenced.
    """

    units: float = 0.0
    words: float = 0.0
    generator: torch.Generator | None = None

    def __call__(self, states: Tensor) -> Tensor:
        """Any shape -> the same shape."""
        return self._silenced(states, states.shape, self.units)

    def vectors(self, vectors: Tensor) -> Tensor:
        """Vectors of words [...,E]: some units of each, and some words wholly."""
        return self._silenced(self(vectors), (*vectors.shape[:-1], 1), self.words)

    def _silenced(self, states: Tensor, shape: tuple[int, ...], share: float) -> Tensor:
        if self.generator is None or not share:
            return states
        drawn = _draws(math.prod(shape), self.generator).view(shape)
        kept = (drawn >= (share - 0.5) * LEVELS).to(states.dtype)
        return states * kept.mul_(1 / (1 - share))


def _draws(number: int, generator: torch.Generator) -> Tensor:
    """So many draws [N] of the whole numbers from -LEVELS / 2 on, LEVELS of them.

    One draw of 64 bits makes four: PyTorch's `bernoulli_` would need as many as there are units.
    """
    longs = torch.empty(-(-number // 4), dtype=torch.int64, device=generator.device)
    return longs.random_(-(2**63), None, generator=generator).view(torch.int16)[:number]


NO_DROPOUT = Dropout()
