"""Models in ONNX Runtime, and translators from model folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime

from seqcli.arrays import Array, Arrays, Ints
from seqcli.bundle import Bundle
from seqcli.config import WHOLE, SearchConfig
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.data.word_list import WordList
from seqcli.decoding.confidence import Confidence
from seqcli.decoding.ensemble import Ensemble
from seqcli.decoding.text_processor import make_processor
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError
from seqcli.folder import ENCODER, MANIFEST, STEP, STEP_INT8
from seqcli.settings import Settings
from seqcli.storage.graph_check import check_graph
from seqcli.storage.interface import Kind

if TYPE_CHECKING:
    from seqcli.vectors.word_vectors import VectorTable, WordVectors

DEFAULT_SEARCH = SearchConfig()
# Names of graph inputs and outputs. Folders of format 2 call the embeddings "words", and the gates
# of the cell begin with "inside.".
MEMORY = ("values", "keys", "mask", "embeddings", "words")
GATE_PREFIX, OLD_GATE_PREFIX = "gate.", "inside."


class OnnxSearchModel:
    """A search model in ONNX Runtime, on the CPU, in the calling thread.

    Several threads may call it at once, which is faster than several threads for one operator.
    Raises `ValueError` for graphs that do not belong together. A step raises a `UserError` that
    names the `place` if the probabilities are NaN.
    """

    def __init__(
        self,
        encoder: bytes,
        step: bytes,
        *,
        vectors: VectorTable | None = None,
        place: str = "the model",
    ) -> None:
        self._vectors = vectors
        self._place = place
        with ThreadPoolExecutor(1) as pool:  # both at once, for a quick start
            other = pool.submit(open_session, encoder, use_arena=False)
            # RAM stays reserved between steps, but not for the encoder, which runs once a batch.
            self._step = open_session(step, use_arena=True)
            self._encoder = other.result()
        encoder_outputs = _names(self._encoder.get_outputs())
        self._memory_names = [name for name in encoder_outputs if name in MEMORY]
        self.state_names = [name for name in encoder_outputs if name not in MEMORY]
        step_outputs = _names(self._step.get_outputs())
        self._attends = "weights" in step_outputs
        self._gate_names = [
            name for name in step_outputs if name.startswith((GATE_PREFIX, OLD_GATE_PREFIX))
        ]
        # A graph may lack inputs that it does not need, such as the values without attention.
        self._step_inputs = set(_names(self._step.get_inputs()))
        if not self._step_inputs <= {"previous", *self._memory_names, *self.state_names}:
            raise ValueError("the step needs what the encoder does not give")

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
        log_probabilities, weights, next_state, _ = self._run(previous, memory, state, [])
        return log_probabilities, weights, next_state

    def step_with_gates(
        self, previous: Ints, memory: Arrays, state: Arrays
    ) -> tuple[Array, Array | None, Arrays, dict[str, Array]]:
        """Like `step`, and the cell's gates and the candidate that they let in, by name, each
        [R,H]; none for a cell without gates."""
        return self._run(previous, memory, state, self._gate_names)

    def _run(
        self, previous: Ints, memory: Arrays, state: Arrays, gate_names: Sequence[str]
    ) -> tuple[Array, Array | None, Arrays, dict[str, Array]]:
        inputs = dict(zip([*self._memory_names, *self.state_names], [*memory, *state], strict=True))
        inputs["previous"] = previous
        names = ["log_probabilities"] + ["weights"] * self._attends
        first = len(names)
        names += [f"next_{name}" for name in self.state_names]
        last = len(names)
        outputs = self._step.run(
            [*names, *gate_names],
            {name: array for name, array in inputs.items() if name in self._step_inputs},
        )
        if np.isnan(outputs[0][:, 0]).any():  # then the whole row is, as it is normalized
            raise UserError(
                f"{self._place}: the probabilities are not numbers (NaN), so the weights are "
                "damaged: copy the model folder again, or train it again"
            )
        gates = {
            name.removeprefix(GATE_PREFIX).removeprefix(OLD_GATE_PREFIX): array
            for name, array in zip(gate_names, outputs[last:], strict=True)
        }
        weights = outputs[1] if self._attends else None
        return outputs[0], weights, tuple(outputs[first:last]), gates


def load_translator(
    bundles: Bundle | Sequence[Bundle],
    config: SearchConfig = DEFAULT_SEARCH,
    threads: int = 0,
) -> Translator:
    """The translator of an opened model folder, or of the ensemble of several.

    `threads` batches are searched at once; 0 uses one thread for each core. Raises `UserError` for
    folders whose tokenizers or directions differ, and for a coverage penalty without attention.
    """
    bundles = [bundles] if isinstance(bundles, Bundle) else bundles
    _check_compatible(bundles, config)
    models = [_search_model(bundle) for bundle in bundles]
    output_vocabulary = OutputVocabulary(
        np.unique(np.concatenate([b.output_vocabulary.pieces for b in bundles]))
    )
    columns = [b.output_vocabulary.to_tokens(output_vocabulary.pieces, missing=-1) for b in bundles]
    return Translator(
        models[0] if len(models) == 1 else Ensemble(models, columns),
        make_processor(
            _joint_settings(bundles),
            bundles[0].tokenizer,
            output_vocabulary,
            WordList.union([bundle.words for bundle in bundles]),
            config.max_source_pieces,
            _joint_vectors(bundles),
        ),
        max(bundle.settings.max_length_ratio for bundle in bundles),
        config,
        threads or available_cores(),
        _confidence(bundles),
    )


def checked_graph(bundle: Bundle, part: str) -> bytes:
    """The graph of the encoder or of a step of a folder; a `UserError` for one that is not of
    seqcli."""
    kinds: dict[str, Kind] = {ENCODER: "encoder", STEP: "step", STEP_INT8: "step_int8"}
    graph, place = bundle.contents[part], str(bundle.path(part))
    pieces, output_pieces = len(bundle.tokenizer), len(bundle.output_vocabulary)
    size = 0 if bundle.vectors is None else bundle.vectors.dimensions
    check_graph(graph, kinds[part], bundle.settings.model, pieces, output_pieces, place, size)
    return graph


def checked_confidence(bundle: Bundle) -> Confidence | None:
    """The confidence of a folder, None without one; a `UserError` for values of no confidence."""
    if bundle.confidence is None:
        return None
    try:
        return Confidence.from_dict(bundle.confidence)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        place = bundle.folder / MANIFEST
        raise UserError(
            f"{place} is damaged (confidence: {error}): copy the folder again"
        ) from error


def _search_model(bundle: Bundle) -> OnnxSearchModel:
    """The model of a folder; a `UserError` for a graph that is not one of seqcli."""
    step = STEP if STEP in bundle.contents else STEP_INT8
    graphs = [checked_graph(bundle, part) for part in (ENCODER, step)]
    vectors = None
    if bundle.vectors is not None:
        from seqcli.vectors.word_vectors import VectorTable  # noqa: PLC0415  (for a quick start)

        vectors = VectorTable(bundle.vectors.vectors, len(bundle.tokenizer))
    try:
        return OnnxSearchModel(*graphs, vectors=vectors, place=str(bundle.folder))
    except ValueError as error:  # graphs of two formats have other names for the same
        raise UserError(f"{bundle.folder} is damaged ({error}): copy the folder again") from error


def _joint_settings(bundles: Sequence[Bundle]) -> Settings:
    """The settings of the first folder, with the punctuation marks of all."""
    punctuation = set().union(*(bundle.settings.source_punctuation for bundle in bundles))
    return replace(bundles[0].settings, source_punctuation="".join(sorted(punctuation)))


def _confidence(bundles: Sequence[Bundle]) -> Confidence | None:
    """The confidence of a folder; None for an ensemble, whose probabilities are others than those
    that each was fitted to."""
    return checked_confidence(bundles[0]) if len(bundles) == 1 else None


def _check_compatible(bundles: Sequence[Bundle], config: SearchConfig) -> None:
    """Raise `UserError` if the folders cannot translate together, or not with these settings."""
    first = bundles[0]
    for other in bundles[1:]:
        if other.tokenizer.model != first.tokenizer.model:
            raise UserError(
                f"{first.folder} and {other.folder} cut text into different pieces, so they cannot "
                f"translate together: train with --tokenizer {first.folder}"
            )
        if _seen_words(other) != _seen_words(first):
            raise UserError(
                f"{first.folder} and {other.folder} know word vectors of other words, so they "
                "cannot translate together: train with the same --source-vectors and pairs"
            )
        if other.settings.model.simultaneous != first.settings.model.simultaneous:
            raise UserError(
                f"{first.folder} and {other.folder} cannot translate together: only one of them "
                "was trained with --simultaneous"
            )
        if other.settings.corpus.reverse != first.settings.corpus.reverse:
            raise UserError(
                f"{first.folder} and {other.folder} translate in opposite directions (--reverse)"
            )
    for bundle in bundles:
        if config.wait != WHOLE and not bundle.settings.model.simultaneous:
            raise UserError(
                f"{bundle.folder} needs whole sentences, as it was not trained with "
                "--simultaneous: leave out --wait"
            )
        if config.coverage_penalty and bundle.settings.model.attention == "none":
            raise UserError(
                f"{bundle.folder} was trained without attention, which the coverage penalty needs"
            )


def _seen_words(bundle: Bundle) -> tuple[int, tuple[str, ...]]:
    """The words of which a folder has vectors, and how many of them are in its pairs."""
    return (0, ()) if bundle.vectors is None else (bundle.vectors.seen, bundle.vectors.words)


def _joint_vectors(bundles: Sequence[Bundle]) -> WordVectors | None:
    """The words with vectors, with the translations that all folders have."""
    first = bundles[0].vectors
    if first is None:
        return None
    others = [each.vectors.lexicon for each in bundles[1:] if each.vectors is not None]
    lexicon = {
        word: translation
        for word, translation in first.lexicon.items()
        if all(other.get(word) == translation for other in others)
    }
    return replace(first, lexicon=lexicon)


def available_cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def open_session(graph: bytes, *, use_arena: bool) -> onnxruntime.InferenceSession:
    """A graph of which each run takes one thread; `use_arena` keeps its RAM for the next run."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = use_arena
    options.enable_mem_pattern = False  # every batch has another shape, so no plan can be reused
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, ["CPUExecutionProvider"])


def _names(values: Sequence[onnxruntime.NodeArg]) -> list[str]:
    return [value.name for value in values]
