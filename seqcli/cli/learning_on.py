"""The options of `seqcli train --base`, and what they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqcli.cli.options import Files, file_option
from seqcli.errors import UserError

if TYPE_CHECKING:
    from seqcli.cli.train import TrainOptions
    from seqcli.training.base.request import BaseRequest


@dataclass(frozen=True)
class LearningOnOptions:
    """The options of a training that begins with a folder."""

    base: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Begin with the network of this folder, and learn PAIRS too; without PAIRS, its "
            "corrections.",
            show_default=False,
        ),
    ] = None
    keep: Annotated[
        Files,
        file_option(
            "With --base: the pairs that it has learned, repeated beside the new ones so that "
            "little is forgotten."
        ),
    ] = None
    keep_dev: Annotated[
        Files,
        file_option(
            "With --base: its dev pairs, to measure what is forgotten; if left out, the pairs of "
            "--keep that its training held out."
        ),
    ] = None
    replay: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            help="With --keep: the share of these pairs in what is learned; 0 only measures.",
            show_default="0.5, or 0.8 for under 100 new pairs",
        ),
    ] = None


def base_request(options: TrainOptions, common: Mapping[str, Any]) -> BaseRequest:
    """What to learn on from, and with which pairs, given the arguments that it shares with a
    `TrainRequest`. Raises a `UserError` if no folder was named, and the default one holds a model.
    """
    from seqcli.data.corpus import CorpusFiles
    from seqcli.folder import MANIFEST
    from seqcli.training.base.request import BaseRequest

    assert options.base is not None
    if not (options.model or options.overwrite) and (options.folder / MANIFEST).exists():
        raise UserError(
            f"{options.folder} holds a model already: --model DIR writes to another folder, "
            f"--overwrite replaces {options.base}"
        )
    return BaseRequest(
        **common,
        base=options.base,
        keep=CorpusFiles(tuple(options.keep or ())),
        keep_dev=CorpusFiles(tuple(options.keep_dev or ())),
        replay=options.replay,
    )
