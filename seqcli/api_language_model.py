"""The Python interface of language models: `seqcli.train_language_model` makes a folder,
`seqcli.load_language_model` uses one.

Wrong settings, files and folders raise `seqcli.UserError`. Only the training loads PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from os import PathLike
from typing import TypedDict, Unpack

from seqcli.api_arguments import Paths, check_names, check_setting, check_text, to_path, to_paths
from seqcli.api_training import TrainingResult, run_training
from seqcli.config import MAX_THREADS, SearchConfig
from seqcli.config_fields import override
from seqcli.data.text_files import TextFiles
from seqcli.decoding.runtime import available_cores
from seqcli.errors import UserError
from seqcli.language_model.folder import open_language_model
from seqcli.language_model.sampling import MAX_LENGTH, SampledText, sample_texts
from seqcli.language_model.scoring import ScoredText, TextScorer
from seqcli.training.arguments import check_combination
from seqcli.training.events import Event
from seqcli.training.text_request import TextRequest

__all__ = [
    "LanguageModel",
    "LanguageModelTrainSettings",
    "SampledText",
    "ScoredText",
    "load_language_model",
    "train_language_model",
]


class LanguageModelTrainSettings(TypedDict, total=False):
    """Keyword settings of `train_language_model`: those of `LanguageModelConfig`,
    `TokenizerConfig` and `TrainingConfig` in `seqcli.config`, which explains them, and some of
    `CorpusConfig`."""

    reverse: bool
    max_characters: int
    held_out: int
    pieces: str
    vocabulary: int
    embedding: int
    hidden: int
    cell: str
    dropout: float
    word_dropout: float
    loss: str
    optimizer: str
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
    patience: int
    seed: int


class LanguageModel:
    """A loaded language model; `load_language_model` returns it."""

    def __init__(self, scorer: TextScorer) -> None:
        self._scorer = scorer

    def score(self, texts: Iterable[str]) -> list[ScoredText]:
        """How probable each text is, as one line, its end included."""
        if isinstance(texts, str) or not isinstance(texts, Iterable):
            raise UserError("score takes a list of texts")
        texts = list(texts)
        for text in texts:
            check_text(text)
        return self._scorer(texts)

    def sample(
        self,
        begin: str = "",
        *,
        count: int = 1,
        temperature: float = 1.0,
        seed: int = 1,
        max_length: int = MAX_LENGTH,
    ) -> list[SampledText]:
        """`count` texts that begin with `begin`, drawn by their probability."""
        check_text(begin)
        for name, value in (("count", count), ("max_length", max_length)):
            check_setting(name, value, int, 1, 10_000)
        override(SearchConfig(), {"temperature": temperature, "seed": seed})  # checks them
        return sample_texts(
            self._scorer.model,
            self._scorer.tokenizer,
            self._scorer.vocabulary,
            begin=begin,
            count=count,
            temperature=temperature,
            seed=seed,
            max_length=max_length,
        )


def load_language_model(model: str | PathLike[str], *, threads: int = 0) -> LanguageModel:
    """Open the folder of a language model. `threads` batches are scored side by side, 0 for one on
    each core."""
    check_setting("threads", threads, int, 0, MAX_THREADS)
    bundle = open_language_model(to_path("model", model))
    return LanguageModel(TextScorer(bundle, threads or available_cores()))


def train_language_model(
    text: Paths = (),
    *,
    model: str | PathLike[str],
    dev: Paths = (),
    tokenizer: str | PathLike[str] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    device: str = "auto",
    threads: int = 0,
    on_event: Callable[[Event], None] | None = None,
    **settings: Unpack[LanguageModelTrainSettings],
) -> TrainingResult:
    """Train a language model on files of plain text to the end of its budget, and write it to the
    folder `model`.

    The arguments are the options of `seqcli train --text`; a `tokenizer` may be the folder of the
    translator that the model shall help. The score of the result is the perplexity of a piece on
    dev. Otherwise it is as `seqcli.train`.
    """
    check_names("train_language_model", settings, LanguageModelTrainSettings.__annotations__)
    pieces = to_path("tokenizer", tokenizer) if tokenizer is not None else None
    check_combination(settings, resume=resume, overwrite=overwrite, tokenizer=pieces)
    check_setting("device", device, str)
    check_setting("threads", threads, int, 0, MAX_THREADS)
    files = TextFiles(to_paths("text", text))
    if not files and not resume:
        raise UserError("text names no file")
    request = TextRequest(
        folder=to_path("model", model),
        files=files,
        dev=TextFiles(to_paths("dev", dev)),
        tokenizer=pieces,
        overrides=settings,
        resume=resume,
        overwrite=overwrite,
        device=device,
        threads=threads,
    )
    return run_training(request, on_event)
