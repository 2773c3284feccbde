"""The network that a run begins with."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

from seqcli.data.tokenizer import Tokenizer
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.model.seq2seq import Seq2Seq
from seqcli.settings import Settings
from seqcli.training.vectors import TargetVectors
from seqcli.vectors.word_vectors import WordVectors


class NetworkData(Protocol):
    """What a network is made for; `PreparedData` is."""

    @property
    def settings(self) -> Settings: ...

    @property
    def tokenizer(self) -> Tokenizer: ...

    @property
    def output_vocabulary(self) -> OutputVocabulary: ...

    @property
    def vectors(self) -> WordVectors | None: ...

    @property
    def target_vectors(self) -> TargetVectors | None: ...


def make_network(data: NetworkData, device: torch.device) -> Seq2Seq:
    """A network with random weights that depend only on the seed, which is set for PyTorch; the
    embeddings of some target pieces may be given."""
    settings = data.settings
    torch.manual_seed(settings.training.seed)
    output_pieces = torch.from_numpy(data.output_vocabulary.pieces)
    network = Seq2Seq(settings.model, len(data.tokenizer), output_pieces, data.vectors).to(device)
    if data.target_vectors is not None:
        learned = settings.model.learn_vectors
        _give_embeddings(network.target_table, data.target_vectors, learned=learned)
    return network


def _give_embeddings(table: nn.Parameter, given: TargetVectors, *, learned: bool) -> None:
    """Set rows of a table; unless they are `learned`, their gradient is always 0."""
    pieces = torch.from_numpy(given.pieces).to(table.device)
    table.data[pieces] = torch.from_numpy(given.vectors).to(table)

    def without_given(gradient: Tensor) -> Tensor:
        return gradient.index_fill(0, pieces, 0.0)

    if not learned:
        table.register_hook(without_given)  # type: ignore[no-untyped-call]
