"""The help of commands: plain text, grouped, quick to print.

Typer's own help loads Rich and pydantic (0.4 s), shows types that say nothing (`<bool>`), and has
no short form for a command with forty options.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from seqcli.cli.values import converted_simply

# The groups that --help shows; --help-all shows the others too.
ARGUMENTS = "Arguments"
MAIN = "Options"

# The widest left column of a table.
MAX_LEFT = 30

_ALL = "seqcli: show all options"


def _show_all(context: typer.Context, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        context.meta[_ALL] = True
        typer.echo(context.get_help())
        raise typer.Exit


HelpAll = Annotated[
    bool,
    typer.Option("--help-all", callback=_show_all, is_eager=True, help="Show all options."),
]


class HelpCommand(TyperCommand):
    """A command that prints the help of this module."""

    def get_params(self, ctx: Any) -> list[Any]:
        return converted_simply(super().get_params(ctx), completing=ctx.resilient_parsing)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        hidden = 0
        for title, parameters in _grouped(self.get_params(ctx)).items():
            if title in (ARGUMENTS, MAIN) or ctx.meta.get(_ALL):
                _write_options(formatter, title, parameters)
            else:
                hidden += len(parameters)
        if hidden:
            formatter.write(f"\n{hidden} more options: {ctx.command_path} --help-all\n")

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        return _without_old_names(super().shell_complete(ctx, incomplete), self.get_params(ctx))


class HelpGroup(TyperGroup):
    """A group of commands that prints the help of this module, also if no command is given."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            raise typer.Exit(2)
        return super().parse_args(ctx, args)

    def get_params(self, ctx: Any) -> list[Any]:
        return converted_simply(super().get_params(ctx), completing=ctx.resilient_parsing)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        for title, parameters in _grouped(self.get_params(ctx)).items():
            _write_options(formatter, title, parameters)
        commands = self.commands.items()
        rows = [(name, (each.help or "").split("\n\n")[0]) for name, each in commands]
        _write_table(formatter, "Commands", rows)


def _grouped(parameters: Sequence[Any]) -> dict[str, list[Any]]:
    """Visible parameters by the title of their group, arguments first."""
    groups: dict[str, list[Any]] = {ARGUMENTS: [], MAIN: []}
    for parameter in parameters:
        if not parameter.hidden:
            is_option = isinstance(parameter, TyperOption)
            title = parameter.rich_help_panel or (MAIN if is_option else ARGUMENTS)
            groups.setdefault(title, []).append(parameter)
    return {title: group for title, group in groups.items() if group}


def _write_options(formatter: Any, title: str, parameters: Sequence[Any]) -> None:
    rows = [(_names(each), _explanation(each)) for each in parameters]
    _write_table(formatter, title, rows)


def _write_table(formatter: Any, title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Two columns under a title. A long left cell has its explanation on the next lines."""
    left = min(MAX_LEFT, max(len(name) for name, _ in rows))
    formatter.write(f"\n{title}:\n")
    for name, explanation in rows:
        lines = wrap(explanation, formatter.width - left - 4, break_on_hyphens=False)
        if len(name) > left:
            formatter.write(f"  {name}\n")
            name = ""  # noqa: PLW2901
        for line in lines:
            formatter.write(f"  {name:{left}}  {line}\n")
            name = ""  # noqa: PLW2901


def _names(parameter: Any) -> str:
    """For example `-m, --model DIR` or `--tied/--no-tied`."""
    if not isinstance(parameter, TyperOption):
        return str(parameter.metavar)
    short = [name for name in parameter.opts if not name.startswith("--")]
    long = _long(parameter.opts)[:1] + parameter.secondary_opts[:1]
    value = "" if parameter.is_flag else f" {parameter.metavar}"
    return ", ".join([*short, "/".join(long)]) + value


def _long(names: Sequence[str]) -> list[str]:
    """The long names. The first is the name; others are old ones, still accepted but not shown."""
    return [name for name in names if name.startswith("--")]


def _explanation(parameter: Any) -> str:
    default = parameter.show_default
    if default is True:
        default = "" if parameter.default in (None, False, "") else parameter.default
    return f"{parameter.help} [default: {default}]" if default else parameter.help


def _without_old_names(items: Sequence[Any], parameters: Sequence[Any]) -> list[Any]:
    """Suggestions of the shell completion, less the old names of options."""
    options = [each for each in parameters if isinstance(each, TyperOption)]
    old = {
        name
        for option in options
        for names in (option.opts, option.secondary_opts)
        for name in _long(names)[1:]
    }
    return [item for item in items if item.value not in old]
