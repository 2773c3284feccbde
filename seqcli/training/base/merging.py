"""The mean of the weights of a base and of the network that is trained from it, which is kept.

Each weight of the mean is nearer to that of the network whose pairs depend more on it: "Fisher
merging" (Matena & Raffel 2022, "Merging models with Fisher-weighted averaging"). It forgets much
less than the trained network, and has learned nearly as much.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import torch
from torch import Tensor

from seqcli.arrays import Ints
from seqcli.data.batching import Batch, PackedExamples, collate
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.base.replay import Replay
from seqcli.training.gradients import batch_loss
from seqcli.training.loss import cross_entropy

# The importance of a weight is measured on so many batches of so many sentences.
BATCHES, BATCH_SENTENCES = 40, 8
# How much the importance for the old pairs counts beside that for the new ones.
OLD_WEIGHT = 0.6
# The part of the trained network where there are no old pairs (Wortsman et al. 2022, "Robust
# fine-tuning of zero-shot models").
TRAINED_PART = 0.85
# The least part of the trained network in a weight: with less, small networks that have moved far
# can write nothing of the new pairs.
LEAST_PART = 0.5
_TINY = 1e-12


class Merging:
    """Makes the mean of `base` and a network that is being trained from it on the `examples` that
    `draw` gives. Importance is measured in `threads`."""

    def __init__(self, base: Seq2Seq, examples: PackedExamples, draw: Replay, threads: int) -> None:
        self.base = base
        self.examples = examples
        self.draw = draw
        self.threads = threads
        self._for_old: list[Tensor] | None = None  # the importance for the old pairs, if measured

    @torch.no_grad()
    def __call__(self, trained: Seq2Seq) -> Seq2Seq:
        """The mean, as a new network."""
        merged = copy.deepcopy(self.base)
        weights = zip(
            merged.parameters(), trained.parameters(), self._trained_parts(trained), strict=True
        )
        for weight, after, part in weights:
            weight.lerp_(after, part)
        return merged

    def _trained_parts(self, trained: Seq2Seq) -> list[Tensor]:
        """For each parameter, the part of the trained network in the mean."""
        if not self.draw.drawn:
            return [torch.full_like(each, TRAINED_PART) for each in self.base.parameters()]
        if self._for_old is None:
            self._for_old = self._importance(self.base, self.draw.old)
        for_new = self._importance(trained, self.draw.new)
        # The gradients of pairs that are known by heart are small, but these are no less important:
        # both importances have the same mean.
        scale = OLD_WEIGHT * _mean(for_new) / max(_mean(self._for_old), _TINY)
        return [
            ((new + _TINY) / (new + scale * old + _TINY)).clamp_min(LEAST_PART)
            for new, old in zip(for_new, self._for_old, strict=True)
        ]

    def _importance(self, network: Seq2Seq, indices: Ints) -> list[Tensor]:
        """For each weight, the mean square of the gradient of the loss on these examples: an
        estimate of the diagonal of the Fisher information."""
        generator = np.random.default_rng([self.draw.seed, 23])
        size = min(BATCH_SENTENCES, len(indices))
        batches = [
            collate([self.examples[i] for i in generator.choice(indices, size, replace=False)])
            for _ in range(BATCHES)
        ]
        network = copy.deepcopy(network).requires_grad_(requires_grad=True)
        shares = [batches[i :: self.threads] for i in range(self.threads)]
        with ThreadPoolExecutor(self.threads) as pool:
            sums = list(pool.map(partial(_squares, network), shares))
        return [torch.stack(parts).sum(0) / BATCHES for parts in zip(*sums, strict=True)]


@torch.enable_grad()
def _squares(network: Seq2Seq, batches: Sequence[Batch]) -> list[Tensor]:
    """For each weight, the sum of the squares of the gradients of the batches' losses."""
    parameters = list(network.parameters())
    sums = [torch.zeros_like(each) for each in parameters]
    for batch in batches:
        loss = batch_loss(network, batch, cross_entropy).objective / int(batch.target_lengths.sum())
        gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
        for squares, gradient in zip(sums, gradients, strict=True):
            if gradient is not None:
                squares.add_(gradient.square())
    return sums


def _mean(parameters: Sequence[Tensor]) -> float:
    """The mean of all values."""
    return float(sum(each.sum() for each in parameters)) / sum(each.numel() for each in parameters)
