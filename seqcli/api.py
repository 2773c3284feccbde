"""The Python interface: `seqcli.load` uses a model folder, `seqcli.train` makes one.

All names here are attributes of `seqcli`. Wrong settings, files and folders raise
`seqcli.UserError` with the message that the command line prints. Only `train` loads PyTorch.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Literal, TypedDict, Unpack, overload

from seqcli.api_arguments import (
    Paths,
    check_names,
    check_setting,
    check_text,
    to_files,
    to_pair,
    to_path,
    to_paths,
)
from seqcli.bundle import graph_parts, open_bundle
from seqcli.config import MAX_THREADS, PRECISIONS, SearchConfig
from seqcli.decoding import translator as decoding
from seqcli.decoding.interpreter import Interpreter
from seqcli.decoding.runtime import load_translator
from seqcli.decoding.translation import ScoredPair, Translation
from seqcli.errors import UserError
from seqcli.interrupts import stop_on_ctrl_c
from seqcli.training.arguments import check_combination
from seqcli.training.events import Ended, Event, Saved, Updated
from seqcli.training.prepare import TrainRequest
from seqcli.training.text_request import TextRequest

__all__ = [
    "ScoredPair",
    "SearchSettings",
    "TrainSettings",
    "TrainingResult",
    "Translation",
    "Translator",
    "UserError",
    "load",
    "train",
]


class SearchSettings(TypedDict, total=False):
    """Keyword settings of `load`: `seqcli.config.SearchConfig` explains them."""

    beam: int
    length_penalty: float
    length_norm: str
    coverage_penalty: float
    min_length: int
    max_length: int
    no_repeat_ngram: int
    repetition_guard: bool
    language_weight: float
    split: bool
    wait: str
    sample: bool
    temperature: float
    seed: int
    batch_size: int
    max_source_pieces: int


class TrainSettings(TypedDict, total=False):
    """Keyword settings of `train`: those of `CorpusConfig`, `TokenizerConfig`, `ModelConfig` and
    `TrainingConfig` in `seqcli.config`, which explains them."""

    reverse: bool
    source_language: str
    target_language: str
    max_characters: int
    max_ratio: float
    held_out: int
    synthetic_share: float
    keep_vectors: int
    pieces: str
    vocabulary: int
    embedding: int
    hidden: int
    encoder_layers: int
    cell: str
    attention: str
    attention_size: int
    lexical: bool
    context: str
    simultaneous: bool
    dropout: float
    word_dropout: float
    tied: bool
    loss: str
    optimizer: str
    learn_vectors: bool
    learning_rate: float
    warmup: int
    decay: str
    clip: float
    label_smoothing: float
    batch_tokens: int
    epochs: int
    updates: int
    minutes: float
    evaluations: int
    metric: str
    patience: int
    seed: int


class Translator:
    """A loaded model, or several that translate together; `load` returns it.

    A text is translated as one line of `seqcli translate` is: its case, width and spacing do not
    matter, and a blank text gives an empty translation.
    """

    def __init__(self, translator: decoding.Translator) -> None:
        self._translator = translator

    @overload
    def translate(self, text: str, *, prefix: str = "", nbest: None = None) -> Translation: ...

    @overload
    def translate(self, text: str, *, prefix: str = "", nbest: int) -> list[Translation]: ...

    def translate(
        self, text: str, *, prefix: str = "", nbest: int | None = None
    ) -> Translation | list[Translation]:
        """The best translation of a text; with `nbest`, a list of up to that many, best first.

        Every translation begins with `prefix`. Raises `UserError` for a prefix that the model
        cannot write.
        """
        if not isinstance(text, str):
            raise UserError("translate takes one text: use translate_batch for several")
        (translations,) = self._translate([text], prefix, nbest)
        return translations[0] if nbest is None else translations

    @overload
    def translate_batch(
        self, texts: Iterable[str], *, prefix: str = "", nbest: None = None
    ) -> list[Translation]: ...

    @overload
    def translate_batch(
        self, texts: Iterable[str], *, prefix: str = "", nbest: int
    ) -> list[list[Translation]]: ...

    def translate_batch(
        self, texts: Iterable[str], *, prefix: str = "", nbest: int | None = None
    ) -> list[Translation] | list[list[Translation]]:
        """For each text what `translate` returns; faster than one call for each text."""
        if isinstance(texts, str):
            raise UserError("translate_batch takes a list of texts: use translate for one")
        results = self._translate(list(texts), prefix, nbest)
        return [translations[0] for translations in results] if nbest is None else results

    def interpreter(self) -> Interpreter:
        """What translates one line while it is still being written, with `load(…, wait="3")`.

        Its `hear` takes the line so far and returns what is written now; its `end` takes the whole
        line and returns the rest and the `Translation`. Raises `UserError` if `wait` is no number
        of words.
        """
        return Interpreter(self._translator)

    def score(self, pairs: Iterable[tuple[str, str]]) -> list[ScoredPair]:
        """How probable the model finds the target of each (source, target), given the source."""
        return self._translator.score([to_pair(pair) for pair in pairs])

    def _translate(
        self, texts: Sequence[str], prefix: str, nbest: int | None
    ) -> list[list[Translation]]:
        for text in [*texts, prefix]:
            check_text(text)
        translator = self._translator
        if nbest is not None:
            translator = copy.copy(translator)
            translator.config = replace(translator.config, nbest=nbest)
        return translator.translate(texts, prefix)


def load(
    model: Paths,
    *,
    precision: str = PRECISIONS[0],
    threads: int = 0,
    language_model: str | PathLike[str] | None = None,
    **settings: Unpack[SearchSettings],
) -> Translator:
    """Open a model folder, or several that translate together as an ensemble.

    `precision` is "fp32" or "int8"; `threads` batches are translated side by side, 0 for one on
    each core. The folder of a `language_model` of the same pieces takes part in the search, by the
    `language_weight`. The other keywords are settings of the search, such as `beam=5`, with the
    names of the options of `seqcli translate`. Raises `UserError` for a folder that cannot be used,
    for an unknown setting and for a wrong value.
    """
    check_names("load", settings, SearchSettings.__annotations__)
    config = SearchConfig.from_dict(settings)
    check_setting("threads", threads, int, 0, MAX_THREADS)
    folders = to_paths("model", model)
    if not folders:
        raise UserError("model names no folder")
    bundles = [open_bundle(folder, graph_parts(precision)) for folder in folders]
    translator = load_translator(bundles, config, threads)
    if language_model is not None:
        from seqcli.language_model.folder import open_language_model  # noqa: PLC0415  (only here)
        from seqcli.language_model.fusion import fuse  # noqa: PLC0415

        bundle = open_language_model(to_path("language_model", language_model))
        translator = fuse(translator, bundle)
    elif "language_weight" in settings:
        raise UserError("language_weight needs a language_model")
    return Translator(translator)


@dataclass(frozen=True)
class TrainingResult:
    """A training that ended, and the folder that it wrote.

    `score` is the best dev score (`metric`: "bleu" or "chrf", 0 to 100, greedy search), None if
    there was no evaluation. `reason` says why the training ended: all updates were made, or the
    score did not improve for `patience` evaluations.
    """

    folder: Path
    reason: Literal["finished", "no improvement"]
    updates: int
    seconds: float
    metric: str
    score: float | None


def train(
    pairs: Paths = (),
    *,
    model: str | PathLike[str],
    dev: Paths = (),
    source: Paths = (),
    target: Paths = (),
    dev_source: Paths = (),
    dev_target: Paths = (),
    tokenizer: str | PathLike[str] | None = None,
    source_vectors: str | PathLike[str] | None = None,
    target_vectors: str | PathLike[str] | None = None,
    synthetic: Paths = (),
    resume: bool = False,
    overwrite: bool = False,
    device: str = "auto",
    threads: int = 0,
    on_event: Callable[[Event], None] | None = None,
    **settings: Unpack[TrainSettings],
) -> TrainingResult:
    """Train a model to the end of its budget and write it to the folder `model`.

    The arguments are the options of `seqcli train`: files of pairs (or `source` and `target`),
    where none is named the bundled sample; files of word vectors and of synthetic pairs; and
    settings such as
    `minutes=10`. `on_event` is called with each event of `seqcli.training.events`. Nothing is
    printed. Seeds PyTorch.

    Ctrl-C saves the run, if there is something to save, and raises `KeyboardInterrupt`;
    `resume=True` continues it. Raises
    `UserError` for unknown settings, wrong values, and files and folders that cannot be used.
    """
    check_names("train", settings, TrainSettings.__annotations__)
    pieces = to_path("tokenizer", tokenizer) if tokenizer is not None else None
    of_source = to_path("source_vectors", source_vectors) if source_vectors is not None else None
    of_target = to_path("target_vectors", target_vectors) if target_vectors is not None else None
    check_combination(
        settings,
        resume=resume,
        overwrite=overwrite,
        tokenizer=pieces,
        source_vectors=of_source,
        target_vectors=of_target,
        synthetic=bool(to_paths("synthetic", synthetic)),
    )
    check_setting("device", device, str)
    check_setting("threads", threads, int, 0, MAX_THREADS)
    request = TrainRequest(
        folder=to_path("model", model),
        files=to_files(pairs=pairs, source=source, target=target),
        dev=to_files(dev=dev, dev_source=dev_source, dev_target=dev_target),
        synthetic=to_files(synthetic=synthetic),
        tokenizer=pieces,
        source_vectors=of_source,
        target_vectors=of_target,
        overrides=settings,
        resume=resume,
        overwrite=overwrite,
        device=device,
        threads=threads,
    )
    return run_training(request, on_event)


def run_training(
    request: TrainRequest | TextRequest, on_event: Callable[[Event], None] | None
) -> TrainingResult:
    """Train what is requested to the end of its budget; see `train`."""
    ended = _run(request, on_event)
    if ended.reason == "interrupted":
        raise KeyboardInterrupt
    return TrainingResult(
        folder=ended.folder,
        reason=ended.reason,
        updates=ended.update,
        seconds=ended.seconds,
        metric=ended.metric,
        score=ended.score,
    )


def _run(request: TrainRequest | TextRequest, on_event: Callable[[Event], None] | None) -> Ended:
    from seqcli.files import check_current_folder  # noqa: PLC0415  (only to train)

    check_current_folder()
    try:
        from seqcli.training.train import train as run  # noqa: PLC0415  (loads PyTorch)
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "onnx"):
            raise
        raise UserError("training needs torch and onnx: pip install torch onnx") from error
    ended = None
    with stop_on_ctrl_c() as stop:
        for event in run(request, stop):
            if isinstance(event, Updated | Saved):
                stop.unsaved = isinstance(event, Updated)
            if on_event is not None:
                on_event(event)
            ended = event
    assert isinstance(ended, Ended)
    return ended
