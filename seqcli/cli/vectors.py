"""`seqcli vectors learn`, `near`, `like` and `plot`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqcli.cli.help import HelpCommand, HelpGroup
from seqcli.cli.options import (
    DEFAULT_MODEL,
    Files,
    ModelFolder,
    Overrides,
    file_option,
    files_argument,
    with_options,
)
from seqcli.cli.streams import check_output, info, stderr_console, stdout_console, write_page
from seqcli.config import SkipGramConfig
from seqcli.config_fields import override
from seqcli.errors import UserError
from seqcli.interrupts import unwinding
from seqcli.wording import plural

if TYPE_CHECKING:
    from seqcli.vectors.vocabulary import Vocabulary

app = typer.Typer(help="Learn word vectors, and look at them.", cls=HelpGroup)

# Of a file, the most frequent words, which come first.
WORDS_READ = 100_000

LEARN = {
    "Arguments": ["text"],
    "Options": [
        "output", "keep_case", "size", "window", "min_count", "negatives", "sample", "epochs",
        "seed", "locale",
    ],
}  # fmt: skip
_WHOSE = ["vectors", "model", "target"]
NEAR = {"Arguments": ["word"], "Options": [*_WHOSE, "count"]}
LIKE = {"Arguments": ["first", "second", "third"], "Options": [*_WHOSE, "count"]}
PLOT = {"Arguments": ["words"], "Options": [*_WHOSE, "html"]}

VectorsFile = Annotated[
    Path | None, file_option("Vectors of words, as `train --source-vectors` takes them.")
]
OfTarget = Annotated[
    bool, typer.Option("--target", help="Of a model: the pieces that it writes, not reads.")
]
Count = Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="Words to show.")]
_WORD = typer.Argument(
    metavar="WORD",
    help="A word; of a model, a piece, or several, which have the mean of their vectors.",
    show_default=False,
)


@dataclass(frozen=True)
class LearnOptions:
    """The options of `learn` that are no settings of a config."""

    text: Annotated[
        Files,
        files_argument(
            "TEXT",
            "Files with one sentence per line, also .gz; - is standard input. Without "
            "TEXT: the English sentences of the bundled sample.",
        ),
    ] = None
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write the vectors."),
    ] = Path("vectors.txt")
    keep_case: Annotated[
        bool,
        typer.Option(
            "--keep-case",
            help="Keep upper and lower case, as for `train --target-vectors`; first words of lines "
            "get the case that they have elsewhere.",
        ),
    ] = False
    locale: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="TEXT",
            help="Language of the text, as a tag such as tr, for its rules of upper and lower "
            "case.",
            show_default="Turkish is recognized",
        ),
    ] = ""


@dataclass(frozen=True)
class NearOptions:
    """The options of `near`."""

    word: Annotated[str, _WORD]
    vectors: VectorsFile = None
    model: ModelFolder = DEFAULT_MODEL
    target: OfTarget = False
    count: Count = 10


@dataclass(frozen=True)
class LikeOptions:
    """The options of `like`."""

    first: Annotated[str, typer.Argument(metavar="A", help="A word.", show_default=False)]
    second: Annotated[
        str, typer.Argument(metavar="B", help="What A is related to.", show_default=False)
    ]
    third: Annotated[
        str,
        typer.Argument(
            metavar="C", help="Another word: what is related to it so?", show_default=False
        ),
    ]
    vectors: VectorsFile = None
    model: ModelFolder = DEFAULT_MODEL
    target: OfTarget = False
    count: Count = 5


@dataclass(frozen=True)
class PlotOptions:
    """The options of `plot`."""

    words: Annotated[
        list[str],
        typer.Argument(metavar="WORD...", help="Three words or more.", show_default=False),
    ]
    vectors: VectorsFile = None
    model: ModelFolder = DEFAULT_MODEL
    target: OfTarget = False
    html: Annotated[
        Path | None,
        file_option("Write a page that opens offline in a browser, instead of text."),
    ] = None


@app.command(cls=HelpCommand)
@with_options(LEARN, LearnOptions, SkipGramConfig)
def learn(options: LearnOptions, overrides: Overrides) -> None:
    """Learn the vectors of words from plain text (skip-gram), for `train --source-vectors`.

    The words are in lower case, as models read sources, unless --keep-case is given.
    """
    config = override(SkipGramConfig(), overrides)
    from seqcli.files import check_output_file
    from seqcli.vectors.sentences import read_sentences

    check_output_file(options.output)
    sentences = read_sentences(options.text or (), options.locale, keep_case=options.keep_case)
    from rich.progress import Progress

    from seqcli.files import atomic_writer
    from seqcli.training.skip_gram import learn_vectors  # loads PyTorch: after the checks
    from seqcli.vectors.files import write_vectors

    console = stderr_console()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("learning", total=None)
        words, vectors = learn_vectors(
            sentences,
            config,
            lambda done, total: progress.update(task, completed=done, total=total),
        )
    with unwinding(), atomic_writer(options.output) as file:
        write_vectors(file, words, vectors)
    info(f"{plural(len(words), 'word')} with vectors of {config.size} numbers: {options.output}")


@app.command(cls=HelpCommand)
@with_options(NEAR, NearOptions)
def near(options: NearOptions, _: Overrides) -> None:
    """Show the words whose vectors are nearest to that of WORD, by cosine."""
    check_output()
    from seqcli.views.vectors import near_table

    found = _vocabulary(options, [options.word]).near(options.word, options.count)
    stdout_console().print(near_table(found))


@app.command(cls=HelpCommand)
@with_options(LIKE, LikeOptions)
def like(options: LikeOptions, _: Overrides) -> None:
    """A is to B as C is to what? Shows the words nearest to B - A + C."""
    check_output()
    from seqcli.views.vectors import near_table

    words = (options.first, options.second, options.third)
    found = _vocabulary(options, words).like(*words, options.count)
    stdout_console().print(near_table(found))


@app.command(cls=HelpCommand)
@with_options(PLOT, PlotOptions)
def plot(options: PlotOptions, _: Overrides) -> None:
    """Draw words in the two dimensions in which their vectors differ most."""
    check_output()
    from seqcli.views.vectors import scatter, scatter_page

    vocabulary = _vocabulary(options, options.words)
    words, places = vocabulary.project(options.words)
    if len(words) < 3:
        raise UserError("a plot needs three words or more")
    if options.html:
        write_page(options.html, scatter_page(words, places, vocabulary.name))
        return
    console = stdout_console()
    width = min(console.width, 100)
    console.print(scatter(words, places, width, max(8, width // 4)), soft_wrap=True)


def _vocabulary(
    options: NearOptions | LikeOptions | PlotOptions, words: Iterable[str]
) -> Vocabulary:
    """The vectors that the options name, with those of the words."""
    if options.vectors is not None:
        from seqcli.vectors.vocabulary import read_vocabulary

        if options.target:
            raise UserError("--target is for a model: a file has words of one language")
        return read_vocabulary(options.vectors, words, WORDS_READ)
    from seqcli.bundle import open_bundle
    from seqcli.decoding.embeddings import embeddings
    from seqcli.folder import WEIGHTS

    return embeddings(open_bundle(options.model, (WEIGHTS,)), words, target=options.target)
