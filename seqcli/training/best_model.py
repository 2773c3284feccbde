"""The best network of a run so far, and its files."""

from __future__ import annotations

import copy

from safetensors.numpy import save

from seqcli.arrays import Tensors
from seqcli.bundle import ENCODER, STEP, STEP_INT8, VECTORS, WEIGHTS
from seqcli.decoding.runtime import OnnxSearchModel
from seqcli.export.network import export
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.checkpoint import load_network_tensors, network_tensors
from seqcli.vectors.word_vectors import VectorTable, WordVectors


class BestModel:
    """The weights with the best dev score so far; None before the first evaluation."""

    def __init__(self, weights: Tensors | None = None) -> None:
        self.weights = weights
        self._files: dict[str, bytes] = {}

    def files(self, current: Seq2Seq) -> dict[str, bytes]:
        """The network's files in a model folder, by name; before an evaluation, of `current`.

        The best weights are exported once, when their files are first needed.
        """
        if self.weights is None:
            return _network_files(current)
        if not self._files:
            network = copy.deepcopy(current)
            load_network_tensors(network, self.weights)
            self._files = _network_files(network)
        return self._files

    def search_model(self, current: Seq2Seq) -> OnnxSearchModel:
        """The network of `files` as a model that translates."""
        files, vectors = self.files(current), None
        if VECTORS in files:
            words = WordVectors.from_bytes(files[VECTORS])
            vectors = VectorTable(words.vectors, len(current.source_table))
        return OnnxSearchModel(files[ENCODER], files[STEP], vectors=vectors)


def _network_files(network: Seq2Seq) -> dict[str, bytes]:
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
