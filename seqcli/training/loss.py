"""How wrong a prediction is."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Loss(NamedTuple):
    """Sums over tokens: what is minimised, and -log p of the right tokens alone (nats)."""

    objective: Tensor
    surprise: Tensor


def cross_entropy(logits: Tensor, tokens: Tensor, smoothing: float) -> Loss:
    """[N,V], [N] -> sums over N.

    With smoothing ε the target is (1 - ε) for the right token and ε / V for every token (Szegedy et
    al. 2016, section 7).
    """
    log_probabilities = torch.log_softmax(logits, dim=-1)
    surprise = -log_probabilities.gather(1, tokens.unsqueeze(1)).sum()
    if not smoothing:
        return Loss(surprise, surprise.detach())
    spread = -log_probabilities.mean(dim=1).sum()
    return Loss((1 - smoothing) * surprise + smoothing * spread, surprise.detach())
