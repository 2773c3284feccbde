"""A language model as an ONNX graph: one step, for all rows."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from onnx import TensorProto
from torch.nn import functional

from seqcli.arrays import Array, Ints
from seqcli.data.vocabulary import END_TOKEN
from seqcli.decoding.fusion import NO_SOURCE
from seqcli.errors import DivergedError
from seqcli.export.graph import Graph
from seqcli.export.step import (
    TOLERANCE,
    check_difference,
    diverged,
    input_symbol,
    output_symbol,
    table_linear,
)
from seqcli.language_model.runtime import OnnxLanguageModel
from seqcli.model.language_model import LanguageModel

# The graph is compared with the network on texts of so many tokens.
ROWS, TOKENS = 3, 20


def export_language_model(network: LanguageModel) -> bytes:
    """The graph of the network, compared with it.

    Raises `DivergedError` for a network that has diverged, and `ExportError` if they differ.
    """
    network.check_finite()
    graph = language_step_graph(network)
    _check(network, graph)
    return graph


@torch.no_grad()
def language_step_graph(network: LanguageModel) -> bytes:
    """previous [R], the state -> log-probabilities [R,V], the next state.

    What depends on the previous token alone is computed here, for all tokens, and becomes a table.
    """
    graph, cell, hidden = Graph("language_step"), network.cell, network.config.hidden
    previous = graph.input("previous", TensorProto.INT64, ["R"])
    embeddings = network.embed(torch.arange(len(network.output_pieces)))
    names = ["hidden", "cell"][: cell.num_states]
    state = tuple(input_symbol(graph, name, ["R", hidden]) for name in names)
    linear = table_linear(graph, previous)
    products = cell.products(cell.project(embeddings))
    state, _ = network.advance([partial(linear, *product) for product in products], state)
    readout = network.readout
    terms = functional.linear(embeddings, readout.weight[:, hidden:], readout.bias)
    readouts = torch.tanh(linear(readout.weight[:, :hidden], terms, state[0]))
    output_symbol(graph, "log_probabilities", torch.log_softmax(network.logits(readouts), dim=-1))
    for name, part in zip(names, state, strict=True):
        output_symbol(graph, f"next_{name}", part)
    return graph.to_bytes()


def _check(network: LanguageModel, graph: bytes) -> None:
    """Compare graph and network on random texts. As in `seqcli.export.network.check`, the network
    in double precision is what is right, and ten times the error of single precision is allowed."""
    generator = np.random.default_rng(0)
    path = generator.integers(0, len(network.output_pieces), (TOKENS, ROWS))
    exact = _network_probabilities(copy.deepcopy(network).double(), path)
    single = _network_probabilities(network, path)
    if not np.isfinite(single).all():
        raise DivergedError(diverged())
    model = OnnxLanguageModel(graph, network.config.hidden)
    _, state = model.encode(np.array([NO_SOURCE] * ROWS), np.ones(ROWS, dtype=np.int64))
    found = _forced(lambda previous, state: model.step(previous, (), state)[::2], state, path)
    allowed = TOLERANCE + 10 * float(np.abs(single - exact).max())
    check_difference("the exported graphs", float(np.abs(found - exact).max()), allowed)


@torch.no_grad()
def _network_probabilities(network: LanguageModel, path: Ints) -> Array:
    device = network.output_pieces.device

    def step(previous: Ints, state: tuple[torch.Tensor, ...]) -> tuple[Array, object]:
        log_probabilities, state = network.step(torch.from_numpy(previous).to(device), state)
        return log_probabilities.cpu().numpy(), state

    return _forced(step, network.start(ROWS), path)


def _forced(step: Callable[..., tuple[Array, object]], state: object, path: Ints) -> Array:
    """The probabilities [T,R,V] at each step of forced tokens [T,R]."""
    probabilities, previous = [], np.full(path.shape[1], END_TOKEN)
    for tokens in path:
        log_probabilities, state = step(previous, state)
        probabilities.append(np.exp(log_probabilities))
        previous = tokens
    return np.array(probabilities)
