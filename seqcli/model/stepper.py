"""A network as the search sees it: NumPy in, NumPy out."""

from __future__ import annotations

import torch
from torch import Tensor

from seqcli.arrays import Array, Arrays, Ints
from seqcli.model.attention import Memory
from seqcli.model.decoder import DecoderState
from seqcli.model.seq2seq import Seq2Seq


class TorchSearchModel:
    """`encode` and `step` of a network, on its device."""

    def __init__(self, network: Seq2Seq) -> None:
        self.network = network
        self.device = network.output_pieces.device

    @torch.inference_mode()
    def encode(self, source: Ints, lengths: Ints) -> tuple[Arrays, Arrays]:
        memory, state = self.network.encode(self._tensor(source), self._tensor(lengths))
        return tuple(map(_array, memory)), _flatten(state)

    @torch.inference_mode()
    def step(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays]:
        log_probabilities, weights, following = self.network.step(
            self._tensor(previous), Memory(*map(self._tensor, memory)), self._restore(state)
        )
        return (
            _array(log_probabilities),
            None if weights is None else _array(weights),
            _flatten(following),
        )

    def _restore(self, state: Arrays) -> DecoderState:
        tensors = [self._tensor(part) for part in state]
        num_states = self.network.decoder.cell.num_states
        context = tensors[num_states] if len(tensors) > num_states else None
        return DecoderState(tuple(tensors[:num_states]), context)

    def _tensor(self, array: Array) -> Tensor:
        return torch.from_numpy(array).to(self.device)


def _array(tensor: Tensor) -> Array:
    return tensor.cpu().numpy()


def _flatten(state: DecoderState) -> Arrays:
    parts = state.cell if state.context is None else (*state.cell, state.context)
    return tuple(map(_array, parts))
