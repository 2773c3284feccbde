"""A matrix product that is taken at every step of a sequence, with its gradient taken once.

Left to autograd, each step of back-propagation through time adds its own share to the gradient of
the recurrent weights: a small product and a pass over the whole matrix, T times. The sum over steps
is one product of the stacked steps, and that is how it is done here. Values and gradients are those
of `torch.nn.functional.linear`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

Product = Callable[[Tensor], Tensor]


def unrolled(weight: Tensor) -> Product:
    """The product of one sequence: `unrolled(weight)(x)` is x Wᵀ, [R,I] -> [R,O], W [O,I].

    Make one for each sequence: the steps taken with it share one product for the gradient of W.
    """
    if not (torch.is_grad_enabled() and weight.requires_grad):
        return lambda inputs: functional.linear(inputs, weight)
    steps: list[tuple[Tensor, Tensor]] = []
    ticket = _Sequence.apply(weight, steps)  # type: ignore[no-untyped-call]
    fixed = weight.detach()
    return lambda inputs: _Step.apply(inputs, ticket, fixed, steps)  # type: ignore[no-untyped-call]


class _Sequence(torch.autograd.Function):
    """Stands before all steps in the graph, so its backward runs after all of theirs."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, steps: list[tuple[Tensor, Tensor]]) -> Tensor:
        ctx.steps = steps
        ctx.set_materialize_grads(False)
        return weight.new_zeros(())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, _: Tensor | None) -> tuple[Tensor | None, None]:
        if not ctx.steps:
            return None, None
        gradients, inputs = zip(*ctx.steps, strict=True)
        ctx.steps.clear()
        return torch.cat(gradients).T @ torch.cat(inputs), None


class _Step(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        _ticket: Tensor,
        weight: Tensor,
        steps: list[tuple[Tensor, Tensor]],
    ) -> Tensor:
        ctx.save_for_backward(inputs, weight)
        ctx.steps = steps
        return functional.linear(inputs, weight)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        inputs, weight = ctx.saved_tensors
        ctx.steps.append((gradient, inputs))
        return gradient @ weight, None, None, None
