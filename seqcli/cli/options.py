"""Options that commands share, and options made from a table of names."""

from __future__ import annotations

import copy
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

import typer

from seqcli.config import MAX_THREADS, PRECISIONS
from seqcli.config_fields import Config
from seqcli.errors import UserError

DEFAULT_MODEL = Path("seqcli-model")
DEFAULT_PRECISION = PRECISIONS[0]
TEXT_OR_JSON = ("text", "json")

# The titles of the help's groups, with the names of their options in order.
Groups = Mapping[str, Sequence[str]]
# The settings that the user gave, by name.
Overrides = dict[str, Any]
Options = TypeVar("Options")


def file_option(explanation: str, *names: str) -> Any:
    """An option that names files."""
    return typer.Option(*names, metavar="FILE", help=explanation, show_default=False)


def choice_option(explanation: str, choices: Sequence[str], *names: str) -> Any:
    """An option with a few possible values, which the shell completes."""
    return typer.Option(
        *names, metavar="|".join(choices), help=explanation, autocompletion=lambda: list(choices)
    )


def files_argument(name: str, explanation: str) -> Any:
    """An argument that names files."""
    return typer.Argument(metavar=name, help=explanation, show_default=False)


Files = list[Path] | None
SentenceArgument = typer.Argument(
    metavar="TEXT", help="One sentence, with or without quotes.", show_default=False
)
TrainingPairs = Annotated[
    Files,
    files_argument(
        "PAIRS",
        "Files of source<TAB>target, TMX, PO, CSV …; - is standard input. Without PAIRS: the "
        "bundled sample.",
    ),
]
Pairs = Annotated[
    Files,
    files_argument(
        "PAIRS",
        "Files of source<TAB>target, TMX, PO, CSV … Without PAIRS, or with -: standard input.",
    ),
]
Sources = Annotated[Files, file_option("Source sentences, one per line, instead of PAIRS.")]
Targets = Annotated[Files, file_option("Their translations, line by line.")]
DevPairs = Annotated[
    Files, file_option("Pairs to evaluate on; if left out, a part of PAIRS is held out.")
]
DevSources = Annotated[Files, file_option("Source sentences to evaluate on, instead of --dev.")]
TokenizerFile = Annotated[
    Path | None,
    file_option(
        "A tokenizer that `seqcli tokenizer build` has written, or a model folder with one."
    ),
]
FromLanguage = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="TAG",
        help="Language of the sources, where a file has several: en also finds en-GB.",
        show_default="that of the model",
    ),
]
ToLanguage = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="TAG",
        help="Language of the targets.",
        show_default="that of the model",
    ),
]
Columns = Annotated[
    str,
    typer.Option(
        metavar="SOURCE,TARGET",
        help="Columns of the sources and the targets, by number or name, or keys of JSON.",
        show_default="the first two",
    ),
]
ModelFolder = Annotated[
    Path,
    typer.Option(
        "--model",
        "-m",
        envvar="SEQCLI_MODEL",
        metavar="DIR",
        help="The model folder.",
        show_default=f"$SEQCLI_MODEL, or {DEFAULT_MODEL}",
    ),
]
NewModelFolder = Annotated[
    Path | None,
    typer.Option(
        "--model",
        "-m",
        metavar="DIR",
        help="The model folder.",
        show_default=f"$SEQCLI_MODEL, or {DEFAULT_MODEL}",
    ),
]
ModelFolders = Annotated[
    Files,
    typer.Option(
        "--model",
        "-m",
        metavar="DIR",
        help="The model folder; may be given several times: models with the same tokenizer "
        "translate together.",
        show_default=f"$SEQCLI_MODEL, or {DEFAULT_MODEL}",
    ),
]
LanguageModelFolder = Annotated[
    Path | None,
    typer.Option(
        "--language-model",
        metavar="DIR",
        help="A language model (train --text, with --tokenizer and the translator's folder) that "
        "takes part in the search.",
        show_default=False,
    ),
]
GlossaryFile = Annotated[
    Path | None,
    file_option(
        "Terms, as lines of source<TAB>term: where the source stands in a sentence, the term "
        "stands in its translation. Other forms of either follow a |, as in dog|dogs.",
        "--glossary",
    ),
]
OldJson = Annotated[bool, typer.Option("--json", hidden=True)]
Precision = Annotated[
    str,
    choice_option(
        "Number format of the decoder's matrix products. int8 is faster; on Multi30k it words "
        "about one translation in ten differently, with the same BLEU.",
        PRECISIONS,
    ),
]
Threads = Annotated[
    int,
    typer.Option(
        min=0,
        max=MAX_THREADS,
        metavar="N",
        help="CPU threads; each translates its own sentences.",
        show_default="one per core",
    ),
]


def model_folders(folders: Files) -> list[Path]:
    """The folders that the user named, or else the default one."""
    return folders or [Path(os.environ.get("SEQCLI_MODEL") or DEFAULT_MODEL)]


def check_language_weight(language_model: Path | None, overrides: Overrides) -> None:
    """Raise a `UserError` for a weight without a language model."""
    if "language_weight" in overrides and language_model is None:
        raise UserError("--language-weight needs a language model: name one (--language-model)")


def check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Raise a `UserError` if the value is not among the choices."""
    if value not in choices:
        raise UserError(f"{name} is one of {', '.join(choices)}, not {value!r}")


def wants_json(output_format: str, old_json: bool) -> bool:
    """Whether to write JSON: `--format json`, or `--json` as it was called before."""
    check_choice("format", output_format, TEXT_OR_JSON)
    return old_json or output_format == "json"


def with_options(
    groups: Groups,
    options: type[Options],
    *configs: type[Config],
    defaults: Mapping[str, str] | None = None,
) -> Callable[[Callable[[Options, Overrides], None]], Callable[..., None]]:
    """Give a command the options that `groups` lists, in this order.

    Each name is a field of the dataclass `options` or a setting of one of the `configs`. The
    command is called with an `options` and with the settings that the user gave. Fields in no group
    are old names: accepted, but hidden. `defaults` replaces defaults in the help.
    """
    declared = {each.name: each for each in fields(options)}  # type: ignore[arg-type]
    hints = get_type_hints(options, include_extras=True)
    parameters = [
        _parameter(declared[name], hints[name], group)
        if name in declared
        else _setting_parameter(name, configs, group, (defaults or {}).get(name, ""))
        for group, names in groups.items()
        for name in names
    ]
    listed = {name for names in groups.values() for name in names}
    parameters += [
        _parameter(declared[name], hints[name], None) for name in declared if name not in listed
    ]

    def decorate(command: Callable[[Options, Overrides], None]) -> Callable[..., None]:
        def run(**values: Any) -> None:
            settings = {name: value for name, value in values.items() if name not in declared}
            overrides = {name: value for name, value in settings.items() if value is not None}
            command(options(**{name: values[name] for name in declared}), overrides)

        run.__name__, run.__doc__ = command.__name__, command.__doc__
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        return run

    return decorate


def _parameter(field: Field[Any], hint: Any, group: str | None) -> inspect.Parameter:
    """The parameter that Typer turns into an option of the command's own."""
    kind, info = get_args(hint)
    info = copy.copy(info)
    info.rich_help_panel = group
    info.readable = False  # else Typer refuses a file that cannot be read, in a box of five lines
    assert group or info.hidden, f"{field.name} is in no group"
    default = inspect.Parameter.empty if field.default is MISSING else field.default
    return _keyword(field.name, Annotated[kind, info], default)


def _setting_parameter(
    name: str, configs: Sequence[type[Config]], group: str, shown_default: str
) -> inspect.Parameter:
    """The parameter that Typer turns into an option for a setting; None: not given."""
    config = next(each for each in configs if name in each.__dataclass_fields__)
    setting = config.__dataclass_fields__[name]
    kind = get_type_hints(config)[name]
    return _keyword(
        name, Annotated[kind | None, _option(setting, kind, group, shown_default)], None
    )


def _keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
    )


def _option(setting: Field[Any], kind: type, group: str, shown_default: str) -> Any:
    name = setting.metadata["option"] or setting.name.replace("_", "-")
    explanation: str = setting.metadata["explanation"]
    choices: tuple[str, ...] = setting.metadata["choices"]
    if kind is bool:
        default = "on" if setting.default else ""
    else:
        default = shown_default or setting.metadata["shown_default"] or f"{setting.default}"
    return typer.Option(
        f"--{name}/--no-{name}" if setting.default is True else f"--{name}",
        help=explanation[0].upper() + explanation[1:] + ".",
        metavar=setting.metadata["metavar"]
        or "|".join(choices)
        or {int: "N", float: "X", str: "TEXT"}.get(kind),
        autocompletion=(lambda: list(choices)) if choices else None,
        show_default=default or False,
        rich_help_panel=group,
    )
