"""Adds up the gradients of all processes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from seqcli.training.distributed.processes import Processes
from seqcli.training.gradients import Gradients, useful_shards


class GradientExchange:
    """Adds up what the processes compute of the shards of one batch; see `Exchange`.

    All values travel in one vector: the gradients of all weights, for each weight the number of
    processes that have a gradient of it, and for each shard its sum of -log p, in two parts, so
    that 48 of its bits arrive. The result is the same in each process.
    """

    def __init__(
        self, processes: Processes, parameters: Sequence[nn.Parameter], own_shards: int
    ) -> None:
        self._processes = processes
        self._parameters = parameters
        counts = torch.zeros(processes.size, dtype=torch.int64)
        counts[processes.rank] = own_shards
        processes.sum(counts)
        self.first_shard = int(counts[: processes.rank].sum())
        self.all_shards = int(counts.sum())
        sizes = [parameter.numel() for parameter in parameters]
        self._values = torch.zeros(
            sum(sizes) + len(sizes) + 2 * self.all_shards, device=parameters[0].device
        )
        ends = np.cumsum([*sizes, len(sizes)]).tolist()
        *gradients, self._has_gradient, nlls = torch.tensor_split(self._values, ends)
        self._gradients = [
            part.view_as(parameter) for part, parameter in zip(gradients, parameters, strict=True)
        ]
        self._nlls = nlls.view(2, self.all_shards)

    def __call__(
        self, nlls: Sequence[float], gradients: Sequence[Tensor | None]
    ) -> tuple[list[float], list[Tensor | None]]:
        self._values.zero_()
        for i, gradient in enumerate(gradients):
            if gradient is not None:
                self._gradients[i].copy_(gradient)
                self._has_gradient[i] = 1
        whole = torch.tensor(nlls, dtype=torch.float64)
        own = slice(self.first_shard, self.first_shard + len(nlls))
        self._nlls[0, own] = whole.float().to(self._nlls)
        self._nlls[1, own] = (whole - whole.float()).float().to(self._nlls)
        self._processes.sum(self._values)
        present = self._has_gradient.tolist()
        summed = [each if has else None for each, has in zip(self._gradients, present, strict=True)]
        return self._nlls.double().sum(dim=0).tolist(), summed


def shared_gradients(alone: Gradients, processes: Processes, threads: int) -> Gradients:
    """What computes gradients with the other processes, in `threads` threads of this one. Sets the
    number of PyTorch's threads."""
    is_cpu = alone.parameters[0].device.type == "cpu"
    shards = useful_shards(threads) if is_cpu else 1
    torch.set_num_threads(threads // shards)
    exchange = GradientExchange(processes, alone.parameters, shards)
    return Gradients(alone.network, alone.config, shards, alone.waiting, alone.measure, exchange)
