"""A PyTorch network with the interface of the search: NumPy arrays in and out."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from seqcli.arrays import Array, Arrays, Ints
from seqcli.model.attention import Memory
from seqcli.model.seq2seq import Seq2Seq


class TorchSearchModel:
    """`encode` and `step` of a network, on its device."""

    def __init__(self, network: Seq2Seq) -> None:
        self.network = network
        self.device = network.output_pieces.device

    @torch.inference_mode()
    def encode(self, source: Ints, lengths: Ints) -> tuple[Arrays, Arrays]:
        memory, state = self.network.encode(self._tensor(source), self._tensor(lengths))
        return tuple(map(_array, memory)), tuple(map(_array, state.parts()))

    def hear(self, memory: Arrays, heard: Ints) -> Arrays:
        """The memory as far as `heard` [B] pieces, of a network that reads one way."""
        parts = Memory(*memory)  # type: ignore[arg-type]
        is_heard = np.arange(parts.mask.shape[1]) < heard[:, None]
        return tuple(parts._replace(mask=is_heard))  # type: ignore[arg-type]

    @torch.inference_mode()
    def step(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays]:
        log_probabilities, weights, next_state = self.network.step(
            self._tensor(previous),
            Memory(*map(self._tensor, memory)),
            self.network.decoder.restore([self._tensor(part) for part in state]),
        )
        weight_array = None if weights is None else _array(weights)
        return _array(log_probabilities), weight_array, tuple(map(_array, next_state.parts()))

    def _tensor(self, array: Array) -> Tensor:
        return torch.from_numpy(array).to(self.device)


def _array(tensor: Tensor) -> Array:
    return tensor.cpu().numpy()
