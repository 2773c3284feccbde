"""`seqcli augment`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from seqcli.cli.options import (
    DEFAULT_PRECISION,
    Files,
    ModelFolders,
    Overrides,
    Precision,
    Threads,
    file_option,
    files_argument,
    model_folders,
    with_options,
)
from seqcli.cli.streams import check_output, info, stderr_console
from seqcli.config import SearchConfig
from seqcli.config_fields import override
from seqcli.errors import UserError
from seqcli.interrupts import unwinding
from seqcli.paths import STANDARD_STREAM
from seqcli.wording import plural

OPTIONS = {
    "Arguments": ["text"],
    "Options": [
        "model", "output", "keep", "swap", "beam", "sample", "temperature", "seed", "precision",
        "threads",
    ],
}  # fmt: skip


@dataclass(frozen=True)
class AugmentOptions:
    """The options that are no settings of a config."""

    text: Annotated[
        Files,
        files_argument(
            "TEXT",
            "Files of text in the language that the model reads, one sentence per line; of pairs, "
            "that side. Without TEXT, or with -: standard input.",
        ),
    ] = None
    model: ModelFolders = None
    output: Annotated[
        Path,
        file_option("The file of pairs to write; - is standard output.", "--output", "-o"),
    ] = STANDARD_STREAM
    keep: Annotated[
        float,
        typer.Option(
            min=0.01, max=1.0, metavar="X", help="Share of the pairs to keep, best scores first."
        ),
    ] = 1.0
    swap: Annotated[
        bool,
        typer.Option(
            "--swap",
            help="Write the columns the other way round. Without it they are in the order of the "
            "pairs that the model was trained on.",
        ),
    ] = False
    precision: Precision = DEFAULT_PRECISION
    threads: Threads = 0


@with_options(OPTIONS, AugmentOptions, SearchConfig, defaults={"beam": "5"})
def augment(options: AugmentOptions, overrides: Overrides) -> None:
    """Make synthetic pairs from text of one side, with a model of the other direction.

    To translate English to German with German text: train a model of German to English (train
    --reverse), let it translate the text, and learn from both: train PAIRS --synthetic OUTPUT.
    Columns: the pair, the word synthetic, the score.
    """
    from seqcli.augmentation import back_translate
    from seqcli.bundle import open_bundle, translating_parts
    from seqcli.data.text_files import TextFiles, check_text_input
    from seqcli.decoding.runtime import load_translator
    from seqcli.files import atomic_writer, check_output_file
    from seqcli.views.progress import line_progress

    check_output()
    if not options.text and (sys.stdin is None or sys.stdin.isatty()):
        raise UserError("name files of text, one sentence per line (- is standard input)")
    if options.output != STANDARD_STREAM:
        check_output_file(options.output)
    graphs = translating_parts(options.precision)
    bundles = [open_bundle(model, graphs) for model in model_folders(options.model)]
    translator = load_translator(bundles, override(SearchConfig(), overrides), options.threads)
    files = TextFiles(tuple(options.text or (STANDARD_STREAM,)))
    check_text_input(files)
    if options.output != STANDARD_STREAM and _is_among(options.output, files.paths):
        raise UserError(f"{options.output} is the text itself: name another --output")
    reverse = bundles[0].settings.corpus.reverse
    # (Counting reports a bad line before anything is translated; a pipe can be read only once.)
    is_whole = all(path != STANDARD_STREAM and path.is_file() for path in files.paths)
    total = sum(1 for _ in files.read(reverse=not reverse)) if is_whole else None
    console = stderr_console()
    with unwinding(), line_progress(console, total, shown=console.is_terminal) as advance:
        made = back_translate(translator, files.read(reverse=not reverse), advance)
    for reason, count in made.dropped.most_common():
        info(f"dropped {count:,} of {plural(made.read, 'line')}: {reason}")
    if not made.pairs:
        raise UserError("no line could be translated, so there are no pairs")
    kept = made.best(options.keep)
    swapped = reverse != options.swap
    with unwinding(), atomic_writer(options.output) as out:
        for pair in kept:
            print(pair.to_line(swapped=swapped), file=out)
    worst = min(pair.score for pair in kept)
    first = "the translations" if swapped else "the text"
    info(
        f"{plural(len(kept), 'synthetic pair')} of {plural(made.read, 'line')}, with scores of "
        f"{worst:.2f} and above; the first column has {first}. To learn from them: seqcli train "
        f"PAIRS --synthetic {'FILE' if options.output == STANDARD_STREAM else options.output}"
    )


def _is_among(path: Path, others: Sequence[Path]) -> bool:
    """Whether a path names the same file as one of the others."""
    return path.exists() and any(each.exists() and each.samefile(path) for each in others)
