"""The network as ONNX graphs, for translation without torch.

`encoder.onnx` encodes a batch of sentences, `step.onnx` computes one decoder step for all rows:
`encode` and `step` of the search. `step.int8.onnx` is the same step with int8 products. Each graph
is traced from the network's own code where that has no loop over steps, and the graphs are compared
with the network before they are used.
"""

from __future__ import annotations

import copy
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from onnx import TensorProto
from torch import Tensor
from torch.nn import functional

from seqcli.arrays import Array, Arrays, Ints
from seqcli.decoding.onnx_model import GATE_PREFIX, OnnxSearchModel
from seqcli.decoding.search import SearchModel
from seqcli.errors import DivergedError
from seqcli.export import recurrence
from seqcli.export.graph import WEIGHT_LIMIT, Graph, Int8Graph
from seqcli.export.step import (
    TOLERANCE,
    check_difference,
    diverged,
    input_symbol,
    output_symbol,
    table_linear,
)
from seqcli.export.trace import make_symbol
from seqcli.model.attention import Memory
from seqcli.model.decoder import Decoder
from seqcli.model.seq2seq import Seq2Seq
from seqcli.model.stepper import TorchSearchModel
from seqcli.vectors.word_vectors import VectorTable

# With int8, the largest mean total variation distance of the probabilities.
INT8_TOLERANCE = 0.5


class Exported(NamedTuple):
    """The graphs of the encoder and of the step in fp32 and in int8."""

    encoder: bytes
    step: bytes
    step_int8: bytes


def export(network: Seq2Seq) -> Exported:
    """The network as graphs, compared with it.

    Raises `DivergedError` for a network that has diverged, and what `check` raises.
    """
    network.check_finite()
    exported = Exported(
        encoder_graph(network),
        step_graph(network, Graph("step")),
        step_graph(network, Int8Graph("step")),
    )
    check(network, exported)
    return exported


def search_model(network: Seq2Seq) -> OnnxSearchModel:
    """The network with its present weights, on ONNX Runtime."""
    step = step_graph(network, Graph("step"))
    return OnnxSearchModel(encoder_graph(network), step, vectors=vector_table(network))


def vector_table(network: Seq2Seq) -> VectorTable | None:
    """The word vectors that the encoder's graph is given; None for a network without."""
    if network.word_vectors is None:
        return None
    return VectorTable(network.word_vectors.current().vectors, len(network.source_table))


@torch.no_grad()
def encoder_graph(network: Seq2Seq) -> bytes:
    """source [B,S], lengths [B] -> the memory and the first state.

    With word vectors, the source is that of the pieces, and those of their words are a further
    input, vectors [B,S,D].
    The memory is values and mask; keys, unless the values are the keys; embeddings, if the decoder
    uses them.
    """
    graph, decoder = Graph("encoder"), network.decoder
    source = graph.input("source", TensorProto.INT64, ["B", "S"])
    lengths = graph.input("lengths", TensorProto.INT64, ["B"])
    rows = graph.add("Gather", graph.constant(network.source_table), source)
    embeddings: Tensor = make_symbol(graph, rows, ["B", "S", network.config.embedding])
    if network.word_vectors is not None:
        size = network.word_vectors.given.dimensions
        vectors = input_symbol(graph, "vectors", ["B", "S", size])
        embeddings = embeddings + network.word_vectors.project(vectors)
    limits = graph.add("Cast", lengths, to=TensorProto.INT32)
    states, summary = embeddings.transpose(0, 1), torch.empty(0)
    for cells in network.encoder.layers():
        states, summary = recurrence.layer(graph, states, limits, cells)
    values = states.transpose(0, 1)
    output_symbol(graph, "values", values)
    if _key_size(decoder):
        output_symbol(graph, "keys", decoder.keys(values))
    graph.output(_mask(graph, source, lengths), "mask", TensorProto.BOOL, ["B", "S"])
    if decoder.lexical:
        output_symbol(graph, "embeddings", embeddings)
    for name, part in zip(_state_names(decoder), decoder.start(summary).parts(), strict=True):
        output_symbol(graph, name, part)
    return graph.to_bytes()


@torch.no_grad()
def step_graph(network: Seq2Seq, graph: Graph) -> bytes:
    """previous [R], the memory, the state -> log-probabilities, weights, next state, gates.

    What depends on the previous token alone is computed here, for all tokens, and becomes a table.
    """
    config, decoder, attention = network.config, network.decoder, network.decoder.attention
    previous = graph.input("previous", TensorProto.INT64, ["R"])
    embeddings = functional.embedding(network.output_pieces, network.target_table)

    linear = table_linear(graph, previous)

    def query(hidden: Tensor) -> Tensor:
        weight = attention.query_weight() if attention else None
        return hidden if weight is None else functional.linear(hidden, weight)

    values = input_symbol(graph, "values", ["B", "S", config.hidden])
    keys = embedded = values
    if key_size := _key_size(decoder):
        keys = input_symbol(graph, "keys", ["B", "S", key_size])
    if decoder.lexical:
        embedded = input_symbol(graph, "embeddings", ["B", "S", config.embedding])
    mask = graph.input("mask", TensorProto.BOOL, ["B", "S"])
    mask_symbol = make_symbol(graph, mask, ["B", "S"], torch.bool)
    memory = Memory(values, keys, mask_symbol, values, embedded)
    names = _state_names(decoder)
    state = decoder.restore([input_symbol(graph, name, ["R", config.hidden]) for name in names])
    products = decoder.cell.products(decoder.cell.project(embeddings))
    linears = [partial(linear, *product) for product in products]
    inputs, weights, state, gates = decoder.step_inputs(linears, query, memory, state)
    readout, size = decoder.readout, inputs.shape[1]
    terms = functional.linear(embeddings, readout.weight[:, size:], readout.bias)
    readouts = torch.tanh(linear(readout.weight[:, :size], terms, inputs))
    output_symbol(graph, "log_probabilities", torch.log_softmax(network.logits(readouts), dim=-1))
    if weights is not None:
        output_symbol(graph, "weights", weights)
    for name, part in zip(names, state.parts(), strict=True):
        output_symbol(graph, f"next_{name}", part)
    for name, gate in gates.items():
        output_symbol(graph, GATE_PREFIX + name, gate)
    return graph.to_bytes()


def _key_size(decoder: Decoder) -> int:
    """The size of the keys; 0 if they are the values."""
    values = decoder.bridge.weight
    keys = decoder.keys(values)
    return 0 if keys is values else keys.shape[1]


def _state_names(decoder: Decoder) -> list[str]:
    """The names of `DecoderState.parts`."""
    context = ["context"] if decoder.cell.feedback_size else []
    return ["hidden", "cell"][: decoder.cell.num_states] + context


def _mask(graph: Graph, source: str, lengths: str) -> str:
    zero, one = (graph.constant(np.array(i, dtype=np.int64)) for i in (0, 1))
    width = graph.add("Gather", graph.add("Shape", source), one)
    positions = graph.add("Range", zero, width, one)
    return graph.add("Less", positions, graph.add("Unsqueeze", lengths, graph.integers(1)))


def check(network: Seq2Seq, exported: Exported) -> None:
    """Compare graphs and network on random padded batches of several lengths, with several beams.

    Raises `ExportError` where they differ, and `DivergedError` where the network's own results are
    not finite. Some networks amplify rounding errors, above all a plain cell with large weights. So
    the graphs are compared with the network in double precision, and are allowed, beyond the
    tolerance, ten times the error of the network in single precision; the int8 graph, the effect of
    moving the network's weights at random by up to an int8 rounding step.
    """
    generator = np.random.default_rng(0)
    pieces, tokens = network.source_table.shape[0], len(network.output_pieces)
    table = vector_table(network)
    if table is not None:
        pieces *= len(table.vectors)
    cases = []
    for lengths in ([4], [7, 1, 3], [2, 19, 11, 19]):
        source = generator.integers(0, pieces, (len(lengths), max(lengths)))
        path = generator.integers(0, tokens, (3, len(lengths) ** 2))
        cases.append((source, np.array(lengths), path))

    def results(model: SearchModel) -> list[Arrays]:
        return [_force(model, *case) for case in cases]

    # One after another: each of these is a copy of the network, released after its run.
    exact = results(TorchSearchModel(copy.deepcopy(network).double()))
    single = results(TorchSearchModel(network))
    perturbed = results(TorchSearchModel(_perturbed(network)))
    if not all(np.isfinite(part).all() for parts in (*single, *perturbed) for part in parts):
        raise DivergedError(diverged())
    fp32 = results(OnnxSearchModel(exported.encoder, exported.step, vectors=table))
    int8 = results(OnnxSearchModel(exported.encoder, exported.step_int8, vectors=table))
    for i, expected in enumerate(exact):
        allowed = 10 * max(map(_max_difference, single[i], expected))
        for part, expected_part in zip(fp32[i], expected, strict=True):
            difference = _max_difference(part, expected_part)
            check_difference("the exported graphs", difference, TOLERANCE + allowed)
        allowed = _total_variation(perturbed[i][0], expected[0])
        difference = _total_variation(int8[i][0], expected[0])
        check_difference("the int8 graphs", difference, INT8_TOLERANCE + allowed)


@torch.no_grad()
def _perturbed(network: Seq2Seq) -> Seq2Seq:
    """A copy with its matrices changed at random by up to an int8 rounding step."""
    copied, generator = copy.deepcopy(network), torch.Generator().manual_seed(0)
    for weight in copied.parameters():
        if weight.dim() == 2 and weight.numel():  # (without recurrence, `recurrent` may be empty)
            noise = torch.rand(weight.shape, generator=generator).to(weight.device) - 0.5
            weight.add_(noise * weight.abs().amax(dim=1, keepdim=True) / WEIGHT_LIMIT)
    return copied


def _max_difference(one: Array, other: Array) -> float:
    return float(np.abs(one - other).max())


def _total_variation(one: Array, other: Array) -> float:
    """Mean total variation distance between distributions [R,V]."""
    return float(np.abs(one - other).sum(axis=1).mean() / 2)


def _force(model: SearchModel, source: Ints, lengths: Ints, path: Ints) -> Arrays:
    """Probabilities, next state and weights after the forced tokens [T,R]."""
    memory, state = model.encode(source, lengths)
    state = tuple(part.repeat(path.shape[1] // len(source), axis=0) for part in state)
    for previous in path:
        log_probabilities, weights, state = model.step(previous, memory, state)
    return np.exp(log_probabilities), *state, *(() if weights is None else (weights,))
