"""The scripts of the page in V8, without a browser."""

from __future__ import annotations

import atexit
import json
from typing import Any

from py_mini_racer import MiniRacer

from seqcli.web.script import joined_script


class Scripts:
    """The functions of modules of `seqcli/web`, and of those that they import."""

    def __init__(self, *modules: str) -> None:
        self._engine = MiniRacer()
        # (One that is open when Python ends may wait for ever.)
        atexit.register(self._engine.close)
        self._engine.eval(joined_script(*modules))

    def call(self, function: str, *arguments: Any) -> Any:
        """The value of a function, given values of JSON. Lone surrogates may be in texts."""
        return self.evaluate(f"{function}({', '.join(map(json.dumps, arguments))})")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression, which JSON can hold."""
        # (As escapes, so that lone surrogates arrive.)
        code = f"JSON.stringify({expression}).replace(/[^\\0-\\x7f]/g, " + (
            "c => '\\\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'))"
        )
        found = self._engine.eval(code)
        return json.loads(str(found))

    def run(self, code: str) -> None:
        """Evaluate statements for later calls."""
        self._engine.eval(code + "\n;0")
