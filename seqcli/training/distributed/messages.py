"""What the first process of a training tells the others: of its network, and of each update."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from seqcli.arrays import Tensors
from seqcli.data.batching import Batch
from seqcli.data.tokenizer import Tokenizer
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.model.network import Network
from seqcli.settings import LanguageModelSettings, Settings
from seqcli.training.language_model_recorder import make_language_model
from seqcli.training.network import make_network
from seqcli.training.optimization import load_optimizer_tensors, optimizer_tensors
from seqcli.training.prepare import PreparedData
from seqcli.training.text_data import TextData
from seqcli.training.vectors import (
    TargetVectors,
    stored_source_vectors,
    stored_target_vectors,
    stored_vectors,
)
from seqcli.training.waiting import Waiting
from seqcli.training.weights import load_network_tensors, network_tensors
from seqcli.vectors.word_vectors import WordVectors

_NETWORK, _OPTIMIZER = "network.", "optimizer."


@dataclass(frozen=True)
class _NetworkData:
    """What the network of a translator is made for, as it arrives; see `NetworkData`."""

    settings: Settings
    tokenizer: Tokenizer
    output_vocabulary: OutputVocabulary
    vectors: WordVectors | None
    target_vectors: TargetVectors | None


def network_message(data: PreparedData | TextData) -> tuple[dict[str, Any], Tensors]:
    """Values and arrays from which `network_of` makes the network of a training."""
    tensors: Tensors = {
        "tokenizer": np.frombuffer(data.tokenizer.model, dtype=np.uint8),
        "output_pieces": data.output_vocabulary.pieces,
    }
    if isinstance(data, PreparedData):
        tensors |= stored_vectors(data.vectors, data.target_vectors)
    return {"settings": data.settings.to_dict(), "text": isinstance(data, TextData)}, tensors


def network_of(
    values: dict[str, Any], tensors: Tensors, device: torch.device
) -> tuple[Network, Settings | LanguageModelSettings, Waiting | None]:
    """The network, its settings, and how a simultaneous one waits. Sets PyTorch's seed."""
    tokenizer = Tokenizer(tensors["tokenizer"].tobytes(), "the first process")
    vocabulary = OutputVocabulary(tensors["output_pieces"])
    if values["text"]:
        own = LanguageModelSettings.from_dict(values["settings"])
        return make_language_model(own, tokenizer, vocabulary, device), own, None
    settings = Settings.from_dict(values["settings"])
    data = _NetworkData(
        settings,
        tokenizer,
        vocabulary,
        stored_source_vectors(tensors, settings.model.embedding),
        stored_target_vectors(tensors, settings.model.embedding, len(tokenizer)),
    )
    return make_network(data, device), settings, Waiting.of(data)


def state_tensors(network: Network, optimizer: torch.optim.Optimizer) -> Tensors:
    """The weights and the optimizer's state, for `load_state`."""
    weights, state = network_tensors(network), optimizer_tensors(optimizer)
    return {f"{_NETWORK}{name}": part for name, part in weights.items()} | {
        f"{_OPTIMIZER}{name}": part for name, part in state.items()
    }


def load_state(network: Network, optimizer: torch.optim.Optimizer, tensors: Tensors) -> None:
    """Set the weights and the optimizer's state."""
    load_network_tensors(network, _below(_NETWORK, tensors))
    load_optimizer_tensors(optimizer, _below(_OPTIMIZER, tensors))


def batch_tensors(batch: Batch) -> Tensors:
    """The arrays of a batch, for `batch_of`."""
    return {name: part for name, part in batch._asdict().items() if part is not None}


def batch_of(tensors: Tensors) -> Batch:
    """The batch that `batch_tensors` made arrays of."""
    return Batch(**tensors)


def _below(prefix: str, tensors: Tensors) -> Tensors:
    return {
        name.removeprefix(prefix): part for name, part in tensors.items() if name.startswith(prefix)
    }
