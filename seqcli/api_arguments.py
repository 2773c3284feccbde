"""Arguments of the Python interface: checked, and in the form that the rest of seqcli takes.

Wrong ones raise a `UserError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path

from seqcli.config_fields import check_value
from seqcli.data.corpus import CorpusFiles
from seqcli.data.pairs import Pair, make_pair
from seqcli.errors import UserError
from seqcli.paths import may_name_file
from seqcli.wording import shortened

# A file or a folder, or several.
Paths = str | PathLike[str] | Sequence[str | PathLike[str]]


def check_names(function: str, settings: Mapping[str, object], known: Iterable[str]) -> None:
    """Raise a `UserError` if one of the settings of a function has none of the known names."""
    unknown = sorted(set(settings) - set(known))
    if unknown:
        hint = ": give it to translate or translate_batch" if unknown == ["nbest"] else ""
        raise UserError(f"{function} has no setting named {', '.join(unknown)}{hint}")


def check_setting(
    name: str, value: object, kind: type, low: int | None = None, high: int | None = None
) -> None:
    """Raise a `UserError` for a value of another kind, or outside the range."""
    check_value(name, value, kind, {"low": low, "high": high, "choices": ()})


def check_text(text: str) -> None:
    """Raise a `UserError` for what is no text."""
    if not isinstance(text, str):
        raise UserError(f"a text must be a str, not {shortened(repr(text))}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UserError(f"the text {shortened(repr(text))} is not valid Unicode") from error


def to_pair(pair: tuple[str, str]) -> Pair:
    """The two sides as they are read from a file of pairs."""
    if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
        raise UserError(f"a pair is (source, target), not {shortened(repr(pair))}")
    for text in pair:
        check_text(text)
    return make_pair(*pair)


def to_path(name: str, value: str | PathLike[str]) -> Path:
    """The path of an argument; a `UserError` for what no file or folder can be called."""
    path = fspath(value) if isinstance(value, PathLike) else value
    if not isinstance(path, str) or not may_name_file(path):
        raise UserError(f"{name} must be a path, not {shortened(repr(value))}")
    return Path(path)


def to_paths(name: str, value: Paths) -> tuple[Path, ...]:
    """The paths of an argument that names one or several."""
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return tuple(to_path(name, each) for each in value)
    return (to_path(name, value),)


def to_files(**named: Paths) -> CorpusFiles:
    """Files of pairs, of sources and of targets, in this order."""
    paths = [to_paths(name, value) for name, value in named.items()]
    pairs, sources, targets = [*paths, (), ()][:3]
    return CorpusFiles(pairs, sources, targets)
