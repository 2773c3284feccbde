"""A matrix product that is taken at every step of a sequence, with its gradient taken once.

Left to autograd, each step of back-propagation through time adds its own share to the gradient of
the recurrent weights: a small product and a pass over the whole matrix, T times. The sum over steps
is one product of the stacked steps, and that is how it is done here: what is added to a product has
the product's own gradient, so the gradients of all steps come by where the addends came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

StepLinear = Callable[[Tensor], Tensor]


def stepwise_linear(weight: Tensor, added: Tensor) -> Iterator[StepLinear]:
    """The products of a sequence, one a step: x -> x Wᵀ + added_t.

    W [O,I], added [T,R,O]; each product takes [R,I] to [R,O]. They are to be taken in their order,
    each once; steps at the end may be left out.
    """
    taken: list[Tensor] = []
    fixed = weight.detach().T

    def product(step: int, plus: Tensor, inputs: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            assert len(taken) == step, "the products of a sequence are taken in order"
            taken.append(inputs.detach())
        return torch.addmm(plus, inputs, fixed)

    tapped = _SummedWeightGradient.apply(added, weight, taken)  # type: ignore[no-untyped-call]
    for step, plus in enumerate(tapped.unbind(0)):
        yield partial(product, step, plus)


class _SummedWeightGradient(torch.autograd.Function):
    """What is added has, at each step, the gradient of the product; all steps' come by here."""

    @staticmethod
    def forward(ctx: Any, added: Tensor, _weight: Tensor, taken: list[Tensor]) -> Tensor:
        ctx.taken = taken
        return added.view_as(added)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor | None, None]:
        if not ctx.taken:
            return gradient, None, None
        stacked = gradient[: len(ctx.taken)].flatten(0, 1)
        return gradient, stacked.T @ torch.cat(ctx.taken), None
