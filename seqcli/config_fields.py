"""Fields of configs, with an explanation, a range and choices, and the base of all configs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self, TypeVar, get_type_hints

from seqcli.errors import UserError


def setting(
    default: Any,
    explanation: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    shown_default: str = "",
    option: str = "",
    metavar: str = "",
) -> Any:
    """A dataclass field with its explanation, range and choices.

    The help shows `shown_default` instead of the default where seqcli chooses the value itself. The
    option on the command line is called `option`, or else like the field; `metavar` stands for its
    value.
    """
    metadata = {
        "explanation": explanation,
        "low": low,
        "high": high,
        "choices": choices,
        "shown_default": shown_default,
        "option": option,
        "metavar": metavar,
    }
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Config:
    """Base of all configs: checks its values, refuses unknown keys."""

    def __post_init__(self) -> None:
        kinds = get_type_hints(type(self))
        for each in fields(self):
            check_value(each.name, getattr(self, each.name), kinds[each.name], each.metadata)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The config of a `to_dict`. Raises `UserError` for an unknown key or a wrong value."""
        unknown = sorted(set(values) - {each.name for each in fields(cls)})
        if unknown:
            raise UserError(f"{cls.__name__} has no setting named {', '.join(unknown)}")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


AnyConfig = TypeVar("AnyConfig", bound=Config)


def override(config: AnyConfig, overrides: Mapping[str, Any]) -> AnyConfig:
    """The config with new values; settings of other configs are ignored."""
    names = {each.name for each in fields(config)}
    return replace(config, **{name: value for name, value in overrides.items() if name in names})


def check_value(name: str, value: Any, kind: Any, metadata: Mapping[str, Any]) -> None:
    """Raise a `UserError` that names the setting if its value has the wrong type or range."""
    option = metadata.get("option") or name.replace("_", "-")
    accepted = (int, float) if kind is float else kind
    if not isinstance(value, accepted) or (kind is not bool and isinstance(value, bool)):
        raise UserError(f"{option} cannot be {value!r}")
    low, high, choices = metadata["low"], metadata["high"], metadata["choices"]
    if choices and value not in choices:
        raise UserError(f"{option} is one of {', '.join(choices)}, not {value!r}")
    if isinstance(value, (int, float)):
        # Written so that a NaN fails too.
        if low is not None and not value >= low:
            raise UserError(f"{option} must be at least {low}, not {value}")
        if high is not None and not value <= high:
            raise UserError(f"{option} must be at most {high}, not {value}")
