"""The best network of a run so far, and its files."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from safetensors.numpy import save

from seqcli.arrays import Tensors
from seqcli.export.network import export
from seqcli.folder import ENCODER, STEP, STEP_INT8, VECTORS, WEIGHTS
from seqcli.model.network import Network
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.weights import load_network_tensors, network_tensors

# Turns a network into its files in a model folder, by name.
NetworkFiles = Callable[[Any], dict[str, bytes]]


class BestModel:
    """The weights with the best dev score so far; None before the first evaluation.

    `make_files` turns a network into its files in a model folder.
    """

    def __init__(self, make_files: NetworkFiles, weights: Tensors | None = None) -> None:
        self.make_files = make_files
        self.weights = weights
        self._files: dict[str, bytes] = {}

    def files(self, current: Network) -> dict[str, bytes]:
        """The network's files in a model folder, by name; before an evaluation, of `current`.

        The best weights are exported once, when their files are first needed.
        """
        if self.weights is None:
            return self.make_files(current)
        if not self._files:
            self._files = self.make_files(self.network(current))
        return self._files

    def network(self, current: Network) -> Network:
        """A copy of `current` with the best weights; itself before an evaluation."""
        if self.weights is None:
            return current
        network = copy.deepcopy(current)
        load_network_tensors(network, self.weights)
        return network


def translator_files(network: Seq2Seq) -> dict[str, bytes]:
    """The files of a translator's network in its folder."""
    exported = export(network)
    files = {
        WEIGHTS: save(network_tensors(network)),
        ENCODER: exported.encoder,
        STEP: exported.step,
        STEP_INT8: exported.step_int8,
    }
    if network.word_vectors is not None:
        files[VECTORS] = network.word_vectors.current().to_bytes()
    return files
