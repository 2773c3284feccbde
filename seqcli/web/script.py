"""JavaScript modules as one script.

A page that is opened from a disk can import no module, so the modules are joined: each comes after
those that it imports, without its `import` and `export` words. They share one scope, so that a name
at the top of a module must be the only one of its kind. Comments, which are half of the modules,
are left out.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent

_IMPORT = re.compile(r'^import\s*\{[^}]*\}\s*from\s*"([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?:/\*\*.*?\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"^(?:async )?(?:function\*?|class|const|let) (\w+)", re.MULTILINE)


@cache
def joined_script(*modules: str) -> str:
    """Modules, named by their paths in this folder, and all that they import, as one script.

    Raises `ValueError` for modules that import each other in a circle, and for two modules that
    have a name in common.
    """
    parts: dict[str, str] = {}
    for module in modules:
        _collect(FOLDER / module, parts, ())
    owners: dict[str, str] = {}
    for module, part in parts.items():
        for name in _NAME.findall(part):
            if name in owners:
                raise ValueError(f"{module} and {owners[name]} both have the name {name}")
            owners[name] = module
    return "".join(parts.values())


def _collect(path: Path, parts: dict[str, str], importers: tuple[Path, ...]) -> None:
    """Add a module to the parts, after those that it imports."""
    name = path.relative_to(FOLDER).as_posix()
    if path in importers:
        raise ValueError(f"{name} imports itself")
    if name in parts:
        return
    text = path.read_text(encoding="utf-8")
    for imported in _IMPORT.findall(text):
        _collect((path.parent / imported).resolve(), parts, (*importers, path))
    parts[name] = _COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", text)))
