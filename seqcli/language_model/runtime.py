"""A language model in ONNX Runtime, with the interface of the search."""

from __future__ import annotations

import numpy as np

from seqcli.arrays import Array, Arrays, Ints
from seqcli.decoding.onnx_model import open_session
from seqcli.errors import UserError
from seqcli.language_model.folder import LanguageModelBundle
from seqcli.storage.graph_check import check_graph


class OnnxLanguageModel:
    """A search model that reads no source, on the CPU, in the calling thread.

    Several threads may call it at once. A step raises a `UserError` that names the `place` if the
    probabilities are NaN.
    """

    def __init__(self, step: bytes, hidden: int, place: str = "the language model") -> None:
        self._session = open_session(step, use_arena=True)
        self._place = place
        self._hidden = hidden
        outputs = [output.name for output in self._session.get_outputs()]
        self._next_names = [name for name in outputs if name.startswith("next_")]
        self._state_names = [name.removeprefix("next_") for name in self._next_names]

    @classmethod
    def of(cls, bundle: LanguageModelBundle) -> OnnxLanguageModel:
        """The model of an opened folder; a `UserError` for a graph that is not one of seqcli."""
        check_graph(
            bundle.step,
            "language_step",
            bundle.settings.model,
            len(bundle.tokenizer),
            len(bundle.output_vocabulary),
            str(bundle.step_path),
        )
        return cls(bundle.step, bundle.settings.model.hidden, str(bundle.folder))

    def start(self, rows: int) -> Arrays:
        """The state before the first token: zeros [R,H]."""
        return tuple(np.zeros((rows, self._hidden), dtype=np.float32) for _ in self._state_names)

    def encode(self, source: Ints, lengths: Ints) -> tuple[Arrays, Arrays]:  # noqa: ARG002
        return (), self.start(len(source))

    def step(
        self,
        previous: Ints,
        memory: Arrays,  # noqa: ARG002
        state: Arrays,
    ) -> tuple[Array, Array | None, Arrays]:
        inputs = dict(zip(self._state_names, state, strict=True)) | {"previous": previous}
        outputs = self._session.run(["log_probabilities", *self._next_names], inputs)
        if not np.isfinite(outputs[0]).all():
            raise UserError(
                f"{self._place}: probabilities that are no finite numbers, so the weights are "
                "damaged: copy the model folder again, or train it again"
            )
        return outputs[0], None, tuple(outputs[1:])
