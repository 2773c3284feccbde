"""A matrix product that is taken at every step of a sequence, with its gradient taken once.

Left to autograd, each step of back-propagation through time adds its own share to the gradient of
the recurrent weights: a small product and a pass over the whole matrix, T times. The sum over steps
is one product of the stacked steps, and that is how it is done here. Values and gradients are those
of `torch.nn.functional.linear`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

Product = Callable[[Tensor], Tensor]


def unrolled(weight: Tensor, added: Tensor) -> Iterator[Product]:
    """The products of a sequence, one a step: x -> x Wᵀ + added_t.

    W [O,I], added [T,R,O]; each product takes [R,I] to [R,O] and is to be called once.
    """
    taken: list[Tensor] = []
    fixed = weight.detach().T

    def product(plus: Tensor, inputs: Tensor) -> Tensor:
        taken.append(inputs.detach())
        return torch.addmm(plus, inputs, fixed)

    tapped = _Tap.apply(added, weight, taken)  # type: ignore[no-untyped-call]
    for plus in tapped.unbind(0):
        yield partial(product, plus)


class _Tap(torch.autograd.Function):
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
        inputs = torch.cat(ctx.taken)
        ctx.taken.clear()
        return gradient, stacked.T @ inputs, None
