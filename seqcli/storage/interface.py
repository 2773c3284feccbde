"""The inputs and outputs of the graphs of a model, as its settings require them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from seqcli.config import LanguageModelConfig, ModelConfig
from seqcli.storage.values import BOOL, FLOAT, INT64, B, R, S, Size, Value, require

Kind = Literal["encoder", "step", "step_int8", "language_step"]

_GATES = {"gru": ("update", "reset", "candidate"), "rnn": (), "none": ()}
_LSTM_GATES = ("input", "forget", "output", "candidate")
# How names of format 2 begin, where they differ.
_OLD_NAMES = ("words", "inside.")


class Interface(NamedTuple):
    """The inputs and outputs of a graph by name."""

    inputs: Mapping[str, Value]
    outputs: Mapping[str, Value]


def declared_interface(
    graph: Mapping[str, Any],
    kind: Kind,
    settings: ModelConfig | LanguageModelConfig,
    pieces: int,
    output_pieces: int,
    vector_size: int,
) -> Interface:
    """The inputs and outputs that a graph of this kind has.

    Raises `GraphError` unless the graph declares these and no others, in any order.
    """
    if isinstance(settings, LanguageModelConfig):
        interface = _make_language_step(settings, output_pieces)
    else:
        interface = _make(kind, settings, pieces, output_pieces, vector_size)
    declared = [*graph["input"], *graph["output"]]
    if any(each.get("name", "").startswith(_OLD_NAMES) for each in declared):
        interface = Interface(*map(_with_old_names, interface))
    _check_declared(graph["input"], interface.inputs)
    _check_declared(graph["output"], interface.outputs)
    return interface


def _make(
    kind: Kind, settings: ModelConfig, pieces: int, output_pieces: int, vector_size: int
) -> Interface:
    hidden, embedding = Size(settings.hidden), Size(settings.embedding)
    key = {"additive": settings.attention_size, "cosine": settings.hidden}.get(settings.attention)
    attends = settings.attention != "none"
    memory = {"values": Value(FLOAT, (B, S, hidden)), "mask": Value(BOOL, (B, S))}
    memory |= {"keys": Value(FLOAT, (B, S, Size(key)))} if key else {}
    if attends and settings.lexical:
        memory["embeddings"] = Value(FLOAT, (B, S, embedding))
    states = ["hidden", *([] if settings.cell in _GATES else ["cell"])]
    states += ["context"] if attends or settings.context == "every" else []
    if kind == "encoder":
        source = Value(INT64, (B, S), rows=pieces)
        inputs = {"source": source, "lengths": Value(INT64, (B,))}
        if vector_size:
            inputs["vectors"] = Value(FLOAT, (B, S, Size(vector_size)))
        return Interface(inputs, memory | {name: Value(FLOAT, (B, hidden)) for name in states})
    state = Value(FLOAT, (R, hidden))
    previous = Value(INT64, (R,), rows=output_pieces)
    outputs = {"log_probabilities": Value(FLOAT, (R, Size(output_pieces)))}
    outputs |= {"weights": Value(FLOAT, (R, S))} if attends else {}
    gates = _GATES.get(settings.cell, _LSTM_GATES)
    names = [*(f"next_{name}" for name in states), *(f"gate.{gate}" for gate in gates)]
    return Interface(
        {"previous": previous, **memory, **dict.fromkeys(states, state)},
        outputs | dict.fromkeys(names, state),
    )


def _make_language_step(settings: LanguageModelConfig, output_pieces: int) -> Interface:
    states = ["hidden", *([] if settings.cell in _GATES else ["cell"])]
    state = Value(FLOAT, (R, Size(settings.hidden)))
    inputs = {"previous": Value(INT64, (R,), rows=output_pieces), **dict.fromkeys(states, state)}
    outputs = {"log_probabilities": Value(FLOAT, (R, Size(output_pieces)))}
    return Interface(inputs, outputs | {f"next_{name}": state for name in states})


def _with_old_names(values: Mapping[str, Value]) -> dict[str, Value]:
    """The inputs or outputs with the names of format 2."""
    names = {"embeddings": "words"}
    return {names.get(name, name.replace("gate.", "inside.")): values[name] for name in values}


def _check_declared(declared: Sequence[Mapping[str, Any]], values: Mapping[str, Value]) -> None:
    names = sorted(each.get("name", "") for each in declared)
    require(names == sorted(values), "it has other inputs or outputs")
    for each in declared:
        value, tensor = values[each["name"]], each.get("type", {}).get("tensor_type", {})
        require(tensor.get("elem_type") == value.kind, "an input or output has another type")
        dimensions = tensor.get("shape", {}).get("dim", [])
        fits = len(dimensions) == len(value.shape) and all(map(_fits, dimensions, value.shape))
        require(fits, "an input or output has another shape")


def _fits(dimension: Mapping[str, Any], size: Size) -> bool:
    """Whether a dimension is declared as it should be. Older graphs declare the sizes of the keys
    and of the output as A and V."""
    if size.symbols:
        return dimension == {"dim_param": "R" if size == R else size.symbols}
    return dimension in ({"dim_value": size.number}, {"dim_param": "A"}, {"dim_param": "V"})
