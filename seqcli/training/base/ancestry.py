"""The runs that a model comes from, for people: they are in its settings and on its card."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from seqcli.bundle import Bundle
from seqcli.data.text import one_line
from seqcli.wording import plural

ANCESTRY = "ancestry"
MAX_ANCESTORS = 20
_LONGEST_TEXT = 40
# What is told of a run; the numbers may be missing in a folder that somebody has changed.
_TEXTS = ("run", "metric")
_NUMBERS = ("pairs", "kept_pairs", "updates", "dev_score")


def ancestry_of(bundle: Bundle) -> list[dict[str, Any]]:
    """The runs that a model of a bundle comes from, its own at the end; of many, the last ones."""
    about = bundle.settings.about
    own = _ancestor({**about, "run": bundle.run})
    return [*ancestors(about), own][-MAX_ANCESTORS:]


def ancestors(about: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The ancestry in the information of a model, of which nothing else is kept."""
    entries = about.get(ANCESTRY, [])
    if not isinstance(entries, list):
        return []
    return [_ancestor(each) for each in entries if isinstance(each, dict)][-MAX_ANCESTORS:]


def _ancestor(values: Mapping[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    for name in _TEXTS:
        if isinstance(values.get(name), str):
            entry[name] = one_line(values[name])[:_LONGEST_TEXT]
    for name in _NUMBERS:
        if type(values.get(name)) in (int, float):
            entry[name] = values[name]
    return entry


def ancestry_lines(about: Mapping[str, Any]) -> list[str]:
    """Markdown: a list of the runs before this one, the first one first, with an empty line at the
    end; no line if there was none."""
    entries = ancestors(about)
    if not entries:
        return []
    items = [f"{number}. {_described(entry)}" for number, entry in enumerate(entries, start=1)]
    kept = about.get("kept_pairs")
    repeated = isinstance(kept, int) and kept > 0
    beside = f", of whose pairs it repeated {kept:,}" if repeated else ""
    return [f"It began with the network of an earlier run{beside}. The runs before:", *items, ""]


def measured_on(about: Mapping[str, Any]) -> str:
    """What a score of a run is measured on, as in "on dev"."""
    if ANCESTRY not in about:
        return "dev"
    new = "the corrections" if about.get("corrections_learned") else "the new dev"
    return f"average of {new} and the old dev" if about.get("kept_dev_pairs") else new


def _described(entry: Mapping[str, Any]) -> str:
    facts = [f"run {_plain(entry['run'])}" if entry.get("run") else "a run without a name"]
    for name, noun in (
        ("pairs", "sentence pair"),
        ("kept_pairs", "repeated pair"),
        ("updates", "update"),
    ):
        if isinstance(entry.get(name), int):
            facts.append(plural(entry[name], noun))
    if "metric" in entry and "dev_score" in entry:
        facts.append(f"{_plain(entry['metric'])} {entry['dev_score']:.1f} on its dev")
    return ", ".join(facts)


def _plain(text: str) -> str:
    """Text without what Markdown and HTML would read."""
    return re.sub(r"[^\w .,:-]", "", text)
