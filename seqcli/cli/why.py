"""`seqcli why`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from seqcli.cli.options import (
    DEFAULT_MODEL,
    TEXT_OR_JSON,
    ModelFolder,
    Overrides,
    SentenceArgument,
    choice_option,
    with_options,
)
from seqcli.cli.streams import argument_text, check_output, json_line, stdout_console
from seqcli.config import SearchConfig
from seqcli.config_fields import override
from seqcli.errors import UserError

OPTIONS = {"Arguments": ["text"], "Options": ["model", "format", "pairs", "word", "beam"]}


@dataclass(frozen=True)
class WhyOptions:
    """The options that are no settings of a config."""

    text: Annotated[list[str], SentenceArgument]
    model: ModelFolder = DEFAULT_MODEL
    format: Annotated[str, choice_option("How the pairs are written.", TEXT_OR_JSON)] = "text"
    pairs: Annotated[
        int,
        typer.Option("--pairs", "-n", min=1, max=100, metavar="N", help="Pairs for each word."),
    ] = 3
    word: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORD",
            help="Show only this word of the translation; may be given several times.",
            show_default="all",
        ),
    ] = None


@with_options(OPTIONS, WhyOptions, SearchConfig)
def why(options: WhyOptions, overrides: Overrides) -> None:
    """Show which training pairs are nearest to each word of a translation.

    They are those whose decoder was in the most similar state before it wrote a word: for a wrong
    word, look among them for the pairs that have taught it. Of each word that they have there, the
    nearest pair comes first.
    """
    check_output()
    from seqcli.bundle import open_bundle
    from seqcli.decoding.runtime import load_translator
    from seqcli.decoding.why import Why, read_index
    from seqcli.folder import ENCODER, INDEX, STEP

    bundle = open_bundle(options.model, (ENCODER, STEP, INDEX))
    index = read_index(bundle)
    if index is None:
        raise UserError(
            f"{options.model} has no index of its training pairs: train it again without "
            "--no-index (`seqcli train --resume` adds the index to a run of this version)"
        )
    config = override(SearchConfig(exact=True), overrides)
    translator = load_translator(bundle, config)
    sentences = Why(translator, index).sentences(argument_text(options.text), options.pairs)
    wanted = {word.lower() for word in options.word or ()}
    written = {each.word.lower() for sentence in sentences for each in sentence.words}
    if missing := [word for word in options.word or () if word.lower() not in written]:
        text = " ".join(sentence.translation.text for sentence in sentences)
        raise UserError(f"the translation, {text!r}, has no word {missing[0]!r}")
    if options.format == "json":
        for sentence in sentences:
            values = sentence.to_dict()
            if wanted:
                values["words"] = [w for w in values["words"] if w["word"].lower() in wanted]
            print(json_line(values))
        return
    from seqcli.views.why import why_report

    stdout_console().print(why_report(sentences, tuple(wanted)), soft_wrap=False)
