"""How wrong a prediction is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from seqcli.config import TrainingConfig


class Loss(NamedTuple):
    """Sums over tokens: what is minimised, and -log p of the right tokens alone (nats)."""

    objective: Tensor
    nll: Tensor


# Logits [N,V] and the right tokens [N] -> sums over N.
LossFunction = Callable[[Tensor, Tensor], Loss]


def make_loss(config: TrainingConfig) -> LossFunction:
    """The loss that a network is to learn by."""
    if config.loss == "mse":
        return squared_error
    return partial(cross_entropy, smoothing=config.label_smoothing)


def cross_entropy(logits: Tensor, tokens: Tensor, smoothing: float = 0.0) -> Loss:
    """[N,V], [N] -> sums over N.

    With smoothing ε the target is (1 - ε) for the right token and ε / V for every token (Szegedy et
    al. 2016, section 7).
    """
    return Loss(*_CrossEntropy.apply(logits, tokens, smoothing))  # type: ignore[no-untyped-call]


def squared_error(logits: Tensor, tokens: Tensor) -> Loss:
    """[N,V], [N] -> sums over N: Σ (p - y)², where y is 1 for the right token and 0 for others.

    Its gradient is 2 p_k ((p_k - y_k) - Σ_j p_j (p_j - y_j)), which vanishes where one p is 1, be
    it the right one or not: what is wrong and sure of it learns nothing (Golik, Doetsch & Ney
    2013).
    """
    probabilities = torch.softmax(logits, dim=1)
    right = probabilities.gather(1, tokens.unsqueeze(1))
    objective = probabilities.square().sum() - 2 * right.sum() + len(tokens)
    return Loss(objective, functional.cross_entropy(logits, tokens, reduction="sum").detach())


class _CrossEntropy(torch.autograd.Function):
    """The gradient with respect to the logits is what was predicted less what was wanted. Written
    out, it takes a few passes over one [N,V]; it can be asked for once."""

    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, tokens: Tensor, smoothing: float
    ) -> tuple[Tensor, Tensor]:
        right = logits.gather(1, tokens.unsqueeze(1))
        probabilities = torch.softmax(logits, dim=1)
        # The logarithm of the sum of all e^logit, found where it is safe: at the likeliest token.
        likeliest = probabilities.amax(dim=1, keepdim=True)
        logarithm = logits.amax(dim=1, keepdim=True) - likeliest.log()
        nll = (logarithm - right).sum()
        objective = nll
        if smoothing:
            spread = (logarithm - logits.mean(dim=1, keepdim=True)).sum()
            objective = (1 - smoothing) * nll + smoothing * spread
        ctx.smoothing = smoothing
        ctx.probabilities, ctx.tokens = probabilities, tokens
        ctx.mark_non_differentiable(nll)
        return objective.clone(), nll

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, _: Tensor) -> tuple[Tensor, None, None]:
        error = ctx.probabilities.mul_(gradient)
        del ctx.probabilities  # they have become the gradient
        error -= gradient * ctx.smoothing / error.shape[1]
        right = (gradient * (ctx.smoothing - 1)).expand(len(error), 1)
        error.scatter_add_(1, ctx.tokens.unsqueeze(1), right)
        return error, None, None
