"""The Python interface of training: `seqcli.train` makes a model folder. It loads PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

from seqcli.api_arguments import (
    Paths,
    check_names,
    check_setting,
    to_files,
    to_path,
)
from seqcli.config import MAX_THREADS
from seqcli.data.reading import parse_columns
from seqcli.errors import UserError
from seqcli.interrupts import stop_on_ctrl_c
from seqcli.training.arguments import check_combination
from seqcli.training.base.request import BaseRequest
from seqcli.training.events import Ended, Event, LearnedOn, Saved, Updated
from seqcli.training.prepare import TrainRequest
from seqcli.training.text_request import TextRequest

AnyRequest = TrainRequest | TextRequest | BaseRequest


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
    subword_sampling: float
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


@dataclass(frozen=True)
class TrainingResult:
    """A training that ended, and the folder that it wrote.

    `score` is the best dev score (`metric`: "bleu" or "chrf", 0 to 100, greedy search), None if
    there was no evaluation. `reason` says why the training ended: all updates were made, or the
    score did not improve for `patience` evaluations. `learned_on` says what a run with a base has
    learned and forgotten; None for another run.
    """

    folder: Path
    reason: Literal["finished", "no improvement"]
    updates: int
    seconds: float
    metric: str
    score: float | None
    learned_on: LearnedOn | None = None


def train(
    pairs: Paths = (),
    *,
    model: str | PathLike[str],
    dev: Paths = (),
    source: Paths = (),
    target: Paths = (),
    dev_source: Paths = (),
    dev_target: Paths = (),
    columns: Sequence[str | int] = (),
    tokenizer: str | PathLike[str] | None = None,
    source_vectors: str | PathLike[str] | None = None,
    target_vectors: str | PathLike[str] | None = None,
    synthetic: Paths = (),
    base: str | PathLike[str] | None = None,
    keep: Paths = (),
    keep_dev: Paths = (),
    replay: float | None = None,
    resume: bool = False,
    overwrite: bool = False,
    device: str = "auto",
    threads: int = 0,
    index: bool = True,
    on_event: Callable[[Event], None] | None = None,
    **settings: Unpack[TrainSettings],
) -> TrainingResult:
    """Train a model to the end of its budget and write it to the folder `model`.

    The arguments are the options of `seqcli train`: files of pairs (or `source` and `target`),
    where none is named the bundled sample; their `columns`, such as (2, 4) or ("en", "zh"); files
    of word vectors and of synthetic pairs; a `base` folder to begin with, files of pairs to `keep`
    and their `replay`; `index=False` for `--no-index`; and settings such as `minutes=10`.
    `on_event` is called with each event of `seqcli.training.events`. Nothing is printed. Seeds
    PyTorch.

    Ctrl-C saves the run, if there is something to save, and raises `KeyboardInterrupt`;
    `resume=True` continues it. Raises
    `UserError` for unknown settings, wrong values, and files and folders that cannot be used.
    """
    check_names("train", settings, TrainSettings.__annotations__)
    paths: dict[str, Any] = {
        "tokenizer": _optional("tokenizer", tokenizer),
        "source_vectors": _optional("source_vectors", source_vectors),
        "target_vectors": _optional("target_vectors", target_vectors),
    }
    begin = _optional("base", base)
    kept: dict[str, Any] = {"keep": to_files(keep=keep), "keep_dev": to_files(keep_dev=keep_dev)}
    others: dict[str, Any] = {"synthetic": to_files(synthetic=synthetic)}
    check_combination(
        settings,
        resume=resume,
        overwrite=overwrite,
        **paths,
        synthetic=bool(others["synthetic"]),
        base=begin,
        keep=bool(kept["keep"]),
        keep_dev=bool(kept["keep_dev"]),
        replay=replay,
    )
    check_setting("device", device, str)
    check_setting("index", index, bool)
    check_setting("threads", threads, int, 0, MAX_THREADS)
    common: dict[str, Any] = {
        "folder": to_path("model", model),
        "files": to_files(pairs=pairs, source=source, target=target),
        "dev": to_files(dev=dev, dev_source=dev_source, dev_target=dev_target),
        "columns": parse_columns(",".join(map(str, columns))),
        "overrides": settings,
        "overwrite": overwrite,
        "device": device,
        "threads": threads,
        "index": index,
    }
    if begin is None:
        return run_training(TrainRequest(**common, **paths, **others, resume=resume), on_event)
    return run_training(BaseRequest(**common, **kept, base=begin, replay=replay), on_event)


def _optional(name: str, value: str | PathLike[str] | None) -> Path | None:
    return None if value is None else to_path(name, value)


def run_training(request: AnyRequest, on_event: Callable[[Event], None] | None) -> TrainingResult:
    """Train what is requested to the end of its budget; see `train`."""
    ended, learned_on = _run(request, on_event)
    if ended.reason == "interrupted":
        raise KeyboardInterrupt
    return TrainingResult(
        folder=ended.folder,
        reason=ended.reason,
        updates=ended.update,
        seconds=ended.seconds,
        metric=ended.metric,
        score=ended.score,
        learned_on=learned_on,
    )


def _run(
    request: AnyRequest, on_event: Callable[[Event], None] | None
) -> tuple[Ended, LearnedOn | None]:
    from seqcli.files import check_current_folder  # noqa: PLC0415  (only to train)

    check_current_folder()
    try:
        from seqcli.training.train import train as run  # noqa: PLC0415  (loads PyTorch)
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "onnx"):
            raise
        raise UserError("training needs torch and onnx: pip install torch onnx") from error
    ended = learned_on = None
    with stop_on_ctrl_c() as stop:
        for event in run(request, stop):
            if isinstance(event, Updated | Saved):
                stop.unsaved = isinstance(event, Updated)
            if on_event is not None:
                on_event(event)
            learned_on = event if isinstance(event, LearnedOn) else learned_on
            ended = event
    assert isinstance(ended, Ended)
    return ended, learned_on
