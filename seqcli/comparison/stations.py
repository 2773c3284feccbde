"""The stations of the story, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, get_type_hints

from seqcli.config import ModelConfig, TrainingConfig
from seqcli.errors import UserError
from seqcli.training.recipe import recipe

STATIONS = ("rnn/none", "lstm/none", "lstm/additive")

# Settings that begin the name of a station, and settings that all stations of a comparison share.
NAME_SETTINGS = {"cell", "attention"}
SHARED_SETTINGS = {"updates", "minutes", "epochs", "seed"}


@dataclass(frozen=True)
class Station:
    """A named kind of network and training: the settings that differ from the defaults."""

    name: str
    overrides: Mapping[str, Any]

    @classmethod
    def parse(cls, text: str) -> Station:
        """From `CELL/ATTENTION`, followed by settings after further slashes: `rnn/none/clip=0`.

        Raises `UserError` for wrong settings, and for those that all stations share.
        """
        cell, _, rest = text.partition("/")
        attention, *settings = rest.split("/")
        overrides: dict[str, Any] = {"cell": cell, "attention": attention}
        types = get_type_hints(ModelConfig) | get_type_hints(TrainingConfig)
        known = {each.name for config in (ModelConfig, TrainingConfig) for each in fields(config)}
        for setting in settings:
            name, equals, value = setting.partition("=")
            name = name.replace("-", "_")
            if not equals or name not in known - NAME_SETTINGS:
                raise UserError(
                    f"a station is CELL/ATTENTION, and after it /setting=value; {text!r} is not"
                )
            if name in SHARED_SETTINGS:
                raise UserError(
                    f"{name} is the same for all stations: it cannot be part of {text!r}"
                )
            overrides[name] = _value(types[name], value)
        recipe(1, overrides)
        return cls(text, overrides)


def _value(setting_type: type, text: str) -> Any:
    """The text as a value of that type; unchanged if it is none, to be refused by the checks of the
    settings."""
    if setting_type is bool:
        return {"yes": True, "no": False}.get(text, text)
    try:
        return setting_type(text)
    except ValueError:
        return text
