"""Model folders with a damaged file. Nothing here knows the format of a folder."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from seqcli.bundle import open_bundle

from .registry import read_or_refuse, target

# The model to damage a copy of; None: a new one, which has learned next to nothing.
MODEL: Path | None = None

_TOKEN = re.compile(rb'"[^"]*"|-?\d+(?:\.\d+)?|true|false|null')
_STRANGE = (
    *(b"null", b"true", b"-1", b"0", b"1e999", b"NaN", b"0.5", b'""', b'"x"', b"[]", b"{}"),
    *(b"[null]", b"123456789012345678901234567890", b"[" * 3000, b'{"a":' * 3000, b'"\\ud800"'),
)


def damage(content: bytes, recipe: bytes) -> bytes:
    """The content changed at one place, as three bytes say, with the rest of the recipe."""
    kind, first, second, given = recipe[0] % 7, recipe[1], recipe[2], recipe[3:]
    place = (first * 256 + second) * (len(content) + 1) // 65536
    changes = (
        content[:place] + given + content[place + len(given) :],
        content[:place] + given + content[place:],
        content[:place] + content[place + 1 + len(given) :],
        content[:place],
        given,
    )
    if kind < len(changes):
        return changes[kind]
    tokens = [match.span() for match in _TOKEN.finditer(content)]
    if not tokens:
        return content
    start, end = tokens[(first * 256 + second) % len(tokens)]
    strange = given if kind == 5 else _STRANGE[sum(given) % len(_STRANGE)]
    return content[:start] + strange + content[end:]


@cache
def model_folder() -> Path:
    """A folder with a model."""
    if MODEL is not None:
        return MODEL
    from seqcli import train

    folder = Path(mkdtemp(prefix="seqcli-fuzz-"))
    words = ("the", "cat", "and", "dog", "sees")
    lines = [f"{word} {other}\t{word.upper()} {other}\n" for word in words for other in words]
    (folder / "pairs.tsv").write_text("".join(lines), encoding="utf-8")
    train(
        folder / "pairs.tsv",
        model=folder / "model",
        updates=1,
        evaluations=1,
        embedding=8,
        hidden=8,
        attention_size=8,
    )
    return folder / "model"


@cache
def damaged_folder() -> Path:
    """A copy of the model's folder, whose files are damaged and mended again."""
    folder = Path(mkdtemp(prefix="seqcli-fuzz-")) / "model"
    shutil.copytree(model_folder(), folder)
    return folder


@target
def folders(content: bytes) -> None:
    """A model folder of which one file is damaged opens or is refused by name.

    The first byte chooses the file: mostly the smallest ones, which are read first.
    """
    if len(content) < 4:
        return
    folder = damaged_folder()
    paths = sorted(
        (path for path in folder.rglob("*") if path.is_file()),
        key=lambda path: (path.suffix != ".json", path.stat().st_size, path),
    )
    path = paths[max(0, content[0] - 127) % len(paths)]
    whole = path.read_bytes()
    try:
        path.write_bytes(damage(whole, content[1:]))
        read_or_refuse(str(folder), lambda: open_bundle(folder))
    finally:
        path.write_bytes(whole)
