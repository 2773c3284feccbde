"""The same linear map at every step of a sequence, its weight gradient computed once for all steps.

Autograd adds each step's share to the gradient of the recurrent weights: T small products and T
passes over the whole matrix. Here the addends of all steps go through an autograd function that is
the identity forward; its backward pass computes the weight gradient of all steps in one product.
It can, because in `y_t = x_t Wᵀ + a_t` the gradient of a_t is that of y_t.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

StepLinear = Callable[[Tensor], Tensor]


def stepwise_linear(weight: Tensor, addends: Tensor) -> Iterator[StepLinear]:
    """One map for each step t: x -> x Wᵀ + addends_t, [R,I] -> [R,O].

    weight [O,I], addends [T,R,O]. Call the maps in order, each once; the last ones may be left out.
    """
    inputs_so_far: list[Tensor] = []
    transposed = weight.detach().T

    def linear(step: int, addend: Tensor, inputs: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            assert len(inputs_so_far) == step, "the maps of a sequence are called in order"
            inputs_so_far.append(inputs.detach())
        return torch.addmm(addend, inputs, transposed)

    addends = _IdentityWithWeightGradient.apply(addends, weight, inputs_so_far)  # type: ignore[no-untyped-call]
    for step, addend in enumerate(addends.unbind(0)):
        yield partial(linear, step, addend)


class _IdentityWithWeightGradient(torch.autograd.Function):
    """Identity forward on the addends; weight gradient of all steps in one product."""

    @staticmethod
    def forward(ctx: Any, addends: Tensor, _weight: Tensor, inputs: list[Tensor]) -> Tensor:
        ctx.inputs = inputs
        return addends.view_as(addends)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor | None, None]:
        if not ctx.inputs:
            return gradient, None, None
        stacked = gradient[: len(ctx.inputs)].flatten(0, 1)
        return gradient, stacked.T @ torch.cat(ctx.inputs), None
