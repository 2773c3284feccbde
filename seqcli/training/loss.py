"""How wrong a prediction is."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class Loss(NamedTuple):
    """Sums over tokens: what is minimised, and -log p of the right tokens alone (nats)."""

    objective: Tensor
    surprise: Tensor


def cross_entropy(logits: Tensor, tokens: Tensor, smoothing: float) -> Loss:
    """[N,V], [N] -> sums over N.

    With smoothing ε the target is (1 - ε) for the right token and ε / V for every token (Szegedy et
    al. 2016, section 7).
    """
    return Loss(*_CrossEntropy.apply(logits, tokens, smoothing))  # type: ignore[no-untyped-call]


class _CrossEntropy(torch.autograd.Function):
    """The gradient with respect to the logits is what was predicted less what was wanted; written
    out, it takes three passes over [N,V] where autograd takes seven."""

    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, tokens: Tensor, smoothing: float
    ) -> tuple[Tensor, Tensor]:
        log_probabilities = torch.log_softmax(logits, dim=-1)
        surprise = -log_probabilities.gather(1, tokens.unsqueeze(1)).sum()
        objective = surprise
        if smoothing:
            spread = -log_probabilities.mean(dim=1).sum()
            objective = (1 - smoothing) * surprise + smoothing * spread
        ctx.smoothing = smoothing
        ctx.save_for_backward(log_probabilities, tokens)
        ctx.mark_non_differentiable(surprise)
        return objective.clone(), surprise

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, _: Tensor) -> tuple[Tensor, None, None]:
        log_probabilities, tokens = ctx.saved_tensors
        error = log_probabilities.exp()
        error -= ctx.smoothing / error.shape[1]
        right = torch.full_like(tokens, ctx.smoothing - 1, dtype=error.dtype)
        error.scatter_add_(1, tokens.unsqueeze(1), right.unsqueeze(1))
        return error.mul_(gradient), None, None
