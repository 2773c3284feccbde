"""A page as one HTML file: styles, script, data, weights, and a policy that allows no request."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from seqcli.web.script import FOLDER, joined_script

_PANELS = ("panel", "attention", "heat_table", "candidates", "player", "gates", "tree")
STYLES = ("style.css", "views/translate.css", *(f"views/panels/{name}.css" for name in _PANELS))

# What is there until the script has drawn the page.
_WAITING = (
    "Opening… If this stays, copy or download the file again, or open it in a newer browser: the "
    "file is not whole, or the browser is too old or runs no scripts."
)


def web_page(title: str, data: Mapping[str, Any], weights: Sequence[bytes] = ()) -> str:
    """The page that `main.js` draws from the data, which is JSON; `weights` are those of each
    translator in it.

    Nothing of the data can be taken for markup: in JSON, each `<` is written as an escape.
    """
    style = "".join((FOLDER / name).read_text(encoding="utf-8") for name in STYLES)
    script = _as_function(joined_script("main.js"))
    parts = [_data_block("application/json", "data", _json(data))]
    if weights:
        parts.append(_data_block("text/plain", "worker", _as_function(joined_script("worker.js"))))
    parts += [
        _data_block(
            "application/octet-stream", f"weights-{i}", base64.b64encode(part).decode("ascii")
        )
        for i, part in enumerate(weights)
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<p>{_WAITING}</p>\n"
        f"{''.join(parts)}<script>{script}</script>\n</body>\n</html>\n"
    )


def _policy(style: str, script: str) -> str:
    """The content security policy: this style, this script and its worker, and no request."""
    rules = {
        "default-src": "'none'",
        "style-src": _hash(style),
        "script-src": _hash(script),
        "worker-src": "blob:",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _as_function(script: str) -> str:
    """The script with its names in a function, so that none is a property of the window."""
    assert "</script" not in script.lower() and "<!--" not in script, "it would end the element"
    return f'"use strict";\n(() => {{\n{script}}})();\n'


def _json(data: Mapping[str, Any]) -> str:
    """JSON in ASCII, in which no `<` begins a tag."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _data_block(kind: str, name: str, content: str) -> str:
    """An element that the browser does not run, with a checksum that tells whether it is whole."""
    checksum = zlib.crc32(content.encode("utf-8"))
    return f'<script type="{kind}" data-crc32="{checksum}" id="{name}">{content}</script>\n'
