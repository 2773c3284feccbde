"""An ONNX model as the thing that `encode`s and `step`s; and a model folder as a translator."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seqcli.arrays import Array, Arrays, Ints
from seqcli.bundle import ENCODER, STEP, STEP_INT8, TOKENIZER, Bundle
from seqcli.config import PRECISIONS, SearchConfig
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.decoding.ensemble import Ensemble
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError

# Read when the library loads: without it, each import looks up its maker's host and writes a device
# id and a database into the user's cache folder. (`disable_telemetry_events` comes too late.)
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
import onnxruntime

DEFAULT_SEARCH = SearchConfig()
MEMORY = ("values", "keys", "mask", "words")
GATE_PREFIX = "inside."  # begins the names of what a step shows of its cell beside the state


class OnnxSearchModel:
    """`encode` and `step` on ONNX Runtime, on the CPU, in the thread that calls.

    Several threads may call at once, which makes more of the cores than several for one operator.
    """

    def __init__(self, encoder: bytes | Path, step: bytes | Path) -> None:
        # Memory is kept from step to step, but not that of the encoder, which runs once a batch.
        self._encoder = _session(encoder, keep_memory=False)
        self._step = _session(step, keep_memory=True)
        produced = _names(self._encoder.get_outputs())
        self._memory = [name for name in produced if name in MEMORY]
        self.state_names = [name for name in produced if name not in MEMORY]
        of_step = _names(self._step.get_outputs())
        self._attends = "weights" in of_step
        self._gates = [name for name in of_step if name.startswith(GATE_PREFIX)]
        # A graph may have no use for some of it, such as the values without attention.
        self._wanted = set(_names(self._step.get_inputs()))

    def encode(self, source: Ints, lengths: Ints) -> tuple[Arrays, Arrays]:
        outputs = self._encoder.run(
            [*self._memory, *self.state_names], {"source": source, "lengths": lengths}
        )
        memory = len(self._memory)
        return tuple(outputs[:memory]), tuple(outputs[memory:])

    def step(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays]:
        log_probabilities, weights, following, _ = self._run(previous, memory, state, [])
        return log_probabilities, weights, following

    def step_with_gates(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays, dict[str, Array]]:
        """The same, and what the cell did: its gates, and the candidate that they let in, by name,
        each [R,H]. The cells without gates have nothing to show."""
        return self._run(previous, memory, state, self._gates)

    def _run(
        self, previous: Ints, memory: Arrays, state: Arrays, gates: Sequence[str]
    ) -> tuple[Array, Array | None, Arrays, dict[str, Array]]:
        inputs = dict(zip([*self._memory, *self.state_names], [*memory, *state], strict=True))
        inputs["previous"] = previous
        names = ["log_probabilities"] + ["weights"] * self._attends
        first = len(names)
        names += [f"next_{name}" for name in self.state_names]
        last = len(names)
        outputs = self._step.run(
            [*names, *gates], {n: array for n, array in inputs.items() if n in self._wanted}
        )
        shown = {
            name.removeprefix(GATE_PREFIX): array
            for name, array in zip(gates, outputs[last:], strict=True)
        }
        weights = outputs[1] if self._attends else None
        return outputs[0], weights, tuple(outputs[first:last]), shown


def load_translator(
    bundles: Bundle | Sequence[Bundle],
    config: SearchConfig = DEFAULT_SEARCH,
    threads: int = 0,
    precision: str = PRECISIONS[0],
) -> Translator:
    """The translator in an opened model folder, or the one that several are together.

    `threads` batches are searched for side by side; 0 is one for each core. Raises `UserError` for
    an unknown precision, for folders whose tokenizers or directions differ, and for a coverage
    penalty without attention.
    """
    bundles = [bundles] if isinstance(bundles, Bundle) else bundles
    if precision not in PRECISIONS:
        raise UserError(f"precision is one of {', '.join(PRECISIONS)}, not {precision!r}")
    step = STEP if precision == "fp32" else STEP_INT8
    first = bundles[0]
    for other in bundles[1:]:
        if other.tokenizer.model != first.tokenizer.model:
            raise UserError(
                f"{first.folder} and {other.folder} cut text into different pieces, so they cannot "
                f"translate together: train with --tokenizer {first.folder / TOKENIZER}"
            )
        if other.settings.corpus.reverse != first.settings.corpus.reverse:
            raise UserError(
                f"{first.folder} and {other.folder} translate in opposite directions (--reverse)"
            )
    for bundle in bundles:
        if config.coverage_penalty and bundle.settings.model.attention == "none":
            raise UserError(f"{bundle.folder} was trained without attention: it covers nothing")
    models = [OnnxSearchModel(b.checked(ENCODER), b.checked(step)) for b in bundles]
    output_vocabulary = OutputVocabulary(
        np.unique(np.concatenate([b.output_vocabulary.pieces for b in bundles]))
    )
    columns = [
        np.array(b.output_vocabulary.tokens(output_vocabulary.pieces, missing=-1)) for b in bundles
    ]
    return Translator(
        models[0] if len(models) == 1 else Ensemble(models, columns),
        first.tokenizer,
        output_vocabulary,
        max(bundle.settings.max_length_ratio for bundle in bundles),
        "".join(sorted(set().union(*(bundle.settings.source_punctuation for bundle in bundles)))),
        config,
        threads or available_cores(),
    )


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _session(graph: bytes | Path, *, keep_memory: bool) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = keep_memory
    options.enable_mem_pattern = False  # every batch has another shape: a plan is made in vain
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, ["CPUExecutionProvider"])


def _names(values: Sequence[onnxruntime.NodeArg]) -> list[str]:
    return [value.name for value in values]
