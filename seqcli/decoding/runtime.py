"""An ONNX model as the thing that `encode`s and `step`s; and a model folder as a translator."""

from __future__ import annotations

from collections.abc import Sequence

import onnxruntime

from seqcli.bundle import ENCODER, STEP, Bundle
from seqcli.config import SearchConfig
from seqcli.decoding.search import Array, Arrays, Ints
from seqcli.decoding.translator import Translator

MEMORY = ("values", "keys", "mask")


class OnnxSearchModel:
    """`encode` and `step` on ONNX Runtime, on the CPU.

    `threads` are those of one operator; 0 leaves it to ONNX Runtime.
    """

    def __init__(self, encoder: bytes, step: bytes, threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._encoder = onnxruntime.InferenceSession(encoder, options, ["CPUExecutionProvider"])
        self._step = onnxruntime.InferenceSession(step, options, ["CPUExecutionProvider"])
        produced = _names(self._encoder.get_outputs())
        self._memory = [name for name in produced if name in MEMORY]
        self._state = [name for name in produced if name not in MEMORY]
        self._attends = "weights" in _names(self._step.get_outputs())
        # A graph may have no use for some of it, such as the values without attention.
        self._wanted = set(_names(self._step.get_inputs()))

    def encode(self, source: Ints, lengths: Ints) -> tuple[Arrays, Arrays]:
        outputs = self._encoder.run(
            [*self._memory, *self._state], {"source": source, "lengths": lengths}
        )
        memory = len(self._memory)
        return tuple(outputs[:memory]), tuple(outputs[memory:])

    def step(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays]:
        inputs = dict(zip([*self._memory, *self._state], [*memory, *state], strict=True))
        inputs["previous"] = previous
        following = [f"next_{name}" for name in self._state]
        first = ["log_probabilities", "weights"] if self._attends else ["log_probabilities"]
        outputs = self._step.run(
            [*first, *following], {n: array for n, array in inputs.items() if n in self._wanted}
        )
        weights = outputs[1] if self._attends else None
        return outputs[0], weights, tuple(outputs[len(first) :])


def load_translator(bundle: Bundle, config: SearchConfig, threads: int = 0) -> Translator:
    """The translator in an opened model folder."""
    return Translator(
        OnnxSearchModel(bundle.part(ENCODER), bundle.part(STEP), threads),
        bundle.tokenizer,
        bundle.writable,
        bundle.settings.length_ratio,
        bundle.settings.punctuation,
        config,
    )


def _names(values: Sequence[onnxruntime.NodeArg]) -> list[str]:
    return [value.name for value in values]
