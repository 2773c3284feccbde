"""`seqcli train`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqcli.cli.help import HelpAll
from seqcli.cli.learning_on import LearningOnOptions, base_request
from seqcli.cli.options import (
    Columns,
    DevPairs,
    DevSources,
    Files,
    NewModelFolder,
    Overrides,
    Sources,
    Targets,
    TokenizerFile,
    TrainingPairs,
    choice_option,
    file_option,
    model_folders,
    with_options,
)
from seqcli.cli.streams import info, stderr_console
from seqcli.config import (
    CorpusConfig,
    ModelConfig,
    TokenizerConfig,
    TrainingConfig,
)
from seqcli.errors import UserError
from seqcli.interrupts import at_end, stop_on_signal
from seqcli.training.arguments import check_combination

if TYPE_CHECKING:
    from seqcli.training.base.request import BaseRequest
    from seqcli.training.distributed.processes import Processes
    from seqcli.training.prepare import TrainRequest
    from seqcli.training.text_request import TextRequest

STOPPING = "stopping and saving; press Ctrl-C again to quit without saving"
STOPPING_ALL = "stopping and saving"

# --help shows the first two groups, --help-all shows all.
OPTIONS = {
    "Arguments": ["pairs"],
    "Options": [
        "model", "dev", "source", "target", "reverse", "minutes", "updates", "epochs", "base",
        "resume", "overwrite", "device", "threads", "quiet", "help_all",
    ],
    "Learning on": ["keep", "keep_dev", "replay"],
    "Data": [
        "columns", "source_language", "target_language", "dev_source", "dev_target", "held_out",
        "max_characters", "max_ratio", "tokenizer", "pieces", "vocabulary", "source_vectors",
        "target_vectors", "keep_vectors", "learn_vectors", "synthetic", "synthetic_share",
    ],
    "Model": [
        "embedding", "hidden", "encoder_layers", "attention_size", "lexical", "tied", "dropout",
        "word_dropout", "subword_sampling",
    ],
    "Training": [
        "learning_rate", "warmup", "decay", "clip", "label_smoothing", "batch_tokens",
        "evaluations", "metric", "patience", "seed", "index",
    ],
    "Language model": ["text"],
    "Stations of the story": ["cell", "attention", "context", "simultaneous", "loss", "optimizer"],
}  # fmt: skip


@dataclass(frozen=True)
class TrainOptions(LearningOnOptions):
    """The options that are no settings of a config."""

    pairs: TrainingPairs = None
    model: NewModelFolder = None
    dev: DevPairs = None
    source: Sources = None
    target: Targets = None
    dev_source: DevSources = None
    dev_target: Targets = None
    columns: Columns = ""
    synthetic: Annotated[
        Files,
        file_option(
            "Pairs that `seqcli augment` has made from text of the target side, to learn from "
            "beside PAIRS."
        ),
    ] = None
    text: Annotated[
        Files,
        file_option(
            "Learn a language model from text instead, one sentence per line, or from the targets "
            "of a .tsv, .tmx or the like; --dev then names text too."
        ),
    ] = None
    tokenizer: TokenizerFile = None
    source_vectors: Annotated[
        Path | None,
        file_option(
            "Vectors of source words, as text (word2vec, GloVe, fastText) or word2vec's .bin, "
            "which the network reads too."
        ),
    ] = None
    target_vectors: Annotated[
        Path | None,
        file_option(
            "Vectors of target words: words of no pair are translated by those of both sides. With "
            "--pieces word: the embeddings of the target."
        ),
    ] = None
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue the training saved in the model folder.")
    ] = False
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace the model in the folder; with --base and no --model, that of the base.",
        ),
    ] = False
    device: Annotated[str, choice_option("Where to train.", ("auto", "cpu", "cuda"))] = "auto"
    threads: Annotated[
        int,
        typer.Option(
            "--threads",
            "--cpu-threads",
            min=0,
            max=1024,
            metavar="N",
            help="CPU threads.",
            show_default="PyTorch's choice",
        ),
    ] = 0
    index: Annotated[
        bool,
        typer.Option(
            "--index/--no-index",
            help="Make the index of training pairs that `seqcli why` needs.",
            show_default="on",
        ),
    ] = True
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False
    help_all: HelpAll = False

    @property
    def folder(self) -> Path:
        """Where the model is written. If the user names no folder, `--overwrite` replaces the model
        that `--base` names, and never another one beside it."""
        replaced = self.base if self.overwrite else None
        return self.model or replaced or model_folders(None)[0]


@with_options(OPTIONS, TrainOptions, TrainingConfig, ModelConfig, CorpusConfig, TokenizerConfig)
def train(options: TrainOptions, overrides: Overrides) -> None:
    """Learn to translate from sentence pairs.

    Without PAIRS it learns the bundled sample; then try: seqcli translate "i love beijing"
    """
    from seqcli.cli.torchrun import started_by_torchrun, train_with_others

    if started_by_torchrun():
        train_with_others(lambda others: _train(options, overrides, others), options.threads)
    else:
        _train(options, overrides, None)


def _train(options: TrainOptions, overrides: Overrides, processes: Processes | None) -> None:
    """Train; `processes` are those of `torchrun`, of which this is the first."""
    if options.text:
        _check_text(options)
    check_combination(
        overrides,
        resume=options.resume,
        overwrite=options.overwrite,
        tokenizer=options.tokenizer,
        source_vectors=options.source_vectors,
        target_vectors=options.target_vectors,
        synthetic=bool(options.synthetic),
        base=options.base,
        keep=bool(options.keep),
        keep_dev=bool(options.keep_dev),
        replay=options.replay,
    )
    from seqcli.files import check_current_folder
    from seqcli.views.training import make_display

    check_current_folder()
    console = stderr_console()
    display = make_display(console, options.quiet)
    report = InterruptionReport(options.folder, saved=options.resume)
    with at_end(report), at_end(display.close):
        request = _request(options, overrides, preview=console.is_terminal and not options.quiet)
        from seqcli.training import train as training  # loads PyTorch: after the checks
        from seqcli.training.events import Saved, Updated

        message = STOPPING if processes is None else STOPPING_ALL
        with stop_on_signal(lambda: display.message(message)) as stop, display:
            stop.repeats = processes is not None
            for event in training.train(request, stop, processes):
                if isinstance(event, Updated | Saved):
                    stop.unsaved = isinstance(event, Updated)
                    report.saved = report.saved or isinstance(event, Saved)
                display.show(event)


class InterruptionReport:
    """Says, where a run is ended at once, whether and how it can be continued."""

    def __init__(self, folder: Path, *, saved: bool) -> None:
        self.folder = folder
        self.saved = saved

    def __call__(self) -> None:
        from seqcli.views.training_text import resume_command

        if self.saved:
            info(f"interrupted; to continue from the last save: {resume_command(self.folder)}")
        else:
            info("interrupted; nothing of this run has been saved yet")


def _check_text(options: TrainOptions) -> None:
    """Raise a `UserError` for files that a language model does not read."""
    others = {
        "PAIRS": options.pairs,
        "--source": options.source,
        "--target": options.target,
        "--dev-source": options.dev_source,
        "--dev-target": options.dev_target,
        "--columns": options.columns,
        "--synthetic": options.synthetic,
        "--source-vectors": options.source_vectors,
        "--target-vectors": options.target_vectors,
        "--base": options.base,
    }
    if named := [name for name, value in others.items() if value]:
        what = "--text learns" if options.text else f"{options.folder} holds a model that learns"
        raise UserError(f"{what} from plain text alone: leave out {' and '.join(named)}")


def _request(
    options: TrainOptions, overrides: Overrides, *, preview: bool
) -> TrainRequest | TextRequest | BaseRequest:
    from seqcli.folder import LANGUAGE_MODEL, checkpoint_kind

    is_text = options.resume and checkpoint_kind(options.folder) == LANGUAGE_MODEL
    if options.text or (is_text and not options.base):
        return _text_request(options, overrides)
    from seqcli.data.corpus import CorpusFiles
    from seqcli.data.reading import parse_columns
    from seqcli.training.prepare import TrainRequest

    common: dict[str, Any] = {
        "folder": options.folder,
        "files": CorpusFiles(
            tuple(options.pairs or ()), tuple(options.source or ()), tuple(options.target or ())
        ),
        "dev": CorpusFiles(
            tuple(options.dev or ()),
            tuple(options.dev_source or ()),
            tuple(options.dev_target or ()),
        ),
        "columns": parse_columns(options.columns),
        "overrides": overrides,
        "overwrite": options.overwrite,
        "device": options.device,
        "threads": options.threads,
        "preview": preview,
        "index": options.index,
    }
    if options.base:
        return base_request(options, common)
    return TrainRequest(
        **common,
        synthetic=CorpusFiles(tuple(options.synthetic or ())),
        tokenizer=options.tokenizer,
        source_vectors=options.source_vectors,
        target_vectors=options.target_vectors,
        resume=options.resume,
    )


def _text_request(options: TrainOptions, overrides: Overrides) -> TextRequest:
    from seqcli.data.text_files import TextFiles
    from seqcli.training.text_request import TextRequest

    _check_text(options)
    return TextRequest(
        folder=options.folder,
        files=TextFiles(tuple(options.text or ())),
        dev=TextFiles(tuple(options.dev or ())),
        tokenizer=options.tokenizer,
        overrides=overrides,
        resume=options.resume,
        overwrite=options.overwrite,
        device=options.device,
        threads=options.threads,
    )
