"""Models in ONNX Runtime."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime

from seqcli.arrays import Array, Arrays, Ints
from seqcli.decoding.once import Once
from seqcli.errors import UserError
from seqcli.storage.graph_check import read_model
from seqcli.storage.graph_messages import Model, without_weights

if TYPE_CHECKING:
    from seqcli.vectors.word_vectors import VectorTable

# Names of graph inputs and outputs. Folders of format 2 call the embeddings "words", and the gates
# of the cell begin with "inside.".
MEMORY = ("values", "keys", "mask", "embeddings", "words")
GATE_PREFIX, OLD_GATE_PREFIX = "gate.", "inside."


class OnnxSearchModel:
    """A search model in ONNX Runtime, on the CPU, in the calling thread.

    Several threads may call it at once, which is faster than several threads for one operator.
    `more_inputs` are inputs of the step that follow the memory of the encoder. Raises a `UserError`
    that names the `place` for graphs that do not belong together, and for probabilities that are
    NaN.
    """

    def __init__(
        self,
        encoder: bytes,
        step: bytes | Model,
        more_inputs: Sequence[str] = (),
        *,
        vectors: VectorTable | None = None,
        place: str = "the model",
    ) -> None:
        self._vectors = vectors
        self._place = place
        with ThreadPoolExecutor(1) as pool:  # both at once, for a quick start
            other = pool.submit(open_session, encoder, use_arena=False)
            # RAM stays reserved between steps, but not for the encoder, which runs once a batch.
            session = open_session(step, use_arena=True)
            self._encoder = other.result()
        encoder_outputs = _names(self._encoder.get_outputs())
        self._memory_names = [name for name in encoder_outputs if name in MEMORY]
        self.state_names = [name for name in encoder_outputs if name not in MEMORY]
        opened = self._make_step(session, more_inputs)
        self._step = Once(lambda: opened)

    def with_step(self, step: bytes | Model, more_inputs: Sequence[str] = ()) -> OnnxSearchModel:
        """The same encoder with another step, which is opened when it is first used."""
        model = copy.copy(self)
        model._step = Once(lambda: self._make_step(open_session(step, use_arena=True), more_inputs))
        return model

    def _make_step(
        self, session: onnxruntime.InferenceSession, more_inputs: Sequence[str]
    ) -> _Step:
        names = [*self._memory_names, *more_inputs]
        return _Step(session, names, self.state_names, self._place)

    def encode(self, source: Ints, lengths: Ints) -> tuple[Arrays, Arrays]:
        inputs: dict[str, Array] = {"source": source, "lengths": lengths}
        if self._vectors is not None:
            inputs["source"], inputs["vectors"] = self._vectors.look_up(source)
        outputs = self._encoder.run([*self._memory_names, *self.state_names], inputs)
        count = len(self._memory_names)
        return tuple(outputs[:count]), tuple(outputs[count:])

    def values_of(self, memory: Arrays) -> Array:
        """What the encoder holds of each source piece: [B,S,H]."""
        return memory[self._memory_names.index("values")]

    def hear(self, memory: Arrays, heard: Ints) -> Arrays:
        """The memory as far as `heard` [B] pieces, of a model that reads one way."""
        mask = self._memory_names.index("mask")
        is_heard = np.arange(memory[mask].shape[1]) < heard[:, None]
        return (*memory[:mask], is_heard, *memory[mask + 1 :])

    def step(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays]:
        log_probabilities, weights, next_state, _ = self._step()(previous, memory, state)
        return log_probabilities, weights, next_state

    def step_with_gates(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays, dict[str, Array]]:
        """Like `step`, and the cell's gates and the candidate that they let in, by name, each
        [R,H]; none for a cell without gates."""
        return self._step()(previous, memory, state, with_gates=True)


class _Step:
    """The graph of a step, whose memory and state have these names.

    Raises `UserError` for a graph that needs anything else.
    """

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        memory_names: Sequence[str],
        state_names: Sequence[str],
        place: str,
    ) -> None:
        self._session = session
        self._place = place
        self._names = [*memory_names, *state_names]
        outputs = _names(session.get_outputs())
        self._attends = "weights" in outputs
        self._outputs = ["log_probabilities", *["weights"] * self._attends]
        self._first_state = len(self._outputs)
        self._outputs += [f"next_{name}" for name in state_names]
        self._gates = [name for name in outputs if name.startswith((GATE_PREFIX, OLD_GATE_PREFIX))]
        # A graph may lack inputs that it does not need, such as the values without attention.
        self._inputs = set(_names(session.get_inputs()))
        if not self._inputs <= {"previous", *self._names}:
            raise UserError(
                f"{place} is damaged (the step needs what the encoder does not give): copy the "
                "folder again"
            )

    def __call__(
        self, previous: Ints, memory: Arrays, state: Arrays, *, with_gates: bool = False
    ) -> tuple[Array, Array | None, Arrays, dict[str, Array]]:
        inputs = dict(zip(self._names, [*memory, *state], strict=True)) | {"previous": previous}
        gate_names, count = self._gates if with_gates else [], len(self._outputs)
        outputs = self._session.run(
            [*self._outputs, *gate_names],
            {name: array for name, array in inputs.items() if name in self._inputs},
        )
        if np.isnan(outputs[0][:, 0]).any():  # then the whole row is, as it is normalized
            raise UserError(
                f"{self._place}: the probabilities are not numbers (NaN), so the weights are "
                "damaged: copy the model folder again, or train it again"
            )
        gates = {
            name.removeprefix(GATE_PREFIX).removeprefix(OLD_GATE_PREFIX): array
            for name, array in zip(gate_names, outputs[count:], strict=True)
        }
        weights = outputs[1] if self._attends else None
        return outputs[0], weights, tuple(outputs[self._first_state : count]), gates


class _Session(onnxruntime.InferenceSession):  # type: ignore[misc]
    """A session that uses the memory of weights, which it keeps."""

    def __init__(
        self,
        graph: bytes,
        options: onnxruntime.SessionOptions,
        weights: Sequence[onnxruntime.OrtValue],
    ) -> None:
        super().__init__(graph, options, ["CPUExecutionProvider"])
        self._weights = weights


def open_session(graph: bytes | Model, *, use_arena: bool) -> onnxruntime.InferenceSession:
    """A graph of which each run takes one thread; `use_arena` keeps its RAM for the next run.

    Large weights are not copied: ONNX Runtime is told that they are outside of the graph, and is
    given the memory where they are.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = use_arena
    options.enable_mem_pattern = False  # every batch has another shape, so no plan can be reused
    options.log_severity_level = 3
    content, arrays = without_weights(read_model(graph) if isinstance(graph, bytes) else graph)
    weights = list(map(onnxruntime.OrtValue.ortvalue_from_numpy, arrays.values()))
    options.add_external_initializers(list(arrays), weights)
    return _Session(content, options, weights)


def _names(values: Sequence[onnxruntime.NodeArg]) -> list[str]:
    return [value.name for value in values]
