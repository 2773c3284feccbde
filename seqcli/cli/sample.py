"""`seqcli sample`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from seqcli.cli.options import (
    DEFAULT_MODEL,
    ModelFolder,
    Overrides,
    check_choice,
    choice_option,
    with_options,
)
from seqcli.cli.streams import argument_text, check_output, info, json_line
from seqcli.wording import plural

FORMATS = ("text", "json")

OPTIONS = {"Options": ["model", "begin", "count", "temperature", "max_length", "seed", "format"]}


@dataclass(frozen=True)
class SampleOptions:
    """The options of the command."""

    model: ModelFolder = DEFAULT_MODEL
    begin: Annotated[
        str, typer.Option(metavar="TEXT", help="Begin every text with this.", show_default=False)
    ] = ""
    count: Annotated[
        int, typer.Option("--count", "-n", min=1, max=10_000, metavar="N", help="Texts to write.")
    ] = 5
    temperature: Annotated[
        float,
        typer.Option(
            min=0.01,
            max=100.0,
            metavar="X",
            help="Below 1 keeps to likely pieces, above 1 takes more risks.",
        ),
    ] = 0.8
    max_length: Annotated[
        int, typer.Option(min=1, max=10_000, metavar="N", help="Most pieces of a text.")
    ] = 200
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, metavar="N", help="Seed of the random draws.")
    ] = 1
    format: Annotated[
        str, choice_option("How texts are written; json has their log-probability.", FORMATS)
    ] = "text"


@with_options(OPTIONS, SampleOptions)
def sample(options: SampleOptions, _overrides: Overrides) -> None:
    """Let a language model write: texts drawn at random by its probabilities, one per line."""
    from seqcli.data.text import one_line
    from seqcli.language_model.folder import open_language_model
    from seqcli.language_model.runtime import OnnxLanguageModel
    from seqcli.language_model.sampling import sample_texts

    check_output()
    check_choice("format", options.format, FORMATS)
    bundle = open_language_model(options.model)
    texts = sample_texts(
        OnnxLanguageModel.of(bundle),
        bundle.tokenizer,
        bundle.output_vocabulary,
        begin=argument_text([options.begin]),
        count=options.count,
        temperature=options.temperature,
        seed=options.seed,
        max_length=options.max_length,
    )
    for each in texts:
        if options.format == "json":
            log_probability = round(each.log_probability, 6)
            values = {"text": each.text, "log_probability": log_probability}
            print(json_line(values | {"ended": each.is_ended}))
        else:
            print(one_line(each.text))
    if unended := sum(not each.is_ended for each in texts):
        limit = plural(options.max_length, "piece")
        info(f"{unended:,} of {plural(len(texts), 'text')} cut off after {limit} (--max-length)")
