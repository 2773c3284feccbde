"""The network that did best in a run, and how it becomes files."""

from __future__ import annotations

import copy

from safetensors.numpy import save

from seqcli.arrays import Tensors
from seqcli.bundle import ENCODER, STEP, STEP_INT8, WEIGHTS
from seqcli.export.network import export
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.checkpoint import load_network_tensors, network_tensors

Files = dict[str, bytes]


class Best:
    """The weights that did best so far, None before an evaluation; exported when their files are
    asked for, and once."""

    def __init__(self, weights: Tensors | None = None) -> None:
        self.weights = weights
        self._files: Files = {}

    def files(self, present: Seq2Seq) -> Files:
        """The best network in the files of a model folder; the present one's if none was kept."""
        if self._files:
            return self._files
        if self.weights is None:
            return _files(present)
        network = copy.deepcopy(present)
        load_network_tensors(network, self.weights)
        self._files = _files(network)
        return self._files


def _files(network: Seq2Seq) -> Files:
    exported = export(network)
    return {
        WEIGHTS: save(network_tensors(network)),
        ENCODER: exported.encoder,
        STEP: exported.step,
        STEP_INT8: exported.step_int8,
    }
