"""Options that commands share, and options made from settings."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from dataclasses import Field, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from seqcli.config import PRECISIONS, Config

DEFAULT_MODEL = Path("seqcli-model")
DEFAULT_PRECISION = PRECISIONS[0]

ModelFolder = Annotated[
    Path,
    typer.Option("--model", "-m", envvar="SEQCLI_MODEL", help="The model folder.", metavar="DIR"),
]
ModelFolders = Annotated[
    list[Path] | None,
    typer.Option(
        "--model",
        "-m",
        help="The model folder; several translate together, if they share a tokenizer.",
        metavar="DIR",
        show_default=f"$SEQCLI_MODEL, or {DEFAULT_MODEL}",
    ),
]
Precision = Annotated[
    str,
    typer.Option(
        metavar="|".join(PRECISIONS),
        help="Numbers of the decoder's products: int8 is faster; on Multi30k about one translation "
        "in ten is worded differently, with the same BLEU.",
        rich_help_panel="Machine",
    ),
]
Threads = Annotated[
    int,
    typer.Option(
        "--threads",
        min=0,
        max=1024,
        metavar="N",
        help="Threads on the CPU, each with sentences of its own.",
        rich_help_panel="Machine",
        show_default="one for each core",
    ),
]


def model_folders(named: list[Path] | None) -> list[Path]:
    """The folders that were named, or the usual one."""
    return named or [Path(os.environ.get("SEQCLI_MODEL") or DEFAULT_MODEL)]


def file_option(explanation: str, panel: str | None = None) -> Any:
    """An option that names files; it may be given several times."""
    return typer.Option(metavar="FILE", help=explanation, rich_help_panel=panel, show_default=False)


def takes_settings(
    config: type[Config], *names: str, panel: str | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for each named setting (all of the config, where none is named).

    The command is called with `settings`, those that the user has named, by their names. What each
    option is called, explains and defaults to stands in the config alone. Decorators add up.
    """
    chosen = [each for each in fields(config) if each.name in names or not names]
    kinds = get_type_hints(config)

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def with_options(**values: Any) -> None:
            named = {each.name: values.pop(f"setting_{each.name}") for each in chosen}
            settings = values.pop("settings", {})
            settings |= {name: value for name, value in named.items() if value is not None}
            command(**values, settings=settings)

        signature = inspect.signature(command, eval_str=True)
        own = [p for p in signature.parameters.values() if p.name != "settings"]
        added = [
            inspect.Parameter(
                f"setting_{each.name}",
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[kinds[each.name] | None, _option(each, panel)],
            )
            for each in chosen
        ]
        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + added
        with_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        with_options.__annotations__ = {p.name: p.annotation for p in parameters}
        del with_options.__wrapped__
        return with_options

    return decorate


def _option(setting: Field[Any], panel: str | None) -> Any:
    name = setting.name.replace("_", "-")
    kind = type(setting.default)
    explanation: str = setting.metadata["explanation"]
    choices: tuple[str, ...] = setting.metadata["choices"]
    default: str = setting.metadata["unless_given"] or str(setting.default)
    return typer.Option(
        f"--{name}/--no-{name}" if setting.default is True else f"--{name}",
        help=explanation[0].upper() + explanation[1:] + ".",
        metavar=None if kind is bool else "|".join(choices) or {int: "N", float: "X"}[kind],
        show_default=("yes" if setting.default else False) if kind is bool else default,
        rich_help_panel=panel,
    )
