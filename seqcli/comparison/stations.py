"""The stations of the story, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, get_type_hints

from seqcli.config import ModelConfig, TrainingConfig
from seqcli.errors import UserError
from seqcli.training.recipe import recipe

STATIONS = ("rnn/none", "lstm/none", "lstm/additive")

# What a station is called by, and what all that are compared have in common.
IN_THE_NAME = {"cell", "attention"}
IN_COMMON = {"updates", "minutes", "epochs", "seed"}


@dataclass(frozen=True)
class Station:
    """What a network is and how it learns, as far as it differs from the defaults."""

    name: str
    overrides: Mapping[str, Any]

    @classmethod
    def parse(cls, text: str) -> Station:
        """`CELL/ATTENTION`, and after further slashes settings: `rnn/none/clip=0`.

        Raises `UserError` for what cannot be, and for what the stations have in common.
        """
        cell, _, rest = text.partition("/")
        attention, *more = rest.split("/")
        overrides: dict[str, Any] = {"cell": cell, "attention": attention}
        kinds = get_type_hints(ModelConfig) | get_type_hints(TrainingConfig)
        known = {each.name for kind in (ModelConfig, TrainingConfig) for each in fields(kind)}
        for setting in more:
            name, equals, value = setting.partition("=")
            name = name.replace("-", "_")
            if not equals or name not in known - IN_THE_NAME:
                raise UserError(
                    f"a station is CELL/ATTENTION, and after it /setting=value; {text!r} is not"
                )
            if name in IN_COMMON:
                raise UserError(f"{name} is the same for all stations: it cannot be of {text!r}")
            overrides[name] = _value(kinds[name], value)
        recipe(1, overrides)
        return cls(text, overrides)


def _value(kind: type, text: str) -> Any:
    """What is written, as a setting of that kind has it; text that is none is refused later."""
    if kind is bool:
        return {"yes": True, "no": False}.get(text, text)
    try:
        return kind(text)
    except ValueError:
        return text
