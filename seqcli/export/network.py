"""The network as ONNX graphs, for the wing that never imports torch.

`encoder.onnx` reads a batch of sentences, `step.onnx` takes one step for all live rows; together
they are the `encode` and `step` of the search. What depends on the previous token alone, its share
of the gates and of the output vector, is worked out here once and becomes a table.
`step.int8.onnx` is the same step in whole numbers. Nothing is called done before the graphs have
given what the network gives.
"""

from __future__ import annotations

import copy
from typing import NamedTuple, cast

import numpy as np
import torch
from onnx import TensorProto
from torch.nn import functional

from seqcli.arrays import Array, Arrays, Ints
from seqcli.decoding.runtime import GATE_PREFIX, OnnxSearchModel
from seqcli.decoding.search import SearchModel
from seqcli.errors import UserError
from seqcli.export import recurrence
from seqcli.export.graph import WEIGHT_LIMIT, Graph, Int8Graph
from seqcli.model.attention import Additive, Attention, Bilinear, Cosine
from seqcli.model.cells import Cell
from seqcli.model.decoder import Decoder
from seqcli.model.seq2seq import REMEDY, Seq2Seq
from seqcli.model.stepper import TorchSearchModel

# Of probabilities, attention weights and states; and, where whole numbers have been rounded to, of
# how much probability stands with other tokens than it should, on average.
TOLERANCE = 1e-4
INT8_TOLERANCE = 0.5

# What the parts of a cell's state are called.
STATE = ("hidden", "cell")


class Exported(NamedTuple):
    """The encoder's graph and the step's, in fp32 and in int8."""

    encoder: bytes
    step: bytes
    step_int8: bytes


class ExportError(RuntimeError):
    """The graphs do not compute what the network computes: a bug of ours, not the user's."""


def export(network: Seq2Seq) -> Exported:
    """The network as graphs, checked against it.

    Raises `UserError` for a network that has diverged, `ExportError` where `check` does.
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
    """The network as it is now, on ONNX Runtime."""
    return OnnxSearchModel(encoder_graph(network), step_graph(network, Graph("step")))


@torch.no_grad()
def encoder_graph(network: Seq2Seq) -> bytes:
    """source [B,S], lengths [B] -> the memory (values, and keys, mask, words where the network has
    them) and the first state."""
    graph, config = Graph("encoder"), network.config
    source = graph.input("source", TensorProto.INT64, ["B", "S"])
    lengths = graph.input("lengths", TensorProto.INT64, ["B"])
    words = graph.add("Gather", graph.constant(network.source_table), source)
    states = graph.add("Transpose", words, perm=[1, 0, 2])
    limits = graph.add("Cast", lengths, to=TensorProto.INT32)
    ends = ""
    for onward, back in zip(network.encoder.forwards, network.encoder.backwards, strict=True):
        states, ends = recurrence.bidirectional(
            graph, states, limits, cast(Cell, onward), cast(Cell, back)
        )
    values = graph.add("Transpose", states, perm=[1, 0, 2])
    summary = graph.add(
        "Reshape", graph.add("Transpose", ends, perm=[1, 0, 2]), graph.integers(0, -1)
    )
    graph.output(values, "values", TensorProto.FLOAT, ["B", "S", config.hidden])
    keys = _keys(graph, network.decoder.attention, values)
    if keys != values:
        graph.output(keys, "keys", TensorProto.FLOAT, ["B", "S", "A"])
    graph.output(_mask(graph, source, lengths), "mask", TensorProto.BOOL, ["B", "S"])
    decoder = network.decoder
    if decoder.lexical:
        graph.output(words, "words", TensorProto.FLOAT, ["B", "S", config.embedding])
    hidden = graph.add("Tanh", graph.linear(summary, decoder.bridge.weight, decoder.bridge.bias))
    nothing = graph.add("Mul", hidden, graph.constant(np.zeros((), dtype=np.float32)))
    for name, part in zip(STATE, recurrence.start(decoder.cell, hidden, nothing), strict=False):
        graph.output(part, name, TensorProto.FLOAT, ["B", config.hidden])
    if _has_context(decoder):
        first = summary if decoder.fixed_context else nothing
        graph.output(first, "context", TensorProto.FLOAT, ["B", config.hidden])
    return graph.to_bytes()


@torch.no_grad()
def step_graph(network: Seq2Seq, graph: Graph) -> bytes:
    """previous [R], the encoder's memory, the state -> log-probabilities, weights, next state."""
    config, decoder = network.config, network.decoder
    size = config.hidden
    previous = graph.input("previous", TensorProto.INT64, ["R"])
    values = graph.input("values", TensorProto.FLOAT, ["B", "S", size])
    keys = values
    if isinstance(decoder.attention, (Additive, Cosine)):
        keys = graph.input("keys", TensorProto.FLOAT, ["B", "S", "A"])
    mask = graph.input("mask", TensorProto.BOOL, ["B", "S"])
    names = STATE[: decoder.cell.num_states]
    state = [graph.input(name, TensorProto.FLOAT, ["R", size]) for name in names]
    fed = graph.input("context", TensorProto.FLOAT, ["R", size]) if _has_context(decoder) else ""
    vectors = functional.embedding(network.output_pieces, network.target_table)
    projected = graph.table(decoder.cell.project(vectors), previous)
    state, gates = recurrence.step(graph, decoder.cell, projected, state, fed)
    hidden = state[0]
    look = _look(graph, decoder.attention, hidden, keys, values, mask, size)
    context = _mix(graph, look, values, size) if look else fed
    parts = [hidden, context] if context else [hidden]
    if decoder.lexical:
        words = graph.input("words", TensorProto.FLOAT, ["B", "S", config.embedding])
        parts.append(graph.add("Tanh", _mix(graph, look, words, config.embedding)))
    shown = graph.add("Concat", *parts, axis=1) if len(parts) > 1 else hidden
    known = decoder.readout.weight.shape[1] - config.embedding
    read = graph.linear(shown, decoder.readout.weight[:, :known])
    share = vectors @ decoder.readout.weight[:, known:].T + decoder.readout.bias
    read = graph.add("Tanh", graph.add("Add", read, graph.table(share, previous)))
    logits = graph.linear(read, network.output_table[network.output_pieces], network.output_bias)
    graph.output(
        graph.add("LogSoftmax", logits, axis=-1), "log_probabilities", TensorProto.FLOAT, ["R", "V"]
    )
    if look:
        width = graph.add("Gather", graph.add("Shape", mask), graph.integers(1))
        rows = graph.add("Concat", graph.integers(-1), width, axis=0)
        graph.output(graph.add("Reshape", look, rows), "weights", TensorProto.FLOAT, ["R", "S"])
    for name, part in zip(names, state, strict=True):
        graph.output(part, f"next_{name}", TensorProto.FLOAT, ["R", size])
    for name, part in gates.items():
        graph.output(part, GATE_PREFIX + name, TensorProto.FLOAT, ["R", size])
    if context:
        graph.output(context, "next_context", TensorProto.FLOAT, ["R", size])
    return graph.to_bytes()


def _has_context(decoder: Decoder) -> bool:
    return decoder.attention is not None or decoder.fixed_context


def _mask(graph: Graph, source: str, lengths: str) -> str:
    zero, one = (graph.constant(np.array(i, dtype=np.int64)) for i in (0, 1))
    width = graph.add("Gather", graph.add("Shape", source), one)
    positions = graph.add("Range", zero, width, one)
    return graph.add("Less", positions, graph.add("Unsqueeze", lengths, graph.integers(1)))


def _keys(graph: Graph, attention: Attention | None, values: str) -> str:
    if isinstance(attention, Additive):
        return graph.linear(values, attention.key.weight, attention.key.bias)
    if isinstance(attention, Cosine):
        return graph.add("LpNormalization", values, axis=-1, p=2)
    return values


def _mix(graph: Graph, look: str, values: str, size: int) -> str:
    """[B,K,S], [B,S,size] -> [R,size]."""
    return graph.add("Reshape", graph.add("MatMul", look, values), graph.integers(-1, size))


def _look(
    graph: Graph,
    attention: Attention | None,
    hidden: str,
    keys: str,
    values: str,
    mask: str,
    size: int,
) -> str:
    """The weights of `Attention.forward` [B,K,S]; an empty name without attention."""
    if attention is None:
        return ""
    query = hidden
    if isinstance(attention, Additive):
        query = graph.linear(hidden, attention.query)
    elif isinstance(attention, Bilinear):
        query = graph.linear(hidden, attention.matrix)
    elif isinstance(attention, Cosine):
        query = graph.add("LpNormalization", hidden, axis=-1, p=2)
    width = attention.query.shape[0] if isinstance(attention, Additive) else size
    sentences = graph.add("Gather", graph.add("Shape", values), graph.integers(0))
    shape = graph.add("Concat", sentences, graph.integers(-1, width), axis=0)
    query = graph.add("Reshape", query, shape)  # [B,K,A]
    if isinstance(attention, Additive):
        together = graph.add(
            "Add",
            graph.add("Unsqueeze", query, graph.integers(2)),
            graph.add("Unsqueeze", keys, graph.integers(1)),
        )
        column = graph.constant(attention.vector.unsqueeze(1))
        matches = graph.add("MatMul", graph.add("Tanh", together), column)
        matches = graph.add("Squeeze", matches, graph.integers(3))
    else:
        matches = graph.add("MatMul", query, graph.add("Transpose", keys, perm=[0, 2, 1]))
    if isinstance(attention, Cosine):
        matches = graph.add("Mul", matches, graph.constant(attention.log_scale.exp()))
    low = graph.constant(np.array(-np.inf, dtype=np.float32))
    matches = graph.add("Where", graph.add("Unsqueeze", mask, graph.integers(1)), matches, low)
    return graph.add("Softmax", matches, axis=-1)


def check(network: Seq2Seq, exported: Exported) -> None:
    """Compare graphs and network on random batches with padding, at several lengths and beams.

    Raises `ExportError` where they differ, and `UserError` where the network itself gives no finite
    numbers. Some networks make much of little, a plain cell with large weights above all: so the
    network in double precision is what is compared with, and what single precision or a shift of
    the weights by as much as int8 rounds moves in the network itself is granted to the graphs.
    """
    draw = np.random.default_rng(0)
    pieces, tokens = network.source_table.shape[0], len(network.output_pieces)
    cases = []
    for lengths in ([4], [7, 1, 3], [2, 19, 11, 19]):
        source = draw.integers(0, pieces, (len(lengths), max(lengths)))
        path = draw.integers(0, tokens, (3, len(lengths) ** 2))
        cases.append((source, np.array(lengths), path))

    def walks(model: SearchModel) -> list[Arrays]:
        return [_walk(model, *case) for case in cases]

    # (One after another: each of these is a copy of the network, and none outlives its walks.)
    right = walks(TorchSearchModel(copy.deepcopy(network).double()))
    near, moved = walks(TorchSearchModel(network)), walks(TorchSearchModel(_shifted(network)))
    if not all(np.isfinite(part).all() for walk in (*near, *moved) for part in walk):
        raise UserError(f"what the model computes is no longer a finite number: {REMEDY}")
    found = walks(OnnxSearchModel(exported.encoder, exported.step))
    rounded = walks(OnnxSearchModel(exported.encoder, exported.step_int8))
    for i, wanted in enumerate(right):
        granted = 10 * max(_farthest(*both) for both in zip(near[i], wanted, strict=True))
        for both in zip(found[i], wanted, strict=True):
            _limit("the exported graphs", _farthest(*both), TOLERANCE + granted)
        granted = _variation(moved[i][0], wanted[0])
        off = _variation(rounded[i][0], wanted[0])
        _limit("the int8 graphs", off, INT8_TOLERANCE + granted)


def _limit(graphs: str, off: float, most: float) -> None:
    if not off < most:  # written so that a NaN is refused too
        raise ExportError(
            f"{graphs} differ from the network (by {off:.2g}, more than {most:.2g}): this is a bug "
            "of seqcli, please report it with the command that was used; the model was not "
            "exported, but --resume can go on from the folder's last checkpoint"
        )


@torch.no_grad()
def _shifted(network: Seq2Seq) -> Seq2Seq:
    """A copy whose matrices are moved at random by up to as much as int8 rounds them by."""
    copied, generator = copy.deepcopy(network), torch.Generator().manual_seed(0)
    for weight in copied.parameters():
        if weight.dim() == 2 and weight.numel():  # (what a cell without recurrence has is empty)
            draw = torch.rand(weight.shape, generator=generator).to(weight.device)
            weight.add_((draw - 0.5) * weight.abs().amax(dim=1, keepdim=True) / WEIGHT_LIMIT)
    return copied


def _farthest(one: Array, other: Array) -> float:
    return float(np.abs(one - other).max())


def _variation(one: Array, other: Array) -> float:
    """Mean total variation between distributions [R,V]."""
    return float(np.abs(one - other).sum(axis=1).mean() / 2)


def _walk(model: SearchModel, source: Ints, lengths: Ints, path: Ints) -> Arrays:
    """Probabilities, next state and weights after the tokens of a path [T,R] are forced."""
    memory, state = model.encode(source, lengths)
    state = tuple(part.repeat(path.shape[1] // len(source), axis=0) for part in state)
    for previous in path:
        log_probabilities, weights, state = model.step(previous, memory, state)
    return np.exp(log_probabilities), *state, *(() if weights is None else (weights,))
