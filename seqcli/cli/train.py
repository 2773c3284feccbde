"""`seqcli train`."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from seqcli.cli.options import DEFAULT_MODEL, ModelFolder, file_option, takes_settings
from seqcli.cli.streams import stderr_console
from seqcli.config import CorpusConfig, ModelConfig, TokenizerConfig, TrainingConfig
from seqcli.errors import UserError

# What may be said together with --resume; all else is as it was.
RESUMABLE = {"updates"}


@takes_settings(TrainingConfig, "seed", panel="Machine")
@takes_settings(TrainingConfig, "loss", "optimizer", panel="Classroom: the stations of the story")
@takes_settings(
    ModelConfig, "cell", "attention", "context", panel="Classroom: the stations of the story"
)
@takes_settings(
    TrainingConfig,
    "learning_rate",
    "warmup",
    "decay",
    "clip",
    "label_smoothing",
    "batch_tokens",
    panel="Learning",
)
@takes_settings(
    ModelConfig,
    "embedding",
    "hidden",
    "encoder_layers",
    "attention_size",
    "lexical",
    "dropout",
    "word_dropout",
    "tied",
    panel="Model",
)
@takes_settings(TokenizerConfig, panel="Data")
@takes_settings(CorpusConfig, "held_out", "max_characters", "max_ratio", panel="Data")
@takes_settings(
    TrainingConfig, "updates", "epochs", "evaluations", "patience", "metric", panel="Budget"
)
@takes_settings(CorpusConfig, "reverse")
@takes_settings(TrainingConfig, "minutes")
def train(
    settings: dict[str, Any],
    pairs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PAIRS",
            help="Files of source<TAB>target, .gz too, - for standard input; if left out, the "
            "bundled sample.",
            show_default=False,
        ),
    ] = None,
    model: ModelFolder = DEFAULT_MODEL,
    dev: Annotated[
        list[Path] | None,
        file_option("Pairs to measure on; if left out, a part of PAIRS is set aside."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the training saved in the folder.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the model in the folder.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show nothing but errors.")] = False,
    source: Annotated[
        list[Path] | None, file_option("Source sentences, one a line, instead of PAIRS.", "Data")
    ] = None,
    target: Annotated[
        list[Path] | None, file_option("Their translations, line by line.", "Data")
    ] = None,
    dev_source: Annotated[
        list[Path] | None, file_option("Source sentences to measure on, instead of --dev.", "Data")
    ] = None,
    dev_target: Annotated[list[Path] | None, file_option("Their translations.", "Data")] = None,
    tokenizer: Annotated[
        Path | None, file_option("Pieces built before (seqcli tokenizer build).", "Data")
    ] = None,
    device: Annotated[
        str, typer.Option(help="Where to compute: auto, cpu or cuda.", rich_help_panel="Machine")
    ] = "auto",
    threads: Annotated[
        int,
        typer.Option(
            min=0,
            max=1024,
            metavar="N",
            help="Threads on the CPU.",
            rich_help_panel="Machine",
            show_default="PyTorch's choice",
        ),
    ] = 0,
) -> None:
    """Learn a translator from sentence pairs.

    Without PAIRS it learns the bundled sample; then try: seqcli translate "i love beijing"
    """
    _check_combination(settings, resume=resume, overwrite=overwrite, tokenizer=tokenizer)

    from seqcli.data.corpus import CorpusFiles
    from seqcli.training.prepare import TrainRequest
    from seqcli.views.training import make_display

    console = stderr_console()
    request = TrainRequest(
        folder=model,
        files=CorpusFiles(tuple(pairs or ()), tuple(source or ()), tuple(target or ())),
        dev=CorpusFiles(tuple(dev or ()), tuple(dev_source or ()), tuple(dev_target or ())),
        tokenizer=tokenizer,
        overrides=settings,
        resume=resume,
        overwrite=overwrite,
        device=device,
        threads=threads,
        preview=console.is_terminal and not quiet,
    )
    from seqcli.training.train import (
        train as run_training,  # loads PyTorch, which a wrong setting need not wait for
    )

    display = make_display(console, quiet)
    with stop_on_interrupt(display.message) as stop, display:
        for event in run_training(request, stop):
            display.show(event)


def _check_combination(
    settings: dict[str, object], *, resume: bool, overwrite: bool, tokenizer: Path | None
) -> None:
    if resume and overwrite:
        raise UserError("--resume goes on with a model and --overwrite replaces it: choose one")
    if resume and (tokenizer or set(settings) - RESUMABLE):
        named = sorted(set(settings) - RESUMABLE) or ["tokenizer"]
        options = ", ".join("--" + name.replace("_", "-") for name in named)
        raise UserError(f"--resume goes on with the settings of the folder: leave out {options}")
    if tokenizer and {"pieces", "vocabulary"} & set(settings):
        raise UserError("--tokenizer brings its own pieces: leave out --pieces and --vocabulary")
    if sum(name in settings for name in ("minutes", "updates", "epochs")) > 1:
        raise UserError("--minutes, --updates and --epochs are three kinds of budget: choose one")


class Stop:
    """Says whether an interrupt has come."""

    def __init__(self) -> None:
        self.wanted = False

    def __call__(self) -> bool:
        return self.wanted


@contextmanager
def stop_on_interrupt(tell: Callable[[str], None]) -> Iterator[Stop]:
    """Turn the first Ctrl-C (or SIGTERM) into a wish to stop; a second Ctrl-C is as ever.

    `tell` gets a remark, from within the signal handler.
    """
    stop = Stop()

    def wish(_number: int, _frame: FrameType | None) -> None:
        stop.wanted = True
        tell("stopping; a second Ctrl-C breaks off at once")
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, wish) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
