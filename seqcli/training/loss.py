"""Loss functions."""

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
    """Sums over tokens: the objective to minimize, and -log p of the reference tokens (nats)."""

    objective: Tensor
    nll: Tensor


# Logits [N,V], reference tokens [N] -> sums over N.
LossFunction = Callable[[Tensor, Tensor], Loss]


def make_loss(config: TrainingConfig) -> LossFunction:
    """The loss function that the settings name."""
    if config.loss == "mse":
        return squared_error
    return partial(cross_entropy, smoothing=config.label_smoothing)


def cross_entropy(logits: Tensor, tokens: Tensor, smoothing: float = 0.0) -> Loss:
    """[N,V], [N] -> sums over N.

    With label smoothing ε, the target distribution is 1 - ε for the reference token plus ε / V for
    every token (Szegedy et al. 2016, section 7).
    """
    return Loss(*_CrossEntropy.apply(logits, tokens, smoothing))  # type: ignore[no-untyped-call]


def squared_error(logits: Tensor, tokens: Tensor) -> Loss:
    """[N,V], [N] -> sums over N: Σ (p - y)², where y is 1 for the reference token and 0 for others.

    The gradient for logit k, 2 p_k ((p_k - y_k) - Σ_j p_j (p_j - y_j)), vanishes where one p is 1,
    even that of a wrong token: confident errors are not corrected (Golik, Doetsch & Ney 2013).
    """
    probabilities = torch.softmax(logits, dim=1)
    reference = probabilities.gather(1, tokens.unsqueeze(1))
    objective = probabilities.square().sum() - 2 * reference.sum() + len(tokens)
    return Loss(objective, functional.cross_entropy(logits, tokens, reduction="sum").detach())


class _CrossEntropy(torch.autograd.Function):
    """Cross-entropy whose gradient, predicted minus target distribution, is computed in place.

    That takes a few passes over one [N,V]. The backward pass can run only once.
    """

    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, tokens: Tensor, smoothing: float
    ) -> tuple[Tensor, Tensor]:
        reference = logits.gather(1, tokens.unsqueeze(1))
        probabilities = torch.softmax(logits, dim=1)
        # log Σ e^logit = logit - log p of any token; of the most probable one, p cannot underflow.
        largest = probabilities.amax(dim=1, keepdim=True)
        log_sum = logits.amax(dim=1, keepdim=True) - largest.log()
        nll = (log_sum - reference).sum()
        objective = nll
        if smoothing:
            uniform = (log_sum - logits.mean(dim=1, keepdim=True)).sum()
            objective = (1 - smoothing) * nll + smoothing * uniform
        ctx.smoothing = smoothing
        ctx.probabilities, ctx.tokens = probabilities, tokens
        ctx.mark_non_differentiable(nll)
        return objective.clone(), nll

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, _: Tensor) -> tuple[Tensor, None, None]:
        error = ctx.probabilities.mul_(gradient)
        del ctx.probabilities  # overwritten by the gradient
        error -= gradient * ctx.smoothing / error.shape[1]
        reference = (gradient * (ctx.smoothing - 1)).expand(len(error), 1)
        error.scatter_add_(1, ctx.tokens.unsqueeze(1), reference)
        return error, None, None
